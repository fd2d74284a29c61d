"""What frozen ratings say of one half of the face, ready for the losses, and how it is split to be judged.

Whatever is learnt is judged on moments that it was not learnt from. The unit is the clip; with fewer than
four clips it is a block of three seconds, with a second between blocks that is in none of them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.core.frozen_ratings import FEWEST_TO_LEARN, FrozenRatings, Moments
from backend.core.muscle_groups import GROUPS, HALVES, JUDGED
from backend.core.ratings import REGIONS

from .preference_forms import Doubles, Indices, Mask
from .preference_losses import Judged, Touched

FOLDS = 5
FEWEST_CLIPS = 4
BLOCK, GAP = 3.0, 1.0  # seconds
FEWEST_REPEATS = 10  # of one rater, before contradictions are held against them
NOWHERE = -1


class NothingToLearn(ValueError):
    """The answers do not allow it; the message says why."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """About one half of the face. Pairs and corrections as losses take them, with K coefficients.

    pair_rows, touched_rows  numbers of their rows among the frozen pairs' and corrections' rows
    pair_fold, touched_fold  (N,), (M,) fold that each answer is in, or NOWHERE
    repeated                 (T,) numbers of pairs that were asked for a second time
    same                     (T,) whether these were answered as before
    """

    pairs: Judged
    touched: Touched
    pair_rows: Indices
    touched_rows: Indices
    pair_fold: NDArray[np.int64]
    touched_fold: NDArray[np.int64]
    repeated: Indices
    same: Mask

    @property
    def answers(self) -> int:
        """That count."""
        return int(np.count_nonzero(self.pairs.weight) + np.count_nonzero(self.touched.weight))


def contradicting(ratings: FrozenRatings) -> list[str]:
    """Raters who, asked again, gave the same answer less than half of the time, which a coin does better."""
    again, same = _repeats(ratings)
    rater = ratings.pairs.moments.rater[again]
    asked = np.bincount(rater, minlength=len(ratings.raters))
    alike = np.bincount(rater, same, minlength=len(ratings.raters))
    doubtful = (asked >= FEWEST_REPEATS) & (alike < asked / 2)
    return [name for name, each in zip(ratings.raters, doubtful, strict=True) if each]


def evidence(ratings: FrozenRatings, half: str, base: Doubles, unheard: Sequence[str], seed: int) -> Evidence:
    """About one of HALVES; base (R, 52) is what is predicted in the pairs' rows, unheard are raters whose
    word does not count. Raises NothingToLearn.
    """
    mask = HALVES[half]
    pairs, corrections = ratings.pairs, ratings.corrections
    chosen, rows = _about(pairs.moments, mask)
    touched, touched_rows = _about(corrections.moments, mask)
    trust = _trust(corrections.touched)[np.ix_(touched_rows, mask)]
    judged = Judged(
        first=pairs.first[np.ix_(rows, mask)].astype(np.float64),
        second=pairs.second[np.ix_(rows, mask)].astype(np.float64),
        owner=_renumbered(pairs.moments.owner[rows]),
        seen=_reach(pairs.moments)[np.ix_(chosen, mask)].astype(np.float64),
        metric=metrics(ratings.grams, half),
        rig=pairs.moments.rig[chosen],
        elsewhere=_elsewhere(ratings, half, base)[chosen],
        yes=pairs.yes[chosen].astype(np.float64),
        weight=_weight(pairs.moments, ratings.raters, unheard)[chosen],
    )
    dragged = Touched(
        values=corrections.values[np.ix_(touched_rows, mask)].astype(np.float64),
        trust=trust,
        owner=_renumbered(corrections.moments.owner[touched_rows]),
        weight=_weight(corrections.moments, ratings.raters, unheard)[touched],
    )
    pair_fold, touched_fold = folds(ratings, seed)
    again, same = _repeats(ratings)
    kept = np.isin(again, chosen)
    found = Evidence(
        judged,
        dragged,
        rows,
        touched_rows,
        pair_fold[chosen],
        touched_fold[touched],
        np.searchsorted(chosen, again[kept]),
        same[kept],
    )
    _check(found, half)
    return found


def metrics(grams: NDArray[np.float32], half: str) -> Doubles:
    """(rigs, K, K) visible distance of one half's coefficients, mean diagonal 1."""
    mask = HALVES[half]
    own = grams[:, list(HALVES).index(half)][:, mask][:, :, mask].astype(np.float64)
    usual = np.einsum("gkk->gk", own).mean(axis=1)
    return np.asarray(own / np.maximum(usual, np.finfo(np.float32).tiny)[:, None, None])


def folds(ratings: FrozenRatings, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each pair and each correction: its fold, by hash, or NOWHERE."""
    parts = [ratings.pairs.moments, ratings.corrections.moments]
    units = [_units(part, ratings.clips, len(_clips(parts)) >= FEWEST_CLIPS) for part in parts]
    known = sorted({unit for part in units for unit in part if unit}, key=lambda unit: _hash(unit, seed))
    fold = {unit: number % FOLDS for number, unit in enumerate(known)}
    one, other = (np.array([fold.get(unit, NOWHERE) for unit in part], np.int64) for part in units)
    return one, other


def _clips(parts: Sequence[Moments]) -> set[int]:
    return {int(clip) for part in parts for clip in part.clip}


def _units(moments: Moments, clips: Sequence[str], whole: bool) -> list[str]:
    """What each answer is split by; "" where it lies between blocks."""
    names = [clips[clip] for clip in moments.clip]
    if whole:
        return names
    starts = np.flatnonzero(np.diff(moments.owner, prepend=-1))
    first = moments.seconds[starts]
    last = moments.seconds[np.append(starts[1:], len(moments.seconds)) - 1] if len(starts) else first
    block = first // (BLOCK + GAP)
    inside = last - block * (BLOCK + GAP) < BLOCK
    return [
        f"{name} {number}" if held else "" for name, number, held in zip(names, block, inside, strict=True)
    ]


def _hash(unit: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {unit}".encode()).digest()


def _about(moments: Moments, mask: Mask) -> tuple[Indices, Indices]:
    """Answers that concern some of these coefficients, and their rows."""
    reached = np.asarray((_reach(moments) & mask).any(axis=1))
    return np.flatnonzero(reached), np.flatnonzero(reached[moments.owner])


def _reach(moments: Moments) -> Mask:
    """(N, 52) what each answer is about."""
    return np.array([JUDGED[name] for name in REGIONS])[moments.region]


def _renumbered(owner: Indices) -> Indices:
    return np.asarray(np.cumsum(np.diff(owner, prepend=owner[:1]) > 0), np.intp)


def _weight(moments: Moments, raters: Sequence[str], unheard: Sequence[str]) -> Doubles:
    heard = np.array([name not in unheard for name in raters], np.float64)
    return np.asarray(moments.weight * heard[moments.rater], np.float64)


def _trust(touched: Mask) -> Doubles:
    """(R, 52) 1 where a slider or another one of its muscle group was dragged.

    Who moves one has looked at the others. That these were left alone says as much; without it the whole
    group would be drawn after the one.
    """
    trust = np.zeros(touched.shape)
    for group in (mask for half in GROUPS.values() for mask in half.values()):
        trust[:, group] = touched[:, group].any(axis=1, keepdims=True)
    return trust


def _elsewhere(ratings: FrozenRatings, half: str, base: Doubles) -> Doubles:
    """(N,) by how much the first take is nearer in the other half, where that was judged too."""
    other = next(name for name in HALVES if name != half)
    mask, moments = HALVES[other], ratings.pairs.moments
    count = len(moments.weight)
    both = (_reach(moments) & mask).any(axis=1)
    metric = metrics(ratings.grams, other)[moments.rig[moments.owner]]
    distances = []
    for take in (ratings.pairs.first, ratings.pairs.second):
        missed = (take - base)[:, mask]
        off = np.einsum("rk,rkl,rl->r", missed, metric, missed)
        distances.append(np.bincount(moments.owner, off, minlength=count))
    rows = np.maximum(np.bincount(moments.owner, minlength=count), 1)
    return np.asarray(both * (distances[1] - distances[0]) / rows)


def _repeats(ratings: FrozenRatings) -> tuple[Indices, Mask]:
    """Choices that were asked for a second time, and whether they were answered alike; ties say neither."""
    pairs = ratings.pairs
    again = np.flatnonzero((pairs.repeat_of >= 0) & (pairs.yes == 1) & (pairs.yes[pairs.repeat_of] == 1))
    rows = [np.flatnonzero(pairs.moments.owner == number) for number in again]
    before = [np.flatnonzero(pairs.moments.owner == pairs.repeat_of[number]) for number in again]
    same = [np.array_equal(pairs.first[a], pairs.first[b]) for a, b in zip(rows, before, strict=True)]
    return again, np.array(same, np.bool_)


def _check(found: Evidence, half: str) -> None:
    """Raises NothingToLearn."""
    if found.answers < FEWEST_TO_LEARN:
        raise NothingToLearn(
            f"{half} face: {found.answers} answers that count, at least {FEWEST_TO_LEARN} are needed"
        )
    counted = found.pairs.weight > 0
    if not np.any(found.touched.weight) and np.all(found.pairs.yes[counted] == 0.5):
        raise NothingToLearn(f"{half} face: all {counted.sum()} answers are ties, none says which is better")
    held = np.concatenate([found.pair_fold, found.touched_fold])
    if len(np.unique(held[held != NOWHERE])) < 2:
        raise NothingToLearn(
            f"{half} face: all answers lie within {BLOCK:g} s of one clip, so nothing can be judged apart; "
            "rate other moments too"
        )
