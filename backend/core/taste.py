"""What an artist would rather see in a clip, believed from few answers.

The ideal of frame i is what the predictor says plus a deviation. Deviations are a Gaussian process
(Rasmussen and Williams 2006) over what the face does, not over time: two frames in which the face does the
same are to be corrected alike, wherever they lie.

    cov(channel k of frame i, channel l of frame j) = reach_ik · together_kl · reach_jl · alike_ij

Every answer is about one number, linear in the ideal c of one frame. Which of A and B is preferred follows
the ideal-point model (Bradley–Terry on visible distances, d(y) = (y − c)ᵀ G (y − c)):

    log odds of A = sharpness / 2 · (d(B) − d(A)) = sharpness · (A − B)ᵀ G (c − (A + B) / 2)

so the squares of c cancel. A corrected slider is that number itself, with a little noise. The posterior is
Laplace's, in as many unknowns as there are answers: hundreds are milliseconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .expression_distribution import logistic

Doubles = NDArray[np.float64]
Rows = NDArray[np.intp]
_STEPS = 50  # of Newton; a few are usual
_CLOSE = 1e-8
_HALVED = 0.5 ** np.arange(12)
_NEXT_TO_NOTHING = 1e-9  # of curvature, where an answer is certain


@dataclass(frozen=True, eq=False)
class Ground:
    """What is believed of T frames before anybody has answered.

    said      (T, 52) what the predictor says
    reach     (T, 52) how far the ideal may lie from there; 0 where nothing is to change
    together  (52, 52) how channels deviate together, 1 on the diagonal or about; 0 between regions
    alike     of frames (R,) and (S,): (R, S) 0..1, how much they are corrected alike; 1 for one and the same
    """

    said: Doubles
    reach: Doubles
    together: Doubles
    alike: Callable[[Rows, Rows], Doubles]

    def between(self, frames: Rows, about: Doubles) -> Doubles:
        """(N, N) covariance of N answers about (N, 52) in these frames."""
        reached = self.reach[frames] * about
        return np.asarray(self.alike(frames, frames) * (reached @ self.together @ reached.T))


@dataclass(frozen=True, eq=False)
class Answer:
    """about · ideal − offset are the log odds that the artist says yes, or with `noise` a number told.

    about   (52,)
    yes     0..1: 1 for A, 0 for B, ½ for a tie; of a number told: that number
    noise   None for a choice; standard deviation of a number told
    weight  0..1 how much it counts
    """

    frame: int
    about: Doubles
    offset: float
    yes: float
    noise: float | None = None
    weight: float = 1.0


def preference(
    frame: int, a: Doubles, b: Doubles, yes: float, visible: Doubles, sharpness: float, weight: float = 1.0
) -> Answer:
    """Of takes a and b (52,) in a frame; visible (52, 52) is the region's Gram matrix on the rig."""
    about = sharpness * (visible @ (a - b))
    return Answer(frame, about, float(about @ (a + b)) / 2, yes, weight=weight)


def corrections(frame: int, channels: Sequence[int], values: Doubles, noise: float = 0.02) -> list[Answer]:
    """Of sliders (their numbers) that the artist has dragged to values, one each."""
    told = []
    for channel, value in zip(channels, values, strict=True):
        about = np.zeros(52)
        about[channel] = 1.0
        told.append(Answer(frame, about, 0.0, float(value), noise))
    return told


@dataclass(frozen=True, eq=False)
class _Told:
    """N answers as columns; see Answer. noise is 1 for choices."""

    frames: Rows
    about: Doubles
    offset: Doubles
    yes: Doubles
    chosen: NDArray[np.bool_]
    noise: Doubles
    weight: Doubles

    def slope(self, at: Doubles) -> Doubles:
        """(N,) derivative of the log likelihood."""
        number = (self.yes - at) / self.noise**2
        return np.asarray(self.weight * np.where(self.chosen, self.yes - logistic(at), number))

    def curvature(self, at: Doubles) -> Doubles:
        """(N,) minus the second derivative."""
        likely = logistic(at)
        choice = np.maximum(likely * (1 - likely), _NEXT_TO_NOTHING)
        return np.asarray(self.weight * np.where(self.chosen, choice, 1 / self.noise**2))

    def log_likelihood(self, at: Doubles, variance: Doubles | float = 0.0) -> Doubles:
        """(N,) where log odds or numbers are believed to lie with this variance (MacKay 1992)."""
        odds = at / np.sqrt(1 + np.pi / 8 * variance)
        choice = self.yes * odds - np.logaddexp(0.0, odds)
        wide = self.noise**2 + variance
        number = -0.5 * ((self.yes - at) ** 2 / wide + np.log(2 * np.pi * wide))
        return np.asarray(self.weight * np.where(self.chosen, choice, number))


@dataclass(frozen=True, eq=False)
class Taste:
    """What is believed once answers are in; `pull` (N,) says how strongly each of them pulls."""

    ground: Ground
    pull: Doubles
    _told: _Told
    _at: Doubles  # (N,) log odds or numbers expected of the answers
    _prior: Doubles  # (N, N) covariance of these before anybody had answered

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """(N,) which answers were choices, and not numbers told."""
        return self._told.chosen

    @cached_property
    def ideal(self) -> Doubles:
        """(T, 52) expected ideal within 0..1; what the predictor says where nobody has answered."""
        ground, frames = self.ground, self._told.frames
        moved = (ground.alike(np.arange(len(ground.said)), frames) * self.pull) @ self._together_pulled
        return np.clip(ground.said + ground.reach * moved, 0.0, 1.0)

    def covariance(self, frame: int) -> Doubles:
        """(52, 52) of the ideal of one frame."""
        ground, reach = self.ground, self.ground.reach[frame]
        before = reach[:, None] * ground.together * reach
        alike = ground.alike(np.array([frame]), self._told.frames)
        towards = alike * (reach[:, None] * self._together_pulled.T)
        return np.asarray(before - towards @ self._unsettled @ towards.T)

    def foretold(self) -> float:
        """Mean log likelihood of each answer given the others; 0 where nobody has answered."""
        return float(self.foretold_each.sum() / self._told.weight.sum()) if len(self.pull) else 0.0

    @cached_property
    def foretold_each(self) -> Doubles:
        """(N,) log likelihood of each answer given the others: the posterior with its own share taken out."""
        told, curvature = self._told, self._told.curvature(self._at)
        variance = np.diag(self._prior - self._prior @ self._unsettled @ self._prior)
        without = variance / np.maximum(1 - curvature * variance, _NEXT_TO_NOTHING)
        at = self._at - without * told.slope(self._at)
        return told.log_likelihood(at, without)

    @cached_property
    def _together_pulled(self) -> Doubles:
        """(N, 52) where each answer pulls."""
        reached = self.ground.reach[self._told.frames] * self._told.about
        return np.asarray(reached @ self.ground.together)

    @cached_property
    def _unsettled(self) -> Doubles:
        """(N, N) the inverse of the answers' covariance with what is uncertain in each."""
        return np.asarray(np.linalg.inv(self._prior + np.diag(1 / self._told.curvature(self._at))))


def believed(ground: Ground, answers: Sequence[Answer]) -> Taste:
    """The posterior, by Newton's method with steps halved until they help."""
    told = _columns(answers, ground.said.shape[1])
    prior = ground.between(told.frames, told.about)
    start = (told.about * ground.said[told.frames]).sum(axis=1) - told.offset
    pull = np.zeros(len(answers))

    def worth(pull: Doubles) -> float:
        expected = prior @ pull
        return float(told.log_likelihood(start + expected).sum() - pull @ expected / 2)

    reached = worth(pull)
    for _ in range(_STEPS):
        wanted = _newton(told, start, prior, pull)
        for step in _HALVED:
            better = worth(tried := pull + step * (wanted - pull))
            if better > reached:
                break
        else:
            break  # at the top, as far as numbers can tell
        pull, gained, reached = tried, better - reached, better
        if gained < _CLOSE:
            break
    return Taste(ground, pull, told, start + prior @ pull, prior)


def best_believed(grounds: Sequence[Ground], answers: Sequence[Answer]) -> Taste:
    """On the ground that foretells each answer best from the others; the first wins a draw."""
    return max((believed(ground, answers) for ground in grounds), key=Taste.foretold)


def _newton(told: _Told, start: Doubles, prior: Doubles, pull: Doubles) -> Doubles:
    """(N,) where one whole step leads (Rasmussen and Williams 2006, algorithm 3.1)."""
    expected = prior @ pull
    curvature = told.curvature(start + expected)
    wanted = told.slope(start + expected) + curvature * expected
    root = np.sqrt(curvature)
    settled = np.eye(len(pull)) + root[:, None] * prior * root
    return np.asarray(wanted - root * np.linalg.solve(settled, root * (prior @ wanted)))


def _columns(answers: Sequence[Answer], channels: int) -> _Told:
    return _Told(
        frames=np.array([answer.frame for answer in answers], np.intp),
        about=np.array([answer.about for answer in answers], np.float64).reshape(-1, channels),
        offset=np.array([answer.offset for answer in answers], np.float64),
        yes=np.array([answer.yes for answer in answers], np.float64),
        chosen=np.array([answer.noise is None for answer in answers], np.bool_),
        noise=np.array([answer.noise or 1.0 for answer in answers], np.float64),
        weight=np.array([answer.weight for answer in answers], np.float64),
    )
