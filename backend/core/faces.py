"""A face as the tracker saw it and as a predictor read it; head pose and gaze as angles.

The performer's frame: x to the performer's left, y up, z out of the face. A face that looks
straight into the camera has the identity as rotation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import Floats
from .expression_distribution import ExpressionDistribution

LANDMARK_COUNT = 478  # 468 of the canonical face, then 5 for each iris


@dataclass(frozen=True, eq=False)
class Face:
    """One tracked face in one picture.

    landmarks   (478, 3) float32, pixels of the picture given to the tracker: x right, y down,
                z towards the back of the head in the scale of x
    presence    0..1, the landmark network's own belief that this is a face
    """

    landmarks: Floats
    presence: float


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a predictor makes of one face; the 52 coefficients in the order of arkit.COEFFICIENTS.

    mean        (52,) float32, 0..1
    spread      (52,) float32, standard deviation; 0: the predictor states none
    confidence  (52,) float32, 0..1
    observed    (52,) bool, False for what this predictor cannot estimate at all
    belief      (52,) each part: what it believed before anything learnt from ratings was applied; None where
                a predictor has no such belief, so that nothing can be learnt about it
    gate        with which the belief becomes one value, see ExpressionDistribution.point
    """

    mean: Floats
    spread: Floats
    confidence: Floats
    observed: NDArray[np.bool_]
    belief: ExpressionDistribution | None = None
    gate: float = 1.0

    def as_believed(self) -> tuple[Floats, Floats]:
        """(52,) mean and spread without anything that was learnt from ratings."""
        if self.belief is None:
            return self.mean, self.spread
        point, deviation = self.belief.point(self.gate), self.belief.deviation()
        return point.astype(np.float32), deviation.astype(np.float32)


@dataclass(frozen=True, eq=False)
class HeadPose:
    """rotation (3, 3): performer's frame → camera's frame; location (3,) metres in the camera's."""

    rotation: Floats
    location: Floats


def rotation_from_angles(yaw: float, pitch: float, roll: float) -> Floats:
    """(3, 3) rotation for angles with the signs of protos/arkit.py, in radians.

    R = Ry(−yaw) · Rx(pitch) · Rz(roll): first the head tilts, then nods, then turns.
    """
    cy, sy = np.cos(-yaw), np.sin(-yaw)
    cp, sp = np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(turn @ nod @ tilt, np.float32)


def angles_from_rotation(rotation: Floats) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in radians; the inverse of rotation_from_angles for |pitch| < 90°."""
    r = np.asarray(rotation, np.float64)
    pitch = np.arcsin(np.clip(-r[1, 2], -1.0, 1.0))
    yaw = -np.arctan2(r[0, 2], r[2, 2])
    roll = np.arctan2(r[1, 0], r[1, 1])
    return float(yaw), float(pitch), float(roll)
