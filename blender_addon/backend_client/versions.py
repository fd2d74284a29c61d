"""What is learnt from ratings, in the add-on's words: what a training tells, and versions of what it learnt.

A version corrects a base, in one or both halves of the face; each half has a state of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..contract import duels, versions


@dataclass(frozen=True)
class TrainRequest:
    """Which ratings; an empty word fits all.

    rig       hash of the rig and its mapping
    profile   whose style is learnt; empty: everybody's, which takes answers of three people
    model_id  whose predictions are to be corrected; empty: the active model
    """

    rater: str = ""
    performer: str = ""
    rig: str = ""
    profile: str = ""
    model_id: str = ""


@dataclass(frozen=True)
class LeftOut:
    """So many ratings, and why nothing can be learnt from them."""

    reason: str
    ratings: int


@dataclass(frozen=True)
class RatingCount:
    """learnt: ratings that are learnt from, `corrections` of them by hand; held_out: for judging by."""

    learnt: int
    held_out: int
    corrections: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class TrainProgress:
    """fraction: 0..1; stage: for people."""

    fraction: float
    stage: str


@dataclass(frozen=True)
class Trial:
    """What was tried, judged on answers that it had not seen.

    loss       −log likelihood; of one answer where agreement is set, else of all
    gain       nats an answer by which that is less than with no change; None: not compared
    agreement  0..1, share of choices that it would have made too; None: not counted
    """

    region: str
    tried: str
    loss: float
    gain: float | None = None
    agreement: float | None = None


@dataclass(frozen=True)
class Agreement:
    """How much better it foretells old answers than its base, which decides nothing.

    gain   mean log likelihood of an answer, new minus base, nats
    range  its 95 % interval; None: there are too few clips to tell
    pairs  held out
    """

    gain: float
    range: tuple[float, float] | None
    pairs: int


@dataclass(frozen=True)
class VersionRegion:
    """A version in one half of the face. state None: nothing was decided.

    against              what it is compared with: a version's id, or the base
    wins, losses, ties   in fresh blind pairs
    evidence             offered from 20, current by itself from 1000
    pairs_to_offer       how many more, if answers go on as they went; None: cannot be said
    says                 the gate's word for people: "no fresh pair was rated yet"
    """

    region: str
    state: versions.State | None
    agreement: Agreement | None = None
    against: str = ""
    wins: int = 0
    losses: int = 0
    ties: int = 0
    evidence: float = 0.0
    pairs_to_offer: int | None = None
    pairs_to_promote: int | None = None
    verdict: duels.Verdict = duels.Verdict.WAIT
    says: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class VersionCard:
    """learnt_at: seconds since 1970, when it came to the backend; raters: answers learnt from, by rater."""

    id: str
    name: str
    base: str
    regions: tuple[VersionRegion, ...]
    parent: str = ""
    profile: str = ""
    learnt_at: float = 0.0
    raters: Mapping[str, int] = field(default_factory=dict)
    pairs: int = 0
    corrections: int = 0


@dataclass(frozen=True)
class TrainResult:
    """version None: no change foretold the answers best, and nothing was kept."""

    version: VersionCard | None
    remarks: tuple[str, ...] = ()


TrainEvent = RatingCount | TrainProgress | Trial | TrainResult


@dataclass(frozen=True)
class VersionList:
    """The oldest first; remarks for people: which files are damaged."""

    versions: tuple[VersionCard, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class VersionFile:
    """A version as it is handed on; name: proposed for the file."""

    content: bytes
    name: str


class VersionStep(StrEnum):
    """What a person decides."""

    USE = "use"
    RETIRE = "retire"
    ROLL_BACK = "roll back"
