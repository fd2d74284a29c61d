"""Heads whose gaze is known because their eyeballs are turned by hand, and pictures of them.

The CC0 head comes with eyeballs and a painted face. ICT-FaceKit's (MIT, not part of the repository) is
bare: its face is painted vertex by vertex, its eyeballs are replaced by painted spheres. Everything is in
Blender's metres, z up, faces towards −y; the performer's left is +x.
"""

import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import points_in_poly

from backend.core.faces import rotation_from_angles
from backend.core.gaze import EYE_TURN
from backend.ports import Picture
from blender_addon.scene.heads import add_arkit_head
from demo.stage import frame_objects, light, take_picture
from protos import arkit
from training.heads import sphere_through

Floats = NDArray[np.float64]

SIZE = 640  # pixels a side
# The performer's axes (x to their left, y up, z out of the face) in Blender's.
TO_BLENDER = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])

SKIN, LIPS, DARK, WHITE = (0.55, 0.33, 0.25), (0.38, 0.13, 0.12), (0.03, 0.02, 0.015), (0.75, 0.72, 0.70)
IRIS, PUPIL = (0.09, 0.05, 0.03), (0.003, 0.003, 0.003)
PUPIL_RADIUS, IRIS_RADIUS = 0.22, 0.59  # centimetres
SPOKES = 48


@dataclass(frozen=True, eq=False)
class Moment:
    """What a picture shows, radians with the signs of protos/arkit.py; both eyes look the same way.

    lids  whether they follow the eyes
    """

    gaze_yaw: float
    gaze_pitch: float
    head_yaw: float = 0.0
    head_pitch: float = 0.0
    head_roll: float = 0.0
    lids: bool = True


@dataclass(frozen=True, eq=False)
class KnownHead:
    """A head in the scene: what it is made of, and what turns.

    rest      (V, 3) metres
    keys      name → (V, 3) metres that its key adds at 1; those of eyeLook are enough
    eyeballs  vertices of each, and the point it turns about
    """

    name: str
    thing: bpy.types.Object
    turn: bpy.types.Object
    rest: Floats
    keys: dict[str, Floats]
    eyeballs: tuple[tuple[NDArray[np.int64], Floats], ...]

    def picture(self, moment: Moment) -> Picture:
        """(SIZE, SIZE, 3) uint8 of the moment."""
        shape = self.rest.copy()
        if moment.lids:
            for name, amount in _lids_of(moment).items():
                shape += amount * self.keys[name]
        for vertices, centre in self.eyeballs:
            rotation = _in_blender(moment.gaze_yaw, moment.gaze_pitch, 0.0)
            shape[vertices] = (self.rest[vertices] - centre) @ rotation.T + centre
        self.thing.data.vertices.foreach_set("co", shape.astype(np.float32).ravel())
        self.thing.data.update()
        turned = _in_blender(moment.head_yaw, moment.head_pitch, moment.head_roll)
        self.turn.rotation_euler = Matrix(turned).to_euler()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "still.jpg"
            take_picture(bpy.context.scene, path)
            return np.asarray(Image.open(path).convert("RGB"))


def cc0_head() -> KnownHead:
    """The head that Add ARKit Head makes; its own eyeballs, turned about the centre of the ball."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    thing = add_arkit_head(bpy.context)
    blocks = thing.data.shape_keys.key_blocks
    rest = _positions(blocks["Basis"].data)
    keys = {name: _positions(blocks[name].data) - rest for name in arkit.COEFFICIENTS}
    thing.shape_key_clear()
    eyeballs = []
    for part in ("left eye", "right eye"):
        slot = next(i for i, m in enumerate(thing.data.materials) if m.name.endswith(part))
        vertices = np.unique([v for p in thing.data.polygons if p.material_index == slot for v in p.vertices])
        eyeballs.append((vertices, sphere_through(rest[vertices])[0]))
    _stage(thing)
    return KnownHead("CC0 head", thing, thing.parent, rest, keys, tuple(eyeballs))


def ict_head(file: Path, identity: int, eye_radius: float | None = None) -> KnownHead:
    """One of ICT-FaceKit's heads; identity 0 is the mean one, others are drawn at random.

    eye_radius  centimetres, of balls that touch the corneas of the head's own; None: as large as those
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with np.load(file) as stored:
        ict = {name: stored[name] for name in stored.files if name != "vertex_indices_json"}
    likeness = np.zeros(len(ict["identity_deltas"]))
    if identity:
        likeness = np.random.default_rng(identity).normal(size=len(likeness))
    vertices = ict["neutral"] + np.tensordot(likeness, ict["identity_deltas"].astype(np.float64), 1)
    skin = int(ict["part_ranges"][7, 0])  # the eyeballs come last
    faces = [f for f in (row[row >= 0] for row in ict["faces"]) if f.max() < skin]
    points, colours = [vertices[:skin]], [_painted(ict, skin)]
    eyeballs = []
    for low, high in ict["part_ranges"][[7, 8]]:
        centre, own_radius = sphere_through(vertices[low : high + 1])
        radius = eye_radius or own_radius
        centre[2] += own_radius - radius
        ball, ball_faces, ball_colours = _eyeball(centre, radius)
        first = sum(map(len, points))
        faces += [f + first for f in ball_faces]
        points.append(ball)
        colours.append(ball_colours)
        eyeballs.append((np.arange(first, first + len(ball)), centre @ TO_BLENDER.T / 100))
    rest = np.concatenate(points) @ TO_BLENDER.T / 100
    thing, turn = _painted_object(rest, faces, np.concatenate(colours))
    name = f"ICT head {identity}" + (f", eyes of {eye_radius:g} cm" if eye_radius else "")
    return KnownHead(name, thing, turn, rest, _ict_keys(ict, skin, rest), tuple(eyeballs))


def _lids_of(moment: Moment) -> dict[str, float]:
    """How far each eyeLook key moves the lids, 0..1."""
    right, down = moment.gaze_yaw, moment.gaze_pitch
    ways = {"Down": (down, down), "Up": (-down, -down), "In": (right, -right), "Out": (-right, right)}
    return {
        f"eyeLook{way}{side}": float(np.clip(angle / EYE_TURN[way], 0, 1))
        for way, angles in ways.items()
        for side, angle in zip(("Left", "Right"), angles, strict=True)
    }


def _in_blender(yaw: float, pitch: float, roll: float) -> Floats:
    return np.asarray(TO_BLENDER @ rotation_from_angles(yaw, pitch, roll) @ TO_BLENDER.T)


def _positions(data: bpy.types.bpy_prop_collection) -> Floats:
    flat = np.empty(3 * len(data), np.float32)
    data.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(np.float64)


def _painted(ict: dict[str, NDArray[np.generic]], count: int) -> Floats:
    """(count, 3) linear colours of the bare mean head: brows, lips and lashes by its 68 landmarks."""
    front = np.asarray(ict["neutral"][:count, :2], np.float64)
    part = np.asarray(ict["vertex_part"][:count])
    marks = front[ict["landmarks68"]]
    colours = np.tile(SKIN, (count, 1))
    face = part == 0
    colours[face & points_in_poly(front, marks[48:60])] = LIPS
    for brow in (marks[17:22], marks[22:27]):
        colours[face & (_away_from(front, brow) < 0.35)] = DARK
    for eye in (marks[36:42], marks[42:48]):
        colours[face & (_away_from(front, eye[[0, 1, 2, 3]]) < 0.12)] = DARK
    hair = (front[:, 1] > 11.0) | (ict["neutral"][:count, 2] < 0.5)
    colours[hair & (front[:, 1] > -2) & (part <= 1)] = DARK
    colours[part == 2] = LIPS
    colours[np.isin(part, (3, 4, 6))] = WHITE  # sockets too: a small eyeball leaves gaps at the corners
    return colours


def _away_from(points: Floats, line: Floats) -> Floats:
    """(N,) distances of points (N, 2) from a polyline (M, 2)."""
    along = np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(line)])
    return np.asarray(np.linalg.norm(points[:, None] - along[None], axis=-1).min(axis=1))


def _eyeball(centre: Floats, radius: float) -> tuple[Floats, list[NDArray[np.int64]], Floats]:
    """Vertices, quads and linear colours of a ball that looks along +z."""
    pupil, iris = np.arcsin(PUPIL_RADIUS / radius), np.arcsin(IRIS_RADIUS / radius)
    edge = 0.01  # radians over which one colour turns into the next
    beyond = np.linspace(iris + 0.1, 1.9, 6)
    rings = np.array([0, pupil / 2, pupil - edge, pupil, (pupil + iris) / 2, iris - edge, iris, *beyond])
    angle, spoke = np.meshgrid(rings, np.arange(SPOKES) * 2 * np.pi / SPOKES, indexing="ij")
    across = np.sin(angle)
    ball = np.stack([across * np.cos(spoke), across * np.sin(spoke), np.cos(angle)], axis=-1)
    ring, n = np.divmod(np.arange((len(rings) - 1) * SPOKES), SPOKES)
    here, beside = ring * SPOKES + n, ring * SPOKES + (n + 1) % SPOKES
    quads = np.stack([here, here + SPOKES, beside + SPOKES, beside], axis=1)
    colour = [PUPIL if r < pupil else IRIS if r < iris else WHITE for r in rings]
    return centre + radius * ball.reshape(-1, 3), list(quads), np.repeat(colour, SPOKES, axis=0)


def _painted_object(
    rest: Floats, faces: list[NDArray[np.int64]], colours: Floats
) -> tuple[bpy.types.Object, bpy.types.Object]:
    """The mesh, and the empty in its neck that turns it."""
    mesh = bpy.data.meshes.new("Head")
    mesh.from_pydata(rest.tolist(), [], [f.tolist() for f in faces])
    mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), np.bool_))
    paint = mesh.color_attributes.new("Paint", "FLOAT_COLOR", "POINT")
    paint.data.foreach_set("color", np.column_stack([colours, np.ones(len(colours))]).ravel())
    mesh.color_attributes.active_color = paint
    thing, turn = bpy.data.objects.new("Head", mesh), bpy.data.objects.new("Turn", None)
    for made in (turn, thing):
        bpy.context.collection.objects.link(made)
    thing.parent = turn
    _stage(thing)
    bpy.context.scene.display.shading.color_type = "VERTEX"
    return thing, turn


def _ict_keys(ict: dict[str, NDArray[np.generic]], count: int, rest: Floats) -> dict[str, Floats]:
    """What eyeLook moves: lids and sockets; the stored shapes leave the eyeballs to us."""
    names = [str(name) for name in ict["expression_names"]]
    keys = {}
    for way in EYE_TURN:
        for side in ("Left", "Right"):
            moved = np.zeros_like(rest)
            delta = ict["expression_deltas"][names.index(f"eyeLook{way}_{side[0]}"), :count]
            moved[:count] = np.asarray(delta, np.float64) @ TO_BLENDER.T / 100
            keys[f"eyeLook{way}{side}"] = moved
    return keys


def _stage(thing: bpy.types.Object) -> None:
    scene = bpy.context.scene
    light(scene, SIZE)
    frame_objects(scene, [thing])
