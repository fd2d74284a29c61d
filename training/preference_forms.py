"""The two forms that losses of answers come to, choices and squares, both convex in what is predicted.

Whoever minimises them needs to know only `value`, `slope` and `along`: how a loss follows parameters on which
predictions hang linearly.
"""

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from backend.core.expression_distribution import logistic

Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Features:
    """How ideals depend on parameters u (P,): each by its own, which hang on the shared ones.

    own     (R, K, Q) derivative of each coefficient by its own Q
    shared  (K · Q, P) the own ones for each of the shared
    """

    own: Doubles
    shared: Doubles

    def of(self, rows: Mask | Indices) -> Self:
        """Of some of the rows alone."""
        return replace(self, own=self.own[rows])


class Along(Protocol):
    """A loss as a function of parameters u (P,), where ideals are linear in them."""

    def value(self, u: Doubles) -> float: ...

    def slope(self, u: Doubles) -> Doubles: ...

    def bend(self, u: Doubles) -> Doubles:
        """(P, P) second derivatives."""


class Loss(Protocol):
    """A loss as a function of ideals (R, K)."""

    @property
    def information(self) -> float:
        """Trace of the second derivatives by ideals, of choices where both are as likely."""

    def value(self, ideal: Doubles) -> float: ...

    def slope(self, ideal: Doubles) -> Doubles:
        """(R, K) derivative."""

    def along(self, ideal: Doubles, features: Features) -> Along:
        """Of ideals that begin at `ideal` and follow u."""

    def of(self, answers: Mask) -> Self:
        """The same for some of the answers alone."""


@dataclass(frozen=True, eq=False)
class Choices:
    """−Σ w [y log σ(h) + (1 − y) log σ(−h)], where h = about · ideal − offset, summed over an answer's rows.

    about   (R, K)
    owner   (R,) which answer a row belongs to, rising
    offset  (N,)
    yes     (N,) y, 0..1
    weight  (N,) w
    """

    about: Doubles
    owner: Indices
    offset: Doubles
    yes: Doubles
    weight: Doubles

    @property
    def information(self) -> float:
        return float(self.weight[self.owner] @ (self.about**2).sum(axis=1)) / 4

    def odds(self, ideal: Doubles) -> Doubles:
        """(N,) h."""
        return self._summed((self.about * ideal).sum(axis=1)) - self.offset

    def each(self, ideal: Doubles) -> Doubles:
        """(N,) −log likelihood of each answer, before weights."""
        return _surprise(self.odds(ideal), self.yes)

    def value(self, ideal: Doubles) -> float:
        return float(self.weight @ self.each(ideal))

    def slope(self, ideal: Doubles) -> Doubles:
        pull = self.weight * (logistic(self.odds(ideal)) - self.yes)
        return np.asarray(pull[self.owner, None] * self.about)

    def along(self, ideal: Doubles, features: Features) -> "ChoicesAlong":
        rows = (self.about[:, :, None] * features.own).reshape(len(self.about), -1)
        steps = np.add.reduceat(rows, np.flatnonzero(np.diff(self.owner, prepend=-1)))
        return ChoicesAlong(steps @ features.shared, self.odds(ideal), self.yes, self.weight)

    def of(self, answers: Mask) -> Self:
        rows, numbers = answers[self.owner], np.cumsum(answers) - 1
        return replace(
            self,
            about=self.about[rows],
            owner=numbers[self.owner[rows]],
            offset=self.offset[answers],
            yes=self.yes[answers],
            weight=self.weight[answers],
        )

    def _summed(self, of_rows: Doubles) -> Doubles:
        return np.asarray(np.bincount(self.owner, of_rows, minlength=len(self.yes)), np.float64)


@dataclass(frozen=True, eq=False)
class ChoicesAlong:
    """See Choices. steps (N, P): of h for parameters; start (N,): h where they are 0."""

    steps: Doubles
    start: Doubles
    yes: Doubles
    weight: Doubles

    def each(self, u: Doubles) -> Doubles:
        """(N,) −log likelihood of each answer, before weights."""
        return _surprise(self.odds(u), self.yes)

    def odds(self, u: Doubles) -> Doubles:
        """(N,) h."""
        return np.asarray(self.start + self.steps @ u)

    def value(self, u: Doubles) -> float:
        return float(self.weight @ self.each(u))

    def slope(self, u: Doubles) -> Doubles:
        return np.asarray(self.steps.T @ (self.weight * (logistic(self.odds(u)) - self.yes)))

    def bend(self, u: Doubles) -> Doubles:
        likely = logistic(self.odds(u))
        return np.asarray((self.steps.T * (self.weight * likely * (1 - likely))) @ self.steps)


@dataclass(frozen=True, eq=False)
class Squares:
    """½ Σ w (s ∘ (ideal − target))ᵀ A (s ∘ (ideal − target)), over rows.

    target  (R, K)
    seen    (R, K) s, how much of each coefficient counts
    metric  (G, K, K) A
    which   (R,) the metric of each row
    owner   (R,) which answer a row belongs to
    weight  (R,) w
    """

    target: Doubles
    seen: Doubles
    metric: Doubles
    which: Indices
    owner: Indices
    weight: Doubles

    @property
    def information(self) -> float:
        diagonals = np.einsum("gkk->gk", self.metric)[self.which]
        return float(self.weight @ (self.seen**2 * diagonals).sum(axis=1))

    def each(self, ideal: Doubles) -> Doubles:
        """(R,) of each row, before weights."""
        missed = self.seen * (ideal - self.target)
        return np.asarray(0.5 * (missed * self._through(missed)).sum(axis=1))

    def value(self, ideal: Doubles) -> float:
        return float(self.weight @ self.each(ideal))

    def slope(self, ideal: Doubles) -> Doubles:
        pulled = self._through(self.seen * (ideal - self.target))
        return np.asarray(self.weight[:, None] * self.seen * pulled)

    def along(self, ideal: Doubles, features: Features) -> "SquaresAlong":
        own, shared = features.own, features.shared
        each = own.shape[2]
        bend = np.zeros((len(shared), len(shared)))
        for metric, rows in self._by_metric():
            root = np.sqrt(self.weight[rows])[:, None] * self.seen[rows]
            scaled = (root[:, :, None] * own[rows]).reshape(len(rows), -1)
            bend += (scaled.T @ scaled) * np.kron(metric, np.ones((each, each)))
        slope = np.einsum("rk,rkq->kq", self.slope(ideal), own).ravel()
        return SquaresAlong(self.value(ideal), slope @ shared, shared.T @ bend @ shared)

    def of(self, answers: Mask) -> Self:
        rows, numbers = answers[self.owner], np.cumsum(answers) - 1
        kept = {name: getattr(self, name)[rows] for name in ("target", "seen", "which", "weight")}
        return replace(self, **kept, owner=numbers[self.owner[rows]])

    def _through(self, missed: Doubles) -> Doubles:
        out = np.empty_like(missed)
        for metric, rows in self._by_metric():
            out[rows] = missed[rows] @ metric
        return out

    def _by_metric(self) -> list[tuple[Doubles, Indices]]:
        numbers = [np.flatnonzero(self.which == number) for number in range(len(self.metric))]
        return [(metric, rows) for metric, rows in zip(self.metric, numbers, strict=True) if len(rows)]


@dataclass(frozen=True, eq=False)
class SquaresAlong:
    """See Squares: start + slope · u + ½ uᵀ · bend · u."""

    at_start: float
    slope_at_start: Doubles
    curvature: Doubles

    def value(self, u: Doubles) -> float:
        return float(self.at_start + (self.slope_at_start + 0.5 * self.curvature @ u) @ u)

    def slope(self, u: Doubles) -> Doubles:
        return np.asarray(self.slope_at_start + self.curvature @ u)

    def bend(self, u: Doubles) -> Doubles:  # noqa: ARG002 - the same everywhere
        return self.curvature


def _surprise(odds: Doubles, yes: Doubles) -> Doubles:
    return np.asarray(np.logaddexp(0.0, odds) - yes * odds)
