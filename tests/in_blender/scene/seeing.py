"""Looks at a rig as it is rendered: evaluated vertices, in world space."""

from typing import Any

import bpy
import numpy as np


def vertices(ob: Any, frame: int | None = None) -> np.ndarray:
    """(V, 3) in world space, with shape keys, drivers and animation applied."""
    if frame is not None:
        bpy.context.scene.frame_set(frame)
    bpy.context.view_layer.update()
    seen = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = seen.to_mesh()
    flat = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", flat)
    seen.to_mesh_clear()
    matrix = np.array(seen.matrix_world)
    return flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def lifted(face: Any, frame: int | None = None) -> np.ndarray:
    """How far each key of a face made by make_face is lifted, (keys,)."""
    return vertices(face, frame)[:-1, 2]
