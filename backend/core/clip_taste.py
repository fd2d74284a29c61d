"""From an artist's answers about one clip on one rig to what they would rather see in all of it.

At once and in the artist's own Blender: five answers or three hundred, corrected sliders among them. How far
the ideal may lie from the prediction and how sharply the artist tells takes apart is chosen by how well each
answer is foretold from the others; "no change" is always among what is chosen from.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .clip_ground import ground_of
from .curves import COEFFICIENT_COUNT, ExpressionCurves, Floats
from .gaze import eyes_turned
from .muscle_groups import GROUPS
from .preferences import ALL_ALIKE, Pair, Weights, pairs
from .ratings import Rating
from .sight import Sight
from .taste import Answer, Doubles, Taste, believed, corrections, preference

REACHES = (0.0, 0.5, 1.0, 1.5)  # times the predictor's spread; 0 is "no change"
OPEN = (1.0,)  # what is asked next does not hang on whether a change is called for yet
_SHARPER = (0.3, 1.0, 3.0)  # times what a usual pair makes likely
USUAL_SHARPNESS = (
    2500.0  # the odds of 2.7 that of two takes 2 % apart one is better by 2 % of the eyes' distance
)
_CERTAIN = 2.0  # standard errors by which a change foretells answers better than none, to be made whole
_TOUCHED = 1e-3  # a slider that was moved by less was not
_DRAGGED, _LEFT_ALONE = 0.02, 0.1  # noise of a slider that was dragged, and of one of its group that was not


@dataclass(frozen=True, eq=False)
class Learnt:
    """What is believed, on the ground chosen for it, of somebody who tells takes apart so sharply.

    certain  0..1, what choices between takes count: how surely they foretell each other
    """

    taste: Taste
    reach: float
    sharpness: float
    certain: float = 1.0


def learnt(
    curves: ExpressionCurves,
    sight: Sight,
    ratings: Sequence[Rating],
    start: float = 0.0,
    weights: Weights = ALL_ALIKE,
    reaches: Sequence[float] = REACHES,
) -> Learnt:
    """Of the clip's ideal curves.

    curves   as the predictor left them
    ratings  of this clip and rig; times outside of the curves are left out
    start    seconds of the clip at which the curves begin
    reaches  times the predictor's spread, to choose from; the first wins a draw
    """
    told = list(_within(ratings, curves, start))
    grounds = [(reach, ground_of(curves, sight, reach)) for reach in reaches]
    tried = [
        Learnt(believed(ground, answers_of(told, curves, sight, sharpness, start, weights)), reach, sharpness)
        for sharpness in sharpnesses(told, sight)
        for reach, ground in grounds
    ]
    best = _best([one for one in tried if one.reach > 0])
    usual = _best([one for one in tried if one.reach == 0])
    if best is None or usual is None:
        return best or usual or tried[0]
    certain = _certain(best.taste, usual.taste)
    counted = [
        answer if answer.noise is not None else replace(answer, weight=certain * answer.weight)
        for answer in answers_of(told, curves, sight, best.sharpness, start, weights)
    ]
    taste = believed(best.taste.ground, [answer for answer in counted if answer.weight > 0])
    return replace(best, taste=taste, certain=certain)


def _best(tried: Sequence[Learnt]) -> Learnt | None:
    return max(tried, key=lambda one: one.taste.foretold(), default=None)


def _certain(one: Taste, other: Taste) -> float:
    """0..1 by how many standard errors one foretells choices better than the other: a few that were made at
    random change next to nothing, and nothing of what is learnt is lost.
    """
    gained = (one.foretold_each - other.foretold_each)[one.chosen]
    if len(gained) < 2 or gained.mean() <= 0:
        return 0.0
    error = gained.std(ddof=1) / np.sqrt(len(gained))
    return float(min(1.0, gained.mean() / max(_CERTAIN * error, 1e-12)))


def believed_at(
    curves: ExpressionCurves, sight: Sight, ratings: Sequence[Rating], sharpness: float, start: float = 0.0
) -> Taste:
    """On the open ground, of an artist who is known to tell takes apart so sharply: fast, for asking."""
    told = list(_within(ratings, curves, start))
    return believed(ground_of(curves, sight), answers_of(told, curves, sight, sharpness, start))


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
