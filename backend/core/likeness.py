"""Whether a face is still the one that was followed, by the colours at its landmarks.

Landmarks alone slide without a jump from a face to the one that passes in front of it, and off a face
that moves faster than the tracker's region; the colours under them then change at once. This is no
recognition of persons: it holds for seconds, in one clip, and nothing of it is kept.
"""

import math

import numpy as np
from numpy.typing import NDArray

from .curves import Floats
from .head_pose import FaceGeometry

# Correlations. Of a face with itself, learning along extreme expressions, .70 and more was measured; of
# two people mostly below .6, but up to .86. So who is met beside the followed face is remembered too.
_ALIKE_WHILE_FOLLOWED = 0.55
_SURELY_ALIKE = 0.7
_UNCOVERED = 0.85  # a half that something slides over falls below this before much of it is learnt
_TWIN = 0.92  # nobody else is so alike, but a mirror's picture
_CLEARLY = 0.1  # by so much more a followed face must be like somebody else to be taken for them
_OTHERS_KEPT = 4
_LEARNING = 0.1  # share of each new frame in what is remembered
SAMPLED = slice(0, 468, 3)  # landmarks that are looked at; a third of them tells people apart as well
# Pixels (x, y) around a landmark whose mean is its colour, as landmarks are not exact.
_REACH = 2
_NEIGHBOURS = np.array([(x, y) for x in (-_REACH, 0, _REACH) for y in (-_REACH, 0, _REACH)])
_OFF_CENTRE = 0.3  # centimetres; landmarks nearer to the middle belong to neither half


def colours(cut: NDArray[np.uint8], points: Floats) -> Floats:
    """(N, 3) colours around points (N, 2 or 3), in 0..1 of the sides of a square picture (S, S, 3)."""
    size = len(cut)
    column, row = np.clip((points[:, :2] * size).astype(int), _REACH, size - 1 - _REACH).T
    around = row * size + column + (_NEIGHBOURS @ (1, size))[:, None]  # flat indices: this runs every frame
    total = np.add.reduce(cut.reshape(-1, 3).take(around, axis=0), axis=0, dtype=np.float32)
    return np.asarray(total / len(_NEIGHBOURS))


class Likeness:
    """What the followed face looks like. Its halves are judged apart: a turn or a hand hides one of them."""

    def __init__(self, geometry: FaceGeometry) -> None:
        across = geometry.points[SAMPLED, 0]
        self._halves = (across > _OFF_CENTRE, across < -_OFF_CENTRE)
        self._remembered: Floats | None = None
        self._others: list[Floats] = []

    def is_same(self, seen: Floats, followed: bool) -> bool:
        """Whether colours (156, 3) may be of the remembered face; True while nothing is remembered.

        followed  the face was there in the picture before; one that turns up again must be more alike
        """
        known = self._remembered
        if known is None:
            return True
        least = _ALIKE_WHILE_FOLLOWED if followed else _SURELY_ALIKE
        margin = _CLEARLY if followed else 0.0
        return any(
            (mine := _correlation(known[half], seen[half])) >= least
            and all(mine >= _correlation(other[half], seen[half]) - margin for other in self._others)
            for half in self._halves
        )

    def meet(self, seen: Floats) -> None:
        """Takes in colours (156, 3) of another face, seen beside the followed one."""
        known = self._remembered
        if known is None or max(_correlation(known[half], seen[half]) for half in self._halves) > _TWIN:
            return
        others = [other for other in self._others if _correlation(other, seen) <= _TWIN]
        self._others = [*others, seen.copy()][-_OTHERS_KEPT:]

    def learn(self, seen: Floats) -> bool:
        """Takes in colours (156, 3): slow change of light and expression, not what slides over a face.

        False when a half was not learnt, as when somebody is in front of it.
        """
        if self._remembered is None:
            self._remembered = seen.copy()
            return True
        free = [
            half for half in self._halves if _correlation(self._remembered[half], seen[half]) >= _UNCOVERED
        ]
        for half in free:
            self._remembered[half] += _LEARNING * (seen[half] - self._remembered[half])
        return len(free) == len(self._halves)


def _correlation(one: Floats, other: Floats) -> float:
    """Of two patterns of colour, whatever their brightness, tint and contrast; 0 for a flat one."""
    a, b = (one - one.mean(axis=0)).ravel(), (other - other.mean(axis=0)).ravel()
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size > 0 else 0.0
