"""A head to try things on: CC0, all 52 ARKit shape keys, eyes, teeth, tongue, a painted face.

Where it comes from is told in assets/PROVENANCE.md; training/make_arkit_head.py makes it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

ASSETS = Path(__file__).resolve().parents[1] / "assets"
NAME = "SuperFace Head"
TURN_NAME = "SuperFace Head Turn"
UV_STEPS = 16384  # stored texture coordinates are whole numbers of 1/16384

# How each part shines: roughness of its surface.
ROUGHNESS = {
    "skin": 0.55, "sockets": 0.55, "mouth": 0.5, "tongue": 0.35, "teeth": 0.25,
    "left eye": 0.08, "right eye": 0.08, "lashes": 0.9,
}  # fmt: skip

Arrays = dict[str, NDArray[Any]]


def add_arkit_head(context: bpy.types.Context) -> bpy.types.Object:
    """The head's mesh object, linked to the context's collection; z up, face towards −y, metres.

    One mesh carries skin, lashes, eyeballs, teeth and tongue, so that one set of 52 keys moves all.
    Its parent is an empty at the top of the neck: turn that one to turn the head.
    """
    with np.load(ASSETS / "arkit_head.npz") as stored:
        head = {name: stored[name] for name in stored.files}
    head_object = bpy.data.objects.new(NAME, _mesh(head))
    turn = bpy.data.objects.new(TURN_NAME, None)
    turn.location = head["pivot"].tolist()
    turn.empty_display_size = 0.05
    for made in (turn, head_object):
        context.collection.objects.link(made)
    head_object.parent = turn
    _add_keys(head_object, head)
    return head_object


def _mesh(head: Arrays) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(NAME)
    mesh.from_pydata(_metres(head, "vertices").tolist(), [], head["quads"].tolist())
    mesh.uv_layers.new(name="UVMap").data.foreach_set(
        "uv", (head["uv"] / UV_STEPS).astype(np.float32).ravel()
    )
    mesh.polygons.foreach_set("use_smooth", np.ones(len(head["quads"]), np.bool_))
    image = bpy.data.images.load(str(ASSETS / "arkit_head.jpg"))
    image.pack()  # the .blend stays whole when the extension is gone
    for part in head["part_names"]:
        mesh.materials.append(_material(str(part), image))
    mesh.polygons.foreach_set("material_index", head["part"].astype(np.int32))
    mesh.update()
    return mesh


def _material(part: str, image: bpy.types.Image) -> bpy.types.Material:
    material = bpy.data.materials.new(f"{NAME} {part}")
    if material.node_tree is None:  # before 5.0, where every material has nodes
        material.use_nodes = True
    nodes = material.node_tree.nodes
    surface = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    surface.inputs["Roughness"].default_value = ROUGHNESS[part]
    texture = nodes.new("ShaderNodeTexImage")
    texture.image = image
    texture.location = (-300, 300)
    material.node_tree.links.new(texture.outputs["Color"], surface.inputs["Base Color"])
    nodes.active = texture  # what Workbench shows
    return material


def _add_keys(head_object: bpy.types.Object, head: Arrays) -> None:
    basis = _metres(head, "vertices")
    head_object.shape_key_add(name="Basis", from_mix=False)
    for name, vertex, offset in _sparse_keys(head):
        moved = basis.copy()
        moved[vertex] += offset
        key = head_object.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", moved.ravel())
        key.value = 0.0


def _sparse_keys(head: Arrays) -> Iterator[tuple[str, NDArray[Any], NDArray[Any]]]:
    """Name, moved vertices (N,) and their offsets (N, 3) in metres, key after key."""
    ends = np.cumsum(head["key_rows"].astype(np.int64))
    offsets = _metres(head, "key_offset")
    for name, start, end in zip(head["key_names"], ends - head["key_rows"], ends, strict=True):
        yield str(name), head["key_vertex"][start:end], offsets[start:end]


def _metres(head: Arrays, name: str) -> NDArray[np.float32]:
    """Positions or offsets, stored as whole steps."""
    return (head[name] * head["step"]).astype(np.float32)
