"""Gaze through a blink: a closing lid hides the iris, and the tracker sees the eye dive with it.

A blink is a lid that closes and opens again at once. A lid that comes down and stays is no blink: the
eye looks down, and its gaze is to be believed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .chunks import with_context
from .curves import ExpressionCurves

HALF_SECONDS = 0.2  # a blink closes, and opens, in no more than this
HALF_FRAMES = 12  # nor in more than this
CLOSING = 0.15  # of eyeBlink, above what it was before and is after

_GAZE = {
    side: [
        i
        for i, name in enumerate(arkit.CHANNELS)
        if name.startswith(f"{side.lower()}Eye") or (name.startswith("eyeLook") and name.endswith(side))
    ]
    for side in ("Left", "Right")
}


def gaze_bridged_chunks(chunks: Iterable[ExpressionCurves]) -> Iterator[ExpressionCurves]:
    """Consecutive chunks of a clip; behind a blinking lid the gaze runs straight from before to after.

    That is each eye's angles and its eyeLook coefficients; bridged values are marked as not observed.
    """
    # A bridge spans two halves of a blink, and whether its ends are open depends on one more.
    return with_context(chunks, lambda rate: 3 * _half(rate), _bridged)


def _half(rate: float) -> int:
    """Rows in which a lid closes, or opens."""
    return min(HALF_FRAMES, ceil(HALF_SECONDS * rate))


def _bridged(window: ExpressionCurves, first: int, last: int) -> ExpressionCurves:
    values, observed = window.values.copy(), window.observed.copy()
    longest = 2 * _half(window.rate) + 1
    for side, gaze in _GAZE.items():
        lid = arkit.INDEX[f"eyeBlink{side}"]
        seen = window.observed[:, lid]
        closed = seen & _blinking(window.times, np.where(seen, values[:, lid], np.inf), window.rate)
        before, after = _open_rows_around(seen & ~closed)
        bridge = closed & (before >= 0) & (after < len(window)) & (after - before <= longest)
        a, b = before[bridge], after[bridge]
        share = (window.times[bridge] - window.times[a]) / (window.times[b] - window.times[a])
        weight = share[:, None].astype(np.float32)
        values[np.ix_(bridge, np.array(gaze))] = (
            values[a][:, gaze] * (1 - weight) + values[b][:, gaze] * weight
        )
        observed[:, gaze] &= ~bridge[:, None]
    return replace(window, values=values, observed=observed).between(first, last)


def _blinking(times: NDArray[np.float64], lid: NDArray[np.floating], rate: float) -> NDArray[np.bool_]:
    """(N,) True where the lid (N,) is further closed than it was shortly before and is shortly after."""
    before, after = lid.copy(), lid.copy()
    for offset in range(1, _half(rate) + 1):
        near = times[offset:] - times[:-offset] <= HALF_SECONDS
        before[offset:] = np.where(near, np.minimum(before[offset:], lid[:-offset]), before[offset:])
        after[:-offset] = np.where(near, np.minimum(after[:-offset], lid[offset:]), after[:-offset])
    most_open = np.maximum(before, after)
    return np.asarray(lid > most_open + CLOSING)


def _open_rows_around(is_open: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each row the last open one up to it (−1: none) and the next open one from it (N: none)."""
    rows = np.arange(len(is_open))
    before = np.maximum.accumulate(np.where(is_open, rows, -1))
    after = np.minimum.accumulate(np.where(is_open, rows, len(is_open))[::-1])[::-1]
    return before, after
