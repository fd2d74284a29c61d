"""What can be seen on a rig, as a fact beside the ratings that were given on it.

A rating names its rig; how far two expressions lie apart for the eye hangs on that rig. The add-on measures
it once and tells it beside the ratings, so that whoever learns from them later needs no Blender.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .curves import COEFFICIENT_COUNT, Floats
from .fact_words import HIGHEST_COUNT, check_words
from .sight import Sight

MEASURED_REGIONS = ("upper", "lower")
TRIANGLE_COUNT = COEFFICIENT_COUNT * (COEFFICIENT_COUNT + 1) // 2  # numbers that say a symmetric matrix
_ROUNDING = 1e-4  # of the largest eigenvalue: how far float32 may push the smallest below zero
_NAMESPACE = uuid.UUID("6f1d7d2e-6c0b-5b0e-9a55-3f0d2a4c8e17")  # ours alone


@dataclass(frozen=True, eq=False, kw_only=True)
class RigSight:
    """The Gram matrices G = JᵀWJ of visible displacement, one a region. Raises ValueError.

    Two expressions that differ by d (52,) lie √(dᵀ G d) inter-ocular distances apart, as a root mean square
    over the region's own vertices; channels of the other region may move these too.

    rig             hash of the rig and its mapping, as ratings name it
    upper, lower    (52, 52) float32, squared inter-ocular distances; exactly symmetric, and positive
                    semidefinite as far as float32 can tell
    triangles       of the mesh they were measured on
    client_version  of the add-on
    """

    rig: str
    upper: Floats
    lower: Floats
    triangles: int
    client_version: str

    def __post_init__(self) -> None:
        check_words(self, needed=("rig", "client_version"))
        if not 1 <= self.triangles <= HIGHEST_COUNT:
            raise ValueError(f"triangles is {self.triangles}, expected 1 to {HIGHEST_COUNT}")
        for name in MEASURED_REGIONS:
            _check_gram(getattr(self, name), name)

    @cached_property
    def id(self) -> str:
        """UUID (version 5) of all that is told: telling it again gives the same one, measuring the rig anew
        with another outcome a new one.
        """
        told = [self.rig, str(self.triangles), self.client_version, _digest(self.upper), _digest(self.lower)]
        return str(uuid.uuid5(_NAMESPACE, "\n".join(told)))


def sights(facts: Iterable[object]) -> dict[str, RigSight]:
    """By the rig's hash; the last one stands."""
    return {fact.rig: fact for fact in facts if isinstance(fact, RigSight)}


def told_of(seen: Sight, rig: str, triangles: int, client_version: str) -> RigSight:
    """What is seen on a rig, as a fact."""
    upper, lower = (
        np.asarray((seen.grams[half] + seen.grams[half].T) / 2, np.float32) for half in MEASURED_REGIONS
    )
    return RigSight(rig=rig, upper=upper, lower=lower, triangles=triangles, client_version=client_version)


def seen_on(fact: RigSight) -> Sight:
    """The fact, to look with."""
    return Sight({half: getattr(fact, half).astype(np.float64) for half in MEASURED_REGIONS})


def to_triangle(gram: Floats) -> Floats:
    """(1378,) float32: the diagonal and what is right of it, row by row."""
    return np.asarray(gram[np.triu_indices(COEFFICIENT_COUNT)], np.float32)


def from_triangle(values: Floats, name: str) -> Floats:
    """The inverse, (52, 52) float32. Raises ValueError."""
    if values.shape != (TRIANGLE_COUNT,):
        raise ValueError(f"{name} has {values.size} numbers, expected {TRIANGLE_COUNT}: half of a matrix")
    gram = np.zeros((COEFFICIENT_COUNT, COEFFICIENT_COUNT), np.float32)
    gram[np.triu_indices(COEFFICIENT_COUNT)] = values
    return np.asarray(np.where(np.tri(COEFFICIENT_COUNT, k=-1, dtype=bool), gram.T, gram))


def _digest(gram: Floats) -> str:
    return hashlib.sha256(to_triangle(gram).astype("<f4").tobytes()).hexdigest()


def _check_gram(gram: Floats, name: str) -> None:
    if gram.shape != (COEFFICIENT_COUNT, COEFFICIENT_COUNT) or gram.dtype != np.float32:
        raise ValueError(
            f"{name} is {gram.shape} {gram.dtype}, expected {COEFFICIENT_COUNT} × {COEFFICIENT_COUNT} float32"
        )
    if not np.all(np.isfinite(gram)):
        raise ValueError(f"{name} has entries that are no numbers")
    if not np.array_equal(gram, gram.T):
        raise ValueError(f"{name} is not symmetric: give (G + Gᵀ) / 2")
    eigenvalues = np.linalg.eigvalsh(gram.astype(np.float64))
    if eigenvalues[0] < -_ROUNDING * max(eigenvalues[-1], 0.0):
        raise ValueError(
            f"{name} is no Gram matrix: its eigenvalues are {eigenvalues[0]:.3g} to {eigenvalues[-1]:.3g}, "
            "expected none below 0"
        )
