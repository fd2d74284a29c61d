"""Two takes of a moment that an artist can tell apart on their own rig, and from whose choice much is learnt.

Half of the pairs differ along one direction that has a name, the others are drawn from what is believed. Of
both halves of the face one is asked about and the other stays. No take leaves what is plausible, and no pair
is offered that looks the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from protos import arkit

from .muscle_groups import GROUPS, HALVES
from .sight import VISIBLE, Sight
from .taste import Doubles, Rows, Taste

PREDICTION, DIRECTION, SAMPLE, OTHER = "prediction", "direction", "sample", "other model"
_NAMED = 0.5  # share of pairs along a direction
_WITH_PREDICTION = 0.5  # share of pairs of which one may be the prediction
_AGAINST_PREDICTION = 0.6  # share of those drawn that it is one of
_AGAINST_OTHER = 0.3  # share of drawn pairs of which one is another estimator's, where there is one
_LEAST, _USUAL = 1.5, 1.5  # least difference in thresholds; half of the usual one in standard deviations
_PLAUSIBLE = 1.645  # standard deviations: nine of ten believed values lie within
_MOVES = 0.05  # of what a group does, to speak of more or less of it
_TRIES = 8
_PROBIT = 2.9  # variance of the normal distribution that is nearest to the logistic one


@dataclass(frozen=True, eq=False)
class Direction:
    """One way (52,) to differ, with a name for people: "smile, more or less", "brow outer up, left"."""

    name: str
    way: Doubles


@dataclass(frozen=True, eq=False)
class Take:
    """Coefficients (52,) 0..1 before mapping; `drawn` and `direction` as in ratings.Candidate."""

    coefficients: Doubles
    drawn: str
    direction: str = ""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two takes of a frame that differ visibly in one half of the face.

    difference  on the rig, in distances between the eyes
    """

    frame: int
    region: str
    takes: tuple[Take, Take]
    difference: float


@dataclass(frozen=True, eq=False)
class Proposer:
    """Makes pairs for one clip and rig out of what is believed so far.

    sharpness  of the artist, as in taste.preference
    others     (T, 52) what another estimator says; None: there is none
    wider      least difference times this, after "can't see a difference"
    """

    taste: Taste
    sight: Sight
    sharpness: float
    others: Doubles | None = None
    wider: float = 1.0

    def pair(self, frame: int, region: str, seed: int) -> Pair | None:
        """The same for the same belief, frame, region and seed; None where no two takes differ visibly."""
        random = np.random.default_rng((seed, frame, list(GROUPS).index(region)))
        moment = _Moment(self, frame, region, with_prediction=random.random() < _WITH_PREDICTION)
        ways = [moment.drawn, moment.named]
        if random.random() < _NAMED:
            ways.reverse()
        for way in ways:
            if (takes := way(random)) is not None:
                first, second = takes
                apart = self.sight.difference(region, first.coefficients - second.coefficients)
                return Pair(frame, region, takes, float(apart))
        return None


def directions(region: str, said: Doubles) -> Iterator[Direction]:
    """Ways to differ from what is said (52,): more or less of a group that moves, one action, one side."""
    for name, mask in GROUPS[region].items():
        gain = np.where(mask, said, 0.0)
        if gain.max() > _MOVES:
            yield Direction(f"{name}, more or less", gain)
    for channel in np.flatnonzero(HALVES[region]):
        name = arkit.COEFFICIENTS[channel]
        one = np.zeros_like(said)
        one[channel] = 1.0
        partner = arkit.INDEX[arkit.partner(name)]
        if name.endswith("Left") and partner != channel:
            both = one.copy()
            both[partner] = 1.0
            yield Direction(_words(name.removesuffix("Left")), both)
        yield Direction(_words(name), one)


def looped(taste: Taste, pair: Pair, rows: Rows) -> tuple[Doubles, Doubles]:
    """Both takes of a pair (R, 52) in the rows around their frame: what is believed there, moved as far as
    the pair is, less where the predictor is surer and not at all where the face rests.
    """
    reach, there = taste.ground.reach[rows], taste.ground.reach[pair.frame]
    share = np.minimum(np.divide(reach, there, out=np.zeros_like(reach), where=there > 0), 1.0)
    ways = (take.coefficients - taste.ideal[pair.frame] for take in pair.takes)
    one, other = (np.clip(taste.ideal[rows] + way * share, 0.0, 1.0) for way in ways)
    return one, other


class _Moment:
    """One frame and half of the face, with what is believed of it."""

    def __init__(self, of: Proposer, frame: int, region: str, with_prediction: bool) -> None:
        self._of, self._region, self._with_prediction = of, region, with_prediction
        ground = of.taste.ground
        self._half = HALVES[region]
        self._ideal = of.taste.ideal[frame]
        self._covariance = of.taste.covariance(frame) * np.outer(self._half, self._half)
        self._gram = of.sight.gram(region)
        self._least = _LEAST * VISIBLE * of.wider
        self._other = None if of.others is None else of.others[frame]
        reach, said = _PLAUSIBLE * ground.reach[frame], ground.said[frame]
        self._low = np.clip(np.minimum(said - reach, self._ideal), 0.0, 1.0)
        self._high = np.clip(np.maximum(said + reach, self._ideal), 0.0, 1.0)

    def named(self, random: np.random.Generator) -> tuple[Take, Take] | None:
        """Along one direction; those from which more is to be learnt come more often."""
        pairs = [pair for way in directions(self._region, self._ideal) if (pair := self._along(way))]
        if not pairs:
            return None
        worth = np.array([self._worth(first, second) for first, second in pairs]) ** 2
        return pairs[int(random.choice(len(pairs), p=worth / worth.sum()))]

    def drawn(self, random: np.random.Generator) -> tuple[Take, Take] | None:
        """From what is believed, or the prediction or another estimator's word against a draw."""
        for _ in range(_TRIES):
            first = Take(self._plausible(self._draw(random)), SAMPLE)
            second = self._against(random)
            if self._told_apart(first, second):
                return first, second
        return None

    def _along(self, direction: Direction) -> tuple[Take, Take] | None:
        size = float(self._of.sight.difference(self._region, direction.way))
        if size == 0.0:
            return None
        way = direction.way / size
        pull = self._gram @ way
        variance = max(float(pull @ self._covariance @ pull), 0.0)
        step = max(_USUAL * variance**0.5, self._least / 2) * way
        more, less = (self._plausible(self._ideal + sign * step) for sign in (1, -1))
        pair = self._take(more, direction.name), self._take(less, direction.name)
        predicted = any(take.drawn == PREDICTION for take in pair)
        return pair if self._told_apart(*pair) and (self._with_prediction or not predicted) else None

    def _take(self, coefficients: Doubles, direction: str) -> Take:
        if np.array_equal(coefficients, self._ideal):
            return Take(coefficients, PREDICTION)
        return Take(coefficients, DIRECTION, direction)

    def _draw(self, random: np.random.Generator) -> Doubles:
        drawn = random.multivariate_normal(self._ideal, self._covariance, check_valid="ignore", method="eigh")
        return np.where(self._half, drawn, self._ideal)

    def _against(self, random: np.random.Generator) -> Take:
        if self._other is not None and random.random() < _AGAINST_OTHER:
            return Take(self._plausible(np.where(self._half, self._other, self._ideal)), OTHER)
        if self._with_prediction and random.random() < _AGAINST_PREDICTION:
            return Take(self._ideal, PREDICTION)
        return Take(self._plausible(self._draw(random)), SAMPLE)

    def _plausible(self, coefficients: Doubles) -> Doubles:
        return np.clip(coefficients, self._low, self._high)

    def _told_apart(self, first: Take, second: Take) -> bool:
        way = first.coefficients - second.coefficients
        return bool(self._of.sight.difference(self._region, way) >= self._least)

    def _worth(self, first: Take, second: Take) -> float:
        """Visible variance that the answer is expected to take away here.

        Of a normal belief, whose sign is told with probit noise, 2/π · v² / (v + noise) goes (Rasmussen and
        Williams 2006, 3.9, at an even guess); an uneven guess tells less.
        """
        way = first.coefficients - second.coefficients
        about = self._of.sharpness * (self._gram @ way)
        towards = self._covariance @ about
        variance, odds = float(about @ towards), float(about @ (self._ideal - _middle(first, second)))
        surprise = np.exp(-(odds**2) / (2 * (variance + _PROBIT)))
        return float(towards @ self._gram @ towards) / (variance + _PROBIT) * float(surprise) + 1e-12


def _middle(first: Take, second: Take) -> Doubles:
    return (first.coefficients + second.coefficients) / 2


def _words(name: str) -> str:
    """MouthSmileLeft → mouth smile, left."""
    stem, side = name, ""
    for end in ("Left", "Right"):
        if name.endswith(end) and name.removesuffix(end) in arkit.PAIR_STEMS:
            stem, side = name.removesuffix(end), f", {end.lower()}"
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in stem) + side
