"""What was learnt, version by version, and who decided that it should be used.

A version never changes. Which of them a predictor uses, region by region, follows from the history of
decisions, to which is only ever appended: whatever was decided can be seen, and taken back with one more.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from protos import arkit

from .fact_words import check_words

REGIONS = ("upper", "lower")
NOTHING_LEARNT = ""  # in a version's place: the base as it is
GATE = "gate"  # who decided, where no person did
_SHA256 = 64  # hex digits
Numbers = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Version:
    """The card of what was learnt once. Raises ValueError.

    base      model id of the predictor that it corrects, weights and all
    parent    id of the version it was learnt after; empty: none
    profile   whose style it holds (a performer, a rig, an artist); empty: anybody's
    content   sha256 (hex) of the learnt correction, which lies beside the card
    data      sha256 (hex) of the frozen ratings
    raters    answers that were learnt from, by rater
    settings  of the learning, its seed among them
    metrics   of the whole face, by name
    regions   the same by region; a region that is not in it was not learnt
    channels  the same by channel
    """

    base: str
    content: str
    data: str
    regions: Mapping[str, Numbers]
    raters: Mapping[str, int]
    settings: Mapping[str, str | float | bool] = field(default_factory=dict)
    metrics: Numbers = field(default_factory=dict)
    channels: Mapping[str, Numbers] = field(default_factory=dict)
    parent: str = NOTHING_LEARNT
    profile: str = ""

    def __post_init__(self) -> None:
        check_words(self, needed=("base",), optional=("parent", "profile"))
        for name in ("content", "data"):
            _check_sha256(getattr(self, name), name)
        if not self.regions:
            raise ValueError(f"a version must have learnt one of the regions {', '.join(REGIONS)}")
        _check_names(self.regions, REGIONS, "region")
        _check_names(self.channels, arkit.COEFFICIENTS, "channel")
        for told in (self.settings, self.metrics, *self.regions.values(), *self.channels.values()):
            _check_finite(told)
        for rater, answers in self.raters.items():
            if answers < 0:
                raise ValueError(f"{rater!r} gave {answers} answers")

    @cached_property
    def id(self) -> str:
        """32 hex digits of all that is on the card, the content's hash included."""
        text = json.dumps(asdict(self), sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


class Step(StrEnum):
    """What was decided of a version."""

    CANDIDATE = "candidate"  # it is on trial
    OFFERED = "offered"  # the gate has offered it to the artist
    CURRENT = "current"  # it is used from now on
    RETIRED = "retired"  # it is on trial no more
    ROLLED_BACK = "rolled back"  # it is used again, as it was before another one


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One step of one version in one region of one profile on one base. Raises ValueError.

    version  its id; NOTHING_LEARNT where the base is used as it is
    by       GATE, or a person's name
    why      for people
    at       seconds since 1970 by the clock of whoever decided, which orders nothing
    """

    step: Step
    version: str
    region: str
    base: str
    profile: str = ""
    by: str
    why: str
    at: float

    def __post_init__(self) -> None:
        check_words(self, needed=("base", "by", "why"), optional=("version", "profile"))
        if self.region not in REGIONS:
            raise ValueError(f"region is {self.region[:100]!r}, expected one of {', '.join(REGIONS)}")
        if not 0 <= self.at < math.inf:
            raise ValueError(f"at is {self.at}, expected seconds since 1970")
        if self.version == NOTHING_LEARNT and self.step is not Step.ROLLED_BACK:
            raise ValueError(f"{self.step} names no version")


@dataclass(frozen=True)
class Place:
    """What is decided about together: a region of a profile on a base."""

    base: str
    profile: str
    region: str


class State(StrEnum):
    """Of a version in one place."""

    CANDIDATE = "candidate"
    CURRENT = "current"
    RETIRED = "retired"


@dataclass(frozen=True)
class Shelf:
    """What the history comes to in one place.

    used     versions that were made current and not taken back, the oldest first
    tries    those that were candidates since something else came to be used, the oldest first
    retired  all that are neither used now nor on trial
    lineage  1, and one more each time that something else came to be used (see evidence.py)
    """

    used: tuple[str, ...] = ()
    tries: tuple[str, ...] = ()
    retired: frozenset[str] = frozenset()
    lineage: int = 1

    @property
    def current(self) -> str:
        """NOTHING_LEARNT where the base is used as it is."""
        return self.used[-1] if self.used else NOTHING_LEARNT

    @property
    def before(self) -> str:
        """What rolling back leads to."""
        return self.used[-2] if len(self.used) > 1 else NOTHING_LEARNT

    @property
    def candidate(self) -> str:
        """The one on trial: the newest; NOTHING_LEARNT where none is."""
        newest = self.tries[-1] if self.tries else NOTHING_LEARNT
        return NOTHING_LEARNT if newest in self.retired else newest

    def state(self, version: str) -> State | None:
        """None where nothing was ever decided about it here."""
        if version == self.current:
            return State.CURRENT
        if version == self.candidate:
            return State.CANDIDATE
        return State.RETIRED if version in self._known else None

    def after(self, step: Step, version: str) -> "Shelf":
        """Once that is decided as well. To decide again what is decided already changes nothing."""
        match step:
            case Step.CANDIDATE if version not in (self.current, self.candidate):
                tries = (*(each for each in self.tries if each != version), version)
                return replace(self, tries=tries, retired=self._known - {version, self.current})
            case Step.CURRENT if version != self.current:
                return self._using((*self.used, version))
            case Step.ROLLED_BACK if self.used:
                return self._using(self.used[:-1])
            case Step.RETIRED if version != self.current:
                return replace(self, retired=self.retired | {version})
            case _:
                return self

    @property
    def _known(self) -> frozenset[str]:
        return self.retired | {*self.used, *self.tries}

    def _using(self, used: tuple[str, ...]) -> "Shelf":
        return Shelf(used, (), self._known - {*used[-1:]}, self.lineage + 1)


def shelf(history: Iterable[Decision], place: Place) -> Shelf:
    """What the decisions, in their order, come to in one place."""
    found = Shelf()
    for each in history:
        if Place(each.base, each.profile, each.region) == place:
            found = found.after(each.step, each.version)
    return found


def _check_sha256(given: str, name: str) -> None:
    if len(given) != _SHA256 or not set(given) <= set("0123456789abcdef"):
        raise ValueError(f"{name} is {given[:100]!r}, expected a sha256 in hex")


def _check_names(told: Iterable[str], known: Iterable[str], what: str) -> None:
    unknown = sorted(set(told) - set(known))
    if unknown:
        raise ValueError(f"there is no {what} {unknown[0][:100]!r}")


def _check_finite(told: Mapping[str, str | float | bool]) -> None:
    for name, value in told.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name[:100]} is {value}, expected a finite number")
