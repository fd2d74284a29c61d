"""How much better a new model foretells answers that were held out than its base does: agreement.

Not a duel: the takes that were answered about are old ones, and neither model's own. A model agrees where the
preferred take lies nearer to what it says itself. Agreement decides nothing, but is there before any duel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import Floats

Doubles = NDArray[np.float64]
DRAWS = 2000  # of the bootstrap
FEWEST_UNITS = 3  # clips, or blocks of clips, without which no interval is told


@dataclass(frozen=True)
class Agreement:
    """Mean log likelihood of an answer, new minus base, in nats; above 0 the new one agrees more.

    interval  95 %, over clips; None where there are too few of them
    pairs     that were held out
    units     clips they come from; blocks of clips where there are few clips (holding_out.py)
    """

    gain: float
    interval: tuple[float, float] | None
    pairs: int
    units: int


def log_likelihood(
    said: Floats, first: Floats, second: Floats, yes: Doubles, gram: Floats, sharpness: float
) -> Doubles:
    """(N,) of answers, by the ideal-point model with what a model says as the ideal (see taste.py).

    said           (N, 52) what the model says of the moment
    first, second  (N, 52) the takes
    yes            (N,) 1 where the first was preferred, 0 the second, ½ a tie
    gram           (52, 52) of the judged region on the rig, or (N, 52, 52)
    """
    apart = np.asarray(first, np.float64) - second
    nearer = np.asarray(said, np.float64) - (np.asarray(first, np.float64) + second) / 2
    odds = sharpness * (apart[:, None] @ gram @ nearer[:, :, None])[:, 0, 0]
    return np.asarray(yes * odds - np.logaddexp(0.0, odds))


def agreement(
    new: Doubles, base: Doubles, units: Sequence[str], weight: Doubles, rng: np.random.Generator
) -> Agreement:
    """Of log likelihoods (N,) of the same answers; weight (N,) is what each rater's word counts. The interval
    draws whole units anew (cluster bootstrap; Davison and Hinkley 1997, 3.8), as answers about one clip are
    alike. Raises ValueError where nothing is held out.
    """
    if not weight.sum() > 0:
        raise ValueError(f"none of {len(new)} answers is held out and counts")
    names, unit = np.unique(np.asarray(units, str), return_inverse=True)
    gained, weighed = (
        np.asarray(np.bincount(unit, each, len(names)), np.float64)
        for each in (weight * (new - base), weight)
    )
    interval = _interval(gained, weighed, rng) if np.count_nonzero(weighed) >= FEWEST_UNITS else None
    return Agreement(float(gained.sum() / weighed.sum()), interval, len(new), len(names))


def _interval(gained: Doubles, weighed: Doubles, rng: np.random.Generator) -> tuple[float, float]:
    drawn = rng.integers(len(gained), size=(DRAWS, len(gained)))
    counts = weighed[drawn].sum(axis=1)
    means = gained[drawn].sum(axis=1)[counts > 0] / counts[counts > 0]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
