"""Keeps what artists answered. Whatever cannot be kept is named, and holds up nothing else."""

from collections.abc import Sequence

from ..core.ratings import Fact
from ..ports import RatingStore

TAKEN = "something else is kept under the id {}; the first one stays"

Told = Fact | ValueError  # a fact, or why it could not be read as one


def record_ratings(told: Sequence[Told], store: RatingStore) -> list[str]:
    """For each, in order, why it is refused; empty where it is kept now, or was already, so that telling it
    again does no harm. Raises RatingsError, Busy and DiskFull, and then nothing of it is kept.
    """
    kept = iter(store.append([each for each in told if not isinstance(each, ValueError)]))
    return [_why_not(each, kept=isinstance(each, ValueError) or next(kept)) for each in told]


def _why_not(told: Told, kept: bool) -> str:
    if isinstance(told, ValueError):
        return str(told)
    return "" if kept else TAKEN.format(told.id)
