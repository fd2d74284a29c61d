"""What was learnt from ratings, as a thing of its own that changes what a predictor believes.

Of a coefficient that is active with probability p and then lies at μ:

    c' = c + p · s · (gain · μ + offset + mixes · z),     log odds of p' = log odds of p + s · shift
    s  = 1 − p₀ / p, at least 0

where p₀ is the probability at the performer's rest, and z says how far the coefficient's own half of the
face has moved from there along up to four directions. s is the share of p that rest does not explain
(epidemiology's attributable fraction), so p · s = p − p₀ stands for the p of c' = p · (a · μ + b): a network
is never quite sure that a face rests, and at rest nothing may change, to the last bit. To subtract from a
correction what it does at rest would do that too, but would also move what is sure not to move elsewhere;
and a shift times p − p₀ could not wake an action that is seen too faintly, while s soon comes to 1.

The halves of the face never see each other here: what is learnt about one leaves the other's numbers alone.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .curves import COEFFICIENT_COUNT
from .expression_distribution import ACTIVE, ExpressionDistribution, Numbers
from .muscle_groups import HALVES, JUDGED

Doubles = NDArray[np.float64]
MOST_DIRECTIONS = 4  # of a half of the face
_CERTAIN = 30.0  # log odds; more says the same
_HALVES = [JUDGED[half] for half in HALVES]


@dataclass(frozen=True, eq=False)
class BeliefCorrection:
    """Raises ValueError for a wrong shape or a number that is none.

    gain    (52,) of where an active coefficient lies
    offset  (52,) added to that
    shift   (52,) of the log odds of being active
    mixes   (52, D) added for each direction that its half of the face has moved in; D is at most 4
    reads   (52, D) directions, each half's in its own rows: z = Σ reads · (p · μ − p₀ · μ₀)
    """

    gain: Doubles
    offset: Doubles
    shift: Doubles
    mixes: Doubles
    reads: Doubles

    def __post_init__(self) -> None:
        for name in ("gain", "offset", "shift"):
            _check(getattr(self, name), (COEFFICIENT_COUNT,), name)
        directions = self.reads.shape[-1]
        if directions > MOST_DIRECTIONS:
            raise ValueError(f"a correction has {directions} directions, at most {MOST_DIRECTIONS}")
        for name in ("mixes", "reads"):
            _check(getattr(self, name), (COEFFICIENT_COUNT, directions), name)

    @classmethod
    def none(cls, reads: Doubles | None = None) -> Self:
        """The one that changes nothing; reads as above."""
        kept = np.zeros((COEFFICIENT_COUNT, 0)) if reads is None else reads
        zero = np.zeros(COEFFICIENT_COUNT)
        return cls(zero, zero, zero, np.zeros_like(kept), kept)

    def corrected(
        self, belief: ExpressionDistribution, rest: ExpressionDistribution
    ) -> ExpressionDistribution:
        """What is believed from now on; belief (…, 52), rest broadcasts to it."""
        share = awake(belief, rest)
        mixed = (moved(belief, rest, self.reads) * self.mixes).sum(axis=-1)
        value = belief.value + share * (self.gain * belief.value + self.offset + mixed)
        raised = np.expm1(np.clip(share * self.shift, -_CERTAIN, _CERTAIN))
        active = belief.active + belief.active * (1 - belief.active) * raised / (1 + belief.active * raised)
        return replace(
            belief,
            active=np.clip(active, 0.0, 1.0),
            value=np.clip(value, ACTIVE, 1.0),
        )


def awake(belief: ExpressionDistribution, rest: ExpressionDistribution) -> Numbers:
    """S (…, 52) as above, 0..1."""
    return np.asarray(np.maximum(1 - rest.active / np.maximum(belief.active, 1e-12), 0.0))


def moved(belief: ExpressionDistribution, rest: ExpressionDistribution, reads: Doubles) -> Doubles:
    """Z (…, 52, D) as above: for each coefficient, how far its half has moved in each direction."""
    away = belief.active * belief.value - rest.active * rest.value
    out = np.zeros((*away.shape, reads.shape[1]))
    for half in _HALVES:
        out[..., half, :] = (away[..., half] @ reads[half])[..., None, :]
    return out


def _check(numbers: Doubles, shape: tuple[int, ...], name: str) -> None:
    if numbers.shape != shape or not np.all(np.isfinite(numbers)):
        raise ValueError(
            f"a correction's {name} must be {shape} finite numbers, is {numbers.shape} with "
            f"{np.count_nonzero(~np.isfinite(numbers))} that are none"
        )
