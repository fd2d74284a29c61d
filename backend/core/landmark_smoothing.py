"""Takes the tremor out of landmarks while a face holds still, as MediaPipe does in VIDEO mode.

A One-Euro filter for each coordinate (Casiez et al. 2012) with MediaPipe's settings, its speed
measured in face sizes a second.
"""

import numpy as np
from numpy.typing import NDArray

from .curves import Floats

_STILL_CUTOFF = 0.05  # hertz
_CUTOFF_PER_SPEED = 80.0  # hertz for one face size a second
_SPEED_CUTOFF = 1.0  # hertz, for the speed itself


class LandmarkSmoothing:
    """Feed it the landmarks of one face in order; start a new one after a loss."""

    def __init__(self) -> None:
        self._seconds = -np.inf
        self._raw: NDArray[np.float64] | None = None
        self._smooth: NDArray[np.float64] = np.zeros(0)
        self._speed: NDArray[np.float64] = np.zeros(0)

    def __call__(self, landmarks: Floats, seconds: float) -> Floats:
        """(478, 3) landmarks in pixels, smoothed; unchanged at the first and where time stands still."""
        raw = np.asarray(landmarks, np.float64)
        elapsed = seconds - self._seconds
        if elapsed <= 0:
            return landmarks
        if self._raw is None:
            self._smooth, self._speed = raw, np.zeros_like(raw)
        else:
            size = float(np.ptp(raw[:, :2], axis=0).mean())
            speed = (raw - self._raw) / size / elapsed
            self._speed = self._speed + _share(_SPEED_CUTOFF, elapsed) * (speed - self._speed)
            cutoff = _STILL_CUTOFF + _CUTOFF_PER_SPEED * np.abs(self._speed)
            self._smooth = self._smooth + _share(cutoff, elapsed) * (raw - self._smooth)
        self._seconds, self._raw = seconds, raw
        return self._smooth.astype(np.float32)


def _share(cutoff: NDArray[np.float64] | float, elapsed: float) -> NDArray[np.float64] | float:
    """How much of the new value a low-pass filter takes after so many seconds."""
    turn = 2 * np.pi * cutoff * elapsed
    return turn / (turn + 1)
