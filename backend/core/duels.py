"""New against base, asked blindly among a session's other pairs: does the artist prefer what was learnt?

Both takes of a duel are predictions, of one moment that nothing was learnt from, the other region held, and
differ by at least what can be seen on the rig. Which of them stands left is thrown by a coin for each pair,
so whoever presses one key, or any, prefers the new one exactly half of the time; evidence.py does the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .evidence import OFFERED, PROMOTED, Score, evidence, pairs_needed, stake
from .ratings import Outcome, Rating

DUEL = "duel"  # Candidate.drawn of both takes
REGIONS = ("upper", "lower")  # judged apart; the purse is divided among them
APART = 0.5  # seconds between the moments of two duels: neighbours would be one question asked twice
Asked = TypeVar("Asked")


@dataclass(frozen=True)
class Duel:
    """A frame, by its place in the clip's curves, and which take stands left."""

    frame: int
    new_left: bool


def fresh(
    seen: NDArray[np.float64], threshold: float, seconds: NDArray[np.float64], allowed: NDArray[np.bool_],
    asked: Sequence[float], wanted: int, rng: np.random.Generator,
) -> list[Duel]:  # fmt: skip
    """At most as many as wanted, in random order.

    seen       (T,) how far new and base lie apart for the eye in this region (Sight.difference)
    threshold  of visibility, in the same unit
    seconds    (T,) of the clip
    allowed    (T,) whether nothing was learnt from the frame (holding_out.py)
    asked      seconds of this clip at which these two have met already
    """
    met = list(asked)
    frames: list[int] = []
    for frame in rng.permutation(np.flatnonzero(allowed & (seen >= threshold))):
        if len(frames) < wanted and all(abs(seconds[frame] - other) >= APART for other in met):
            frames.append(int(frame))
            met.append(float(seconds[frame]))
    return [Duel(frame, bool(left)) for frame, left in zip(frames, sides(len(frames), rng), strict=True)]


def sides(count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(count,) whether the new one stands left; each a coin of its own, so that no answer foretells it."""
    return rng.random(count) < 0.5


def mixed(ordinary: Sequence[Asked], duels: Sequence[Asked], rng: np.random.Generator) -> list[Asked]:
    """One session in which nobody can tell where the duels are; both keep their order."""
    is_duel = rng.permutation(np.repeat([False, True], [len(ordinary), len(duels)]))
    rest, left = iter(ordinary), iter(duels)
    return [next(left if duel else rest) for duel in is_duel]


def score(ratings: Iterable[Rating], new: str, base: str, region: str) -> Score:
    """Of ratings that stand, by model ids. A pair counts once, with the first answer: asked again it tells
    how reliable a rater is, but nothing more of the models.
    """
    answers: dict[str, Rating] = {}
    for rating in ratings:
        if rating.region == region and _is_duel(rating, new, base) and rating.outcome in _SAID:
            answers.setdefault(rating.pair_id, rating)
    preferred = [_preferred(rating) for rating in answers.values()]
    return Score(preferred.count(new), preferred.count(base), preferred.count(None))


class Verdict(StrEnum):
    """What evidence says of a new version in one region; a person may always decide otherwise."""

    WAIT = "wait"
    OFFER = "offer"
    PROMOTE = "promote"


@dataclass(frozen=True)
class Standing:
    """One region of a version on trial.

    evidence           against OFFERED and PROMOTED
    pairs_to_offer     how many more, if answers go on as they went; None where that cannot be said
    pairs_to_promote   the same
    """

    region: str
    score: Score
    evidence: float
    verdict: Verdict
    pairs_to_offer: int | None
    pairs_to_promote: int | None


def standing(region: str, found: Score, earlier: Iterable[Score] = (), lineage: int = 1) -> Standing:
    """earlier: scores in this region of those that met the same base before, the oldest first; lineage: the
    number of that base, from 1 (versions.Shelf knows both).
    """
    staked = stake(earlier, len(REGIONS), lineage)
    reached = evidence(found, staked)
    verdict = (
        Verdict.PROMOTE if reached >= PROMOTED else Verdict.OFFER if reached >= OFFERED else Verdict.WAIT
    )
    to_offer, to_promote = (pairs_needed(found, staked, wanted) for wanted in (OFFERED, PROMOTED))
    return Standing(region, found, reached, verdict, to_offer, to_promote)


def heads(current: Mapping[str, str], new: str, standings: Iterable[Standing]) -> dict[str, str]:
    """Model id by region once what is due has been promoted: a region that fails keeps its old head."""
    won = {each.region for each in standings if each.verdict is Verdict.PROMOTE}
    return {region: new if region in won else old for region, old in current.items()}


_SAID = (Outcome.A, Outcome.B, Outcome.TIE)  # both bad and skipped say nothing of which is better


def _is_duel(rating: Rating, new: str, base: str) -> bool:
    met = {candidate.model_id for candidate in rating.candidates}
    drawn = {candidate.drawn for candidate in rating.candidates}
    first_time = rating.gold is None and not rating.repeat_of
    return first_time and len(rating.candidates) == 2 and drawn == {DUEL} and met == {new, base}


def _preferred(rating: Rating) -> str | None:
    return None if rating.chosen is None else rating.candidates[rating.chosen].model_id
