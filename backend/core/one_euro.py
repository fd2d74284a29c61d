"""The One-Euro filter: calm what holds still, follow what moves; no future needed.

Casiez, Roussel and Vogel: 1 € Filter, CHI 2012; equations in the comments.
"""

import numpy as np
from numpy.typing import NDArray

from .curves import Floats

Array = NDArray[np.float64]


class OneEuro:
    """Follows arrays of one shape, each element by itself.

    still_cutoff      hertz, for values that do not move; infinity changes nothing
    cutoff_per_speed  hertz for one unit a second
    speed_cutoff      hertz, for the speed itself
    """

    def __init__(self, still_cutoff: float, cutoff_per_speed: float, speed_cutoff: float) -> None:
        self._still_cutoff = still_cutoff
        self._cutoff_per_speed = cutoff_per_speed
        self._speed_cutoff = speed_cutoff
        self._seconds = -np.inf
        self._raw = self._smooth = self._speed = np.zeros(0)

    def __call__(self, seconds: float, values: Floats, unit: float = 1.0) -> Floats:
        """The values of one frame, filtered; the speed is measured in units a second.

        Raises ValueError when time does not rise.
        """
        raw = np.asarray(values, np.float64)
        elapsed = seconds - self._seconds
        if elapsed <= 0.0:
            raise ValueError(f"a frame of second {seconds} came after one of second {self._seconds}")
        if np.isinf(elapsed):
            self._smooth, self._speed = raw, np.zeros_like(raw)
        else:
            self._follow(raw, elapsed, unit)
        self._seconds, self._raw = seconds, raw
        return self._smooth.astype(np.float32)

    def _follow(self, raw: Array, elapsed: float, unit: float) -> None:
        speed = (raw - self._raw) / unit / elapsed
        self._speed = self._speed + _share(self._speed_cutoff, elapsed) * (speed - self._speed)
        cutoff = self._still_cutoff + self._cutoff_per_speed * np.abs(self._speed)  # equation 3
        self._smooth = self._smooth + _share(cutoff, elapsed) * (raw - self._smooth)  # equation 1


def _share(cutoff: Array | float, elapsed: float) -> Array | float:
    """How much of a new value a low-pass of this cut-off (hertz) takes in after so many seconds.

    Equations 2 and 5: α = 1 / (1 + τ/Te), τ = 1 / (2π·f).
    """
    return 1.0 / (1.0 + 1.0 / (2.0 * np.pi * cutoff * elapsed))
