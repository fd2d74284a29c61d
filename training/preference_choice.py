"""What is chosen before anything is kept: sharpness and noise by likelihood, then level and penalty.

Level and penalty are judged by answers held out. "No change" is always among the candidates and wins unless
another one foretells answers that it never saw better. Each of them is judged at the sharpness that suits it
best: else answers thrown by a coin would speak for whatever comes closest to saying nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.core.expression_distribution import logistic

from .preference_evidence import NOWHERE
from .preference_fit import Likelihood, Task, choices, fitted, ideals, sliders
from .preference_forms import Doubles
from .preference_head import LEVELS, Head, head
from .preference_losses import smoothed

NONE = "no change"
PENALTIES = (1.0, 3.0, 10.0, 30.0)
REFERENCE = (LEVELS[0], 1.0)  # level and penalty at which sharpness and noise are looked for, never jointly
SHARPNESSES = np.geomspace(0.25, 4.0, 9)  # times 1 / median |Δd²|
NOISES = np.geomspace(0.03, 0.3, 6)
BLUNTER = np.geomspace(0.02, 2.0, 13)  # times the sharpness learnt with, down to answers thrown by a coin

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
    likelihood = _profiled(task, head(half, REFERENCE[0], reads), half, smoothing, remember)
    unchanged = _held_out(task, head(half, LEVELS[0], reads), None, likelihood)
    trials = [Trial(NONE, 0.0, **_scores(task, likelihood, unchanged, unchanged))]
    for level in LEVELS:
        at = head(half, level, reads)
        for penalty in PENALTIES:

            def scores(at: Head = at, penalty: float = penalty) -> dict[str, float]:
                return _scores(task, likelihood, _held_out(task, at, penalty, likelihood), unchanged)

            trials.append(Trial(level, penalty, **remember(f"{half}: {level}, penalty {penalty:g}", scores)))
    return Choice(likelihood, best(trials), tuple(trials))


def best(trials: Sequence[Trial]) -> Trial:
    """The one that foretells most; no change, which comes first, wins a draw.

    No significance is asked for: with a few hundred answers nothing would have it. Fresh blind pairs decide
    what becomes current.
    """
    return max(trials, key=lambda trial: trial.gain)


def usual_sharpness(task: Task) -> float:
    """1 / median |Δd²| in the base's eyes; 1 where there are no pairs."""
    odds = choices(task, Likelihood(2.0, 1.0, 0.0)).odds(_base(task))
    middle = float(np.median(np.abs(odds))) if len(odds) else 0.0
    return 1 / middle if middle > 0 else 1.0


def _profiled(task: Task, at: Head, half: str, smoothing: float, remember: Remember) -> Likelihood:
    """Sharpness, then noise, of most likelihood, all else being fitted at the reference level and penalty."""

    def loss(likelihood: Likelihood) -> float:
        name = f"{half}: sharpness {likelihood.sharpness:.4g}, noise {likelihood.noise:.2g}"
        return remember(name, lambda: {"loss": _surprise(task, at, likelihood)})["loss"]

    usual = usual_sharpness(task)
    likelihood = Likelihood(usual, float(NOISES[1]), smoothing)
    if len(task.evidence.pairs.weight):
        likelihood = min(
            (replace(likelihood, sharpness=usual * float(times)) for times in SHARPNESSES), key=loss
        )
    if len(task.evidence.touched.weight):
        likelihood = min((replace(likelihood, noise=float(noise)) for noise in NOISES), key=loss)
    return likelihood


def _surprise(task: Task, at: Head, likelihood: Likelihood) -> float:
    """−log likelihood of all answers, of how alike repeats were answered, and of the prior."""
    u = fitted(replace(task, method="ideal point"), at, REFERENCE[1], likelihood)
    touched = task.evidence.touched
    answered = choices(task, likelihood).value(ideals(task.pairs, at, u))
    off = sliders(task, likelihood).value(ideals(task.touched, at, u))
    certain = float(touched.weight @ _counted(task)) * np.log(likelihood.noise)
    prior = REFERENCE[1] / 2 * float(u @ u)
    return float(answered + off + certain + _of_repeats(task, likelihood) + prior)


def _of_repeats(task: Task, likelihood: Likelihood) -> float:
    """−log likelihood that repeats were answered as they were: alike with p² + (1 − p)², seen by the base."""
    odds = choices(task, likelihood).odds(_base(task))[task.evidence.repeated]
    p = smoothed(np.asarray(logistic(odds), np.float64), likelihood.smoothing)
    alike = p**2 + (1 - p) ** 2
    return float(-np.log(np.where(task.evidence.same, alike, 1 - alike)).sum())


@dataclass(frozen=True, eq=False)
class _HeldOut:
    """What a correction says of answers that it never saw; NaN where they are not judged.

    odds  (N,) of the first take of each pair
    off   (M,) squared distance from each correction, over the sliders that count
    """

    odds: Doubles
    off: Doubles


def _held_out(task: Task, at: Head, penalty: float | None, likelihood: Likelihood) -> _HeldOut:
    """By cross-validation; no penalty: no change. Answers between blocks are neither learnt nor judged."""
    found = task.evidence
    pairs, touched = found.pair_fold, found.touched_fold
    out = _HeldOut(np.full(len(pairs), np.nan), np.full(len(touched), np.nan))
    for fold in np.setdiff1d(np.r_[pairs, touched], [NOWHERE]):
        here, dragged = pairs == fold, touched == fold
        u = np.zeros(at.size)
        if penalty is not None:
            others = (~here & (pairs != NOWHERE), ~dragged & (touched != NOWHERE))
            u = fitted(task, at, penalty, likelihood, others)
        seen = ideals(task.pairs, at, u, here[found.pairs.owner])
        out.odds[here] = choices(task, likelihood).of(here).odds(seen)
        corrected = sliders(task, replace(likelihood, noise=1.0)).of(dragged)
        each = corrected.each(ideals(task.touched, at, u, dragged[found.touched.owner]))
        share = found.touched.share[dragged[found.touched.owner]]
        out.off[dragged] = np.bincount(corrected.owner, 2 * each * share, minlength=int(dragged.sum()))
    return out


def _losses(task: Task, likelihood: Likelihood, held_out: _HeldOut) -> Doubles:
    """(N + M,) −log likelihood of each answer, at the sharpness and noise that suit these best."""
    pairs, touched = task.evidence.pairs, task.evidence.touched
    judged = np.isfinite(held_out.odds)
    yes, blunter = smoothed(pairs.yes, likelihood.smoothing), BLUNTER[:, None] * held_out.odds[judged]
    of_pairs = np.full((len(BLUNTER), len(judged)), np.nan)
    of_pairs[:, judged] = pairs.weight[judged] * (np.logaddexp(0.0, blunter) - yes[judged] * blunter)
    off = held_out.off / (2 * NOISES[:, None] ** 2) + _counted(task) * np.log(NOISES)[:, None]
    return np.concatenate([_least(of_pairs), _least(touched.weight * off)])


def _scores(task: Task, likelihood: Likelihood, held_out: _HeldOut, unchanged: _HeldOut) -> dict[str, float]:
    """Fields of a Trial."""
    now, before = (_losses(task, likelihood, each) for each in (held_out, unchanged))
    gained = (before - now)[np.isfinite(now)]
    pairs = task.evidence.pairs
    decided = np.isfinite(held_out.odds) & (pairs.yes == 1) & (pairs.weight > 0)
    return {
        "loss": float(np.nanmean(now)),
        "gain": float(gained.mean()),
        "error": float(gained.std(ddof=1) / np.sqrt(len(gained))),
        "agreement": float((held_out.odds[decided] > 0).mean()) if decided.any() else 0.0,
    }


def _least(losses: Doubles) -> Doubles:
    """The row (N,) with the least sum."""
    return np.asarray(losses[np.nansum(losses, axis=1).argmin()])


def _counted(task: Task) -> Doubles:
    """(M,) how many sliders each correction tells of."""
    touched = task.evidence.touched
    rows = touched.share * touched.trust.sum(axis=1)
    return np.asarray(np.bincount(touched.owner, rows, minlength=len(touched.weight)), np.float64)


def _base(task: Task) -> Doubles:
    """(R, K) what is predicted in the pairs' rows."""
    return task.pairs.base[:, task.half]
