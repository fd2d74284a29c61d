"""What fits the answers about one half of the face best, at one level and penalty; nothing here is chosen.

All losses are convex and a point estimate is nearly linear in a correction's numbers, so Newton's method in
all parameters at once needs a few steps and no learning rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.core.correction import BeliefCorrection
from backend.core.expression_distribution import ExpressionDistribution

from .preference_evidence import Evidence
from .preference_forms import Along, Choices, Doubles, Indices, Loss, Mask, Squares
from .preference_head import Head, slopes
from .preference_losses import gaussian_dpo, ideal_point, ridge_on_corrections, staying, winners_only

METHODS = ("ideal point", "dpo", "winners only", "corrections only")
USUAL_CHANGE = 0.05  # of a coefficient; the proximal term holds a change of that size as likely as the prior
MOST_STILL = 2000  # rows that the proximal term looks at
_ROUNDS = 3  # of going on from where the last one led
_STEPS = 50
_CLOSE = 1e-7
_HALVED = 0.5 ** np.arange(14)


@dataclass(frozen=True)
class Likelihood:
    """sharpness κ of choices, noise of corrected sliders, and how many answers in a hundred are slips."""

    sharpness: float
    noise: float
    smoothing: float


@dataclass(frozen=True, eq=False)
class Seen:
    """Rows of some kind: belief and rest (R, 52); from these what is predicted, and how that follows a
    correction (preference_head.slopes), at whatever was learnt before.
    """

    belief: ExpressionDistribution
    rest: ExpressionDistribution
    base: Doubles
    point: Doubles
    own: Doubles

    def of(self, rows: Indices) -> "Seen":
        """Some of the rows."""
        belief, rest = (
            replace(each, active=each.active[rows], value=each.value[rows], spread=each.spread[rows])
            for each in (self.belief, self.rest)
        )
        return Seen(belief, rest, self.base[rows], self.point[rows], self.own[rows])


@dataclass(frozen=True, eq=False)
class Rendered:
    """Replay: rendered faces (R, 52) with their truth, never labels of another model's making.

    weight  how much all of them together say, beside all answers together
    """

    seen: Seen
    truth: Doubles
    weight: float


@dataclass(frozen=True, eq=False)
class Task:
    """One half of the face, and all that is learnt from.

    half    (52,) its K coefficients
    metric  (K, K) visible distance on the usual rig
    """

    half: Mask
    evidence: Evidence
    pairs: Seen
    touched: Seen
    rendered: Rendered | None
    metric: Doubles
    method: str


def seen(
    belief: ExpressionDistribution, rest: ExpressionDistribution, gate: float, correction: BeliefCorrection
) -> Seen:
    """Rows as a correction leaves them."""
    point, own = slopes(correction, belief, rest, gate)
    return Seen(belief, rest, np.asarray(belief.point(gate), np.float64), point, own)


def fitted(
    task: Task, head: Head, penalty: float, likelihood: Likelihood, answers: tuple[Mask, Mask] | None = None
) -> Doubles:
    """Parameters (P,), from these pairs and corrections or from all."""
    alongs = _alongs(task, head, penalty, likelihood, answers, np.zeros(head.size))
    return minimised(alongs, penalty, np.zeros(head.size))


def refined(task: Task, head: Head, penalty: float, likelihood: Likelihood, gate: float) -> Doubles:
    """The same from all answers, exactly: gone on from where the last round led, which bends the estimate."""
    u = fitted(task, head, penalty, likelihood)
    for _ in range(_ROUNDS):
        there = _moved_on(task, head.correction(u), gate)
        u = minimised(_alongs(there, head, penalty, likelihood, None, u), penalty, u)
    return u


def minimised(losses: Sequence[Along], penalty: float, start: Doubles) -> Doubles:
    """Least sum of losses + penalty/2 · ‖u‖², by Newton's method with steps halved until they help."""

    def value(u: Doubles) -> float:
        return sum(loss.value(u) for loss in losses) + penalty / 2 * float(u @ u)

    u, reached = start, value(start)
    for _ in range(_STEPS):
        slope = sum((loss.slope(u) for loss in losses), penalty * u)
        bend = sum((loss.bend(u) for loss in losses), penalty * np.eye(len(u)))
        step = np.linalg.solve(bend, slope)
        for share in _HALVED:
            if (lower := value(tried := u - share * step)) < reached:
                break
        else:
            return u  # at the bottom, as far as numbers can tell
        u, gained, reached = tried, reached - lower, lower
        if gained < _CLOSE:
            break
    return u


def choices(task: Task, likelihood: Likelihood) -> Choices:
    """What answers are judged by, whatever method they were learnt by: the ideal point's likelihood."""
    return ideal_point(task.evidence.pairs, likelihood.sharpness, likelihood.smoothing)


def sliders(task: Task, likelihood: Likelihood) -> Squares:
    """The same of corrections."""
    return ridge_on_corrections(task.evidence.touched, likelihood.noise)


def ideals(rows: Seen, head: Head, u: Doubles, which: Mask | slice = slice(None)) -> Doubles:
    """(R, K) what is predicted in all or some rows with parameters (P,)."""
    own = rows.own[which][:, head.half]
    return np.asarray(rows.point[which][:, head.half] + _moved(head, own, u))


def _alongs(
    task: Task, head: Head, penalty: float, likelihood: Likelihood,
    answers: tuple[Mask, Mask] | None, at: Doubles,
) -> list[Along]:  # fmt: skip
    """All that is minimised, where rows were seen as corrected by `at` (P,)."""
    found, half = task.evidence, head.half
    chosen, dragged = answers or (np.isfinite(found.pairs.weight), np.isfinite(found.touched.weight))
    kinds: list[tuple[Loss, Seen, Mask | slice]] = []
    if chosen.any() and task.method != METHODS[3]:
        loss = _by_method(task, likelihood, task.pairs.base[:, half])
        kinds.append((loss.of(chosen), task.pairs, chosen[found.pairs.owner]))
    if dragged.any():
        kinds.append((sliders(task, likelihood).of(dragged), task.touched, dragged[found.touched.owner]))
    kinds += _held(task, half, penalty, sum(loss.information for loss, _, _ in kinds))
    out = []
    for loss, rows, which in kinds:
        features = head.features(rows.own[which])
        start = rows.point[which][:, half] - _moved(head, features.own, at)
        out.append(loss.along(start, features))
    return out


def _moved(head: Head, own: Doubles, u: Doubles) -> Doubles:
    """(R, K) by how much parameters (P,) move rows whose derivatives are own (R, K, Q)."""
    return np.asarray(np.einsum("rkq,kq->rk", own, (head.shared @ u).reshape(own.shape[1:])))


def _by_method(task: Task, likelihood: Likelihood, base: Doubles) -> Loss:
    pairs, sharpness, smoothing = task.evidence.pairs, likelihood.sharpness, likelihood.smoothing
    if task.method == METHODS[1]:
        return gaussian_dpo(pairs, base, sharpness, smoothing)
    return winners_only(pairs, sharpness) if task.method == METHODS[2] else choices(task, likelihood)


def _held(task: Task, half: Mask, penalty: float, information: float) -> list[tuple[Loss, Seen, slice]]:
    """What keeps the correction from straying: the base's own outputs, and rendered truth, which is to say
    its share of what all answers together do.
    """
    usual = USUAL_CHANGE**2 * len(task.metric)
    rows = [task.pairs, task.touched]
    kinds: list[tuple[Loss, Seen, slice]] = []
    if task.rendered is not None:
        rows.append(task.rendered.seen)
        strength = task.rendered.weight * information / float(np.trace(task.metric))
        truth = staying(task.rendered.truth[:, half], task.metric, strength)
        kinds.append((truth, task.rendered.seen, slice(None)))
    total = sum(len(each.base) for each in rows)
    for each in rows:
        every = slice(None, None, max(1, total // MOST_STILL))
        share = len(each.base) / total
        base = each.base[every][:, half]
        kinds.append((staying(base, task.metric, share * penalty / usual), each, every))
    return [kind for kind in kinds if len(kind[1].base)]


def _moved_on(task: Task, correction: BeliefCorrection, gate: float) -> Task:
    def again(rows: Seen) -> Seen:
        return seen(rows.belief, rows.rest, gate, correction)

    rendered = task.rendered
    return replace(
        task,
        pairs=again(task.pairs),
        touched=again(task.touched),
        rendered=rendered and replace(rendered, seen=again(rendered.seen)),
    )
