"""A face that turns away or is covered: hold what it did, then let it relax, and say so.

Works forward only, so that a live view and an offline clip agree; rows that were measured stay as measured.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .curves import CHANNEL_COUNT, ExpressionCurves, Floats

# A lost expression relaxes; a lost head stays where it was, for its zero is the camera's axis, not a rest.
_RELAXES = np.array([arkit.region(name) != "HEAD" for name in arkit.CHANNELS])


@dataclass(frozen=True, eq=False)
class _LastSeen:
    seconds: float
    values: Floats
    head_location: Floats


def lost_rows(curves: ExpressionCurves) -> NDArray[np.bool_]:
    """(N,) True where no channel was observed."""
    return np.asarray(~curves.observed.any(axis=1))


def lost_face_filled(
    chunks: Iterable[ExpressionCurves], hold_seconds: float, decay_seconds: float
) -> Iterator[ExpressionCurves]:
    """Consecutive chunks of a clip with lost rows filled: held for hold_seconds, then eased to neutral.

    Filled rows stay marked as not observed, with confidence 0. Before the first sight all is neutral (0).
    Raises ValueError for negative times.
    """
    if hold_seconds < 0 or decay_seconds < 0:
        raise ValueError(
            f"a lost face is held for {hold_seconds} s and decays in {decay_seconds} s; both ≥ 0"
        )
    seen = _LastSeen(0.0, np.zeros(CHANNEL_COUNT, np.float32), np.zeros(3, np.float32))
    for chunk in chunks:
        yield _filled(chunk, seen, hold_seconds, decay_seconds)
        found = np.flatnonzero(~lost_rows(chunk))
        if len(found):
            row = found[-1]
            seen = _LastSeen(float(chunk.times[row]), chunk.values[row], chunk.head_location[row])


def _filled(chunk: ExpressionCurves, seen: _LastSeen, hold: float, decay: float) -> ExpressionCurves:
    lost = lost_rows(chunk)
    if not lost.any():
        return chunk
    # Row 0 of these stands for what was seen before the chunk.
    times = np.concatenate([[seen.seconds], chunk.times])
    values = np.vstack([seen.values, chunk.values])
    location = np.vstack([seen.head_location, chunk.head_location])
    source = np.maximum.accumulate(np.where(lost, 0, np.arange(1, len(chunk) + 1)))
    kept = _kept(chunk.times - times[source], hold, decay)[:, None]
    held = np.where(_RELAXES, values[source] * kept, values[source])
    missing = lost[:, None]
    return replace(
        chunk,
        values=np.where(missing, held, chunk.values).astype(np.float32),
        confidence=np.where(missing, 0.0, chunk.confidence).astype(np.float32),
        head_location=np.where(missing, location[source], chunk.head_location).astype(np.float32),
    )


def _kept(lost_for: NDArray[np.float64], hold: float, decay: float) -> NDArray[np.float64]:
    """Share of the last expression left after so many seconds: 1, then a smoothstep down to 0."""
    if decay == 0.0:
        return (lost_for <= hold).astype(np.float64)
    gone = np.clip((lost_for - hold) / decay, 0.0, 1.0)
    return np.asarray(1.0 - gone * gone * (3.0 - 2.0 * gone))
