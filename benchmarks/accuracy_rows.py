"""Everyone who is asked, on the same frames: nobody, the average, the teacher and what can be made of it, ours.

A row of the table is what one predictor reads in a whole test set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from backend.core.calibration import scores_calibrated
from backend.core.expression_distribution import ExpressionDistribution
from training.baselines import Baselines, risen

from .accuracy_found import found_rests
from .accuracy_sets import Floats, Ints, TestSet

ZERO, MEAN = "zero", "training mean"
RAW, MINUS_NEUTRAL = "MediaPipe", "MediaPipe − own neutral"
RAW_ISOTONIC, ISOTONIC = "MediaPipe + isotonic", "MediaPipe − own neutral + isotonic"
SMALL_NETWORK = "MediaPipe, neutral → MLP"
OURS = "ours, "
WITHOUT, WRONG, FOUND, TRUE = (
    f"{OURS}{which} neutral" for which in ("no", "slightly wrong", "found", "true")
)
WITHOUT_ANNY, PSEUDO_LABELS, SECOND_SEED = "trained without Anny", "network on pseudo-labels only", "second seed"
SHUFFLED, SHUFFLED_WITHIN = "control: shuffled", "control: shuffled within a performer"


@dataclass(frozen=True, eq=False)
class Readings:
    """Of N frames: point (N, 52), and what is believed of them by one who states a distribution."""

    point: Floats
    belief: ExpressionDistribution | None = None


class Network(Protocol):
    """One of ours, by its weights."""

    def describe(self, test_set: TestSet) -> Floats:
        """(N, D) what it needs of each frame."""
        ...

    def read(self, described: Floats, rest: Floats | None) -> Readings:
        """Of descriptions (N, D) with the neutral's (N, D); None where nobody has one."""
        ...


def rows(
    test_set: TestSet, baselines: Baselines | None, ours: Network | None, others: Mapping[str, Network]
) -> Iterator[tuple[str, Readings]]:
    """Name and readings of each that can be asked.

    others  networks beside ours, each with the true neutral
    """
    yield ZERO, Readings(np.zeros_like(test_set.truth))
    yield from _of_scores(test_set, baselines)
    if ours is not None:
        yield from _of_ours(test_set, ours)
    for name, network in others.items():
        described = network.describe(test_set)
        yield name, network.read(described, described[test_set.neutral])


def _of_scores(test_set: TestSet, baselines: Baselines | None) -> Iterator[tuple[str, Readings]]:
    scores, at_rest = test_set.teacher, test_set.teacher[test_set.neutral]
    relative = scores_calibrated(scores, at_rest)
    yield RAW, Readings(scores)
    yield MINUS_NEUTRAL, Readings(relative)
    if baselines is not None:
        yield MEAN, Readings(np.tile(baselines.mean, (len(test_set), 1)))
        yield RAW_ISOTONIC, Readings(risen(baselines.rising, scores))
        yield ISOTONIC, Readings(risen(baselines.rising_relative, relative))
        yield SMALL_NETWORK, Readings(baselines.network(scores, at_rest))


def _of_ours(test_set: TestSet, network: Network) -> Iterator[tuple[str, Readings]]:
    described = network.describe(test_set)
    true = network.read(described, described[test_set.neutral])
    yield WITHOUT, network.read(described, None)
    if (test_set.nearly_neutral[test_set.scored] >= 0).all():
        yield WRONG, network.read(described, described[test_set.nearly_neutral])
    yield FOUND, network.read(described, found_rests(test_set, described, network))
    yield TRUE, true
    rng = np.random.default_rng(0)
    yield SHUFFLED, Readings(true.point[_shuffled(np.flatnonzero(test_set.scored), len(test_set), rng)])
    yield SHUFFLED_WITHIN, Readings(true.point[_shuffled_within(test_set, rng)])


def _shuffled(among: Ints, count: int, rng: np.random.Generator) -> Ints:
    """(count,) rows, those `among` in another order."""
    order = np.arange(count)
    order[among] = rng.permutation(among)
    return order


def _shuffled_within(test_set: TestSet, rng: np.random.Generator) -> Ints:
    order = np.arange(len(test_set))
    for person in np.unique(test_set.identity):
        own = np.flatnonzero((test_set.identity == person) & test_set.scored)
        order[own] = rng.permutation(own)
    return order
