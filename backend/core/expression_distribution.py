"""What is believed of each coefficient, as a distribution: mostly at rest, and if not, about there.

Most coefficients rest most of the time. One number for both "how sure that it moves" and "how far" makes
rare movements vanish, so they are kept apart: with probability p a coefficient lies in 0.1..1, along a
logistic distribution cut off there, otherwise in 0..0.1, along an exponential one cut off there. As the two
parts do not overlap, distribution function and quantiles need no search.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
ACTIVE = 0.1  # a coefficient over this is active
_LEVELS = (np.arange(64) + 0.5) / 64


@dataclass(frozen=True, eq=False)
class ExpressionDistribution:
    """Of coefficients (…, 52), or of anything that these broadcast to.

    active  probability 0..1 that a coefficient is over 0.1
    value   0.1..1, location of the logistic part
    spread  > 0, its scale
    rest    > 0, scale of the exponential part
    """

    active: Numbers
    value: Numbers
    spread: Numbers
    rest: Numbers

    def cdf(self, x: Numbers | float) -> Numbers:
        """Probability that a coefficient is at most x."""
        within = np.clip(x, 0.0, ACTIVE)
        over = np.clip(x, ACTIVE, 1.0)
        low, share = self._logistic_part()
        resting = np.expm1(-within / self.rest) / np.expm1(-ACTIVE / self.rest)
        moving = (logistic((over - self.value) / self.spread) - low) / share
        inside = (1 - self.active) * resting + self.active * moving
        return np.asarray(np.where(np.asarray(x) < 0, 0.0, np.where(np.asarray(x) >= 1, 1.0, inside)))

    def quantile(self, level: Numbers | float) -> Numbers:
        """The inverse of `cdf`: the value that a coefficient is at most with probability level, 0..1."""
        resting = 1 - self.active
        inside = np.clip(level / np.maximum(resting, 1e-9), 0.0, 1.0)
        beyond = np.clip((level - resting) / np.maximum(self.active, 1e-9), 0.0, 1.0)
        return np.asarray(np.where(np.asarray(level) <= resting, self._resting(inside), self._moving(beyond)))

    def interval(self, share: Numbers | float = 0.8) -> tuple[Numbers, Numbers]:
        """The central interval that should hold this share of the truth."""
        return self.quantile((1 - share) / 2), self.quantile((1 + share) / 2)

    def mean(self) -> Numbers:
        """Expected value."""
        low, share = self._logistic_part()
        upper = np.logaddexp(0.0, (1 - self.value) / self.spread)
        lower = np.logaddexp(0.0, (ACTIVE - self.value) / self.spread)
        moving = 1 - (self.spread * (upper - lower) - (1 - ACTIVE) * low) / share
        resting = self.rest - ACTIVE / np.expm1(ACTIVE / self.rest)
        return np.asarray(self.active * moving + (1 - self.active) * resting)

    def point(self, gate: float = 1.0) -> Numbers:
        """One value for a key: the medians of both parts, weighed by p sharpened to p^g / (p^g + (1 − p)^g).

        Over 1 the gate silences what is unlikely and speaks out what is likely. Unlike the median of the
        whole it never leaps from one frame to the next.
        """
        odds = np.log(np.clip(self.active, 1e-6, 1 - 1e-6)) - np.log1p(-np.clip(self.active, 1e-6, 1 - 1e-6))
        weight = logistic(gate * odds)
        half = np.array(0.5)
        return np.asarray(weight * self._moving(half) + (1 - weight) * self._resting(half))

    def deviation(self) -> Numbers:
        """Standard deviation, from 64 quantiles."""
        return np.asarray(self._quantiles().std(axis=0))

    def confidence(self, point: Numbers, within: float = 0.1) -> Numbers:
        """Probability 0..1 that the truth lies no further than this from a point estimate."""
        return self.cdf(point + within) - self.cdf(point - within)

    def crps(self, truth: Numbers) -> Numbers:
        """Continuous ranked probability score, lower is better (Gneiting and Raftery 2007).

        Twice the pinball loss, averaged over 64 quantiles; for a certain point it is the absolute error.
        """
        missed = truth - self._quantiles()
        levels = _LEVELS.reshape(-1, *(1,) * (missed.ndim - 1))
        return np.asarray(2 * np.maximum(levels * missed, (levels - 1) * missed).mean(axis=0))

    def sample(self, random: np.random.Generator) -> Numbers:
        """One draw a coefficient, each for itself."""
        return self.quantile(random.random(np.broadcast(self.active, self.value, self.rest).shape))

    def _quantiles(self) -> Numbers:
        dimensions = np.broadcast(self.active, self.value, self.rest).ndim
        return self.quantile(_LEVELS.reshape(-1, *(1,) * dimensions))

    def _resting(self, level: Numbers) -> Numbers:
        below_all = np.minimum(level, 1 - 1e-12)
        risen = -self.rest * np.log1p(below_all * np.expm1(-ACTIVE / self.rest))
        return np.asarray(np.minimum(risen, ACTIVE))

    def _moving(self, level: Numbers) -> Numbers:
        low, share = self._logistic_part()
        reached = np.clip(low + level * share, 1e-12, 1 - 1e-12)
        return np.asarray(np.clip(self.value + self.spread * np.log(reached / (1 - reached)), ACTIVE, 1.0))

    def _logistic_part(self) -> tuple[Numbers, Numbers]:
        """The uncut logistic distribution's probability below 0.1, and between 0.1 and 1."""
        low = logistic((ACTIVE - self.value) / self.spread)
        return low, np.maximum(logistic((1 - self.value) / self.spread) - low, 1e-12)


def rest_scale_of(mean: Numbers) -> Numbers:
    """Scale of an exponential distribution cut to 0..0.1 that has this mean; 0.05 and more is flat."""
    scales = np.geomspace(1e-3, 1.0, 400)
    return np.interp(mean, scales - ACTIVE / np.expm1(ACTIVE / scales), scales)


def logistic(x: Numbers) -> Numbers:
    """1 / (1 + e^−x) without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(x, np.float64))))
