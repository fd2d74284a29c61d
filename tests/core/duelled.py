"""Answers to duels, to try things with."""

from dataclasses import replace

from backend.core.duels import DUEL
from backend.core.ratings import Outcome, Rating
from tests.core.rated import rating, take

NEW, BASE = "model-2", "model-1"


def duel(
    number: int,
    new_left: bool = True,
    outcome: Outcome = Outcome.A,
    models: tuple[str, str] = (NEW, BASE),
    **changes: object,
) -> Rating:
    """The first candidate is the new one."""
    new, base = (
        replace(take(2 * number + place), model_id=model, drawn=DUEL) for place, model in enumerate(models)
    )
    order = (0, 1) if new_left else (1, 0)
    told = {"candidates": (new, base), "shown_order": order, "outcome": outcome, **changes}
    return rating(number, **told)
