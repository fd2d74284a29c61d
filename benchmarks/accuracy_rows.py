"""Everyone who is asked, on the same frames: nobody, the average, the teacher and what can be made of it,
and ours.

A row of the table is what one predictor reads in a whole test set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from backend.core.calibration import scores_calibrated
from backend.core.curves import CHANNEL_COUNT
from backend.core.expression_distribution import ExpressionDistribution
from backend.core.faces import Prediction
from backend.core.frame_rows import FrameRow
from backend.usecases.face_reader import Seen
from backend.usecases.found_rest import rest_among
from protos import arkit
from training.baselines import Baselines, risen

from .accuracy_measures import Estimates
from .accuracy_sets import Floats, Ints, TestSet
from .accuracy_visible import Surfaces

ZERO, MEAN = "zero", "training mean"
RAW, MINUS_NEUTRAL = "MediaPipe", "MediaPipe − own neutral"
RAW_ISOTONIC, ISOTONIC = "MediaPipe + isotonic", "MediaPipe − own neutral + isotonic"
SMALL_NETWORK = "MediaPipe, neutral → MLP"
HEAD = [arkit.INDEX[name] for name in ("headYaw", "headPitch", "headRoll")]
OURS = "ours, "
WITHOUT, WRONG, FOUND, TRUE = (
    f"{OURS}{which} neutral" for which in ("no", "slightly wrong", "found", "true")
)
WITHOUT_ANNY, SECOND_SEED = "trained without Anny", "second seed"
PSEUDO_LABELS = "network on pseudo-labels only"
SHUFFLED, SHUFFLED_WITHIN = "control: shuffled", "control: shuffled within a performer"


@dataclass(frozen=True, eq=False)
class Readings:
    """Of N frames: point (N, 52), what is believed of them by one who states a distribution, and the share
    (52,) of that which its 80 % intervals hold.
    """

    point: Floats
    belief: ExpressionDistribution | None = None
    central: Floats | float = 0.8


class Network(Protocol):
    """One of ours, by its weights."""

    def describe(self, test_set: TestSet) -> Floats:
        """(N, D) what it needs of each frame."""
        ...

    def read(self, described: Floats, rest: Floats | None) -> Readings:
        """Of descriptions (N, D) with the neutral's (N, D); None where nobody has one."""
        ...

    def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
        """As an ExpressionPredictor."""
        ...


def rows(
    test_set: TestSet, baselines: Baselines | None, ours: Network | None, others: Mapping[str, Network]
) -> Iterator[tuple[str, Readings]]:
    """Name and readings of each that can be asked.

    others  networks beside ours, each with the true neutral
    """
    yield ZERO, Readings(np.zeros_like(test_set.truth))
    if baselines is not None:
        yield MEAN, Readings(np.tile(baselines.mean, (len(test_set), 1)))
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
        yield RAW_ISOTONIC, Readings(risen(baselines.rising, scores))
        yield ISOTONIC, Readings(risen(baselines.rising_relative, relative))
        yield SMALL_NETWORK, Readings(baselines.network(scores, at_rest))


def _of_ours(test_set: TestSet, network: Network) -> Iterator[tuple[str, Readings]]:
    described = network.describe(test_set)
    true = network.read(described, described[test_set.neutral])
    yield WITHOUT, network.read(described, None)
    if (test_set.nearly_neutral[test_set.scored] >= 0).all():
        yield WRONG, network.read(described, described[test_set.nearly_neutral])
    yield FOUND, network.read(described, _found(test_set, described, network))
    yield TRUE, true
    rng = np.random.default_rng(0)
    yield SHUFFLED, Readings(true.point[_shuffled(np.flatnonzero(test_set.scored), len(test_set), rng)])
    yield SHUFFLED_WITHIN, Readings(true.point[_shuffled_within(test_set, rng)])


def _found(test_set: TestSet, described: Floats, network: Network) -> Floats:
    """(N, D) the rest that the product would find for each performer, who never shows the true one."""
    rest = np.empty_like(described)
    seen = (test_set.neutral != np.arange(len(test_set))) & (test_set.presence > 0)
    for person in np.unique(test_set.identity):
        own = test_set.identity == person
        among = np.flatnonzero(own & seen)
        predictions = network.predict(described[among]) if len(among) else []
        moments = [
            (float(row), Seen(described[row], _turned(test_set.angles[row]), prediction))
            for row, prediction in zip(among, predictions, strict=True)
        ]
        if moments:
            rest[own] = rest_among(moments, network).description
    return rest


def _turned(angles: Floats) -> FrameRow:
    """A row of which only the head's angles are known."""
    values = np.zeros(CHANNEL_COUNT, np.float32)
    values[HEAD] = angles
    nothing = np.zeros(CHANNEL_COUNT, np.float32)
    return FrameRow(values, nothing, nothing.astype(np.bool_), nothing, np.zeros(3, np.float32))


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


def scored(test_set: TestSet, read: Readings, surfaces: Surfaces) -> Estimates:
    """What was read in the rows that count, beside the truth."""
    rows = test_set.scored
    truth, point = test_set.truth[rows].astype(np.float64), np.clip(read.point, 0, 1).astype(np.float64)
    unknown = np.full(truth.shape, np.nan)
    low = high = crps = confidence = unknown
    if read.belief is not None:
        (low, high), all_crps = read.belief.interval(read.central), read.belief.crps(test_set.truth)
        low, high, crps = low[rows], high[rows], all_crps[rows]
        confidence = read.belief.confidence(read.point)[rows]
    return Estimates(
        truth=truth,
        estimate=point[rows],
        owned=np.tile(test_set.owned, (len(truth), 1)),
        person=test_set.identity[rows],
        kind=test_set.kind[rows].astype(str),
        visible=surfaces.off(test_set, point)[rows],
        low=low,
        high=high,
        crps=crps,
        confidence=confidence,
    )
