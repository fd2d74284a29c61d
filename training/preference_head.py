"""What can be learnt from ratings: a correction's numbers, as few shared parameters of equal worth.

Three levels, each with all of the one before: muscle groups, then deviations of channels from their group,
then along which directions of the face channels move. A parameter of 1 is as far as such a thing usually
goes, so that one penalty is fair to all of them, and a channel costs more than its group.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.core.correction import MOST_DIRECTIONS, BeliefCorrection, awake, moved
from backend.core.curves import COEFFICIENT_COUNT
from backend.core.expression_distribution import ExpressionDistribution, logistic
from backend.core.muscle_groups import GROUPS, HALVES

from .preference_forms import Doubles, Features, Mask

LEVELS = ("groups", "channels", "low rank")
_USUAL = {"gain": 0.2, "offset": 0.1, "shift": 1.0}
_OF_CHANNELS = 0.5  # as far as a channel usually deviates from its group, in the same units
_MIXED = 0.03  # as far as a channel follows a direction along which the face has moved as usual
_STEP = 1e-4  # of the finite differences
_STILL = 1e-6  # movement below which there is no direction


@dataclass(frozen=True, eq=False)
class Head:
    """What is learnt of one half of the face at one level.

    half    (52,) its coefficients, K of them
    reads   (52, D) see BeliefCorrection
    shared  (K · Q, P) each coefficient's own Q = 3 + D numbers for each parameter
    """

    half: Mask
    reads: Doubles
    shared: Doubles

    @property
    def size(self) -> int:
        """P."""
        return int(self.shared.shape[1])

    def correction(self, u: Doubles) -> BeliefCorrection:
        """Of parameters (P,); the other half's numbers are 0."""
        own = np.zeros((COEFFICIENT_COUNT, len(_USUAL) + self.reads.shape[1]))
        own[self.half] = (self.shared @ u).reshape(int(self.half.sum()), -1)
        gain, offset, shift = own[:, : len(_USUAL)].T
        return BeliefCorrection(gain, offset, shift, own[:, len(_USUAL) :], self.reads)

    def features(self, own: Doubles) -> Features:
        """Of what `slopes` gives for some rows."""
        return Features(own[:, self.half], self.shared)


def head(half: str, level: str, reads: Doubles) -> Head:
    """One of HALVES at one of LEVELS."""
    mask = HALVES[half]
    directions = reads.shape[1]
    columns = [_groups(half, directions)]
    if level != LEVELS[0]:
        columns.append(_OF_CHANNELS * _each(mask, directions, list(_USUAL.values())))
    if level == LEVELS[2]:
        columns.append(_each(mask, directions, [0.0] * len(_USUAL) + [_MIXED] * directions))
    return Head(mask, reads, np.concatenate(columns, axis=1))


def directions(away: Doubles) -> Doubles:
    """(52, 4) reads along which each half moves most in these rows (R, 52), which say by how much p · μ lies
    over rest; usual movement comes to 1. Principal components, not centred: rest is to stay 0.
    """
    reads = np.zeros((COEFFICIENT_COUNT, MOST_DIRECTIONS))
    for mask in HALVES.values():
        _, sizes, axes = np.linalg.svd(away[:, mask], full_matrices=False)
        kept = axes[: min(MOST_DIRECTIONS, int((sizes > _STILL).sum()))]
        kept = kept * np.sign(kept[np.arange(len(kept)), np.abs(kept).argmax(axis=1)])[:, None]
        usual = sizes[: len(kept)] / np.sqrt(len(away))
        reads[np.flatnonzero(mask), : len(kept)] = (kept / usual[:, None]).T
    return reads


def slopes(
    correction: BeliefCorrection, belief: ExpressionDistribution, rest: ExpressionDistribution, gate: float
) -> tuple[Doubles, Doubles]:
    """The point estimate (R, 52) as corrected, and its derivative (R, 52, Q) by each coefficient's own gain,
    offset, shift and mixes.
    """
    now = correction.corrected(belief, rest)
    share = np.asarray(awake(belief, rest), np.float64)
    by_value = share * _difference(lambda step: replace(now, value=now.value + step), gate)
    by_odds = share * _difference(lambda step: replace(now, active=_woken(now.active, step)), gate)
    mixed = by_value[..., None] * moved(belief, rest, correction.reads)
    own = np.stack([by_value * belief.value, by_value, by_odds], axis=-1)
    return np.asarray(now.point(gate), np.float64), np.concatenate([own, mixed], axis=-1)


def _difference(stepped: Callable[[float], ExpressionDistribution], gate: float) -> Doubles:
    return np.asarray((stepped(_STEP).point(gate) - stepped(-_STEP).point(gate)) / (2 * _STEP), np.float64)


def _woken(active: NDArray[np.floating], step: float) -> Doubles:
    sure = np.clip(active, 1e-9, 1 - 1e-9)
    return np.asarray(logistic(np.log(sure) - np.log1p(-sure) + step), np.float64)


def _groups(half: str, directions: int) -> Doubles:
    """(K · Q, 3 · groups) all of a group alike."""
    inside = [group[HALVES[half]] for group in GROUPS[half].values()]
    kinds = np.eye(len(_USUAL) + directions)[:, : len(_USUAL)] * list(_USUAL.values())
    return np.concatenate([np.kron(group[:, None], kinds) for group in inside], axis=1)


def _each(mask: Mask, directions: int, usual: list[float]) -> Doubles:
    """(K · Q, K · kinds that are not 0) each coefficient by itself."""
    kinds = np.diag([*usual, *[0.0] * (len(_USUAL) + directions - len(usual))])
    return np.asarray(np.kron(np.eye(int(mask.sum())), kinds[:, np.flatnonzero(np.diag(kinds))]))
