"""Rigs with ARKit shapes as training heads: Blender reads the file, a .npz for StoredHead is left.

    python -m training.store_head HEAD.fbx --out head.npz

needs Blender as a Python module (`pip install bpy`); .blend, .glb, .gltf and .fbx are read, and a face that
looks towards Blender's front. Training itself needs only the .npz.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from protos import arkit

from .heads import PART, PARTS, Floats, Ints
from .rasterise import normals_of
from .whole_arrays import save_npz

CENTIMETRES = 100.0  # in one of Blender's metres
WITH_JAW = 0.5  # share of the largest movement above which teeth belong to the lower jaw
AROUND_TEETH = 2.5  # centimetres within which skin may line the mouth
# What a mesh or a material is, by the first of these words in its name.
WORDS = {
    "lash": "lashes", "brow": "skin", "lid": "skin", "gum": "gums", "tongue": "tongue",
    "teeth": "upper teeth", "tooth": "upper teeth", "eye": "left eye",
}  # fmt: skip


class NoHead(ValueError):
    """The file holds no head to train on, for the reason given."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One mesh of a rig in Blender's frame: rest (V, 3) metres, triangles (T, 3), part (V,), and the (V, 3)
    offsets of each shape it has, by coefficient.
    """

    rest: Floats
    triangles: Ints
    part: Ints
    shapes: dict[str, Floats]


def imported(path: Path) -> list[bpy.types.Object]:
    """The meshes of a file. Raises NoHead where Blender cannot read it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    readers = {
        ".blend": bpy.ops.wm.open_mainfile, ".fbx": bpy.ops.wm.fbx_import,
        ".glb": bpy.ops.import_scene.gltf, ".gltf": bpy.ops.import_scene.gltf,
    }  # fmt: skip
    if path.suffix.lower() not in readers:
        raise NoHead(f"{path} is none of {', '.join(readers)}")
    try:
        readers[path.suffix.lower()](filepath=str(path))
    except RuntimeError as err:
        raise NoHead(f"Blender cannot read {path}: {err}") from err
    return [thing for thing in bpy.context.scene.objects if thing.type == "MESH"]


def pieces(meshes: list[bpy.types.Object]) -> list[Piece]:
    """The mesh with most ARKit shapes, and those that are named after something in a face.

    Raises NoHead without ARKit shapes.
    """
    known = {mesh: len(set(_shape_names(mesh).values())) for mesh in meshes}
    if not any(known.values()):
        raise NoHead(f"no mesh has shape keys with ARKit names; there are: {_all_keys(meshes) or 'none'}")
    face = max(known, key=lambda mesh: known[mesh])
    return [_piece(mesh, face) for mesh in meshes if mesh is face or _named(mesh.name)]


def stored(parts: list[Piece]) -> dict[str, Floats]:
    """What StoredHead reads, y up, face towards +z, centimetres.

    Raises NoHead for vertices that are not numbers, or a head without two eyeballs.
    """
    sizes = [len(piece.rest) for piece in parts]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    deltas = np.zeros((len(arkit.COEFFICIENTS), starts[-1], 3), np.float32)
    for piece, start in zip(parts, starts, strict=False):
        for name, offsets in piece.shapes.items():
            deltas[arkit.INDEX[name], start : start + len(offsets)] = offsets
    owned = {name for piece in parts for name in piece.shapes}
    rest = _turned(np.concatenate([piece.rest for piece in parts]))
    deltas = _turned(deltas)
    _refuse_what_is_no_number(rest, deltas)
    triangles = np.concatenate([piece.triangles + start for piece, start in zip(parts, starts, strict=False)])
    part = _with_sides(np.concatenate([piece.part for piece in parts]), rest, deltas)
    part = np.where(_lines_the_mouth(rest, deltas, triangles, part), PART["mouth"], part)
    names = [name for name in arkit.COEFFICIENTS if name in owned]
    return {
        "neutral": rest,
        "tris": triangles,
        "names": np.array(names),
        "deltas": deltas[[arkit.INDEX[name] for name in names]],
        "vertex_part": part.astype(np.uint8),
        "part_names": np.array(PARTS),
    }


def _piece(mesh: bpy.types.Object, face: bpy.types.Object) -> Piece:
    data, place = mesh.data, np.array(mesh.matrix_world, np.float64)
    data.calc_loop_triangles()
    triangles = np.empty((len(data.loop_triangles), 3), np.int32)
    data.loop_triangles.foreach_get("vertices", triangles.ravel())
    mirrored = np.linalg.det(place[:3, :3]) < 0
    blocks = data.shape_keys.key_blocks if data.shape_keys else {}
    shapes: dict[str, Floats] = {}
    for key, name in _shape_names(mesh).items():
        offsets = (_points(blocks[key].data) - _points(blocks[key].relative_key.data)) @ place[:3, :3].T
        shapes[name] = shapes.get(name, np.float32(0)) + offsets.astype(np.float32)  # halves add up
    own = _points(data.shape_keys.reference_key.data if data.shape_keys else data.vertices)
    return Piece(
        rest=(own @ place[:3, :3].T + place[:3, 3]).astype(np.float32),
        triangles=triangles[:, ::-1] if mirrored else triangles,
        part=_parts(mesh, triangles, "skin" if mesh is face else _named(mesh.name)),
        shapes=shapes,
    )


def _parts(mesh: bpy.types.Object, triangles: Ints, part: str) -> Ints:
    """(V,) the mesh's own part, or that of a material which is named after another."""
    parts = np.full(len(mesh.data.vertices), PART[part])
    material = np.empty(len(triangles), np.int32)
    mesh.data.loop_triangles.foreach_get("material_index", material)
    for slot, owner in enumerate(mesh.material_slots):
        named = _named(owner.material.name) if owner.material else ""
        if named and part == "skin":
            parts[triangles[material == slot]] = PART[named]
    return parts


def _points(data: "bpy.types.bpy_prop_collection[Any]") -> Floats:
    points = np.empty((len(data), 3), np.float32)
    data.foreach_get("co", points.ravel())
    return points


def _named(name: str) -> str:
    """The part that a name speaks of, or nothing."""
    return next((part for word, part in WORDS.items() if word in name.lower()), "")


def _shape_names(mesh: bpy.types.Object) -> dict[str, str]:
    """Coefficients by the key's own name."""
    keys = mesh.data.shape_keys.key_blocks[1:] if mesh.data.shape_keys else []
    names = {key.name: arkit.arkit_name(key.name) for key in keys}
    return {key: name for key, name in names.items() if name in arkit.COEFFICIENTS}


def _all_keys(meshes: list[bpy.types.Object]) -> str:
    keyed = [mesh.data.shape_keys.key_blocks for mesh in meshes if mesh.data.shape_keys]
    return ", ".join(key.name for blocks in keyed for key in blocks[1:])


def _turned(points: Floats) -> Floats:
    """Blender's (…, 3), z up and face towards −y, in the common frame."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1) * np.float32(CENTIMETRES)


def _refuse_what_is_no_number(rest: Floats, deltas: Floats) -> None:
    wrong = [] if np.isfinite(rest).all() else ["the face at rest"]
    wrong += [n for n, d in zip(arkit.COEFFICIENTS, deltas, strict=True) if not np.isfinite(d).all()]
    if wrong:
        raise NoHead(f"vertices that are not numbers in: {', '.join(wrong)}; mend or remove these shapes")


def _with_sides(part: Ints, rest: Floats, deltas: Floats) -> Ints:
    """Parts, the eyes told apart by where they lie (rigs name them by either view), teeth by the jaw."""
    eyes = part == PART["left eye"]
    if not eyes.any():
        raise NoHead("no eyes: a mesh or material with 'eye' in its name, besides lids, lashes and brows")
    middle = (rest[eyes, 0].min() + rest[eyes, 0].max()) / 2
    sided = np.where(eyes & (rest[:, 0] < middle), PART["right eye"], part)
    sizes = [np.ptp(rest[sided == PART[f"{side} eye"]], axis=0).max() for side in ("left", "right")]
    apart = np.ptp(rest[eyes, 0]) / 2
    if max(sizes) > apart:
        raise NoHead(f"eyes of {sizes[0]:.1f} and {sizes[1]:.1f} cm, {apart:.1f} cm apart, are not two balls")
    moved = np.linalg.norm(deltas[arkit.INDEX["jawOpen"]], axis=1)
    lower = (part == PART["upper teeth"]) & (moved > max(WITH_JAW * moved.max(), 1e-3))
    return np.where(lower, PART["lower teeth"], sided)


def _lines_the_mouth(rest: Floats, deltas: Floats, triangles: Ints, part: Ints) -> NDArray[np.bool_]:
    """(V,) skin near teeth that is hidden from the front, and faces skin even when the jaw is open."""
    teeth = rest[np.isin(part, [PART["upper teeth"], PART["lower teeth"]])]
    near = part == PART["skin"]
    if not (len(teeth) and near.any()):
        return np.zeros(len(rest), bool)
    low, high = teeth.min(axis=0) - AROUND_TEETH, teeth.max(axis=0) + AROUND_TEETH
    candidates = np.flatnonzero(near & ((rest > low) & (rest < high)).all(axis=1))
    skin = triangles[near[triangles].all(axis=1)]
    opened = rest + deltas[arkit.INDEX["jawOpen"]]
    ahead = np.tile(np.array([0, 0, 1], np.float32), (len(candidates), 1))
    faces_skin = _hits(opened, skin, candidates, normals_of(opened, skin)[candidates])
    lining = np.zeros(len(rest), bool)
    lining[candidates] = faces_skin & _hits(rest, skin, candidates, ahead)
    return lining


def _hits(vertices: Floats, triangles: Ints, start: Ints, way: Floats) -> NDArray[np.bool_]:
    """(N,) whether rays from vertices `start`, a millimetre on their way (N, 3), meet the surface."""
    tree = BVHTree.FromPolygons(vertices.tolist(), triangles.tolist())
    rays = zip(vertices[start] + np.float32(0.1) * way, way, strict=True)
    return np.array([tree.ray_cast(point.tolist(), to.tolist())[0] is not None for point, to in rays])


def summary(head: dict[str, Floats]) -> Iterator[str]:
    """What was found, line by line."""
    counts = np.bincount(head["vertex_part"].astype(int), minlength=len(PARTS))
    yield ", ".join(f"{name} {count}" for name, count in zip(PARTS, counts, strict=True) if count)
    moves = np.abs(head["deltas"]).max(axis=(1, 2)) > 0
    still = [str(name) for name, any_move in zip(head["names"], moves, strict=True) if not any_move]
    absent = [name for name in arkit.COEFFICIENTS if name not in head["names"]]
    yield f"shapes that are there but move nothing: {', '.join(still) or 'none'}; missing: " + (
        ", ".join(absent) or "none"
    )


def main() -> None:
    """Exit code 1 and a sentence when the file holds no such head."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help=".blend, .glb, .gltf or .fbx with ARKit shape keys")
    parser.add_argument("--out", type=Path, required=True, help="the .npz to write")
    arguments = parser.parse_args()
    try:
        head = stored(pieces(imported(arguments.file)))
    except NoHead as err:
        raise SystemExit(f"{arguments.file}: {err}") from err
    save_npz(arguments.out, head)
    print("\n".join(summary(head)))


if __name__ == "__main__":
    main()
