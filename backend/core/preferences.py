"""What may be learnt from ratings: pairs with a probability, and the forms other trainers read.

A tie is a pair of which either is as likely the better. Skips teach nothing. Both bad does not say which is
better, so no pair is made of it: only two takes that are not wanted. Pairs whose right answer was known
measure the rater (rater_quality.py) and are left out. Weights, by rater, come from there too.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .ratings import Candidate, Outcome, Rating

Weights = Mapping[str, float]  # 0..1 by rater; a rater not in it counts fully
ALL_ALIKE: Weights = {}


@dataclass(frozen=True, eq=False)
class Pair:
    """Two takes and the probability that the first is the better one: 1, or .5 for a tie.

    first, second  counted from 0 in the rating's candidates
    weight         0..1, what the rater's word counts
    """

    rating: Rating
    first: int
    second: int
    probability: float
    weight: float

    @property
    def better(self) -> Candidate:
        """The first one; of a tie, either."""
        return self.rating.candidates[self.first]

    @property
    def worse(self) -> Candidate:
        """The second one; of a tie, either."""
        return self.rating.candidates[self.second]


def pairs(ratings: Iterable[Rating], weights: Weights = ALL_ALIKE) -> Iterator[Pair]:
    """The chosen take against each of the others; of a tie, each against each."""
    for rating in _teaching(ratings):
        weight = weights.get(rating.rater, 1.0)
        count, chosen = len(rating.candidates), rating.chosen
        if chosen is not None:
            for other in range(count):
                if other != chosen:
                    yield Pair(rating, chosen, other, 1.0, weight)
        elif rating.outcome is Outcome.TIE:
            for first, second in combinations(range(count), 2):
                yield Pair(rating, first, second, 0.5, weight)


def dpo_rows(ratings: Iterable[Rating], weights: Weights = ALL_ALIKE) -> Iterator[dict[str, Any]]:
    """Chosen and rejected coefficients (frames, 52), as plain values. Ties are left out: that form has no
    word for them.
    """
    for pair in pairs(ratings, weights):
        if pair.probability == 1.0:
            yield _source(pair.rating, pair.weight) | {
                "strength": pair.rating.strength,
                "chosen": pair.better.coefficients.tolist(),
                "rejected": pair.worse.coefficients.tolist(),
            }


def kto_rows(ratings: Iterable[Rating], weights: Weights = ALL_ALIKE) -> Iterator[dict[str, Any]]:
    """Each take by itself with a label, wanted or not, as plain values: both bad gives as many that are not.
    Ties and skips say neither.
    """
    for rating in _teaching(ratings):
        if rating.chosen is None and rating.outcome is not Outcome.BOTH_BAD:
            continue
        for number, candidate in enumerate(rating.candidates):
            yield _source(rating, weights.get(rating.rater, 1.0)) | {
                "coefficients": candidate.coefficients.tolist(),
                "label": number == rating.chosen,
            }


def regression_rows(ratings: Iterable[Rating], weights: Weights = ALL_ALIKE) -> Iterator[dict[str, Any]]:
    """What the artist corrected, from what and to what, before mapping and after, as plain values."""
    for rating in _teaching(ratings):
        if rating.correction is not None:
            yield _source(rating, weights.get(rating.rater, 1.0)) | {
                "shown": rating.candidates[rating.correction.candidate].coefficients.tolist(),
                "corrected": rating.correction.coefficients.tolist(),
                "mapped": rating.correction.mapped.tolist(),
            }


def not_learnable_yet(ratings: Iterable[Rating], known_rigs: Container[str]) -> dict[str, int]:
    """How many, by rig, were given where nobody has told yet what can be seen (rig_sights.py)."""
    return dict(Counter(rating.rig for rating in ratings if rating.rig not in known_rigs))


def _teaching(ratings: Iterable[Rating]) -> Iterator[Rating]:
    return (rating for rating in ratings if rating.gold is None)


def _source(rating: Rating, weight: float) -> dict[str, Any]:
    """What a row can be traced, split and weighted by."""
    return {
        "rating": rating.id,
        "pair_id": rating.pair_id,
        "clip": rating.clip,
        "seconds": list(rating.seconds),
        "region": rating.region,
        "rig": rating.rig,
        "performer": rating.performer,
        "rater": rating.rater,
        "weight": weight,
    }
