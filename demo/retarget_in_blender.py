"""The artist's part of the demo, in a process of its own: install the zip, press the operators, save.

Nothing of the add-on is imported: only what the installed extension registers is used.
"""

import argparse
import sys
from pathlib import Path

import bpy
import numpy as np

from .stage import frame_objects, light, take_picture

EXTENSION = "bl_ext.user_default.superface"


class DemoFailed(Exception):
    """A step that an artist would have seen fail; the message is Blender's own."""


def say(stage: str) -> None:
    """To the process that watches this one."""
    print(f"stage: {stage}", file=sys.stderr, flush=True)


def install(extension_zip: Path) -> None:
    """As dropping the zip into Blender's window does."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(
        filepath=str(extension_zip), repo="user_default", enable_on_install=True
    )
    bpy.context.preferences.filepaths.save_version = 0  # no take.blend1 beside the second take.blend
    if EXTENSION not in bpy.context.preferences.addons:
        raise DemoFailed(f"{extension_zip.name} was installed but could not be switched on")


def connect(host: str, port: int, token: str) -> None:
    """To the backend that the demo started."""
    preferences = bpy.context.preferences.addons[EXTENSION].preferences
    preferences.where = "ELSEWHERE"
    preferences.host, preferences.port, preferences.token = host, port, token
    bpy.ops.superface.backend_connect()
    bpy.ops.superface.wait()


def load_rig(path: Path | None) -> list[bpy.types.Object]:
    """The rig's meshes, selected: the CC0 head without a path, else .blend, .glb, .gltf or .fbx."""
    if path is None:
        bpy.ops.superface.add_arkit_head()
    else:
        _import_rig(path)
    bpy.context.view_layer.update()
    meshes = [o for o in bpy.context.scene.objects if o.type == "MESH" and not o.hide_render]
    faces = [o for o in meshes if o.data.shape_keys]
    if not faces:
        raise DemoFailed(f"{path} has no mesh with shape keys")
    for each in bpy.context.scene.objects:
        each.select_set(each in faces)
    bpy.context.view_layer.objects.active = faces[0]
    return meshes


def _import_rig(path: Path) -> None:
    kind = path.suffix.lower()
    if kind == ".blend":
        with bpy.data.libraries.load(str(path)) as (theirs, ours):
            ours.objects = theirs.objects
        for each in ours.objects:
            bpy.context.scene.collection.objects.link(each)
    elif kind in (".glb", ".gltf"):
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif kind == ".fbx":
        bpy.ops.wm.fbx_import(filepath=str(path))
    else:
        raise DemoFailed(f"{path.name} is no rig file: give a .blend, .fbx, .glb or .gltf")


def turn_with(faces: list[bpy.types.Object]) -> None:
    """The head's rotation goes to what carries the whole rig, unless the add-on chose something."""
    settings = bpy.context.scene.superface
    top = faces[0]
    while top.parent is not None:
        top = top.parent
    if settings.pivot_object is None and top.type in ("EMPTY", "MESH"):
        settings.pivot_object = top


def retarget(arguments: argparse.Namespace) -> None:
    """Footage onto the rig; returns when the keys are written."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = arguments.fps, arguments.fps_base
    scene.superface.video = str(arguments.clip)
    scene.superface.model = arguments.model
    if arguments.neutral is not None:
        scene.superface.use_neutral = True
        scene.superface.neutral_seconds = arguments.neutral
    if arguments.seconds is not None:
        scene.superface.use_range = True
        scene.superface.end_seconds = arguments.seconds
    scene.frame_start, scene.frame_end = 1, arguments.frames
    bpy.ops.superface.rig_find()
    bpy.ops.superface.retarget()
    bpy.ops.superface.wait()


def render_rig(meshes: list[bpy.types.Object], folder: Path, motion: Path | None) -> None:
    """Every frame of the scene as a JPEG; what moved goes into `motion`, where that is asked for.

    motion: vertices (N, V, 3) float32 of the first mesh with keys, in its own axes, and world (N, 4, 4),
    its place in the world.
    """
    scene = bpy.context.scene
    face = next(o for o in meshes if o.data.shape_keys)
    vertices, world = [], []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        take_picture(scene, folder / f"{frame:05d}.jpg")
        print(f"frame {frame} of {scene.frame_end}", file=sys.stderr, flush=True)
        if motion is not None:
            vertices.append(_evaluated(face))
            world.append(np.array(face.matrix_world))
    if motion is not None:
        np.savez(motion, vertices=np.array(vertices), world=np.array(world))


def _evaluated(face: bpy.types.Object) -> np.ndarray:
    mesh = face.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    flat = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def main() -> None:
    """Reads what to do from the command line; the token from the file that holds it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zip", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--model", required=True, help="id of the model that reads the clip")
    parser.add_argument("--fps", type=int, required=True)
    parser.add_argument("--fps-base", type=float, default=1.0)
    parser.add_argument("--frames", type=int, required=True, help="frames of the scene")
    parser.add_argument("--neutral", type=float, help="a time at which the face rests, seconds")
    parser.add_argument("--seconds", type=float, help="only so much of the clip")
    parser.add_argument("--rig", type=Path)
    parser.add_argument("--size", type=int, required=True, help="pixels a side of the rig's pictures")
    parser.add_argument("--take", type=Path, required=True, help="the take to write, without .blend and .csv")
    parser.add_argument("--pictures", type=Path, required=True, help="folder for the rig's pictures")
    parser.add_argument("--motion", type=Path, help="file for the vertices of every frame")
    arguments = parser.parse_args()
    try:
        say("installing the extension")
        install(arguments.zip)
        meshes = load_rig(arguments.rig)
        light(bpy.context.scene, arguments.size)
        frame_objects(bpy.context.scene, meshes)
        say("connecting")
        connect(arguments.host, arguments.port, arguments.token_file.read_text(encoding="utf-8").strip())
        turn_with([o for o in meshes if o.data.shape_keys])
        say("retargeting")
        retarget(arguments)
        bpy.ops.superface.take_export(filepath=f"{arguments.take}.csv")
        bpy.ops.superface.wait()
        bpy.ops.wm.save_as_mainfile(filepath=f"{arguments.take}.blend", check_existing=False)
        say("rendering the rig")
        render_rig(meshes, arguments.pictures, arguments.motion)
    except (DemoFailed, RuntimeError) as err:  # RuntimeError: an operator that reported an error
        sys.exit(f"{err}")


if __name__ == "__main__":
    main()
