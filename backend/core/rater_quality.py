"""How far a rater's word can be relied on, in numbers and in words that a rater can do something with.

Four things are looked at: whether the same pair, asked again with its sides swapped, gets the same answer;
whether pairs with a known answer get it; whether one side is chosen whatever stands there; and how quickly it
goes. Whoever is beyond doubt under the gate counts less, by as much as the worst of the four says, and is
told why. Beyond doubt: there are ten such answers and their whole 95 % interval lies under it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np
from numpy.typing import NDArray

from .ratings import LETTERS, Outcome, Rating

REPEATS_GATE, GOLD_GATE = 0.80, 0.85  # least share of answers that are the same, and that are right
CHANCE = 0.5  # the same share where answers are thrown by a coin
LEFT_GATE = 0.1  # farthest that the share of left choices may lie from one half
SECONDS_GATE, HASTY_SECONDS = 1.2, 1.0
FEWEST = 10  # answers of the kind that is looked at, before anybody is judged by them
NORMAL = 1.96  # standard deviations of a 95 % interval

# What raters said of pairs, (raters, pairs) with NaN where one was not asked → Krippendorff's alpha for
# answers without an order; None where it is not defined. Handed in, for the core has numpy alone.
Alpha = Callable[[NDArray[np.float64]], float | None]


@dataclass(frozen=True)
class Share:
    """So many of so many; a half where an answer was half the same."""

    hits: float = 0.0
    of: int = 0

    @property
    def value(self) -> float:
        """0..1; 0 of none."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval; all of 0..1 for none."""
        if not self.of:
            return 0.0, 1.0
        n, z = self.of, NORMAL
        centre = (self.value + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * float(np.sqrt(self.value * (1 - self.value) / n + z * z / (4 * n * n)))
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        return f"{self.hits:g} of {self.of} times"


@dataclass(frozen=True)
class RaterQuality:
    """One rater.

    answers   ratings that stand
    repeats   the same answer when asked again
    gold      the right answer where it is known
    others    the same answer as others gave to the same pair
    left      the left one, of all choices between two
    seconds   median of an answer; None where none could be timed
    hasty     answers in under a second
    weight    0..1, what the rater's word counts
    reasons   why that is not 1, one sentence each
    """

    rater: str
    answers: int
    repeats: Share
    gold: Share
    others: Share
    left: Share
    seconds: float | None
    hasty: Share
    weight: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RegionAgreement:
    """Raters among each other. pairs: that two or more answered; alpha: None where it is not defined."""

    region: str
    pairs: int
    agreement: Share
    alpha: float | None


@dataclass(frozen=True)
class QualityReport:
    """All raters, and all regions that were judged."""

    raters: tuple[RaterQuality, ...]
    regions: tuple[RegionAgreement, ...]

    @property
    def weights(self) -> Mapping[str, float]:
        """By rater, as preferences.py takes them."""
        return {each.rater: each.weight for each in self.raters}


def quality_report(ratings: Sequence[Rating], alpha: Alpha) -> QualityReport:
    """Of ratings that stand, all raters together."""
    by_rater: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_rater[rating.rater].append(rating)
    said = list(_first_answers(ratings).values())
    regions = sorted({rating.region for rating in ratings})
    return QualityReport(
        tuple(_rater_quality(rater, theirs, said) for rater, theirs in sorted(by_rater.items())),
        tuple(_region_agreement(region, said, alpha) for region in regions),
    )


def told(report: QualityReport) -> Iterator[str]:
    """The report in sentences."""
    for each in report.raters:
        yield f"{each.rater}: {each.answers} answers, each counts {each.weight:.0%}"
        yield from (f"  {reason}" for reason in each.reasons)
        yield from (f"  {sentence}" for sentence in _sentences(each))
    for region in report.regions:
        yield _agreement_told(region)


def _sentences(each: RaterQuality) -> Iterator[str]:
    if each.repeats.of:
        yield f"Asked again with sides swapped, gave the same answer {each.repeats}."
    if each.gold.of:
        yield f"Where the right answer is known, gave it {each.gold}."
    if each.others.of:
        yield f"Agreed with others {each.others}."
    if each.left.of:
        low, high = each.left.interval
        yield f"Chose the left one {each.left}; in the long run {low:.0%} to {high:.0%} (95 times of 100)."
    if each.seconds is not None:
        yield f"Took {each.seconds:.1f} s for an answer; under a second {each.hasty}."
    if untimed := each.answers - each.hasty.of:
        yield f"Could not be timed {untimed} of {each.answers} times: the clock was set back meanwhile."


def _agreement_told(region: RegionAgreement) -> str:
    if not region.pairs:
        return f"{region.region}: no pair has been answered by two raters yet."
    alpha = "not defined" if region.alpha is None else f"{region.alpha:.2f}"
    return (
        f"{region.region}: {region.pairs} pairs answered by several; they agreed {region.agreement} "
        f"({region.agreement.value:.0%}); Krippendorff's alpha {alpha} (1 always, 0 as by chance)."
    )


def _rater_quality(
    rater: str, ratings: Sequence[Rating], said: Sequence[Mapping[str, Rating]]
) -> RaterQuality:
    repeats, gold, left = _repeats(ratings), _gold(ratings), _left(ratings)
    times = [taken for rating in ratings if (taken := rating.seconds_taken) is not None]
    seconds = median(times) if times else None
    gates = [
        *_same_gate(repeats, REPEATS_GATE, "asked again with sides swapped, the answer was the same only"),
        *_same_gate(gold, GOLD_GATE, "where the right answer is known, it was given only"),
        *_left_gate(left),
        *_speed_gate(seconds, len(times)),
    ]
    return RaterQuality(
        rater=rater,
        answers=len(ratings),
        repeats=repeats,
        gold=gold,
        others=_shared(_beside_others(rater, said)),
        left=left,
        seconds=seconds,
        hasty=Share(sum(taken < HASTY_SECONDS for taken in times), len(times)),
        weight=min((weight for weight, _ in gates), default=1.0),
        reasons=tuple(f"Counts {weight:.0%}: {reason}." for weight, reason in gates),
    )


def _same_gate(share: Share, gate: float, what: str) -> Iterator[tuple[float, str]]:
    """From 1 at the gate down to 0 where a coin would do as well."""
    if share.of >= FEWEST and share.interval[1] < gate:
        weight = max(0.0, (share.value - CHANCE) / (gate - CHANCE))
        yield weight, f"{what} {share} ({gate:.0%} are expected)"


def _left_gate(left: Share) -> Iterator[tuple[float, str]]:
    """From 1 at the gate down to 0 where only one side is ever chosen."""
    low, high = left.interval
    if left.of >= FEWEST and (low > CHANCE + LEFT_GATE or high < CHANCE - LEFT_GATE):
        side = "left" if left.value > CHANCE else "right"
        chosen = left if side == "left" else Share(left.of - left.hits, left.of)
        weight = (1 - chosen.value) / (CHANCE - LEFT_GATE)
        yield weight, f"the {side} one was chosen {chosen}, whichever it was"


def _speed_gate(seconds: float | None, timed: int) -> Iterator[tuple[float, str]]:
    if seconds is not None and timed >= FEWEST and seconds < SECONDS_GATE:
        reason = f"half of the answers took at most {seconds:.1f} s, too short to compare two faces"
        yield max(0.0, seconds / SECONDS_GATE), reason


def _repeats(ratings: Sequence[Rating]) -> Share:
    known = {rating.id: rating for rating in ratings}
    asked = [(rating, known.get(rating.repeat_of)) for rating in ratings]
    return _shared([(again, first) for again, first in asked if first and first.pair_id == again.pair_id])


def _gold(ratings: Iterable[Rating]) -> Share:
    same = [
        _likeness(rating.meaning(rating.outcome), rating.meaning(rating.gold))
        for rating in ratings
        if rating.gold is not None and rating.outcome is not Outcome.SKIP
    ]
    return Share(sum(same), len(same))


def _left(ratings: Iterable[Rating]) -> Share:
    chosen = [
        rating.shown_order[0] == rating.chosen
        for rating in ratings
        if rating.chosen is not None and len(rating.candidates) == 2
    ]
    return Share(sum(chosen), len(chosen))


def _shared(answers: Iterable[tuple[Rating, Rating]]) -> Share:
    """How often two answers to one pair were the same; a skip is no answer."""
    same = [
        _likeness(one.meaning(one.outcome), other.meaning(other.outcome))
        for one, other in answers
        if Outcome.SKIP not in (one.outcome, other.outcome)
    ]
    return Share(sum(same), len(same))


def _likeness(one: str, other: str) -> float:
    """Of two meanings: 1 the same, .5 a tie against a choice, else 0."""
    if one == other:
        return 1.0
    return 0.5 if Outcome.TIE in (one, other) and Outcome.BOTH_BAD not in (one, other) else 0.0


def _first_answers(ratings: Iterable[Rating]) -> dict[str, dict[str, Rating]]:
    """By pair and rater, the first answer; pairs with a known answer are no matter of opinion."""
    said: dict[str, dict[str, Rating]] = defaultdict(dict)
    for rating in ratings:
        if rating.gold is None and rating.outcome is not Outcome.SKIP:
            said[rating.pair_id].setdefault(rating.rater, rating)
    return said


def _beside_others(rater: str, said: Sequence[Mapping[str, Rating]]) -> Iterator[tuple[Rating, Rating]]:
    for answers in said:
        if rater in answers:
            yield from ((answers[rater], other) for name, other in answers.items() if name != rater)


def _region_agreement(region: str, said: Sequence[Mapping[str, Rating]], alpha: Alpha) -> RegionAgreement:
    here = (each for each in said if next(iter(each.values())).region == region)
    several = [each for each in here if len(each) > 1]
    agreement = _shared([two for each in several for two in combinations(each.values(), 2)])
    defined = alpha(_answer_table(several)) if several else None
    return RegionAgreement(region, len(several), agreement, defined)


def _answer_table(said: Sequence[Mapping[str, Rating]]) -> NDArray[np.float64]:
    """(raters, pairs): a choice by its take's place among the pair's digests, which owes nothing to the order
    in which they were shown; then tie and both bad; NaN where there is no answer.
    """
    raters = sorted({rater for each in said for rater in each})
    table = np.full((len(raters), len(said)), np.nan)
    for pair, each in enumerate(said):
        for rater, rating in each.items():
            table[raters.index(rater), pair] = _answer_number(rating)
    return table


def _answer_number(rating: Rating) -> int:
    if rating.chosen is None:
        return len(LETTERS) + (rating.outcome is Outcome.BOTH_BAD)
    digests = sorted(candidate.digest for candidate in rating.candidates)
    return digests.index(rating.candidates[rating.chosen].digest)
