"""A small test set, and a network that remembers what it was asked; the right answers are known."""

import json

import numpy as np

from backend.core.expression_distribution import ExpressionDistribution
from backend.core.faces import Prediction
from benchmarks.accuracy_rows import Readings
from benchmarks.accuracy_sets import TestSet
from protos import arkit
from training.test_plans import truth_sha256

COUNT = len(arkit.COEFFICIENTS)
KINDS = ("neutral", "nearly neutral", "single", "single", "independent")


def small_set(people=4, seed=0, name="small", owned=None):
    """Whose teacher says half of the truth, and a tenth too much."""
    rng = np.random.default_rng(seed)
    kind = np.tile(np.array(KINDS), people)
    truth = (rng.random((len(kind), COUNT)) * (rng.random((len(kind), COUNT)) < 0.4)).astype(np.float32)
    truth[kind == "neutral"] = 0
    first = np.repeat(np.arange(people) * len(KINDS), len(KINDS))
    return TestSet(
        name=name,
        source=np.full(len(kind), "anny"),
        atlas=np.zeros((len(kind), 96, 416, 3), np.uint8),
        shape=rng.random((len(kind), 478, 3)).astype(np.float32),
        angles=np.zeros((len(kind), 3), np.float32),
        teacher=(0.1 + truth / 2).astype(np.float32),
        truth=truth,
        presence=np.ones(len(kind), np.float32),
        identity=np.repeat(np.arange(people) + 100_000, len(KINDS)),
        kind=kind,
        neutral=first,
        owned=np.ones(COUNT, bool) if owned is None else owned,
    )


def written(test_set, folder, sha256=None):
    """As training.test_sets leaves it."""
    place = folder / test_set.name
    place.mkdir(parents=True)
    names = ("atlas", "shape", "angles", "teacher", "truth", "presence", "identity", "kind", "neutral")
    np.savez_compressed(place / "sights.npz", **{name: getattr(test_set, name) for name in names})
    facts = {"name": test_set.name, "source": "anny", "channels": list(arkit.COEFFICIENTS)}
    (place / "set.json").write_text(json.dumps(facts))
    return place, sha256 or truth_sha256(test_set.truth, test_set.identity)


class HonestNetwork:
    """Describes a frame by the teacher's scores; reads the truth from them once it has the neutral's."""

    def __init__(self):
        self.rests = []

    def describe(self, test_set):
        return test_set.teacher

    def read(self, described, rest):
        self.rests.append(rest)
        point = 2 * (described - (0.0 if rest is None else rest))
        point = np.clip(point, 0, 1)
        active = (point > 0.1).astype(float)
        belief = ExpressionDistribution(
            active, np.clip(point, 0.1, 1), np.full(COUNT, 0.01), np.full(COUNT, 0.02)
        )
        return Readings(point, belief)

    def predict(self, descriptions, rest=None):
        read = self.read(descriptions, rest)
        self.rests.pop()
        certain = np.ones(COUNT, np.float32)
        return [Prediction(point, 0 * certain, certain, certain > 0) for point in read.point]
