"""What can be seen on a rig: how far the face visibly moves when coefficients change.

Displacements add as vectors, so a number a channel would be wrong: smile and stretch hide each other, two
brows do not. One matrix for each half of the face says it all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .curves import COEFFICIENT_COUNT
from .muscle_groups import HALVES

Doubles = NDArray[np.float64]
VISIBLE = 0.006  # of the distance between the eyes, root mean square: less than this two takes look the same


@dataclass(frozen=True, eq=False)
class Sight:
    """grams: half → (52, 52), 0 outside of the half: G = JᵀWJ / ΣW, where J are the ways of vertices for each
    coefficient in distances between the eyes and W their areas. Raises ValueError.
    """

    grams: Mapping[str, Doubles]

    def __post_init__(self) -> None:
        for half in HALVES:
            gram = self.grams.get(half)
            if gram is None or gram.shape != (COEFFICIENT_COUNT, COEFFICIENT_COUNT):
                raise ValueError(f"no (52, 52) matrix for the {half} half of the face")
            if not np.isfinite(gram).all() or not np.allclose(gram, gram.T, atol=1e-6):
                raise ValueError(f"the matrix for the {half} half is not symmetric, or holds no numbers")

    def gram(self, region: str) -> Doubles:
        """(52, 52) of "upper", "lower" or "full"."""
        return self.grams["upper"] + self.grams["lower"] if region == "full" else self.grams[region]

    def difference(self, region: str, ways: Doubles) -> Doubles:
        """(…,) √(dᵀGd) of changes (…, 52), in distances between the eyes."""
        gram = self.gram(region)
        return np.asarray(np.sqrt(np.maximum((ways @ gram * ways).sum(axis=-1), 0.0)))

    def seen(self, rows: Doubles) -> Doubles:
        """Expressions (T, 52) as points (T, 52) whose distances are visible differences of the whole face."""
        return np.asarray(rows @ self.root)

    @cached_property
    def root(self) -> Doubles:
        """(52, 52) symmetric square root of the full matrix."""
        values, vectors = np.linalg.eigh(self.gram("full"))
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)

    def can_move(self, region: str) -> NDArray[np.bool_]:
        """(52,) coefficients whose whole way can be seen."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.gram(region)), 0.0)) >= VISIBLE)
