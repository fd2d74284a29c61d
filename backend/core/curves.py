"""The one currency of the house: how a face moved, channel by channel, with what is known of each value."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from protos import arkit

Floats = NDArray[np.float32]
CHANNEL_COUNT = len(arkit.CHANNELS)
COEFFICIENT_COUNT = len(arkit.COEFFICIENTS)


def names_fingerprint() -> str:
    """sha256 (hex) of the 52 names in order, one a line."""
    return hashlib.sha256("\n".join(arkit.COEFFICIENTS).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class ExpressionCurves:
    """Frames × 61 channels at given times; an object that exists is valid.

    times          (N,) float64, seconds since the in point, strictly rising
    values         (N, 61) float32, coefficients about 0..1, then angles in radians
    confidence     (N, 61) float32, 0..1
    observed       (N, 61) bool, False where a value was held, filled or cannot be known
    spread         (N, 61) float32, standard deviation of what is believed of a value; 0: none is stated
    head_location  (N, 3) float32, metres in the camera's frame (x right, y up, −z away from it)
    rate           nominal frames a second of the source, > 0

    Raises ValueError when a shape, an order or a number is not so.
    """

    times: NDArray[np.float64]
    values: Floats
    confidence: Floats
    observed: NDArray[np.bool_]
    spread: Floats
    head_location: Floats
    rate: float

    def __post_init__(self) -> None:
        n = len(self.times)
        for name, shape in (
            ("times", (n,)),
            ("values", (n, CHANNEL_COUNT)),
            ("confidence", (n, CHANNEL_COUNT)),
            ("observed", (n, CHANNEL_COUNT)),
            ("spread", (n, CHANNEL_COUNT)),
            ("head_location", (n, 3)),
        ):
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} has values that are not numbers")
        if (self.spread < 0).any():
            raise ValueError("spread has values below 0")
        if (self.times[1:] <= self.times[:-1]).any():
            raise ValueError("times do not rise")
        if not 0.0 < self.rate < inf:
            raise ValueError(f"rate is {self.rate}, expected frames a second above 0")

    def __len__(self) -> int:
        return len(self.times)

    @property
    def seconds(self) -> float:
        """Length: last time plus one frame; 0 when empty."""
        return float(self.times[-1]) + 1.0 / self.rate if len(self) else 0.0

    def channel(self, name: str) -> Floats:
        """(N,) values of one channel by its ARKit name."""
        return self.values[:, arkit.INDEX[name]]

    def ever_observed(self, name: str) -> bool:
        """Whether any frame measured this channel; otherwise its values are no data."""
        return bool(self.observed[:, arkit.INDEX[name]].any())

    def between(self, first: int, last: int) -> "ExpressionCurves":
        """Rows first..last−1, times unchanged."""
        rows = slice(first, last)
        return replace(
            self,
            times=self.times[rows],
            values=self.values[rows],
            confidence=self.confidence[rows],
            observed=self.observed[rows],
            spread=self.spread[rows],
            head_location=self.head_location[rows],
        )

    def with_values(self, values: Floats) -> "ExpressionCurves":
        """The same curves with other values (N, 61)."""
        return replace(self, values=np.asarray(values, np.float32))


def curves_from_values(values: Floats, rate: float) -> ExpressionCurves:
    """Fully observed curves from (N, 61) or (N, 52) values at an even rate; angles 0 where absent."""
    values = np.asarray(values, np.float32)
    n, given = values.shape
    full = np.zeros((n, CHANNEL_COUNT), np.float32)
    full[:, :given] = values
    observed = np.zeros((n, CHANNEL_COUNT), np.bool_)
    observed[:, :given] = True
    return ExpressionCurves(
        times=np.arange(n) / rate,
        values=full,
        confidence=observed.astype(np.float32),
        observed=observed,
        spread=np.zeros((n, CHANNEL_COUNT), np.float32),
        head_location=np.zeros((n, 3), np.float32),
        rate=rate,
    )


def joined(pieces: Iterable[ExpressionCurves]) -> ExpressionCurves:
    """Pieces of one take, in order, as one; ValueError when there is none or times do not rise."""
    parts = list(pieces)
    if not parts:
        raise ValueError("nothing to join")
    return ExpressionCurves(
        times=np.concatenate([p.times for p in parts]),
        values=np.concatenate([p.values for p in parts]),
        confidence=np.concatenate([p.confidence for p in parts]),
        observed=np.concatenate([p.observed for p in parts]),
        spread=np.concatenate([p.spread for p in parts]),
        head_location=np.concatenate([p.head_location for p in parts]),
        rate=parts[0].rate,
    )


def mirrored(curves: ExpressionCurves) -> ExpressionCurves:
    """The performer seen in a mirror: sides swapped, yaw and roll negated. Twice is the identity."""
    order = list(arkit.MIRROR_PERMUTATION)
    sign = np.array(arkit.MIRROR_SIGN, np.float32)
    return replace(
        curves,
        values=curves.values[:, order] * sign,
        confidence=curves.confidence[:, order],
        observed=curves.observed[:, order],
        spread=curves.spread[:, order],
        head_location=curves.head_location * np.array([-1, 1, 1], np.float32),
    )
