"""What is believed of an artist's ideal for a clip before anybody has answered; see taste.py.

The ideal may lie as far from what the predictor says as its own spread reaches. At rest nothing is to change,
exactly: reach there is 0. Two frames are corrected alike as far as the face looks alike in them on the rig.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .curves import COEFFICIENT_COUNT, ExpressionCurves
from .muscle_groups import GROUPS
from .sight import VISIBLE, Sight
from .taste import Doubles, Ground, Rows

# Chosen on five clips of two kinds of rendered heads, with simulated ratings.
_EVERYWHERE = 0.6  # share of a correction that holds for every frame of the clip
_NEARBY = 0.7  # of the median difference between two frames: how far the rest of it carries
_SIDES_AGREE, _GROUP_AGREES = 0.8, 0.2  # correlation of a channel's error with its partner's, its group's
_SURE = 0.02  # least spread: nobody is surer
_STEADY_SECONDS = 0.1  # a spread that trembles would make the correction tremble
# Where nobody states a spread: a little of everything, and a share of what is said.
_UNTOLD, _UNTOLD_SHARE = 0.05, 0.3
_AT_MOST = 2000  # frames that are compared for the median


@dataclass(frozen=True, eq=False)
class LooksAlike:
    """How much frames are corrected alike: seen (T, D) places whose distances are visible differences."""

    seen: Doubles
    nearby: float

    def __call__(self, frames: Rows, others: Rows) -> Doubles:
        """(R, S) of frames (R,) and (S,), 1 for one and the same."""
        one, other = self.seen[frames], self.seen[others]
        squared = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
        alike = np.exp(-np.maximum(squared, 0.0) / (2 * self.nearby**2))
        return np.asarray(_EVERYWHERE + (1 - _EVERYWHERE) * alike)


def ground_of(curves: ExpressionCurves, sight: Sight, reach: float = 1.0) -> Ground:
    """Of a clip's curves as the predictor left them. reach: times its spread; 0: no change is believed."""
    said = np.clip(curves.values[:, :COEFFICIENT_COUNT].astype(np.float64), 0.0, 1.0)
    seen = sight.seen(said)
    return Ground(
        said,
        reach * _spread(curves, said) * _away_from_rest(said, sight),
        TOGETHER,
        LooksAlike(seen, _NEARBY * _usual_distance(seen)),
    )


def _spread(curves: ExpressionCurves, said: Doubles) -> Doubles:
    told = curves.spread[:, :COEFFICIENT_COUNT].astype(np.float64)
    if not told.any():
        told = _UNTOLD + _UNTOLD_SHARE * said
    return _steadied(np.maximum(told, _SURE), curves.rate)


def _steadied(rows: Doubles, rate: float) -> Doubles:
    """(T, 52), each the mean of those around it, by a bell of _STEADY_SECONDS."""
    radius = min(int(3 * _STEADY_SECONDS * rate), len(rows) - 1)
    offsets = np.arange(-radius, radius + 1)
    bell = np.exp(-0.5 * (offsets / (_STEADY_SECONDS * rate)) ** 2)
    padded = np.pad(rows, ((radius, radius), (0, 0)), mode="edge")
    total = np.zeros_like(rows)
    for place, share in enumerate(bell):
        total += share * padded[place : place + len(rows)]
    return np.asarray(total / bell.sum())


def _away_from_rest(said: Doubles, sight: Sight) -> Doubles:
    """(T, 1) 0 where the face rests, ½ where its expression can just be seen, towards 1.

    Of the whole face: a brow that was overlooked is raised while the mouth moves.
    """
    squared = sight.difference("full", said) ** 2
    return np.asarray(squared / (squared + VISIBLE**2))[:, None]


def _usual_distance(seen: Doubles) -> float:
    """Median over pairs of frames, each with another half a clip away or so."""
    some = seen[:: max(1, len(seen) // _AT_MOST)]
    away = [np.linalg.norm(some - np.roll(some, shift, axis=0), axis=1) for shift in _shifts(len(some))]
    return max(float(np.median(away)), VISIBLE)


def _shifts(count: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(1, max(1, count - 1), 8).astype(np.intp))


def _together() -> Doubles:
    """(52, 52), block-diagonal by half: answers about the mouth leave eyes and brows to the last bit."""
    result = np.eye(COEFFICIENT_COUNT)
    for half in GROUPS.values():
        for mask in half.values():
            result[np.ix_(mask, mask)] = _GROUP_AGREES
    for name in arkit.COEFFICIENTS:
        one, other = arkit.INDEX[name], arkit.INDEX[arkit.partner(name)]
        result[one, other] = _SIDES_AGREE
    np.fill_diagonal(result, 1.0)
    lowest = float(np.linalg.eigvalsh(result)[0])
    return np.asarray(result + max(0.0, 1e-3 - lowest) * np.eye(COEFFICIENT_COUNT))


TOGETHER = _together()
