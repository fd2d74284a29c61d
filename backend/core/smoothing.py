"""Jitter out, blinks and plosives kept: trackers tremble, and artists see it first on a still face.

Offline, each value becomes the centre of a parabola fitted to its neighbours in time (Savitzky and
Golay 1964), where a neighbour counts less the further its *value* lies away (the bilateral weight of
Tomasi and Manduchi 1998). A tremor lies close by and is averaged out; a blink lies far off, has
no neighbours but itself, and stays. The window is finite and every step is elementwise, so rows
smoothed chunk by chunk are bit for bit those of the whole clip.

Live, where no future is known, a One-Euro filter does the same less well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from math import ceil

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .chunks import with_context
from .curves import CHANNEL_COUNT, COEFFICIENT_COUNT, ExpressionCurves, Floats
from .one_euro import OneEuro

CONTEXT_FRAMES = 18  # rows on either side that a smoothed row may depend on
WINDOW_SECONDS = 0.3  # and no more than this: nine frames at 30 a second
BLOCK_ROWS = 512  # worked on at once: the sums of a block stay in the processor's cache

# The smallest move that is never mistaken for jitter at full strength, by what moves.
LIPS_REACH = 0.16  # plosives are small, single frames of closed or pressed lips
LIDS_REACH = 0.25
FACE_REACH = 0.3
GAZE_REACH = 0.2  # radians; a saccade is larger
HEAD_REACH = 0.12  # radians
LOCATION_REACH = 0.04  # metres

LIVE_CUTOFF_PER_SPEED = 4.0  # hertz for a coefficient that runs from 0 to 1 within a second
LIVE_SPEED_CUTOFF = 4.0  # hertz

LEAST_REACH = 1e-9  # a hardly positive strength must not divide by 0

STIFFNESS = 1e-3  # keeps the parabola flat where too few neighbours count to bend it

Array = NDArray[np.float64]


def smoothed_chunks(chunks: Iterable[ExpressionCurves], strength: float) -> Iterator[ExpressionCurves]:
    """Consecutive chunks of a clip, smoothed; a row comes out up to CONTEXT_FRAMES rows after it went in.

    strength runs from 0 (nothing changes) to 1. Values not observed neither change nor count as neighbours.
    Raises ValueError for another strength.
    """
    _demand_strength(strength)
    return with_context(chunks, _radius, partial(_smoothed_rows, strength=strength))


def _radius(rate: float) -> int:
    """Rows on either side that count."""
    return min(CONTEXT_FRAMES, ceil(WINDOW_SECONDS * rate))


def _smoothed_rows(window: ExpressionCurves, first: int, last: int, strength: float) -> ExpressionCurves:
    """Rows first..last−1, smoothed with whatever the window holds around them."""
    rows = window.between(first, last)
    if strength == 0.0:
        return rows
    signals = np.hstack([window.values, window.head_location]).astype(np.float64)
    counted = np.hstack([window.observed, np.repeat(window.observed.any(axis=1, keepdims=True), 3, axis=1)])
    reach = np.maximum(strength * _REACH, LEAST_REACH)
    radius = _radius(window.rate)
    out = np.vstack(
        [
            _fitted(window.times, signals, counted, reach, radius, start, min(start + BLOCK_ROWS, last))
            for start in range(first, last, BLOCK_ROWS)
        ]
    )
    values, location = out[:, :CHANNEL_COUNT], out[:, CHANNEL_COUNT:]
    return replace(
        rows,
        values=_no_new_overshoot(rows.values, values.astype(np.float32)),
        head_location=location.astype(np.float32),
    )


def _fitted(
    times: Array,
    signals: Array,
    counted: NDArray[np.bool_],
    reach: Array,
    radius: int,
    first: int,
    last: int,
) -> Array:
    """Rows first..last−1 of signals (N, C), each moved to the centre of its weighted parabola."""
    here = signals[first:last]
    moments = np.zeros((5, *here.shape))  # Σ w·uᵏ, k = 0..4, u = time away in windows
    targets = np.zeros((3, *here.shape))  # Σ w·uᵏ·d, k = 0..2, d = value away
    moments[0] = 1.0  # the row itself
    for offset in (*range(-radius, 0), *range(1, radius + 1)):
        inside = slice(max(first, -offset), min(last, len(times) - offset))
        if inside.stop <= inside.start:
            continue
        other = slice(inside.start + offset, inside.stop + offset)
        rows = slice(inside.start - first, inside.stop - first)
        u = ((times[other] - times[inside]) / WINDOW_SECONDS)[:, None]
        away = _difference(signals[other], signals[inside])
        weight = np.maximum(1.0 - np.square(away / reach), 0.0)
        weight *= weight
        weight *= counted[other] * np.maximum(1.0 - u * u, 0.0)
        _accumulate(moments[:, rows], targets[:, rows], weight, away, u)
    return np.where(counted[first:last], here + _centre(moments, targets), here)


def _accumulate(moments: Array, targets: Array, weight: Array, away: Array, u: Array) -> None:
    """Add one neighbour's share, in place."""
    for k in range(5):
        moments[k] += weight
        if k < 3:
            targets[k] += weight * away
        weight = weight * u


def _centre(moments: Array, targets: Array) -> Array:
    """Value at u = 0 of the least-squares parabola, by Cramer's rule on the normal equations."""
    s0, s1, s2, s3, s4 = moments
    t0, t1, t2 = targets
    slope, bend = s2 + STIFFNESS, s4 + STIFFNESS
    minor0, minor1, minor2 = slope * bend - s3 * s3, s1 * bend - s2 * s3, s1 * s3 - s2 * slope
    determinant = s0 * minor0 - s1 * minor1 + s2 * minor2
    return np.asarray((t0 * minor0 - t1 * minor1 + t2 * minor2) / determinant)


def _difference(one: Array, other: Array) -> Array:
    """What leads from `other` to `one`; for angles the short way round."""
    away = one - other
    angles = away[..., COEFFICIENT_COUNT:CHANNEL_COUNT]
    angles -= 2.0 * np.pi * np.round(angles / (2.0 * np.pi))
    return away


def _no_new_overshoot(before: Floats, after: Floats) -> Floats:
    """A parabola may swing below 0 or above 1; a coefficient goes there only where it was before."""
    c = slice(0, COEFFICIENT_COUNT)
    after[:, c] = np.clip(after[:, c], np.minimum(before[:, c], 0.0), np.maximum(before[:, c], 1.0))
    return after


def _reach_of(channel: str) -> float:
    if channel.startswith("head"):
        return HEAD_REACH
    if channel in arkit.POSE:
        return GAZE_REACH
    if channel.startswith("eye"):
        return LIDS_REACH
    if arkit.region(channel) == "MOUTH":
        return LIPS_REACH
    return FACE_REACH


_REACH = np.array([_reach_of(name) for name in arkit.CHANNELS] + 3 * [LOCATION_REACH])


def live_filter(strength: float) -> OneEuro:
    """A fresh filter for one live stream of (61,) values; strength 0 changes nothing, 1 is calmest.

    Raises ValueError for another strength.
    """
    _demand_strength(strength)
    still_cutoff = 1.0 / strength if strength > 0.0 else np.inf
    return OneEuro(still_cutoff, LIVE_CUTOFF_PER_SPEED, LIVE_SPEED_CUTOFF)


def _demand_strength(strength: float) -> None:
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"smoothing strength is {strength}, expected 0..1")
