"""Curves at another rate, by time and not by row: a phone films at 59.94, the scene runs at 24.

Plain interpolation steps over the top of a blink when the new rate is lower. So each new frame also
looks at the turning points that fall into its own span of time, and takes the one that strays furthest.
"""

import numpy as np
from numpy.typing import NDArray

from .curves import COEFFICIENT_COUNT, ExpressionCurves

Array = NDArray[np.float64]


def resampled(curves: ExpressionCurves, rate: float) -> ExpressionCurves:
    """The same performance on the grid of k/rate seconds; every turning point of a channel is kept.

    Between rows values and confidence run straight, angles the short way round; `observed` is that of the
    nearest row. Curves that lie on the grid already are returned as they are. Raises ValueError unless rate
    is above 0.
    """
    if not (np.isfinite(rate) and rate > 0):
        raise ValueError(f"rate is {rate}, expected frames a second above 0")
    if not len(curves):
        return curves
    first = round(float(curves.times[0]) * rate)
    frames = np.arange(first, max(first + 1, round(curves.seconds * rate)))
    times = frames / rate
    if curves.rate == rate and np.array_equal(curves.times, times):
        return curves
    values = curves.values.astype(np.float64)
    values[:, COEFFICIENT_COUNT:] = np.unwrap(values[:, COEFFICIENT_COUNT:], axis=0)
    straight = _interpolated(curves.times, values, times)
    cell = np.clip(np.floor(curves.times * rate + 0.5).astype(np.intp) - first, 0, len(frames) - 1)
    return ExpressionCurves(
        times=times,
        values=_with_turning_points(straight, values, cell).astype(np.float32),
        confidence=_interpolated(curves.times, curves.confidence, times).astype(np.float32),
        observed=curves.observed[_nearest(curves.times, times)],
        spread=_interpolated(curves.times, curves.spread, times).astype(np.float32),
        head_location=_interpolated(curves.times, curves.head_location, times).astype(np.float32),
        rate=rate,
    )


def _interpolated(times: Array, rows: NDArray[np.floating], at: Array) -> Array:
    """Rows (N, C) at the times `at`, straight between their own times, held beyond the ends."""
    after = np.clip(np.searchsorted(times, at), 1, max(len(times) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    span = np.where(after > before, times[after] - times[before], 1.0)
    share = np.clip((at - times[before]) / span, 0.0, 1.0)[:, None]
    return np.asarray(rows[before] * (1.0 - share) + rows[after] * share)


def _nearest(times: Array, at: Array) -> NDArray[np.intp]:
    middles = (times[1:] + times[:-1]) / 2.0
    return np.searchsorted(middles, at)


def _with_turning_points(straight: Array, values: Array, cell: NDArray[np.intp]) -> Array:
    """The interpolated rows, with each value replaced by the turning point in its cell, if there is one.

    straight (M, C) are the interpolated rows, values (N, C) the source's, cell (N,) the new row of each.
    Of a top and a pit in one cell the one that stands out more from the new rows beside it stays.
    """
    if len(values) < 2:
        return straight
    filled, starts = np.unique(cell, return_index=True)
    step = np.diff(values, axis=0)
    before, after = np.vstack([-step[:1], step]), np.vstack([step, -step[-1:]])  # the ends turn, too
    is_top, is_pit = (before > 0) & (after <= 0), (before < 0) & (after >= 0)
    top = np.maximum.reduceat(np.where(is_top, values, -np.inf), starts, axis=0)
    pit = np.minimum.reduceat(np.where(is_pit, values, np.inf), starts, axis=0)
    beside = (straight[np.maximum(filled - 1, 0)] + straight[np.minimum(filled + 1, len(straight) - 1)]) / 2
    plain = straight[filled]
    result = straight.copy()
    result[filled] = np.where(top - beside >= beside - pit, np.maximum(plain, top), np.minimum(plain, pit))
    return result
