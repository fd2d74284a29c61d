"""What is chosen before anything is kept: sharpness, noise, level and penalty, each on answers held out.

"No change" is always among the candidates, with a sharpness of its own, and wins unless another one foretells
answers that it never saw clearly better.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.core.expression_distribution import logistic

from .preference_evidence import NOWHERE
from .preference_fit import Likelihood, Task, choices, fitted, ideals, sliders
from .preference_forms import Doubles, Mask
from .preference_head import LEVELS, Head, head
from .preference_losses import smoothed

NONE = "no change"
PENALTIES = (1.0, 3.0, 10.0, 30.0)
REFERENCE = (LEVELS[0], 3.0)  # level and penalty at which sharpness and noise are looked for, never jointly
SHARPNESSES = np.geomspace(0.5, 2.0, 7)  # times 1 / median |Δd²|
OF_UNCHANGED = np.geomspace(0.02, 2.0, 13)  # the same for no change, down to answers thrown by a coin
NOISES = (0.03, 0.05, 0.08, 0.12, 0.2)
HURDLE = 0.5  # standard errors by which a candidate must foretell better; fresh blind pairs judge it later

# Gives back what was worked out under this name before, or works it out now and keeps it.
Remember = Callable[[str, Callable[[], dict[str, float]]], dict[str, float]]


@dataclass(frozen=True)
class Trial:
    """A level and penalty on answers held out, or no change (level NONE).

    loss       −log likelihood of an answer, mean
    gain       by how much that is less than with no change; error: standard error of that
    agreement  share of choices, without ties, that the corrected prediction would make too
    """

    level: str
    penalty: float
    loss: float
    gain: float
    error: float
    agreement: float


@dataclass(frozen=True)
class Choice:
    """What was decided for one half of the face, and all that was tried; `trials` begin with no change."""

    likelihood: Likelihood
    kept: Trial
    trials: tuple[Trial, ...]


def chosen(task: Task, reads: Doubles, half: str, smoothing: float, remember: Remember) -> Choice:
    """All decisions for one of HALVES."""
    start = Likelihood(usual_sharpness(task), NOISES[1], smoothing)
    likelihood = _profiled(task, head(half, REFERENCE[0], reads), half, start, remember)
    unchanged = _unchanged(task, head(half, LEVELS[0], reads), start)
    trials = [Trial(NONE, 0.0, **_scores(task, unchanged, unchanged))]
    for level in LEVELS:
        at = head(half, level, reads)
        for penalty in PENALTIES:
            scores = remember(
                f"{half}: {level}, penalty {penalty:g}",
                lambda at=at, penalty=penalty: _scores(  # type: ignore[misc]
                    task, _losses(task, at, penalty, likelihood), unchanged
                ),
            )
            trials.append(Trial(level, penalty, **scores))
    return Choice(likelihood, best(trials), tuple(trials))


def best(trials: Sequence[Trial]) -> Trial:
    """The one that foretells most, if that is over the hurdle; else no change, which comes first."""
    winner = max(trials, key=lambda trial: trial.gain)
    return winner if winner.gain > HURDLE * winner.error else trials[0]


def usual_sharpness(task: Task) -> float:
    """1 / median |Δd²| in the base's eyes; 1 where there are no pairs."""
    odds = choices(task, Likelihood(2.0, 1.0, 0.0)).odds(_base(task))
    middle = float(np.median(np.abs(odds))) if len(odds) else 0.0
    return 1 / middle if middle > 0 else 1.0


def _sharpnesses(start: Likelihood, times: Doubles) -> list[Likelihood]:
    return [replace(start, sharpness=float(start.sharpness * each)) for each in times]


def _noises(start: Likelihood) -> list[Likelihood]:
    return [replace(start, noise=noise) for noise in NOISES]


def _profiled(task: Task, at: Head, half: str, start: Likelihood, remember: Remember) -> Likelihood:
    """Sharpness, then noise, of most likelihood at the reference level and penalty."""

    def loss(likelihood: Likelihood) -> float:
        name = f"{half}: sharpness {likelihood.sharpness:.4g}, noise {likelihood.noise:g}"
        return remember(name, lambda: {"loss": _surprise(task, at, likelihood)})["loss"]

    likelihood = start
    if len(task.evidence.pairs.weight):
        likelihood = min(_sharpnesses(likelihood, SHARPNESSES), key=loss)
    if len(task.evidence.touched.weight):
        likelihood = min(_noises(likelihood), key=loss)
    return likelihood


def _surprise(task: Task, at: Head, likelihood: Likelihood) -> float:
    """−log likelihood of answers held out, and of how alike repeats were answered."""
    losses = _losses(task, at, REFERENCE[1], likelihood)
    held_out = np.nansum(losses.pairs) + np.nansum(losses.corrections)
    return float(held_out + _of_repeats(task, likelihood))


def _unchanged(task: Task, at: Head, start: Likelihood) -> "_Losses":
    """With no change, at the sharpness and noise that suit it best. Whoever learns must do better than to say
    that this rater is hard to foretell; answers thrown by a coin would else seem to teach something.
    """
    tried = [_losses(task, at, None, each) for each in _sharpnesses(start, OF_UNCHANGED)]
    blunt = min(tried, key=lambda losses: np.nansum(losses.pairs))
    tried = [_losses(task, at, None, each) for each in _noises(start)]
    rough = min(tried, key=lambda losses: np.nansum(losses.corrections))
    return replace(blunt, corrections=rough.corrections)


def _of_repeats(task: Task, likelihood: Likelihood) -> float:
    """−log likelihood that repeats were answered as they were: alike with p² + (1 − p)², seen by the base."""
    odds = choices(task, likelihood).odds(_base(task))[task.evidence.repeated]
    p = smoothed(np.asarray(logistic(odds), np.float64), likelihood.smoothing)
    alike = p**2 + (1 - p) ** 2
    return float(-np.log(np.where(task.evidence.same, alike, 1 - alike)).sum())


@dataclass(frozen=True, eq=False)
class _Losses:
    """−log likelihood of answers by a correction that never saw them; NaN where they are not judged.

    pairs (N,) and corrections (M,), with weights; odds (N,) of the first take
    """

    pairs: Doubles
    corrections: Doubles
    odds: Doubles


def _losses(task: Task, at: Head, penalty: float | None, likelihood: Likelihood) -> _Losses:
    """By cross-validation; no penalty: no change. Answers between blocks are neither learnt nor judged."""
    pairs, touched = task.evidence.pair_fold, task.evidence.touched_fold
    out = _Losses(np.full(len(pairs), np.nan), np.full(len(touched), np.nan), np.full(len(pairs), np.nan))
    for fold in np.setdiff1d(np.r_[pairs, touched], [NOWHERE]):
        u = np.zeros(at.size)
        if penalty is not None:
            others = _others(pairs, fold), _others(touched, fold)
            u = fitted(task, at, penalty, likelihood, others)
        here, dragged = pairs == fold, touched == fold
        out.odds[here], out.pairs[here] = _of_pairs(task, at, likelihood, here, u)
        out.corrections[dragged] = _of_corrections(task, at, likelihood, dragged, u)
    return out


def _others(folds: NDArray[np.int64], fold: int) -> Mask:
    return np.asarray((folds != fold) & (folds != NOWHERE))


def _of_pairs(
    task: Task, at: Head, likelihood: Likelihood, here: Mask, u: Doubles
) -> tuple[Doubles, Doubles]:
    judged = choices(task, likelihood).of(here)
    ideal = ideals(task.pairs, at, u, here[task.evidence.pairs.owner])
    return judged.odds(ideal), judged.weight * judged.each(ideal)


def _of_corrections(task: Task, at: Head, likelihood: Likelihood, here: Mask, u: Doubles) -> Doubles:
    """Sliders that were left alone count for less than one."""
    touched = task.evidence.touched
    rows = here[touched.owner]
    dragged = sliders(task, likelihood).of(here)
    sliders_counted = touched.trust[rows].sum(axis=1) * dragged.weight * likelihood.noise**2
    each = dragged.weight * dragged.each(ideals(task.touched, at, u, rows))
    losses = each + sliders_counted * np.log(likelihood.noise)
    return np.asarray(np.bincount(dragged.owner, losses, minlength=int(here.sum())), np.float64)


def _scores(task: Task, losses: _Losses, unchanged: _Losses) -> dict[str, float]:
    """Fields of a Trial."""
    now, before = (np.r_[each.pairs, each.corrections] for each in (losses, unchanged))
    gained = (before - now)[np.isfinite(now)]
    decided = np.isfinite(losses.odds) & (task.evidence.pairs.yes == 1) & (task.evidence.pairs.weight > 0)
    return {
        "loss": float(np.nanmean(now)),
        "gain": float(gained.mean()),
        "error": float(gained.std(ddof=1) / np.sqrt(len(gained))),
        "agreement": float((losses.odds[decided] > 0).mean()) if decided.any() else 0.0,
    }


def _base(task: Task) -> Doubles:
    """(R, K) what is predicted in the pairs' rows."""
    return task.pairs.base[:, task.half]
