"""From head and eye angles to the rotation of whatever the artist's rig turns: an object, an empty, a bone.

The face's own frame is that of backend.core.faces: x to the performer's left, y up, z out of the face. Each
pivot knows how that frame lies in its own axes at rest, so one formula serves objects and bones:

    rotation = frame · R · frame⁻¹ · rest        location = rest_location + unit · frame · movement

Quaternions are (w, x, y, z), as in Blender; arrays of them (N, 4) float64.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .contract import ExpressionCurves, arkit

Array = NDArray[np.float64]
Quaternion = tuple[float, float, float, float]
Vector = tuple[float, float, float]
UNTURNED: Quaternion = (1.0, 0.0, 0.0, 0.0)

STILL = 1e-6  # sine of half an angle below which there is no axis to speak of
_H = 0.5**0.5
# Where the face looks at rest and which way is up, in world axes → the performer's frame in the world.
FACINGS: dict[str, Quaternion] = {
    "-Y": (_H, _H, 0.0, 0.0),  # Blender's habit: z up, the face towards the front view
    "+Y": (0.0, 0.0, _H, _H),
    "+X": (0.5, 0.5, 0.5, 0.5),
    "-X": (0.5, 0.5, -0.5, -0.5),
    "+Z": UNTURNED,  # y up, as in most game engines
    "-Z": (0.0, 0.0, 1.0, 0.0),  # y up
}


@dataclass(frozen=True)
class Pivot:
    """Something that turns, as it lies at rest.

    object, bone   names; bone '' for the object itself
    facing         the axis preset it was taken with, one of FACINGS
    frame          performer's frame → the axes its rotation is counted in
    rest           its own rotation at rest; for a bone mostly UNTURNED
    rest_location  its own location at rest, in its own units
    unit           its own units a metre
    """

    object: str
    bone: str = ""
    facing: str = "-Y"
    frame: Quaternion = FACINGS["-Y"]
    rest: Quaternion = UNTURNED
    rest_location: Vector = (0.0, 0.0, 0.0)
    unit: float = 1.0

    @property
    def label(self) -> str:
        """For lists: 'Armature · head'."""
        return f"{self.object} · {self.bone}" if self.bone else self.object


@dataclass(frozen=True, eq=False)
class Motion:
    """How a pivot moves: rotations (N, 4) with continuous sign, locations (N, 3) or None: stays in place."""

    rotations: Array
    locations: Array | None = None


def head_motion(
    curves: ExpressionCurves,
    pivot: Pivot,
    gain: float = 1.0,
    location: bool = False,
    neutral: float | None = None,
) -> Motion:
    """The head relative to its neutral.

    gain      multiplies the angles, 1 as filmed
    neutral   seconds since the in point at which the head rests; None: facing the camera is rest,
              and the first frame is the place to move from
    """
    rotations = face_rotations(curves, ("headYaw", "headPitch", "headRoll"), gain)
    row = 0 if neutral is None else int(np.argmin(np.abs(curves.times - neutral)))
    movement = curves.head_location.astype(np.float64) - curves.head_location[row]
    if neutral is not None:
        back = conjugate(rotations[row])
        rotations, movement = product(back, rotations), turned(back, movement)
    return Motion(in_pivot(pivot, rotations), placed(pivot, movement) if location else None)


def eye_motion(curves: ExpressionCurves, side: str, pivot: Pivot, gain: float = 1.0) -> Motion:
    """An eye ('left' or 'right') relative to the head; gain multiplies the angles."""
    names = tuple(f"{side}Eye{angle}" for angle in ("Yaw", "Pitch", "Roll"))
    return Motion(in_pivot(pivot, face_rotations(curves, names, gain)))


def face_rotations(curves: ExpressionCurves, names: tuple[str, ...], gain: float = 1.0) -> Array:
    """(N, 4) in the performer's frame for a yaw, a pitch and a roll channel.

    Ry(−yaw) · Rx(pitch) · Rz(roll), as backend.core.faces.rotation_from_angles.
    """
    yaw, pitch, roll = (gain * curves.values[:, arkit.INDEX[name]].astype(np.float64) for name in names)
    return product(product(about(1, -yaw), about(0, pitch)), about(2, roll))


def in_pivot(pivot: Pivot, rotations: Array) -> Array:
    """Rotations of the face as the pivot's own, with continuous sign."""
    frame = np.asarray(pivot.frame)
    own = product(product(frame, rotations), conjugate(frame))
    return continuous(product(own, np.asarray(pivot.rest)))


def placed(pivot: Pivot, movement: Array) -> Array:
    """Movement of the face in metres as the pivot's own location, (N, 3)."""
    return np.asarray(pivot.rest_location) + pivot.unit * turned(np.asarray(pivot.frame), movement)


def about(axis: int, angles: Array) -> Array:
    """(N, 4) rotations about one axis, angles (N,) in radians."""
    q = np.zeros((len(angles), 4))
    q[:, 0] = np.cos(angles / 2)
    q[:, axis + 1] = np.sin(angles / 2)
    return q


def product(a: Array, b: Array) -> Array:
    """Hamilton product a · b: first b, then a. Shapes (…, 4), broadcast."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate(q: Array) -> Array:
    """The reverse of unit quaternions (…, 4)."""
    return np.asarray(q * np.array([1.0, -1.0, -1.0, -1.0]))


def turned(q: Array, vectors: Array) -> Array:
    """Vectors (N, 3) turned by one unit quaternion (4,)."""
    pure = np.concatenate([np.zeros((len(vectors), 1)), vectors], axis=1)
    return product(product(q, pure), conjugate(q))[:, 1:]


def continuous(q: Array) -> Array:
    """The same rotations (N, 4) with signs chosen so that no step takes the long way round."""
    if len(q) < 2:
        return q
    flips = np.where(np.sum(q[1:] * q[:-1], axis=1) < 0, -1.0, 1.0)
    signs = np.concatenate([[1.0], np.cumprod(flips)])
    return np.asarray(q * signs[:, None])


def axis_angles(q: Array) -> Array:
    """(N, 4) angle and axis, without jumps: the axis never turns over, the angle never starts again.

    Where nothing turns the axis means nothing; there it keeps its last direction, at first its next.
    """
    length = np.linalg.norm(q[:, 1:], axis=1)
    result = np.zeros_like(q)
    turned = np.flatnonzero(length > STILL)
    axis = q[turned[0], 1:] / length[turned[0]] if len(turned) else np.array([0.0, 0.0, 1.0])
    angle = 0.0
    for i, (w, vector, size) in enumerate(zip(q[:, 0], q[:, 1:], length, strict=True)):
        if size > STILL:
            found = vector / size
            sign = -1.0 if found @ axis < 0 else 1.0
            axis, turn = sign * found, 2.0 * np.arctan2(sign * size, w)
        else:
            turn = 0.0
        angle = turn + 2 * np.pi * np.round((angle - turn) / (2 * np.pi))
        result[i] = (angle, *axis)
    return result
