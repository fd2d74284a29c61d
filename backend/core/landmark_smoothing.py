"""Takes the tremor out of landmarks while a face holds still, as MediaPipe does in VIDEO mode."""

import numpy as np

from .curves import Floats
from .one_euro import OneEuro

# MediaPipe's settings.
_STILL_CUTOFF = 0.05  # hertz
_CUTOFF_PER_SPEED = 80.0  # hertz for one face size a second
_SPEED_CUTOFF = 1.0  # hertz, for the speed itself


class LandmarkSmoothing:
    """Feed it the landmarks of one face in order; start a new one after a loss."""

    def __init__(self) -> None:
        self._filter = OneEuro(_STILL_CUTOFF, _CUTOFF_PER_SPEED, _SPEED_CUTOFF)
        self._seconds = -np.inf

    def __call__(self, landmarks: Floats, seconds: float) -> Floats:
        """(478, 3) landmarks in pixels, smoothed; unchanged at the first and where time stands still."""
        if seconds <= self._seconds:
            return landmarks
        self._seconds = seconds
        face_size = float(np.ptp(landmarks[:, :2], axis=0).mean())
        return self._filter(seconds, landmarks, face_size)
