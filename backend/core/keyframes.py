"""Dense curves → few keys: an artist edits a curve with thirty keys, not one with three thousand."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def key_mask(
    times: NDArray[np.float64], values: NDArray[np.floating], tolerance: ArrayLike
) -> NDArray[np.bool_]:
    """(N, C) True where a key is needed: lines between keys miss no value by more than tolerance.

    times (N,) rise; values (N, C); tolerance is one number or (C,), ≥ 0, in the unit of the values.
    First and last row are always keys. From a key, the line to the next row is kept within the cone of
    slopes that pass every row between within tolerance; where it leaves, the row before becomes a key
    (one pass forward over all channels at once, after the swinging door of Bristol 1990).
    Raises ValueError for a negative tolerance.
    """
    allowed = np.asarray(tolerance, np.float64)
    if np.any(allowed < 0):
        raise ValueError(f"tolerance is {allowed.min():g}, expected 0 or more")
    x = np.asarray(values, np.float64)
    keys = np.zeros(x.shape, np.bool_)
    if not len(x):
        return keys
    keys[0] = keys[-1] = True
    since, start = np.full(x.shape[1], times[0]), x[0].copy()
    lowest, highest = np.full_like(start, -np.inf), np.full_like(start, np.inf)
    for row in range(1, len(x)):
        elapsed = times[row] - since
        rise = x[row] - start
        slope = rise / elapsed
        broken = (slope < lowest) | (slope > highest)
        if broken.any():
            keys[row - 1, broken] = True
            since[broken], start[broken] = times[row - 1], x[row - 1, broken]
            lowest[broken], highest[broken] = -np.inf, np.inf
            elapsed = times[row] - since
            rise = x[row] - start
        lowest = np.maximum(lowest, (rise - allowed) / elapsed)
        highest = np.minimum(highest, (rise + allowed) / elapsed)
    return keys
