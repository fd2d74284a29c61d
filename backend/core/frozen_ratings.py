"""Ratings made ready to learn from: what was answered beside what the predictor believed at those moments.

Frozen, so that a training can be done again, elsewhere, years later, without clips, rigs or a predictor. An
answer is about one row of a clip, or about the rows of a loop; rows of one answer lie together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .curves import COEFFICIENT_COUNT, Floats
from .expression_distribution import ExpressionDistribution
from .muscle_groups import HALVES, JUDGED
from .ratings import REGIONS

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]
FEWEST_TO_LEARN = 20  # answers about a half of the face, before anything is learnt of it
FEWEST_PEOPLE, FEWEST_ANSWERS = 3, 10  # people, each with so many answers, before all may be given a result


@dataclass(frozen=True, eq=False)
class Moments:
    """R rows of what N answers are about.

    seconds  (R,) in their clips
    belief, rest_belief  (3, R, 52) float32: active, value and spread, of the moment and at rest
    owner    (R,) which answer each belongs to, rising from 0 to N − 1
    clip, performer, rater  (N,) numbers in FrozenRatings' lists
    region   (N,) number in REGIONS
    rig      (N,) number in FrozenRatings' rigs
    weight   (N,) float32, 0..1, what the rater's word counts
    """

    seconds: NDArray[np.float64]
    belief: Floats
    rest_belief: Floats
    owner: Indices
    clip: Indices
    performer: Indices
    rater: Indices
    region: Indices
    rig: Indices
    weight: Floats

    def __post_init__(self) -> None:
        rows, answers = len(self.seconds), len(self.weight)
        if self.belief.shape != (3, rows, COEFFICIENT_COUNT) or self.rest_belief.shape != self.belief.shape:
            raise ValueError(f"beliefs of {self.belief.shape} and {self.rest_belief.shape} for {rows} rows")
        if not np.array_equal(np.unique(self.owner), np.arange(answers)) or np.any(np.diff(self.owner) < 0):
            raise ValueError("rows must belong to each answer, and lie in the answers' order")
        _check_finite(seconds=self.seconds, belief=self.belief, rest=self.rest_belief, weight=self.weight)

    def believed(self, rest_scale: Floats) -> tuple[ExpressionDistribution, ExpressionDistribution]:
        """Of the moments and at rest, (R, 52) each, with this scale (52,) of the resting part."""
        return as_distribution(self.belief, rest_scale), as_distribution(self.rest_belief, rest_scale)


@dataclass(frozen=True, eq=False)
class FrozenPairs:
    """N pairs. first, second (R, 52) float32, 0..1; yes (N,) probability that the first is better; repeat_of
    (N,) number of the pair that was asked before, −1 for none; again the better one is first.
    """

    moments: Moments
    first: Floats
    second: Floats
    yes: Floats
    repeat_of: Indices

    def __post_init__(self) -> None:
        _check_finite(first=self.first, second=self.second, yes=self.yes)
        for take in (self.first, self.second):
            if take.shape != (len(self.moments.seconds), COEFFICIENT_COUNT):
                raise ValueError(f"takes of {take.shape} for {len(self.moments.seconds)} rows")
        if len(self.repeat_of) != len(self.yes) or np.any(self.repeat_of >= np.arange(len(self.yes))):
            raise ValueError("a repeat must come after the pair that it repeats")


@dataclass(frozen=True, eq=False)
class FrozenCorrections:
    """N corrected takes. values (R, 52) float32, 0..1; touched (R, 52) which sliders were dragged."""

    moments: Moments
    values: Floats
    touched: Mask

    def __post_init__(self) -> None:
        _check_finite(corrections=self.values)
        rows = (len(self.moments.seconds), COEFFICIENT_COUNT)
        if self.values.shape != rows or self.touched.shape != rows:
            raise ValueError(f"corrections of {self.values.shape} and {self.touched.shape}, expected {rows}")


@dataclass(frozen=True, eq=False)
class FrozenRatings:
    """All that a training needs. Raises ValueError.

    base        model id of the predictor that believed it
    rest_scale  (52,) float32, of its belief's resting part
    gate        sharpness of its point estimate, see ExpressionDistribution.point
    grams       (rigs, 2, 52, 52) float32, visible displacement of the upper and lower face
    clips, performers, raters, rigs  names, by number; "" for a performer who is not known
    """

    base: str
    rest_scale: Floats
    gate: float
    grams: Floats
    clips: tuple[str, ...]
    performers: tuple[str, ...]
    raters: tuple[str, ...]
    rigs: tuple[str, ...]
    pairs: FrozenPairs
    corrections: FrozenCorrections

    def __post_init__(self) -> None:
        _check_finite(rest_scale=self.rest_scale, grams=self.grams)
        expected = (len(self.rigs), len(HALVES), COEFFICIENT_COUNT, COEFFICIENT_COUNT)
        if self.grams.shape != expected:
            raise ValueError(f"what can be seen on rigs has shape {self.grams.shape}, expected {expected}")
        for moments in (self.pairs.moments, self.corrections.moments):
            for name in ("clips", "performers", "raters", "rigs"):
                numbers, known = getattr(moments, name[:-1]), getattr(self, name)
                if np.any((numbers < 0) | (numbers >= len(known))):
                    raise ValueError(f"answers name {name} that are not listed")


def may_become_shared(ratings: FrozenRatings) -> bool:
    """Whether what is learnt from them may be a candidate for the base that all share. Else it is a profile.

    One person's taste is style, three's may be the base's fault: it takes at least three raters, or three
    known performers, with at least ten answers that count each.
    """
    parts = (ratings.pairs.moments, ratings.corrections.moments)
    weight = np.concatenate([part.weight for part in parts])
    for names, of in ((ratings.raters, "rater"), (ratings.performers, "performer")):
        number = np.concatenate([getattr(part, of) for part in parts])
        counted = np.bincount(number[weight > 0], minlength=len(names))
        enough = [
            name for name, count in zip(names, counted, strict=True) if name and count >= FEWEST_ANSWERS
        ]
        if len(enough) >= FEWEST_PEOPLE:
            return True
    return False


def answers_about(ratings: FrozenRatings, half: str) -> int:
    """How many that count can be learnt from about one of HALVES."""
    reached = np.array([bool((JUDGED[name] & HALVES[half]).any()) for name in REGIONS])
    parts = (ratings.pairs.moments, ratings.corrections.moments)
    return sum(int(np.count_nonzero(reached[part.region] & (part.weight > 0))) for part in parts)


def as_distribution(parts: Floats, rest_scale: Floats) -> ExpressionDistribution:
    """Of active, value and spread as (3, R, 52), and the scale (52,) of the resting part."""
    active, value, spread = parts.astype(np.float64)
    return ExpressionDistribution(active, value, spread, rest_scale.astype(np.float64))


def _check_finite(**parts: NDArray[np.floating[Any]]) -> None:
    for name, values in parts.items():
        if count := int(np.count_nonzero(~np.isfinite(values))):
            raise ValueError(f"{name} holds {count} numbers that are none (NaN or infinite)")
