"""How much better a correction foretells held-out answers about one half of the face than its base does."""

import numpy as np

from .agreement import Agreement, Doubles, agreement, log_likelihood
from .correction import BeliefCorrection
from .curves import Floats
from .frozen_ratings import FrozenRatings, Mask
from .holding_out import unit
from .muscle_groups import HALVES, JUDGED
from .ratings import REGIONS


def held_out_agreement(
    held: FrozenRatings, correction: BeliefCorrection, half: str, sharpness: float, rng: np.random.Generator
) -> Agreement | None:
    """Of answers that were about this half alone; None where none of them counts.

    sharpness  of choices, for distances on the rig in units of its coefficients' usual one; a loop's answer
               is foretold as well as its frames are on average
    """
    moments, about = held.pairs.moments, _about(held, half)
    belief, rest = moments.believed(held.rest_scale)
    points = [each.point(held.gate) for each in (correction.corrected(belief, rest), belief)]
    new, base = (_foretold(held, np.asarray(point, np.float32), half, sharpness)[about] for point in points)
    weight = moments.weight[about].astype(np.float64)
    if not weight.sum() > 0:
        return None
    units = [name for name, counts in zip(_units(held), about, strict=True) if counts]
    return agreement(new, base, units, weight, rng)


def _about(held: FrozenRatings, half: str) -> Mask:
    """(N,) which answers are about nothing else."""
    within = np.array([not (JUDGED[name] & ~HALVES[half]).any() for name in REGIONS])
    return np.asarray(within[held.pairs.moments.region])


def _foretold(held: FrozenRatings, said: Floats, half: str, sharpness: float) -> Doubles:
    """(N,) log likelihood of each answer."""
    pairs, owner = held.pairs, held.pairs.moments.owner
    rows = np.zeros(len(owner))
    rig = pairs.moments.rig[owner]
    for number in np.unique(rig):
        here = rig == number
        gram = _usual(held, int(number), half)
        yes = pairs.yes[owner][here].astype(np.float64)
        asked = said[here], pairs.first[here], pairs.second[here]
        rows[here] = log_likelihood(*asked, yes, gram, sharpness)
    count = len(pairs.yes)
    return np.asarray(np.bincount(owner, rows, count) / np.maximum(np.bincount(owner, minlength=count), 1))


def _usual(held: FrozenRatings, rig: int, half: str) -> Floats:
    """(52, 52) what is seen of this half alone, mean diagonal 1."""
    mask = HALVES[half]
    gram = held.grams[rig, list(HALVES).index(half)].astype(np.float64) * np.outer(mask, mask)
    usual = max(float(np.diag(gram)[mask].mean()), float(np.finfo(np.float32).tiny))
    return np.asarray(gram / usual, np.float32)


def _units(held: FrozenRatings) -> list[str]:
    """(N,) what each answer shares its lot with."""
    moments = held.pairs.moments
    starts = np.flatnonzero(np.diff(moments.owner, prepend=-1))
    seconds = np.split(moments.seconds, starts[1:])
    return [
        unit(held.clips[clip], tuple(times), held.clips) or ""
        for clip, times in zip(moments.clip, seconds, strict=True)
    ]
