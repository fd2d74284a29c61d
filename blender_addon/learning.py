"""From what was said about a clip to a take that is nearer to it: work for the worker thread, no backend."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from .background import Cancel, Work
from .contract import ExpressionCurves, clip_taste, ratings, sight
from .takes import TakeFacts, TakeFolder

LEARNT = "learnt"


def learning(takes: TakeFolder, take: TakeFacts, seen: sight.Sight, told: Sequence[ratings.Rating]) -> Work:
    """Work that yields the facts of a new take, corrected by what was said.

    Raises TakeUnreadable, OSError.
    """

    def work(_: Cancel) -> Iterator[TakeFacts]:
        curves = takes.curves(take.id)
        learnt = clip_taste.learnt(curves, seen, told, take.start)
        better = clip_taste.corrected(curves, learnt.taste.ideal)
        yield keep_learnt(takes, take, better, _remark(curves, better, seen, len(told)))

    return work


def keep_learnt(takes: TakeFolder, take: TakeFacts, curves: ExpressionCurves, remark: str) -> TakeFacts:
    """A take of its own beside the one it was learnt from."""
    fresh = takes.begin(f"{take.name}, {LEARNT}", take.clip, take.rate)
    known = replace(take, id=fresh.id, name=fresh.name, created=fresh.created, learnt_from=take.id)
    takes.append(fresh.id, curves)
    return takes.finish(known, remarks=(remark,))


def _remark(
    before: ExpressionCurves,
    after: ExpressionCurves,
    seen: sight.Sight,
    answers: int,
) -> str:
    """What came of it, in words."""
    if not (after.values != before.values).any():
        return f"From {answers} answers nothing certain could be learnt yet; the curves are unchanged."
    ways = (after.values - before.values)[:, : len(seen.root)].astype(np.float64)
    change = float(np.mean(seen.difference("full", ways)))
    return (
        f"Learnt from {answers} answers: the face changes by {100 * change:.1f} % of the distance between "
        f"its eyes on average, {change / sight.VISIBLE:.1f} times what can just be seen."
    )
