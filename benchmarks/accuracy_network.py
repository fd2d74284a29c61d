"""A network of ours, asked about whole test sets; what it believes becomes a value as in the product."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backend.core.expression_distribution import ExpressionDistribution
from backend.core.faces import Prediction
from backend.predictor.checkpoint import load_network
from backend.predictor.network import Sight, fold
from backend.predictor.sights import sights_of

from .accuracy_rows import Readings
from .accuracy_sets import Floats, TestSet

BATCH = 64


class StoredNetwork:
    """Weights from a file; a Network of accuracy_rows.py. Raises ModelError where they cannot be used."""

    def __init__(self, path: Path) -> None:
        network, facts = load_network(path)
        self.facts: dict[str, Any] = {
            "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **facts
        }  # fmt: skip
        self._rest_scale = network.rest_scale.double().numpy()
        self._gate, self._central = float(network.gate), network.central.double().numpy()
        self._network = fold(network)

    @torch.inference_mode()
    def describe(self, test_set: TestSet) -> Floats:
        """(N, D)"""
        parts = [self._network.describe(sight).numpy() for sight in _sights(test_set)]
        return np.concatenate(parts)

    @torch.inference_mode()
    def read(self, described: Floats, rest: Floats | None) -> Readings:
        """Of descriptions (N, D) with the neutral's (N, D); None where nobody has one."""
        now = torch.from_numpy(described)
        at_rest = torch.zeros_like(now) if rest is None else torch.from_numpy(rest)
        has_rest = torch.full((len(now), 1), float(rest is not None))
        active, value, spread = (part.double().numpy() for part in self._network(now, at_rest, has_rest))
        belief = ExpressionDistribution(1 / (1 + np.exp(-active)), value, spread, self._rest_scale)
        return Readings(belief.point(self._gate), belief, self._central)

    def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
        """Of descriptions (N, D) with one rest (D,), as the search for a rest asks."""
        read = self.read(descriptions, None if rest is None else np.tile(rest, (len(descriptions), 1)))
        assert read.belief is not None
        parts = (read.point, read.belief.deviation(), read.belief.confidence(read.point))
        everywhere = np.ones(read.point.shape[1], np.bool_)
        return [Prediction(*part, everywhere) for part in zip(*parts, strict=True)]


def _sights(test_set: TestSet) -> Iterator[Sight]:
    for start in range(0, len(test_set), BATCH):
        rows = slice(start, start + BATCH)
        yield sights_of(
            test_set.atlas[rows], test_set.shape[rows], test_set.angles[rows], test_set.teacher[rows]
        )
