"""What each number of a rig moves, asked of Blender once: each is set, the scene evaluated, and all put back.

Whatever an artist has built takes part: drivers, bones, gains, corrective keys, modifiers. Nothing is keyed,
no undo step is made, and every value is as it was when this returns or raises.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import radians
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import ExpressionCurves, arkit
from ..mapping import Mapping, to_json
from ..pivots import UNTURNED, Motion, Pivot, eye_motion, head_motion
from ..rig_matching import Target
from ..surface import Face, FaceUnseen, Floats, Ints, Number, Surface, Turn, Way, expressions, numbers, way_of
from .head_and_eyes import motion_tracks, turns
from .targets import object_named, read_value, value_exists, write_value

MOST_TRIANGLES = 1_000_000
NEUTRAL = expressions(np.zeros((1, len(arkit.COEFFICIENTS))))
GREY = (0.5, 0.5, 0.5)
_TURNED = radians(20)  # how far an eye is turned to see what it moves
_INVISIBLE, _GLASS = 0.1, 0.5  # opacity, share of light let through: corneas hide no iris


@dataclass(frozen=True, eq=False)
class Part:
    """Triangles of one material: how they are coloured.

    triangles  (T,) rows of the surface's
    uv         (T, 3, 2) places in the image; None without one
    colour     linear red, green, blue
    image      name of the image datablock; "" without one
    cut_out    where the image is transparent, nothing is drawn
    """

    triangles: Ints
    colour: tuple[float, float, float]
    image: str = ""
    uv: Floats | None = None
    cut_out: bool = False


@dataclass(frozen=True, eq=False)
class Seen:
    """A face and how it is coloured."""

    face: Face
    parts: tuple[Part, ...]


def rig_hash(mapping: Mapping) -> str:
    """sha256 (hex) of what a mapping moves and how: the keys' own shapes and all settings."""
    digest = hashlib.sha256(to_json(mapping).encode())  # the same in every process, as repr is not
    for name in mapping.objects:
        ob = object_named(name)
        keys = ob.data.shape_keys if ob is not None and ob.type == "MESH" else None
        for block in keys.key_blocks if keys else ():
            shape = np.empty(3 * len(block.data), np.float32)
            block.data.foreach_get("co", shape)
            digest.update(block.name.encode() + shape.tobytes())
    return digest.hexdigest()


def look_at(context: bpy.types.Context, mapping: Mapping) -> Seen:
    """The face that a mapping moves, with everything visible around it. Raises FaceUnseen.

    Takes a moment: the scene is evaluated once for each number of the rig.
    """
    zero = {
        number: value
        for number, value in numbers(mapping, NEUTRAL)[0].items()
        if isinstance(number, Turn) or value_exists(number)
    }
    with _put_back(mapping, zero):
        for pivot in _pivots(mapping):
            _turn(pivot, NEUTRAL, mapping)
        for number, value in zero.items():
            _set(number, value, mapping)
        meshes = _Meshes(context)
        rest = meshes.places()
        ways = {number: _way(meshes, rest, number, value, mapping) for number, value in zero.items()}
        triangles, parts = meshes.painted()
    seen = Seen(Face(Surface(rest, triangles, ways, zero), mapping), parts)
    _ = seen.face.sight  # raises where there is nothing to see
    return seen


class _Meshes:
    """All meshes that are visible now, as one; which they are does not change while this is used."""

    def __init__(self, context: bpy.types.Context) -> None:
        self._layer = context.view_layer
        self._graph = context.evaluated_depsgraph_get()
        self._layer.update()
        self._objects = [ob for ob in self._layer.objects if ob.type == "MESH" and ob.visible_get()]
        self._counts = [len(mesh.vertices) for _, mesh in self._evaluated()]
        if not any(self._counts):
            raise FaceUnseen("No mesh is visible.")

    def places(self) -> Floats:
        """(V, 3) in the world as everything is now. Raises FaceUnseen where meshes gain or lose vertices."""
        self._layer.update()
        whole = np.empty((sum(self._counts), 3), np.float32)
        start = 0
        for (ob, mesh), count in zip(self._evaluated(), self._counts, strict=True):
            if len(mesh.vertices) != count:
                raise FaceUnseen(f"{ob.name} has another number of vertices at each expression.")
            own = np.empty((count, 3), np.float32)
            mesh.vertices.foreach_get("co", own.ravel())
            world = np.array(ob.matrix_world, np.float32)
            whole[start : start + count] = own @ world[:3, :3].T + world[:3, 3]
            start += count
        return whole

    def painted(self) -> tuple[Ints, tuple[Part, ...]]:
        """Triangles (T, 3) of the whole, and how they are coloured. Raises FaceUnseen for too many."""
        triangles: list[Ints] = []
        parts: list[Part] = []
        start = first = 0
        for (ob, mesh), count in zip(self._evaluated(), self._counts, strict=True):
            mesh.calc_loop_triangles()
            corners = _read(mesh.loop_triangles, "vertices", np.int32, 3)
            loops = _read(mesh.loop_triangles, "loops", np.int32, 3)
            slots = _read(mesh.loop_triangles, "material_index", np.int32, 1)[:, 0]
            triangles.append(corners + start)
            for slot in np.unique(slots):
                rows = np.flatnonzero(slots == slot)
                parts += _part(ob, mesh, int(slot), loops[rows], (rows + first).astype(np.int32))
            start, first = start + count, first + len(corners)
        if first > MOST_TRIANGLES:
            raise FaceUnseen(f"{first:,} triangles are visible, at most {MOST_TRIANGLES:,} can be shown.")
        return np.concatenate(triangles), tuple(parts)

    def _evaluated(self) -> Iterator[tuple[Any, Any]]:
        for ob in self._objects:
            evaluated = ob.evaluated_get(self._graph)
            yield evaluated, evaluated.data


def _part(ob: Any, mesh: Any, slot: int, loops: Ints, rows: Ints) -> list[Part]:
    """None for what is as good as invisible: corneas, tear lines."""
    material = ob.material_slots[slot].material if slot < len(ob.material_slots) else None
    if material is None:
        return [Part(rows, GREY)]
    surface = _surface_of(material)
    if surface is None:
        return [Part(rows, tuple(material.diffuse_color[:3]))]
    if _plain(surface, "Alpha", 1.0) < _INVISIBLE or _plain(surface, "Transmission Weight", 0.0) > _GLASS:
        return []
    texture = _texture(surface.inputs.get("Base Color"))
    if texture is None or mesh.uv_layers.active is None:
        return [Part(rows, tuple(_plain_colour(surface)))]
    uv = _read(mesh.uv_layers.active.data, "uv", np.float32, 2)[loops]
    return [Part(rows, GREY, texture.image.name, uv, surface.inputs["Alpha"].is_linked)]


def _surface_of(material: bpy.types.Material) -> Any:
    # From 5.0 on every material has nodes, and asking whether it uses them is frowned upon.
    uses_nodes = bpy.app.version >= (5, 0) or material.use_nodes
    nodes = material.node_tree.nodes if uses_nodes and material.node_tree else ()
    return next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)


def _plain(surface: Any, name: str, usual: float) -> float:
    """A number of a shader; `usual` where a texture says it or it has another name in this Blender."""
    found = surface.inputs.get(name)
    return usual if found is None or found.is_linked else float(found.default_value)


def _plain_colour(surface: Any) -> tuple[float, float, float]:
    found = surface.inputs["Base Color"]
    return GREY if found.is_linked else tuple(found.default_value[:3])


def _texture(socket: Any) -> Any:
    """The first image on the way to a socket; None without one."""
    seen, waiting = set(), [link.from_node for link in (socket.links if socket else ())]
    while waiting:
        node = waiting.pop(0)
        if node.type == "TEX_IMAGE" and node.image is not None:
            return node
        if node.name not in seen:
            seen.add(node.name)
            waiting += [link.from_node for found in node.inputs for link in found.links]
    return None


def _read(collection: Any, name: str, kind: Any, width: int) -> NDArray[Any]:
    values = np.empty((len(collection), width), kind)
    collection.foreach_get(name, values.ravel())
    return values


def _way(meshes: _Meshes, rest: Floats, number: Number, zero: float, mapping: Mapping) -> Way:
    """Bones turn, so what they move bends; a shape key's way is straight."""
    step = _TURNED if isinstance(number, Turn) else 1.0
    whole = _set(number, zero + step, mapping) - zero
    at_one, at_half = meshes.places(), None
    if whole and (isinstance(number, Turn) or number.holder != "KEYS"):
        _set(number, zero + whole / 2, mapping)
        at_half = meshes.places()
    _set(number, zero, mapping)
    return way_of(at_one, at_half, rest, whole or 1.0)


def _set(number: Number, value: float, mapping: Mapping) -> float:
    """What the number is afterwards: sliders end somewhere."""
    if isinstance(number, Turn):
        take = NEUTRAL.with_values(NEUTRAL.values)
        take.values[0, arkit.INDEX[f"{number.side}Eye{number.angle}"]] = value
        pivot = mapping.eyes.left if number.side == "left" else mapping.eyes.right
        if pivot is not None:
            _turn(pivot, take, mapping)
        return value
    write_value(number, value)
    return float(read_value(number))


def _turn(pivot: Pivot, take: ExpressionCurves, mapping: Mapping) -> None:
    turned = turns(pivot)
    if turned is None:
        return
    if pivot == mapping.head.pivot:
        motion = head_motion(take, pivot)
    else:
        motion = eye_motion(take, "left" if pivot == mapping.eyes.left else "right", pivot)
    for track in motion_tracks(pivot, motion, np.zeros(1)):
        write_value(Target(pivot.object, track.path, track.index, "OBJECT"), float(track.values[0]))


def _pivots(mapping: Mapping) -> list[Pivot]:
    eyes = (mapping.eyes.left, mapping.eyes.right) if mapping.eyes.turns else ()
    return [pivot for pivot in (mapping.head.pivot, *eyes) if pivot is not None]


@contextmanager
def _put_back(mapping: Mapping, zero: dict[Number, float]) -> Iterator[None]:
    """Every number that will be touched is afterwards as it was, whatever happens."""
    were = [(target, read_value(target)) for target in zero if isinstance(target, Target)]
    for pivot in _pivots(mapping):
        if turns(pivot) is not None:
            tracks = motion_tracks(pivot, Motion(np.array([UNTURNED])), np.zeros(1))
            targets = [Target(pivot.object, track.path, track.index, "OBJECT") for track in tracks]
            were += [(target, read_value(target)) for target in targets]
    try:
        yield
    finally:
        for target, value in were:
            write_value(target, value)
        bpy.context.view_layer.update()
