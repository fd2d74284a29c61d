"""How a rig's face looks at any expression, without asking Blender again.

Blender is asked once what each number of the rig moves, with everything that takes part: shape keys, drivers,
bones, modifiers. From then on a face is a sum, which takes a millisecond, and nothing in the scene moves.
"""

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .contract import ExpressionCurves, arkit, curves, gaze, muscle_groups, sight
from .mapping import Mapping, evaluate
from .rig_matching import Target

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
COUNT = len(arkit.COEFFICIENTS)
_STILL = 1e-4  # of the distance between the eyes; who moves less does not move
_MOVES = 0.003  # of that distance; a vertex that a whole coefficient moves less is not part of that half
_PLAINLY = 0.05  # of that distance; what moves as far is looked at: lids, lips and chin, not the neck
_MARGIN, _CROWN = 1.75, 0.1  # of that, so that the whole head is seen; there is more of it above
_ABOUT = np.cos(np.radians(35))  # between a face's axis and the world's, to count as the same
SIDES = ("Left", "Right")
_AT_THE_EYE = ("eyeLookOut", "eyeLookIn", "eyeLookUp", "eyeLookDown", "eyeWide", "eyeBlink")
_ABOVE = ("browInnerUp", "browDownLeft", "browDownRight", "browOuterUpLeft", "browOuterUpRight")
_BELOW = (
    "jawOpen",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthPucker",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
)


class Turn(NamedTuple):
    """One angle of an eye that turns, radians; beside Targets one of the numbers of a rig."""

    side: Literal["left", "right"]
    angle: Literal["Yaw", "Pitch"]


Number = Target | Turn


class FaceUnseen(Exception):
    """The rig's face does not move, or not enough to be looked at; the message says what to do."""

    advice = "Find the rig again in panel 2, and make its meshes visible."


@dataclass(frozen=True, eq=False)
class Way:
    """What one number moves: vertices (M,) go `ways` · x + `bends` · x² (M, 3) when it is x off its rest.

    bends  None where the way is straight, as a shape key's
    """

    vertices: Ints
    ways: Floats
    bends: Floats | None = None


class Frame(NamedTuple):
    """How a face lies: unit axes (3,), the middle of its eyes (3,) and the distance between them."""

    left: Floats
    up: Floats
    forward: Floats
    eyes: Floats
    between: float


class View(NamedTuple):
    """What a camera before the face shows: its middle (3,) and half its height, in the scene's units."""

    middle: Floats
    half: float


@dataclass(frozen=True, eq=False)
class Surface:
    """rest (V, 3) as it lies when every coefficient is 0; triangles (T, 3); zero: the numbers there."""

    rest: Floats
    triangles: Ints
    ways: Dictionary[Number, Way]
    zero: Dictionary[Number, float]

    def at(self, numbers: Dictionary[Number, float]) -> Floats:
        """(V, 3) with the numbers of the rig so; those not named rest."""
        posed = self.rest.copy()
        for number, value in numbers.items():
            way = self.ways.get(number)
            off = value - self.zero.get(number, 0.0)
            if way is None or not off:
                continue
            posed[way.vertices] += off * way.ways
            if way.bends is not None:
                posed[way.vertices] += off * off * way.bends
        return posed

    @cached_property
    def areas(self) -> Floats:
        """(V,) a third of the area of each triangle around a vertex, at rest."""
        a, b, c = (self.rest[self.triangles[:, corner]] for corner in range(3))
        thirds = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
        return np.bincount(self.triangles.ravel(), np.repeat(thirds, 3), minlength=len(self.rest)).astype(
            np.float32
        )

    def normals(self, vertices: Floats) -> Floats:
        """(V, 3) unit normals of the surface with its vertices there."""
        a, b, c = (vertices[self.triangles[:, corner]] for corner in range(3))
        faces = np.repeat(np.cross(b - a, c - a), 3, axis=0)
        corners = self.triangles.ravel()
        summed = np.stack([np.bincount(corners, faces[:, i], len(vertices)) for i in range(3)], axis=1)
        length = np.linalg.norm(summed, axis=1, keepdims=True)
        return np.asarray(summed / np.maximum(length, 1e-12), np.float32)


def numbers(mapping: Mapping, take: ExpressionCurves) -> list[dict[Number, float]]:
    """What a take sets the numbers of a rig to, frame by frame; the head stays as it is."""
    columns: dict[Number, curves.Floats] = {}
    for target, column in evaluate(mapping, take).items():
        columns[target] = column
    if mapping.eyes.turns and "EYES" in mapping.regions:
        seen = curves.mirrored(take) if mapping.mirror else take
        for turn in TURNS:
            columns[turn] = mapping.eyes.gain * seen.channel(f"{turn.side}Eye{turn.angle}")
    return [{number: float(column[row]) for number, column in columns.items()} for row in range(len(take))]


def expressions(coefficients: NDArray[np.floating]) -> ExpressionCurves:
    """Coefficients (N, 52) as a take in which the eyes turn as far as they say."""
    turned = gaze.eyes_turned(coefficients)
    return curves.curves_from_values(np.concatenate([coefficients, turned], axis=1), rate=30.0)


@dataclass(frozen=True, eq=False)
class Face:
    """A surface with the mapping that moves it: what artists look at, and how far it visibly moves."""

    surface: Surface
    mapping: Mapping

    def at(self, take: ExpressionCurves) -> list[Floats]:
        """(V, 3) for each frame."""
        return [self.surface.at(row) for row in numbers(self.mapping, take)]

    @cached_property
    def ways(self) -> list[Floats]:
        """(V, 3) for each of the 52 coefficients: where it brings the vertices at 1."""
        return [posed - self.surface.rest for posed in self.at(expressions(np.eye(COUNT)))]

    @cached_property
    def frame(self) -> Frame:
        """From what moves around eyes, brows and jaw, mirrored or not. Raises FaceUnseen.

        A head that stands or lies about straight is looked at straight.
        """
        plain = replace(self.mapping, mirror=False, regions=frozenset(arkit.REGIONS))
        if plain != self.mapping:
            return Face(self.surface, plain).frame
        left, right = (self._middle_of(*(f"{stem}{side}" for stem in _AT_THE_EYE)) for side in SIDES)
        across = left - right
        between = float(np.linalg.norm(across))
        if not between:
            raise FaceUnseen("Both eyes of this rig lie in one place: left and right cannot be told.")
        above, below = self._middle_of(*_ABOVE), self._middle_of(*_BELOW)
        sideways = _straight(across / between)
        up = above - below
        up = up - (up @ sideways) * sideways
        if not np.linalg.norm(up):
            raise FaceUnseen("Brows and mouth of this rig lie in one place: up and down cannot be told.")
        up = _straight(up / np.linalg.norm(up))
        up = up - (up @ sideways) * sideways
        up = up / np.linalg.norm(up)
        return Frame(
            sideways, up, np.cross(sideways, up), np.asarray((left + right) / 2, np.float32), between
        )

    @cached_property
    def sight(self) -> sight.Sight:
        """What can be seen of each coefficient, by half of the face. Raises FaceUnseen."""
        grams = {}
        for half, mask in muscle_groups.HALVES.items():
            ways = np.where(mask[:, None, None], np.stack(self.ways), 0) / self.frame.between
            moved = (np.linalg.norm(ways, axis=2) > _MOVES).any(axis=0)
            if not moved.any():
                grams[half] = np.zeros((COUNT, COUNT))
                continue
            areas = self.surface.areas[moved].astype(np.float64)
            flat = (ways[:, moved] * np.sqrt(areas)[:, None]).reshape(COUNT, -1).astype(np.float64)
            grams[half] = flat @ flat.T / areas.sum()
        if not any(gram.any() for gram in grams.values()):
            raise FaceUnseen("No coefficient visibly moves this rig.")
        return sight.Sight(grams)

    def moved(self, half: str) -> NDArray[np.bool_]:
        """(V,) vertices that coefficients of a half plainly move; all vertices where none does."""
        ways = np.stack([self.ways[channel] for channel in np.flatnonzero(muscle_groups.HALVES[half])])
        moved = np.asarray((np.linalg.norm(ways, axis=2) > _PLAINLY * self.frame.between).any(axis=0))
        return moved if moved.any() else np.ones_like(moved)

    @cached_property
    def view(self) -> View:
        """Of all that coefficients move, with a margin for the rest of the head."""
        moved = self.surface.rest[self.moved("upper") | self.moved("lower")]
        axes = np.stack([self.frame.left, self.frame.up, self.frame.forward])
        places = (moved - self.frame.eyes) @ axes.T
        low, high = places.min(axis=0), places.max(axis=0)
        half = _MARGIN * float(max(high[0] - low[0], high[1] - low[1])) / 2
        middle = (low + high) / 2
        middle[1] += _CROWN * half
        return View(self.frame.eyes + middle @ axes, half)

    def _middle_of(self, *channels: str) -> Floats:
        """(3,) median of where each of these moves something most. Raises FaceUnseen where none does."""
        middles = []
        for channel in channels:
            moved = (self.ways[arkit.INDEX[channel]] ** 2).sum(axis=1) * self.surface.areas
            if moved.sum() > 0:
                middles.append((moved / moved.sum()) @ self.surface.rest)
        if not middles:
            raise FaceUnseen(f"None of {', '.join(channels)} moves anything on this rig.")
        return np.asarray(np.median(middles, axis=0), np.float32)


def _straight(axis: Floats) -> Floats:
    """The nearest axis of the world where one is near, else as it is."""
    nearest = int(np.argmax(np.abs(axis)))
    if abs(axis[nearest]) < _ABOUT:
        return axis
    straight = np.zeros(3, np.float32)
    straight[nearest] = np.sign(axis[nearest])
    return straight


TURNS = tuple(Turn(side, angle) for side in ("left", "right") for angle in ("Yaw", "Pitch"))


def way_of(at_one: Floats, at_half: Floats | None, rest: Floats, step: float) -> Way:
    """From where (V, 3) a number brings the vertices at `step` and half of that; at_half None: straight.

    x · way + x² · bend goes through both.
    """
    whole = at_one - rest
    bend = None if at_half is None else (2 * whole - 4 * (at_half - rest)) / step**2
    way = (whole if bend is None else whole - bend * step**2) / step
    size = np.linalg.norm(way, axis=1) + (0 if bend is None else np.linalg.norm(bend, axis=1))
    vertices = np.flatnonzero(size * abs(step) > _STILL * _size(rest)).astype(np.int32)
    bent = None if bend is None else bend[vertices].astype(np.float32)
    return Way(vertices, way[vertices].astype(np.float32), bent)


def _size(rest: Floats) -> float:
    """About the distance between the eyes, before it is known: a tenth of the whole is no less."""
    return 0.1 * float(np.ptp(rest, axis=0).min()) if len(rest) else 0.0
