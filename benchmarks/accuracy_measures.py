"""How far estimated expressions are from the truth, with intervals over people.

The frames of one person are alike: a thousand frames of forty people are forty opinions, not a thousand.
So every interval comes from drawing people anew, each with all of their frames. A measure keeps what it adds
up for each person and how its value follows from the sums; ratios of measures on the same people are
measures again.

Arrays of frames × 52 hold coefficients 0..1 in the order of arkit.COEFFICIENTS. Only `owned` channels count:
those that move something on the head that was rendered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

ACTIVE = 0.1  # a truth above this is an active entry, everywhere
STRONG = 0.5
VARIES = 0.02  # standard deviation of the truth from which a channel's correlation says something
CONSTANT = 1e-10  # variance below which there is but rounding
DRAWS = 2000


@dataclass(frozen=True, eq=False)
class Measure:
    """sums (P, K): what is added up, for each of P people; value: sums (…, K) → (…)."""

    sums: Array
    value: Callable[[Array], Array]

    def __float__(self) -> float:
        return float(self.value(self.sums.sum(axis=0)))

    def interval(self, share: float = 0.95) -> tuple[float, float]:
        """The middle `share` of what comes out when people are drawn anew, with replacement."""
        values = self.value(_redrawn(len(self.sums)) @ self.sums)
        values = values[np.isfinite(values)]
        if not len(values):
            return float("nan"), float("nan")
        low, high = np.quantile(values, [(1 - share) / 2, (1 + share) / 2])
        return float(low), float(high)


def combined(how: Callable[..., Array], *measures: Measure) -> Measure:
    """A measure whose value is `how` of the others' values; all on the same people."""
    ends = np.cumsum([measure.sums.shape[1] for measure in measures])[:-1]

    def value(sums: Array) -> Array:
        parts = np.split(sums, ends, axis=-1)
        return how(*(measure.value(part) for measure, part in zip(measures, parts, strict=True)))

    return Measure(np.concatenate([measure.sums for measure in measures], axis=1), value)


def ratio(one: Measure, other: Measure) -> Measure:
    """The quotient, person by person the same."""
    return combined(_quotient, one, other)


@dataclass(frozen=True, eq=False)
class Estimates:
    """What a row of the table says of N frames, beside the truth.

    truth, estimate  (N, 52)
    owned            (N, 52)
    person           (N,) any number for each person
    kind             (N,) of expression
    visible          (N,) how far the face is seen to be off, % of the distance of the eyes; NaN: not known
    low, high        (N, 52) ends of the middle 80 % of the distribution; NaN, as the next two: none is given
    crps             (N, 52) continuous ranked probability score
    confidence       (N, 52) 0..1
    """

    truth: Array
    estimate: Array
    owned: Mask
    person: Ints
    kind: NDArray[np.str_]
    visible: Array
    low: Array
    high: Array
    crps: Array
    confidence: Array

    @property
    def error(self) -> Array:
        """(N, 52) absolute."""
        return np.asarray(np.abs(self.estimate - self.truth))

    @property
    def active(self) -> Mask:
        """(N, 52)"""
        return np.asarray((self.truth > ACTIVE) & self.owned)

    @property
    def still(self) -> Mask:
        """(N, 52) where nothing at all is done"""
        return np.asarray((self.truth == 0) & self.owned)

    def of_kind(self, kind: str) -> "Estimates":
        """The frames of one kind."""
        return self._each(lambda values: values[self.kind == kind])

    def of_people(self, people: Ints) -> "Estimates":
        """The frames of these people."""
        return self._each(lambda values: values[np.isin(self.person, people)])

    def of_channels(self, which: Mask) -> "Estimates":
        """As if the face had these channels (52,) only; what is visible is not known of them."""
        return replace(self, owned=self.owned & which, visible=np.full(len(self.visible), np.nan))

    def estimating(self, estimate: Array) -> "Estimates":
        """Another estimate (N, 52) of the same frames, of which no more is known."""
        unknown = np.full(self.truth.shape, np.nan)
        return replace(
            self, estimate=estimate, visible=unknown[:, 0], low=unknown, high=unknown, crps=unknown,
            confidence=unknown,
        )  # fmt: skip

    def _each(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> "Estimates":
        return Estimates(*(change(getattr(self, field.name)) for field in fields(self)))


def together(parts: Sequence[Estimates]) -> Estimates:
    """Several sets, of different people, as one."""
    columns = [[getattr(part, field.name) for part in parts] for field in fields(Estimates)]
    return Estimates(*(np.concatenate(column) for column in columns))


def mean_where(values: Array, where: Mask, person: Ints) -> Measure:
    """The mean of values (N, C) over the entries where (N, C) says so."""
    kept = np.where(where, values, 0.0)
    return Measure(_by_person(np.stack([kept.sum(axis=1), where.sum(axis=1)], axis=1), person), _mean)


def mae(of: Estimates) -> Measure:
    """Over all owned channels."""
    return mean_where(of.error, of.owned, of.person)


def active_mae(of: Estimates) -> Measure:
    """Where the truth is above ACTIVE."""
    return mean_where(of.error, of.active, of.person)


def inactive_mae(of: Estimates) -> Measure:
    """Where the truth is at most ACTIVE."""
    return mean_where(of.error, of.owned & ~of.active, of.person)


def false_activation(of: Estimates) -> Measure:
    """Mean output where the truth is exactly 0."""
    return mean_where(of.estimate, of.still, of.person)


def visible_error(of: Estimates) -> Measure:
    """Mean over frames, % of the distance of the eyes."""
    known = np.isfinite(of.visible)
    return mean_where(of.visible[:, None], known[:, None], of.person)


def mean_r(of: Estimates) -> Measure:
    """Pearson's r of each channel over the frames, averaged over owned channels whose truth varies.

    A constant estimate has r = 0.
    """
    x, y = (np.where(of.owned, values, 0.0) for values in (of.truth, of.estimate))
    moments = np.concatenate([of.owned, x, y, x * x, y * y, x * y], axis=1)

    def value(sums: Array) -> Array:
        r = _pearson(sums.reshape(*sums.shape[:-1], 6, -1))
        known = np.isfinite(r)
        return _quotient(np.where(known, r, 0).sum(axis=-1), known.sum(axis=-1))

    return Measure(_by_person(moments, of.person), value)


def channel_r(of: Estimates) -> Array:
    """(52,) Pearson's r of each channel; NaN where the truth does not vary."""
    x, y = (np.where(of.owned, values, 0.0) for values in (of.truth, of.estimate))
    return _pearson(np.stack([m.sum(axis=0) for m in (of.owned, x, y, x * x, y * y, x * y)]))


def coverage(of: Estimates) -> Measure:
    """Share of active entries within low..high."""
    inside = (of.low <= of.truth) & (of.truth <= of.high)
    return mean_where(inside.astype(float), of.active, of.person)


def crps_ratio(of: Estimates) -> Measure:
    """CRPS of the distribution over that of its mean with the best constant width."""
    return ratio(
        mean_where(of.crps, of.owned, of.person), mean_where(constant_width_crps(of), of.owned, of.person)
    )


def doubt_tells_error(of: Estimates) -> Measure:
    """Spearman's ρ of 1 − confidence and error, over owned channels."""
    return rank_correlation(1 - of.confidence, of.error, of.owned, of.person)


def strong_outputs(of: Estimates) -> tuple[Array, Array]:
    """(52,) mean output where a channel's truth is above STRONG, and of all whose truth is 0 on those frames.

    NaN for a channel that is not owned or never so strong.
    """
    strong = (of.truth > STRONG) & of.owned
    frames = strong.T.astype(float)
    beside = frames @ np.where(of.still, of.estimate, 0).sum(axis=1)
    return mean_by_channel(of.estimate, strong), _quotient(beside, frames @ of.still.sum(axis=1))


def mean_by_channel(values: Array, where: Mask) -> Array:
    """(52,) means of values (N, 52) over the entries where (N, 52) says so; NaN where there is none."""
    return _quotient(np.where(where, values, 0).sum(axis=0), where.sum(axis=0))


def constant_width_crps(of: Estimates) -> Array:
    """(N, 52) CRPS of a Laplace distribution of one width around the estimate.

    The width is the best one for these very frames, so whoever is held against it has the harder part.
    CRPS = |e| + b·exp(−|e| / b) − ¾ b (Jordan, Krüger, Lerch 2019, appendix A.1).
    """
    owned = of.error[of.owned]
    widths = np.geomspace(1e-3, 0.5, 40)
    best = min(widths, key=lambda width: float(_laplace_crps(owned, width).mean()))
    return _laplace_crps(of.error, float(best))


def _laplace_crps(error: Array, width: float) -> Array:
    return np.asarray(error + width * np.exp(-error / width) - 0.75 * width)


def rank_correlation(one: Array, other: Array, where: Mask, person: Ints) -> Measure:
    """Spearman's ρ of two arrays (N, C) over the entries where (N, C) says so; ties share their rank."""
    ranks = np.zeros((2, *one.shape))
    for row, values in zip(ranks, (one, other), strict=True):
        row[where] = _ranks(values[where])
    x, y = ranks
    moments = np.stack([where, x, y, x * x, y * y, x * y]).sum(axis=2).T
    return Measure(_by_person(moments, person), _pearson_of_one)


def _ranks(values: Array) -> Array:
    """(N,) ranks from −½ to ½, ties at their middle."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray(middle[inverse] / max(len(values) - 1, 1) - 0.5)


def _pearson_of_one(sums: Array) -> Array:
    return _pearson(sums[..., None])[..., 0]


def _pearson(moments: Array) -> Array:
    """Pearson's r from sums (…, 6, C) of 1, x, y, xx, yy, xy; 0 where y is constant, NaN where x is."""
    n, x, y, xx, yy, xy = np.moveaxis(moments, -2, 0)
    n = np.maximum(n, 1)
    of_x, of_y = (np.maximum(squares / n - (sums / n) ** 2, 0) for squares, sums in ((xx, x), (yy, y)))
    spreads = np.sqrt(of_x * of_y)
    varies = of_x > VARIES**2
    r = np.divide(
        xy / n - x * y / n**2, spreads, out=np.zeros_like(spreads), where=varies & (of_y > CONSTANT)
    )
    return np.where(varies, r, np.nan)


def _mean(sums: Array) -> Array:
    return _quotient(sums[..., 0], sums[..., 1])


def _quotient(one: Array, other: Array) -> Array:
    """NaN, without a warning, where there is nothing to divide by."""
    other = np.asarray(other, float)
    return np.asarray(np.divide(one, other, out=np.full(np.shape(other), np.nan), where=other != 0))


def _by_person(rows: Array, person: Ints) -> Array:
    """(P, K) sums of rows (N, K) for each person."""
    _, place = np.unique(person, return_inverse=True)
    sums = np.zeros((int(place.max(initial=-1)) + 1, rows.shape[1]))
    np.add.at(sums, place, rows)
    return sums


def _redrawn(people: int) -> Array:
    """(DRAWS, P) how often each person is in each draw, the same for all measures on as many people."""
    rng = np.random.default_rng(people)
    return rng.multinomial(people, np.full(people, 1 / people), DRAWS).astype(float)
