"""From an artist's answers about one clip on one rig to what they would rather see in all of it.

At once and in the artist's own Blender: five answers or three hundred, corrected sliders among them. How far
the ideal may lie from the prediction and how sharply the artist tells takes apart is averaged over by how
likely it makes the answers; "no change" is always among what is averaged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .clip_ground import ground_of
from .curves import COEFFICIENT_COUNT, ExpressionCurves, Floats
from .gaze import eyes_turned
from .lips import lips_kept_closed
from .muscle_groups import GROUPS
from .preferences import ALL_ALIKE, Pair, Weights, pairs
from .ratings import Rating
from .sight import Sight
from .taste import Answer, Doubles, Taste, believed, corrections, preference

_REACHES = (0.0, 0.5, 1.0, 1.5)  # times the predictor's spread; 0 is "no change"
_SHARPER = (0.3, 1.0, 3.0)  # times what a usual pair makes likely
USUAL_SHARPNESS = 2500.0  # odds of e to 1 for the better of two takes 2 % of the eyes' distance apart
_TOUCHED = 1e-3  # a slider that was moved by less was not
_DRAGGED, _LEFT_ALONE = 0.02, 0.1  # noise of a slider that was dragged, and of one of its group that was not


@dataclass(frozen=True, eq=False)
class Learnt:
    """What is believed, where the ideal reaches so far, of somebody who tells takes apart so sharply."""

    taste: Taste
    reach: float
    sharpness: float


def asked_from(
    curves: ExpressionCurves,
    sight: Sight,
    ratings: Sequence[Rating],
    start: float = 0.0,
    sharpness: float | None = None,
) -> Learnt:
    """What is believed while more is asked: whether a change is called for at all is left open.

    curves     as the predictor left them
    ratings    of this clip and rig; times outside of the curves are left out
    start      seconds of the clip at which the curves begin
    sharpness  where it is known already, which is faster; None: the one that foretells answers best
    """
    told = list(_within(ratings, curves, start))
    sharper = sharpnesses(told, sight) if sharpness is None else (sharpness,)
    tried = _tried(curves, sight, told, start, ALL_ALIKE, (1.0,), sharper)
    return max(tried, key=lambda one: one.taste.foretold())


def expected(
    curves: ExpressionCurves,
    sight: Sight,
    ratings: Sequence[Rating],
    start: float = 0.0,
    weights: Weights = ALL_ALIKE,
) -> Doubles:
    """(T, 52) the clip's ideal, averaged over reaches and sharpnesses, each counting by how likely it makes
    the answers (Bayesian model averaging, Hoeting et al. 1999). Arguments as for asked_from.

    A few noisy answers cannot tell which of them is right; to choose one of them made clips worse.
    """
    told = list(_within(ratings, curves, start))
    tried = _tried(curves, sight, told, start, weights, _REACHES, sharpnesses(told, sight))
    evidence = np.array([one.taste.evidence() + np.log(_before(one.reach)) for one in tried])
    shares = np.exp(evidence - evidence.max())
    said = tried[0].taste.ground.said
    moved = np.zeros_like(said)  # so that what nobody asks for stays to the last bit
    for one, share in zip(tried, shares / shares.sum(), strict=True):
        moved += share * (one.taste.ideal - said)
    put_right = [frame_of(rating, curves, start) for rating in told if rating.correction]
    return lips_kept_closed(said, said + moved, put_right, curves.rate)


def _before(reach: float) -> float:
    """How likely this reach is before anybody has answered: as likely as not, no change is called for."""
    return 0.5 if reach == 0 else 0.5 / (len(_REACHES) - 1)


def _tried(
    curves: ExpressionCurves, sight: Sight, told: Sequence[Rating], start: float, weights: Weights,
    reaches: Sequence[float], sharper: Sequence[float],
) -> list[Learnt]:  # fmt: skip
    grounds = [(reach, ground_of(curves, sight, reach)) for reach in reaches]
    return [
        Learnt(believed(ground, answers_of(told, curves, sight, sharpness, start, weights)), reach, sharpness)
        for sharpness in sharper
        for reach, ground in grounds
    ]


def corrected(curves: ExpressionCurves, ideal: Doubles) -> ExpressionCurves:
    """The curves with the ideal's coefficients (T, 52); eyes turn as far as their eyeLook changes."""
    values = curves.values.copy()
    values[:, :COEFFICIENT_COUNT] = ideal
    change = ideal - np.clip(curves.values[:, :COEFFICIENT_COUNT], 0.0, 1.0)
    untouched = change == 0
    values[:, :COEFFICIENT_COUNT][untouched] = curves.values[:, :COEFFICIENT_COUNT][untouched]
    values[:, COEFFICIENT_COUNT:] += eyes_turned(change)
    return replace(curves, values=values.astype(np.float32))


def sharpnesses(ratings: Iterable[Rating], sight: Sight) -> tuple[float, ...]:
    """Those to choose from, around what makes the usual pair's odds e to 1; see taste.preference."""
    apart = [float(sight.difference(pair.rating.region, _way(pair))) ** 2 for pair in pairs(ratings)]
    usual = 1.0 / float(np.median(apart)) if apart and np.median(apart) > 0 else USUAL_SHARPNESS
    return tuple(factor * usual for factor in _SHARPER)


def answers_of(
    ratings: Sequence[Rating],
    curves: ExpressionCurves,
    sight: Sight,
    sharpness: float,
    start: float = 0.0,
    weights: Weights = ALL_ALIKE,
) -> list[Answer]:
    """Pairs and corrected sliders as answers about frames of the curves; a loop is about its middle."""
    answers = [
        preference(
            frame_of(pair.rating, curves, start),
            _middle(pair.better.coefficients),
            _middle(pair.worse.coefficients),
            pair.probability,
            sight.gram(pair.rating.region),
            sharpness,
            pair.weight,
        )
        for pair in pairs(ratings, weights)
    ]
    for rating in ratings:
        answers.extend(_dragged(rating, frame_of(rating, curves, start)))
    return answers


def frame_of(rating: Rating, curves: ExpressionCurves, start: float = 0.0) -> int:
    """The row of the curves that is nearest to the middle of what was judged."""
    return int(np.argmin(np.abs(curves.times + start - _moment(rating))))


def _moment(rating: Rating) -> float:
    return rating.seconds[len(rating.seconds) // 2]


def _within(ratings: Iterable[Rating], curves: ExpressionCurves, start: float) -> Iterator[Rating]:
    for rating in ratings:
        if start - 1 / curves.rate <= _moment(rating) <= start + curves.seconds:
            yield rating


def _dragged(rating: Rating, frame: int) -> Iterator[Answer]:
    """Sliders that were moved are where they are to be; those of their group were seen and left alone."""
    if rating.correction is None:
        return
    began = _middle(rating.candidates[rating.correction.candidate].coefficients)
    ended = _middle(rating.correction.coefficients)
    touched = np.abs(ended - began) > _TOUCHED
    groups = [mask for half in GROUPS.values() for mask in half.values() if (mask & touched).any()]
    beside = np.any(groups, axis=0) & ~touched if groups else np.zeros_like(touched)
    for mask, noise in ((touched, _DRAGGED), (beside, _LEFT_ALONE)):
        channels = np.flatnonzero(mask)
        yield from corrections(frame, channels.tolist(), ended[channels], noise)


def _way(pair: Pair) -> Doubles:
    return np.asarray(_middle(pair.better.coefficients) - _middle(pair.worse.coefficients))


def _middle(rows: Floats) -> Doubles:
    return np.asarray(rows[len(rows) // 2], np.float64)
