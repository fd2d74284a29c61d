"""What a prediction is punished for where somebody has answered. Pure functions, the equation named.

Every loss here is of ideals (R, K): K coefficients in each of R rows of what was judged, which a prediction
takes for the rater's ideal. An answer is about one or several rows: about a loop, it is about the mean of its
rows' distances. All of them are convex in the ideals and come to one of two forms, choices and squares, so
that whoever minimises them needs to know only `value`, `slope` and `along`.
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

    def value(self, ideal: Doubles) -> float: ...

    def slope(self, ideal: Doubles) -> Doubles:
        """(R, K) derivative."""

    def along(self, ideal: Doubles, features: Features) -> Along:
        """Of ideals that begin at `ideal` and follow u."""

    def of(self, answers: Mask) -> Self:
        """The same for some of the answers alone."""


@dataclass(frozen=True, eq=False)
class Judged:
    """N pairs of takes as rows, for one half of the face.

    first, second  (R, K) both takes
    owner          (R,) which pair a row belongs to, rising from 0 to N − 1
    seen           (N, K) 1 where the region that was judged reaches, else 0
    metric         (G, K, K) of each rig: visible distance, mean diagonal 1
    rig            (N,) which of these
    elsewhere      (N,) by how much the first take's squared distance is the smaller one in the other half,
                   which is held as it is predicted; 0 where that was not judged
    yes            (N,) probability that the first is the better one: 1, ½ for a tie
    weight         (N,) 0..1
    """

    first: Doubles
    second: Doubles
    owner: Indices
    seen: Doubles
    metric: Doubles
    rig: Indices
    elsewhere: Doubles
    yes: Doubles
    weight: Doubles

    @property
    def share(self) -> Doubles:
        """(R,) of each row in its pair."""
        return _shares(self.owner)

    @property
    def apart(self) -> Doubles:
        """(R, K) from the second to the first, where that was judged."""
        return np.asarray((self.first - self.second) * self.seen[self.owner])


@dataclass(frozen=True, eq=False)
class Touched:
    """M corrected moments as rows.

    values  (R, K) what the sliders were left at
    trust   (R, K) 0..1 how much each says: 1 where it was dragged, less in its muscle group, else 0
    owner   (R,) which correction a row belongs to
    weight  (M,) 0..1
    """

    values: Doubles
    trust: Doubles
    owner: Indices
    weight: Doubles

    @property
    def share(self) -> Doubles:
        """(R,) of each row in its correction."""
        return _shares(self.owner)


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


def ideal_point(pairs: Judged, sharpness: float, smoothing: float = 0.0) -> Choices:
    """Bradley–Terry on distances to an ideal point (Coombs 1964; Bradley and Terry 1952):

    h = κ/2 · [‖second − c‖²_A − ‖first − c‖²_A] = κ (first − second)ᵀ A (c − (first + second) / 2)
    """
    about = sharpness * pairs.share[:, None] * _visible(pairs)
    middle = (pairs.first + pairs.second) / 2
    held = _summed(pairs, about * middle)
    offset = held - sharpness / 2 * pairs.elsewhere
    return Choices(about, pairs.owner, offset, smoothed(pairs.yes, smoothing), pairs.weight)


def gaussian_dpo(pairs: Judged, base: Doubles, strength: float, smoothing: float = 0.0) -> Choices:
    """Direct preference optimisation (Rafailov et al. 2023) of N(c, σ²I) against N(base, σ²I):

    h = (β/σ²) (first − second)ᵀ (c − base); strength is β/σ². Ties are left out: it has no word for them.
    """
    about = strength * pairs.share[:, None] * pairs.apart
    held = _summed(pairs, about * base)
    decided = np.where(pairs.yes == 0.5, 0.0, pairs.weight)
    return Choices(about, pairs.owner, held, smoothed(pairs.yes, smoothing), decided)


def winners_only(pairs: Judged, strength: float) -> Squares:
    """Supervised fine-tuning on what was chosen: (κ/2) ‖c − first‖²_A over what was judged; ties left out."""
    decided = np.where(pairs.yes == 0.5, 0.0, pairs.weight)
    weight = strength * decided[pairs.owner] * pairs.share
    seen, which = pairs.seen[pairs.owner], pairs.rig[pairs.owner]
    return Squares(pairs.first, seen, pairs.metric, which, pairs.owner, weight)


def ridge_on_corrections(corrections: Touched, noise: float) -> Squares:
    """Ridge regression (Hoerl and Kennard 1970) on what was dragged: ‖c − values‖² / (2 noise²); the ridge
    itself is the prior of whoever minimises.
    """
    kind = np.eye(corrections.values.shape[1])[None]
    which = np.zeros(len(corrections.values), np.intp)
    weight = corrections.weight[corrections.owner] * corrections.share / noise**2
    return Squares(corrections.values, np.sqrt(corrections.trust), kind, which, corrections.owner, weight)


def staying(base: Doubles, metric: Doubles, strength: float) -> Squares:
    """The proximal term (strength/2) · mean ‖c − base‖²_A over R rows, one metric (K, K) for all of them."""
    rows = len(base)
    each = np.full(rows, strength / max(rows, 1))
    return Squares(base, np.ones_like(base), metric[None], np.zeros(rows, np.intp), np.arange(rows), each)


def smoothed(yes: Doubles, smoothing: float) -> Doubles:
    """(1 − ε) y + ε (1 − y): answers that may be slips (cDPO, Mitchell 2023). A tie stays ½."""
    return (1 - smoothing) * yes + smoothing * (1 - yes)


def _visible(pairs: Judged) -> Doubles:
    """(R, K) what is apart through the metric of its rig, where it was judged."""
    apart = pairs.apart
    out = np.empty_like(apart)
    for number, metric in enumerate(pairs.metric):
        rows = pairs.rig[pairs.owner] == number
        out[rows] = apart[rows] @ metric
    return np.asarray(out * pairs.seen[pairs.owner])


def _summed(pairs: Judged, rows: Doubles) -> Doubles:
    """(N,) of (R, K), over the rows and coefficients of each pair."""
    return np.asarray(np.bincount(pairs.owner, rows.sum(axis=1), minlength=len(pairs.yes)), np.float64)


def _shares(owner: Indices) -> Doubles:
    return np.asarray(1 / np.bincount(owner)[owner])


def _surprise(odds: Doubles, yes: Doubles) -> Doubles:
    return np.asarray(np.logaddexp(0.0, odds) - yes * odds)
