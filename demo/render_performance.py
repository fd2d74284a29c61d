"""Renders the known performance on the CC0 head, frame by frame; a process of its own, because of bpy.

The head is set from the curves directly, not through the add-on: it is the truth the add-on is held against.
"""

import argparse
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from backend.core.curves import ExpressionCurves
from backend.core.faces import rotation_from_angles
from blender_addon.scene.heads import add_arkit_head
from protos import arkit

from .performance import performance
from .stage import frame_objects, light, take_picture

# The performer's axes (x to their left, y up, z out of the face) in Blender's.
IN_BLENDER = Matrix(((1, 0, 0), (0, 0, -1), (0, 1, 0)))


def render(curves: ExpressionCurves, folder: Path, size: int) -> None:
    """One JPEG a row of the curves: 00000.jpg, 00001.jpg, …; a line on stdout for each."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    head = add_arkit_head(bpy.context)
    light(scene, size)
    frame_objects(scene, [head])
    for row, values in enumerate(curves.values):
        pose(head, values)
        take_picture(scene, folder / f"{row:05d}.jpg")
        print(f"frame {row + 1} of {len(curves)}", file=sys.stderr, flush=True)


def pose(head: bpy.types.Object, values: np.ndarray) -> None:
    """Keys and the turn of the head for one row (61,)."""
    for name in arkit.COEFFICIENTS:
        head.data.shape_keys.key_blocks[name].value = float(values[arkit.INDEX[name]])
    angles = [float(values[arkit.INDEX[name]]) for name in ("headYaw", "headPitch", "headRoll")]
    turn = IN_BLENDER @ Matrix(rotation_from_angles(*angles).tolist()) @ IN_BLENDER.transposed()
    head.parent.rotation_euler = turn.to_euler()


def main() -> None:
    """Reads folder, length and size from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--size", type=int, required=True, help="pixels a side")
    arguments = parser.parse_args()
    render(performance(arguments.seconds), arguments.folder, arguments.size)


if __name__ == "__main__":
    main()
