"""Where each eye looks relative to the head, from the irises.

An eye is a ball behind the middle of its two corners; the iris moves over it. The landmark network
holds the iris between the lids: up and down its landmark goes only about half of the iris's way.
What a person's own eyes differ by is left to neutral calibration.
"""

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .curves import CHANNEL_COUNT, COEFFICIENT_COUNT

# Landmarks of each eye: outer corner, inner corner, middle of the iris.
_RIGHT_EYE = (33, 133, 468)
_LEFT_EYE = (263, 362, 473)
_IRIS_RADIUS_OF_TURN = 1.05  # centimetres from the centre of the eyeball to the iris
_RESTING_HEIGHT = 0.2  # centimetres that its landmark lies above the line of the corners, looking ahead
# Share of the iris's way, sideways and upright, that its landmark goes: chosen on ICT-FaceKit's mean head
# with eyes of two sizes, tested on other heads (training/LOG.md).
_SHOWN = np.array([1.0, 0.5])
# Radians of the eyeball for an eyeLook coefficient of 1, as measured on Live Link Face takes.
EYE_TURN = {"In": 0.56, "Out": 0.65, "Up": 0.44, "Down": 0.61}


def eyes_turned(coefficients: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 9) pose channels that the eyeLook coefficients of (N, 52) stand for, radians; the head's are 0."""
    return np.asarray(coefficients @ _TURNS)


def _turns() -> NDArray[np.float64]:
    turns = np.zeros((COEFFICIENT_COUNT, CHANNEL_COUNT - COEFFICIENT_COUNT))
    for side, to_the_right in (("Left", 1), ("Right", -1)):
        for way, sign in (("In", to_the_right), ("Out", -to_the_right), ("Down", 1), ("Up", -1)):
            angle = f"{side.lower()}Eye{'Yaw' if way in ('In', 'Out') else 'Pitch'}"
            place = arkit.INDEX[angle] - COEFFICIENT_COUNT
            turns[arkit.INDEX[f"eyeLook{way}{side}"], place] = sign * EYE_TURN[way]
    return turns


_TURNS = _turns()


def eye_angles(shape: NDArray[np.float64]) -> tuple[tuple[float, float], tuple[float, float]]:
    """((yaw, pitch) of the left eye, (yaw, pitch) of the right), radians with the signs of protos/arkit.py.

    shape  (478, 3) landmarks in centimetres in the performer's frame
    """
    return _angles(shape, *_LEFT_EYE), _angles(shape, *_RIGHT_EYE)


def _angles(shape: NDArray[np.float64], outer: int, inner: int, iris: int) -> tuple[float, float]:
    x, y, _ = shape[iris] - (shape[outer] + shape[inner]) / 2
    off = np.array([-x, _RESTING_HEIGHT - y]) / (_SHOWN * _IRIS_RADIUS_OF_TURN)
    yaw, pitch = np.arcsin(np.clip(off, -1, 1)).tolist()
    return yaw, pitch
