"""How far off a face is seen to be: wrong coefficients as ways of the head's own surface."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from backend.core.curves import COEFFICIENT_COUNT
from training.heads import PART, Head, HeadSource, StoredHead, gaze_of

from .accuracy_measures import Array
from .accuracy_sets import TestSet

SEEN = [PART[name] for name in ("skin", "left eye", "right eye", "tongue")]
MOVES = 0.02  # centimetres; a vertex that no coefficient moves as far is not part of the face
STEP = 0.1  # of an eyeLook coefficient, small enough for the turn of an eye to be a straight way


class Surfaces:
    """The heads that test sets were rendered from, by the name of their source."""

    def __init__(self, sources: Mapping[str, HeadSource]) -> None:
        self._sources = sources
        self._between_eyes = cache(self._measured)
        self._grams = cache(self._gram)

    def off(self, test_set: TestSet, estimate: Array) -> Array:
        """(N,) root mean square way of the face's vertices from truth to estimate (N, 52), in % of the
        distance of that head's eyes; NaN where the head is not at hand.
        """
        out = np.full(len(test_set), np.nan)
        error = np.where(test_set.owned, estimate - test_set.truth, 0.0)
        for source in np.unique(test_set.source):
            if source in self._sources:
                rows = np.flatnonzero(test_set.source == source)
                squared = np.einsum("ni,ij,nj->n", error[rows], self._grams(str(source)), error[rows])
                apart = [self._between_eyes(str(source), int(test_set.identity[row])) for row in rows]
                out[rows] = 100 * np.sqrt(np.maximum(squared, 0)) / apart
        return out

    def _measured(self, source: str, identity: int) -> float:
        one, other = self._head(source, identity).eyeballs
        return float(np.linalg.norm(one.centre - other.centre))

    def _gram(self, source: str) -> Array:
        return gram(self._head(source, 0))

    def _head(self, source: str, identity: int) -> Head:
        found = self._sources[source]
        return found.head(0 if isinstance(found, StoredHead) else identity)


def gram(head: Head) -> Array:
    """(52, 52) mean over the face's vertices of the dot products of what two coefficients move, cm².

    The square of the root mean square way of an error e is then e · gram · e. Eyes count by their turn.
    """
    shapes = np.stack([_moved(head, index) for index in range(COEFFICIENT_COUNT)])
    face = np.isin(head.part, SEEN) & (np.linalg.norm(shapes, axis=2) > MOVES).any(axis=0)
    flat = shapes[:, face].reshape(COEFFICIENT_COUNT, -1).astype(np.float64)
    return np.asarray(flat @ flat.T / max(int(face.sum()), 1))


def _moved(head: Head, index: int) -> Array:
    """(V, 3) for one coefficient at 1, as far as a small one goes."""
    one = np.zeros(COEFFICIENT_COUNT, np.float32)
    one[index] = STEP
    return np.asarray((head.posed(one, gaze_of(one)) - head.rest) / STEP, np.float64)
