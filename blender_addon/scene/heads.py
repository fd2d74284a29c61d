"""A head to try things on: CC0, all 52 ARKit shape keys, eyes, teeth, tongue, a painted face.

Where it comes from is told in assets/PROVENANCE.md; training/make_arkit_head.py makes it.
"""

from pathlib import Path

import bpy
import numpy as np

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def add_arkit_head(context: bpy.types.Context) -> bpy.types.Object:
    """The head's mesh object, linked to the context's collection; z up, face towards −y, metres.

    One mesh carries skin, lashes, eyeballs, teeth and tongue, so that one set of keys moves all.
    Its parent is an empty at the top of the neck: turn that one to turn the head.
    """
    with np.load(ASSETS / "arkit_head.npz") as stored:
        head = {name: stored[name] for name in stored.files}
    mesh = _mesh(head)
    head_object = bpy.data.objects.new("SuperFace Head", mesh)
    _add_keys(head_object, head)
    turn = bpy.data.objects.new("SuperFace Head Turn", None)
    turn.location = head["pivot"]
    turn.empty_display_size = 0.05
    for made in (turn, head_object):
        context.collection.objects.link(made)
    head_object.parent = turn
    return head_object


def _mesh(head: dict[str, np.ndarray]) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new("SuperFace Head")
    mesh.vertices.add(len(head["vertices"]))
    mesh.vertices.foreach_set("co", (head["vertices"] * head["step"]).astype(np.float32).ravel())
    return mesh


def _add_keys(head_object: bpy.types.Object, head: dict[str, np.ndarray]) -> None:
    head_object.shape_key_add(name="Basis", from_mix=False)
    for name in head["names"]:
        head_object.shape_key_add(name=str(name), from_mix=False)
