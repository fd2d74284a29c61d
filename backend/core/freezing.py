"""How ratings are frozen: each beside what the predictor believed at its moments (frozen_ratings.py)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import COEFFICIENT_COUNT, Floats
from .expression_distribution import ExpressionDistribution, Numbers
from .frozen_ratings import FrozenCorrections, FrozenPairs, FrozenRatings, Moments
from .preferences import ALL_ALIKE, Pair, Weights, pairs
from .ratings import REGIONS, Rating
from .readings import Reading

TOUCHED = 1e-3  # by how much a slider must have been moved to count as touched
FARTHEST = 0.05  # seconds that a picture may lie from the moment it stands for


@dataclass(frozen=True)
class LeftOut:
    """A rating that cannot be learnt from now, and why."""

    rating: str
    reason: str


def frozen(
    ratings: Iterable[Rating],
    readings: Mapping[str, Reading],
    grams: Mapping[str, Floats],
    base: str,
    weights: Weights = ALL_ALIKE,
) -> tuple[FrozenRatings, list[LeftOut]]:
    """Of ratings that stand, those whose clip is read (readings by clip) and whose rig is known (grams by
    rig, (2, 52, 52)), and the others with the reason. Raises ValueError where none is left.
    """
    ratings, left_out = _sorted_out(list(ratings), readings, grams)
    answers = [pair for rating in ratings for pair in pairs([rating], weights)]
    corrected = [rating for rating in ratings if rating.correction is not None and rating.gold is None]
    if not answers and not corrected:
        reasons = "; ".join(sorted({each.reason for each in left_out})) or "there is no choice among them"
        raise ValueError(f"nothing to learn from in {len(ratings) + len(left_out)} ratings: {reasons}")
    names = _Names(ratings)
    some = next(iter(readings.values()))
    rest_scale = np.broadcast_to(some.belief.rest, (COEFFICIENT_COUNT,)).astype(np.float32)
    whole = FrozenRatings(
        base,
        rest_scale,
        some.gate,
        np.stack([np.asarray(grams[rig], np.float32) for rig in names.rigs]),
        names.clips,
        names.performers,
        names.raters,
        names.rigs,
        _frozen_pairs(answers, names, readings),
        _frozen_corrections(corrected, names, readings, weights),
    )
    return whole, left_out


class _Names:
    """The words of ratings, by number."""

    def __init__(self, ratings: Sequence[Rating]) -> None:
        self.clips = tuple(sorted({rating.clip for rating in ratings}))
        self.performers = tuple(sorted({rating.performer for rating in ratings}))
        self.raters = tuple(sorted({rating.rater for rating in ratings}))
        self.rigs = tuple(sorted({rating.rig for rating in ratings}))


def _sorted_out(
    ratings: Sequence[Rating], readings: Mapping[str, Reading], grams: Mapping[str, Floats]
) -> tuple[list[Rating], list[LeftOut]]:
    kept, left_out = [], []
    for rating in ratings:
        if reason := _why_not(rating, readings, grams):
            left_out.append(LeftOut(rating.id, reason))
        else:
            kept.append(rating)
    return kept, left_out


def _why_not(rating: Rating, readings: Mapping[str, Reading], grams: Mapping[str, Floats]) -> str:
    if rating.clip not in readings:
        return f"clip {rating.clip[:12]} has not been read by this model"
    if rating.rig not in grams:
        return f"what can be seen on rig {rating.rig[:12]} is not known"
    times = readings[rating.clip].seconds
    far = max(float(np.abs(times - moment).min()) for moment in rating.seconds)
    if far > FARTHEST:
        return f"clip {rating.clip[:12]} shows no face within {FARTHEST} s of a moment that was rated"
    return ""


def _moments(
    answers: Sequence[Rating], weights: Sequence[float], names: _Names, readings: Mapping[str, Reading]
) -> Moments:
    rows = [_rows(readings[rating.clip], rating.seconds) for rating in answers]
    empty = np.zeros((3, 0, COEFFICIENT_COUNT), np.float32)
    return Moments(
        seconds=np.array([moment for rating in answers for moment in rating.seconds], np.float64),
        belief=np.concatenate([empty, *(row[0] for row in rows)], axis=1),
        rest_belief=np.concatenate([empty, *(row[1] for row in rows)], axis=1),
        owner=np.repeat(np.arange(len(answers)), [len(rating.seconds) for rating in answers]),
        clip=_numbers([rating.clip for rating in answers], names.clips),
        performer=_numbers([rating.performer for rating in answers], names.performers),
        rater=_numbers([rating.rater for rating in answers], names.raters),
        region=_numbers([rating.region for rating in answers], REGIONS),
        rig=_numbers([rating.rig for rating in answers], names.rigs),
        weight=np.array(weights, np.float32),
    )


def _frozen_pairs(answers: Sequence[Pair], names: _Names, readings: Mapping[str, Reading]) -> FrozenPairs:
    moments = _moments([p.rating for p in answers], [p.weight for p in answers], names, readings)
    return FrozenPairs(
        moments,
        _stacked([pair.better.coefficients for pair in answers]),
        _stacked([pair.worse.coefficients for pair in answers]),
        np.array([pair.probability for pair in answers], np.float32),
        np.array(list(_repeats(answers)), np.int64),
    )


def _repeats(answers: Sequence[Pair]) -> Iterator[int]:
    """Of each pair, the one before in which the same rater was asked about the same two takes."""
    before: dict[tuple[str, frozenset[str]], int] = {}
    for number, pair in enumerate(answers):
        takes = frozenset((pair.better.digest, pair.worse.digest))
        first = before.get((pair.rating.repeat_of, takes), -1)
        yield first
        before[pair.rating.id, takes] = number


def _frozen_corrections(
    ratings: Sequence[Rating], names: _Names, readings: Mapping[str, Reading], weights: Weights
) -> FrozenCorrections:
    counts = [weights.get(rating.rater, 1.0) for rating in ratings]
    done = [(rating, rating.correction) for rating in ratings if rating.correction is not None]
    shown = _stacked([rating.candidates[made.candidate].coefficients for rating, made in done])
    values = _stacked([made.coefficients for _, made in done])
    moments = _moments(ratings, counts, names, readings)
    return FrozenCorrections(moments, values, np.abs(values - shown) > TOUCHED)


def _rows(reading: Reading, seconds: Sequence[float]) -> tuple[Floats, Floats]:
    """(3, T, 52) what was believed closest to these moments, and at rest."""
    nearest = np.array([int(np.abs(reading.seconds - moment).argmin()) for moment in seconds])
    now = [part[nearest] for part in _parts(reading.belief)]
    rest = [np.broadcast_to(part, reading.belief.active.shape)[nearest] for part in _parts(reading.rest)]
    return np.array(now, np.float32), np.array(rest, np.float32)


def _parts(belief: ExpressionDistribution) -> tuple[Numbers, ...]:
    return belief.active, belief.value, belief.spread


def _stacked(takes: Sequence[Floats]) -> Floats:
    return np.concatenate([np.zeros((0, COEFFICIENT_COUNT), np.float32), *takes])


def _numbers(words: Sequence[str], known: Sequence[str]) -> NDArray[np.int64]:
    return np.array([known.index(word) for word in words], np.int64)
