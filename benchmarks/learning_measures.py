"""How much nearer a clip has come to what an artist wants, and what must not suffer from it."""

import numpy as np

from backend.core.expression_distribution import Numbers
from backend.core.sight import Sight
from protos import arkit

STILL = 0.0015  # of the distance of the eyes a frame: slower is still
FEWEST = 10  # frames or so of what is measured, fewer say nothing
BLINK, CLOSED = 0.5, 0.1  # of eyeBlink, above; of how far lips are apart, below
AROUND = 2  # frames before and after in which a blink may be deepest
_LIDS = [arkit.INDEX[f"eyeBlink{side}"] for side in ("Left", "Right")]
_JAW, _CLOSE = arkit.INDEX["jawOpen"], arkit.INDEX["mouthClose"]
_LIPS = [arkit.INDEX[f"mouth{way}{side}"] for way in ("LowerDown", "UpperUp") for side in ("Left", "Right")]


def visible_error(sight: Sight, rows: Numbers, ideal: Numbers) -> Numbers:
    """(T,) in % of the distance of the eyes, of rows and ideal (T, 52)."""
    return np.asarray(100 * sight.difference("full", rows - ideal))


def visible_change(sight: Sight, rows: Numbers, base: Numbers, ideal: Numbers, frames: Numbers) -> float:
    """Of the mean visible error in these frames (T,), as a share of the base's; −1: all of it is gone."""
    now, before = (float(visible_error(sight, of, ideal)[frames].mean()) for of in (rows, base))
    return now / before - 1


def jitter_ratio(sight: Sight, rows: Numbers, base: Numbers, truth: Numbers) -> float:
    """Mean visible second difference where the face is still, over the base's; NaN where it never is."""
    slow = sight.difference("full", np.diff(truth, axis=0)) < STILL
    still = slow[1:] & slow[:-1]
    if still.sum() < FEWEST:
        return float("nan")
    now, before = (
        float(sight.difference("full", np.diff(of, 2, axis=0))[still].mean()) for of in (rows, base)
    )
    return now / max(before, 1e-9)


def blinks_kept(rows: Numbers, base: Numbers, truth: Numbers) -> float:
    """How deep lids close in the truth's blinks, over how deep the base's do; NaN where nobody blinks."""
    events = _runs(truth[:, _LIDS].mean(axis=1) > BLINK)
    if not events:
        return float("nan")
    now, before = (np.mean([_deepest(of, first, last) for first, last in events]) for of in (rows, base))
    return float(now / max(before, 1e-9))


def closures_kept(rows: Numbers, base: Numbers, truth: Numbers) -> float:
    """Share of the truth's frames with closed lips that have them, over the base's; NaN where it has few."""
    closed = _apart(truth) < CLOSED
    before = (_apart(base) < CLOSED) & closed
    if before.sum() < FEWEST:
        return float("nan")
    return float(((_apart(rows) < CLOSED) & closed).sum() / before.sum())


def _apart(rows: Numbers) -> Numbers:
    """(T,) how far lips are apart, roughly."""
    return np.asarray(np.maximum(rows[:, _JAW] - rows[:, _CLOSE], 0) + rows[:, _LIPS].mean(axis=1))


def _deepest(rows: Numbers, first: int, last: int) -> float:
    return float(rows[max(first - AROUND, 0) : last + AROUND, _LIDS].mean(axis=1).max())


def _runs(held: Numbers) -> list[tuple[int, int]]:
    """(first, last + 1) of each stretch in which (T,) holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], held.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
