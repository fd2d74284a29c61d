"""What a predictor believed of a clip while it was read, so that ratings can be learnt from without it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import COEFFICIENT_COUNT, Floats
from .expression_distribution import ExpressionDistribution, Numbers
from .faces import Prediction

_PARTS = ("active", "value", "spread")


@dataclass(frozen=True, eq=False)
class Reading:
    """What is believed of a clip before anything learnt from ratings is applied. Raises ValueError.

    seconds  (T,) of the clip, rising
    belief   (T, 52); its resting part's scale (52,) is the predictor's own
    rest     (T, 52), or what broadcasts to it: what it believes of the performer's rest, which may have been
             named anew between one moment and the next
    gate     see ExpressionDistribution.point
    """

    seconds: NDArray[np.float64]
    belief: ExpressionDistribution
    rest: ExpressionDistribution
    gate: float

    def __post_init__(self) -> None:
        if not np.all(np.diff(self.seconds) > 0):
            raise ValueError("a reading's times must rise")
        shape = (len(self.seconds), COEFFICIENT_COUNT)
        for name in _PARTS:
            believed, at_rest = getattr(self.belief, name), getattr(self.rest, name)
            if believed.shape != shape or np.broadcast_shapes(at_rest.shape, shape) != shape:
                raise ValueError(f"{name} of {believed.shape} and {at_rest.shape} at rest, expected {shape}")
            if not (np.all(np.isfinite(believed)) and np.all(np.isfinite(at_rest))):
                raise ValueError(f"{name} holds numbers that are none (NaN or infinite)")


def reading_of(
    seconds: Sequence[float], predictions: Sequence[Prediction], at_rest: Prediction
) -> Reading | None:
    """Of predictions at these times, and of the performer's rest; None where a predictor has no belief."""
    beliefs = [prediction.belief for prediction in predictions]
    known = [belief for belief in beliefs if belief is not None]
    if at_rest.belief is None or not known or len(known) < len(beliefs):
        return None
    return Reading(np.asarray(seconds, np.float64), _stacked(known), at_rest.belief, at_rest.gate)


def renewed(old: Reading, new: Reading) -> Reading:
    """What was read last, and outside of its span what was read before. Both are the same predictor's."""
    away = (old.seconds < new.seconds[0]) | (old.seconds > new.seconds[-1])
    seconds = np.concatenate([old.seconds[away], new.seconds])
    order = np.argsort(seconds)
    belief, rest = (
        from_parts(np.concatenate([before[:, away], now], axis=1)[:, order], new.belief.rest)
        for before, now in ((parts_of(old.belief), parts_of(new.belief)), (_spread(old), _spread(new)))
    )
    return Reading(seconds[order], belief, rest, new.gate)


def parts_of(belief: ExpressionDistribution) -> Floats:
    """(3, …, 52) float32: active, value and spread."""
    return np.array([getattr(belief, name) for name in _PARTS], np.float32)


def from_parts(parts: Floats, scale: Numbers) -> ExpressionDistribution:
    """The inverse; scale (52,) of the resting part."""
    active, value, spread = parts
    return ExpressionDistribution(active, value, spread, scale)


def _spread(reading: Reading) -> Floats:
    """The rest (3, T, 52)."""
    return np.array([np.broadcast_to(each, reading.belief.active.shape) for each in parts_of(reading.rest)])


def _stacked(beliefs: Sequence[ExpressionDistribution]) -> ExpressionDistribution:
    return from_parts(np.stack([parts_of(belief) for belief in beliefs], axis=1), beliefs[0].rest)
