"""Which moments of a clip are worth asking about.

Where much is uncertain, where estimators disagree or nothing was asked yet, and a share at random, so that
what nobody suspects is found too. Never one that looks like another that was asked about.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .muscle_groups import HALVES
from .sight import VISIBLE, Sight
from .taste import Doubles, Rows, Taste

_UNCERTAIN, _DIFFERENT = 0.4, 0.3  # shares; the rest is chosen at random
_APART_SECONDS = 0.25  # of two moments that may both be asked about
_LEAST_SHARE = 0.25  # of the questions, for either half of the face
_LOOKED_AT = 12  # frames whose uncertainty is worked out
_CONSIDERED = 1000  # frames of a long clip
Asked = Mapping[str, Sequence[int]]  # frames by region


def half_to_ask(taste: Taste, sight: Sight, random: np.random.Generator) -> str:
    """Which half, each as often as it was visibly uncertain before anybody had answered, and often enough."""
    reach, together = taste.ground.reach, taste.ground.together
    uncertain = [
        float(np.sqrt(np.einsum("ti,ij,tj->t", reach, sight.gram(half) * together, reach).mean()))
        for half in HALVES
    ]
    share = np.clip(uncertain[0] / sum(uncertain), _LEAST_SHARE, 1 - _LEAST_SHARE) if any(uncertain) else 0.5
    return tuple(HALVES)[int(random.random() >= share)]


def moment(
    taste: Taste,
    sight: Sight,
    region: str,
    asked: Sequence[int],
    rate: float,
    random: np.random.Generator,
    others: Doubles | None = None,
    among: Rows | None = None,
) -> int | None:
    """A frame to ask about; None where all that could be asked has been.

    asked   frames asked about so far in this region
    rate    frames a second
    others  (T, 52) what another estimator says, where there is one
    among   frames that may be asked about; None: all
    """
    frames = np.arange(len(taste.ground.said)) if among is None else among
    frames = frames[:: 1 + len(frames) // _CONSIDERED]
    free = frames[_free(taste, sight, region, frames, asked, rate)]
    if not len(free):
        return None
    share = random.random()
    some = random.permutation(free)[:_LOOKED_AT]
    if share < _UNCERTAIN:
        return int(some[np.argmax([_uncertainty(taste, sight, region, int(frame)) for frame in some])])
    if share < _UNCERTAIN + _DIFFERENT:
        if others is not None:
            return int(some[np.argmax(_disagreement(taste, sight, region, some, others))])
        if asked:
            return int(free[np.argmax(_distance(sight, taste.ground.said, free, asked))])
    return int(some[0])


def _free(
    taste: Taste, sight: Sight, region: str, frames: Rows, asked: Sequence[int], rate: float
) -> NDArray[np.bool_]:
    """(R,) frames in which something may change, and which neither lie near an asked one nor look like it."""
    ground = taste.ground
    free = np.asarray(sight.difference(region, ground.reach[frames]) > 0)
    if not asked:
        return free
    free &= np.abs(frames[:, None] - np.asarray(asked)).min(axis=1) >= _APART_SECONDS * rate
    free[free] = _distance(sight, ground.said, frames[free], asked) >= VISIBLE
    return free


def _distance(sight: Sight, said: Doubles, frames: Rows, asked: Sequence[int]) -> Doubles:
    """(R,) visible difference of the whole face from the nearest frame asked about: brows that the predictor
    overlooks move while it says that they rest, but hardly while the mouth rests, too.
    """
    nearest = np.full(len(frames), np.inf)
    for one in asked:
        nearest = np.minimum(nearest, sight.difference("full", said[frames] - said[one]))
    return nearest


def _uncertainty(taste: Taste, sight: Sight, region: str, frame: int) -> float:
    """Visible variance, times how much of the clip is like it."""
    ground = taste.ground
    variance = float(np.sum(sight.gram(region) * taste.covariance(frame)))
    return variance * float(np.mean(ground.alike(np.array([frame]), np.arange(len(ground.said))) ** 2))


def _disagreement(taste: Taste, sight: Sight, region: str, frames: Rows, others: Doubles) -> Doubles:
    return sight.difference(region, taste.ideal[frames] - others[frames])
