"""Where each eye looks relative to the head, from the irises.

An eye is a ball behind the middle of its two corners; the iris moves over it. The numbers are
anatomy, checked against the eyeLook scores of three people: half-way between the corners the yaw is
0 within a few degrees, and one unit of eyeLook gives the angle that Live Link Face takes show.
What a person's own eyes differ by is left to neutral calibration.
"""

import numpy as np
from numpy.typing import NDArray

# Landmarks of each eye: outer corner, inner corner, middle of the iris.
_RIGHT_EYE = (33, 133, 468)
_LEFT_EYE = (263, 362, 473)
_IRIS_RADIUS_OF_TURN = 1.05  # centimetres from the centre of the eyeball to the iris
_RESTING_HEIGHT = 0.2  # centimetres that the iris lies above the line of the corners, looking ahead


def eye_angles(shape: NDArray[np.float64]) -> tuple[tuple[float, float], tuple[float, float]]:
    """((yaw, pitch) of the left eye, (yaw, pitch) of the right), radians with the signs of protos/arkit.py.

    shape  (478, 3) landmarks in centimetres in the performer's frame
    """
    return _angles(shape, *_LEFT_EYE), _angles(shape, *_RIGHT_EYE)


def _angles(shape: NDArray[np.float64], outer: int, inner: int, iris: int) -> tuple[float, float]:
    x, y, _ = shape[iris] - (shape[outer] + shape[inner]) / 2
    off = np.array([-x, _RESTING_HEIGHT - y]) / _IRIS_RADIUS_OF_TURN
    yaw, pitch = np.arcsin(np.clip(off, -1, 1)).tolist()
    return yaw, pitch
