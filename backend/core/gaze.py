"""Where each eye looks relative to the head, from the irises.

An eye is a ball behind the middle of its two corners; the iris moves over it. The landmark network
holds the iris between the lids: up and down its landmark goes only about half of the iris's way.
What a person's own eyes differ by is left to neutral calibration.
"""

import numpy as np
from numpy.typing import NDArray

# Landmarks of each eye: outer corner, inner corner, middle of the iris.
_RIGHT_EYE = (33, 133, 468)
_LEFT_EYE = (263, 362, 473)
_IRIS_RADIUS_OF_TURN = 1.05  # centimetres from the centre of the eyeball to the iris
_RESTING_HEIGHT = 0.2  # centimetres that its landmark lies above the line of the corners, looking ahead
# Share of the iris's way, sideways and upright, that its landmark goes: chosen on ICT-FaceKit's mean head
# with eyes of two sizes, tested on other heads (training/LOG.md).
_SHOWN = np.array([1.0, 0.5])


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
