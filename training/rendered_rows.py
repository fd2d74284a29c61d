"""What a predictor believes of rendered faces, with their truth, to replay and to weigh a correction on.

Only rendered truth belongs here. What another model says of a face is no truth, and is never replayed.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.core.curves import COEFFICIENT_COUNT, Floats
from backend.core.expression_distribution import ExpressionDistribution
from backend.core.frozen_ratings import as_distribution
from backend.errors import RatingsUnreadable
from backend.sealed_numbers import SealBroken, read_sealed, write_sealed

KIND = "rendered rows 1"
_AGAIN = "Have the rendered faces read again."


@dataclass(frozen=True, eq=False)
class RenderedRows:
    """Raises ValueError.

    base    model id of the predictor
    belief, rest_belief  (3, R, 52) float32: active, value and spread, of the face, and at rest
    truth   (R, 52) float32, 0..1
    """

    base: str
    belief: Floats
    rest_belief: Floats
    truth: Floats

    def __post_init__(self) -> None:
        rows = (len(self.truth), COEFFICIENT_COUNT)
        if self.truth.shape != rows or {self.belief.shape, self.rest_belief.shape} != {(3, *rows)}:
            raise ValueError(f"beliefs of {self.belief.shape}, {self.rest_belief.shape} for truth of {rows}")
        if not all(np.all(np.isfinite(part)) for part in (self.belief, self.rest_belief, self.truth)):
            raise ValueError("rendered rows hold numbers that are none (NaN or infinite)")

    def believed(self, rest_scale: Floats) -> tuple[ExpressionDistribution, ExpressionDistribution]:
        """Of the faces and at rest, (R, 52) each, with this scale (52,) of the resting part."""
        return as_distribution(self.belief, rest_scale), as_distribution(self.rest_belief, rest_scale)


def write_rendered(rows: RenderedRows, path: Path) -> str:
    """The data's hash. Raises OSError."""
    numbers = {name: value for name, value in vars(rows).items() if name != "base"}
    return write_sealed(path, KIND, {"base": rows.base}, numbers)


def read_rendered(path: Path) -> tuple[RenderedRows, str]:
    """The rows and the data's hash. Raises RatingsUnreadable."""
    try:
        facts, numbers, seal = read_sealed(path, KIND)
        return RenderedRows(str(facts["base"]), **numbers), seal
    except (OSError, SealBroken, KeyError, TypeError, ValueError) as err:
        raise RatingsUnreadable(f"the rendered faces {path} cannot be read: {err}", _AGAIN) from err
