"""What an artist answered, as facts that are only ever appended.

Beside a rating and its retraction there is a third kind of fact: what can be seen on a rig (rig_sights.py).

A rating holds everything that could bear on the answer: both takes as they were before mapping, where they
came from, how they were shown, what was said and when. To undo is to append a retraction. What is learnt
from them is derived later (preferences.py) and can be derived anew.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

import numpy as np

from .curves import COEFFICIENT_COUNT, Floats
from .fact_words import HIGHEST_COUNT, LONGEST_TEXT, check_id, check_words, is_word
from .rig_sights import RigSight

REGIONS = ("full", "upper", "lower", "mouth", "eyes", "brows")
MOST_CANDIDATES = 4
MOST_FRAMES = 256  # rows of one take; a second at 240 pictures a second
MOST_SETTINGS = 32  # of a take's post-processing
HIGHEST_SEED = 2**64 - 1


class Outcome(StrEnum):
    """What was said. A letter names a candidate in the rating's order, wherever it stood on the screen."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    TIE = "tie"
    BOTH_BAD = "both_bad"
    SKIP = "skip"


LETTERS = (Outcome.A, Outcome.B, Outcome.C, Outcome.D)


@dataclass(frozen=True, eq=False)
class Candidate:
    """One of the takes that were shown. Raises ValueError.

    coefficients     (frames, 52) float32, 0..1, before mapping
    model_id         the model it comes from, and its weights
    drawn            how it came about: "prediction", "direction", "sample", "other model"
    seed             what a drawn one was drawn with; None where nothing was drawn
    temperature      over 0, of the distribution it was drawn from; None where nothing was drawn
    direction        name of the direction it was moved along, "smile"; empty: none
    post_processing  settings it was tidied with, by name
    """

    coefficients: Floats
    model_id: str
    drawn: str
    seed: int | None = None
    temperature: float | None = None
    direction: str = ""
    post_processing: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_coefficients(self.coefficients, "a candidate")
        check_words(self, needed=("model_id", "drawn"), optional=("direction",))
        if self.seed is not None and not 0 <= self.seed <= HIGHEST_SEED:
            raise ValueError(f"seed is {self.seed}, expected 0 to {HIGHEST_SEED}")
        if self.temperature is not None and not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature is {self.temperature}, expected a number over 0")
        count = len(self.post_processing)
        if count > MOST_SETTINGS:
            raise ValueError(f"{count} settings of post-processing, at most {MOST_SETTINGS}")
        for name, value in self.post_processing.items():
            if not is_word(name) or not math.isfinite(value):
                raise ValueError(f"post-processing has {value} for {name[:LONGEST_TEXT]!r}")

    @cached_property
    def digest(self) -> str:
        """sha256 (hex) of the coefficients alone: the same take, whoever made it."""
        whole = self.coefficients.astype("<f4") + np.float32(0)  # −0 and 0 are one value
        return hashlib.sha256(whole.tobytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Correction:
    """What the artist made of one candidate. Raises ValueError.

    candidate     which one it began from, counted from 0
    coefficients  (frames, 52) float32, 0..1, before mapping
    mapped        (frames, 52) float32, the same as it left the mapping: each channel with the rig's gains
    """

    candidate: int
    coefficients: Floats
    mapped: Floats

    def __post_init__(self) -> None:
        _check_coefficients(self.coefficients, "a correction")
        if self.mapped.shape != self.coefficients.shape or not np.all(np.isfinite(self.mapped)):
            raise ValueError(
                f"a correction after mapping must be {self.coefficients.shape} finite numbers, "
                f"has {self.mapped.shape}"
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Rating:
    """One answer. Raises ValueError, which names the field and its value.

    id              UUID in lower case, made where and when the answer was given
    clip            sha256 (hex) of the footage, or another lasting name of a picture sequence
    seconds         one a frame, rising: times in the clip of the rows of every candidate
    region          what was judged, one of REGIONS
    candidates      2 to 4, with as many rows as `seconds`
    rig             hash of the rig and its mapping
    camera, shading how the rig was looked at, in the add-on's words
    shown_order     candidates from left to right (a grid: row by row), counted from 0
    strength        1 a little … 3 by far; None: not asked
    rater, session  who, and in which sitting
    shown_at        seconds since 1970 by the rater's clock, as is answered_at; that clock may have been set
                    meanwhile, so neither orders facts
    replays, flips  how often a loop was played again, and A and B were swapped in place
    client_version  of the add-on
    repeat_of       id of the rating asked a second time, with sides swapped; empty: asked for the first time
    gold            the answer known to be right; None where none is
    correction      the artist's own version; None: nothing was corrected
    performer       whose face it is, where that is known
    """

    id: str
    clip: str
    seconds: tuple[float, ...]
    region: str
    candidates: tuple[Candidate, ...]
    rig: str
    shown_order: tuple[int, ...]
    outcome: Outcome
    rater: str
    session: str
    shown_at: float
    answered_at: float
    client_version: str
    camera: str = ""
    shading: str = ""
    strength: int | None = None
    replays: int = 0
    flips: int = 0
    repeat_of: str = ""
    gold: Outcome | None = None
    correction: Correction | None = None
    performer: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "id")
        if self.repeat_of:
            check_id(self.repeat_of, "repeat_of")
        check_words(
            self,
            needed=("clip", "rig", "rater", "session", "client_version"),
            optional=("camera", "shading", "performer"),
        )
        if self.region not in REGIONS:
            given = self.region[:LONGEST_TEXT]
            raise ValueError(f"region is {given!r}, expected one of {', '.join(REGIONS)}")
        self._check_candidates()
        self._check_answer()

    def _check_candidates(self) -> None:
        count = len(self.candidates)
        if not 2 <= count <= MOST_CANDIDATES:
            raise ValueError(f"{count} candidates, expected 2 to {MOST_CANDIDATES}")
        if sorted(self.shown_order) != list(range(count)):
            raise ValueError(f"shown_order is {self.shown_order}, expected each of {count} candidates once")
        _check_times(self.seconds)
        takes = [candidate.coefficients for candidate in self.candidates]
        if self.correction:
            takes.append(self.correction.coefficients)
            if not 0 <= self.correction.candidate < count:
                raise ValueError(f"the correction is of candidate {self.correction.candidate}, of {count}")
        for take in takes:
            if len(take) != len(self.seconds):
                raise ValueError(f"a take of {len(take)} frames for {len(self.seconds)} times")

    def _check_answer(self) -> None:
        for name in ("outcome", "gold"):
            said = getattr(self, name)
            if said in LETTERS[len(self.candidates) :]:
                raise ValueError(f"{name} is {said}, but there are {len(self.candidates)} candidates")
        if self.gold is Outcome.SKIP:
            raise ValueError("gold is skip, which is no answer that can be right")
        if self.strength not in (None, 1, 2, 3):
            raise ValueError(f"strength is {self.strength}, expected 1 to 3 or none")
        for name in ("replays", "flips"):
            if not 0 <= getattr(self, name) <= HIGHEST_COUNT:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 to {HIGHEST_COUNT}")
        for name in ("shown_at", "answered_at"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}, expected seconds since 1970")

    @cached_property
    def pair_id(self) -> str:
        """sha256 (hex): the same takes of the same moment and region, in whatever order, whoever is asked
        and on whichever rig.
        """
        takes = sorted(candidate.digest for candidate in self.candidates)
        moment = [self.clip, self.region, *map(repr, self.seconds)]
        return hashlib.sha256("\n".join([*moment, *takes]).encode()).hexdigest()

    @property
    def chosen(self) -> int | None:
        """The better candidate, counted from 0; None where none was."""
        return LETTERS.index(self.outcome) if self.outcome in LETTERS else None

    def meaning(self, outcome: Outcome) -> str:
        """An outcome in words that do not hang on the order of candidates: the chosen take's digest, else the
        outcome itself.
        """
        return self.candidates[LETTERS.index(outcome)].digest if outcome in LETTERS else outcome.value

    @property
    def seconds_taken(self) -> float | None:
        """From shown to answered; None where the clock was set back meanwhile."""
        taken = self.answered_at - self.shown_at
        return taken if taken >= 0 else None


@dataclass(frozen=True, kw_only=True)
class Retraction:
    """One answer taken back. Heeded only where the rater is the one who gave it. Raises ValueError.

    id               UUID of its own
    rating           id of the rating; it may arrive later than this
    retracted_at     seconds since 1970 by the rater's clock
    """

    id: str
    rating: str
    rater: str
    session: str
    retracted_at: float
    client_version: str

    def __post_init__(self) -> None:
        check_id(self.id, "id")
        check_id(self.rating, "rating")
        check_words(self, needed=("rater", "session", "client_version"))
        if not 0 <= self.retracted_at < math.inf:
            raise ValueError(f"retracted_at is {self.retracted_at}, expected seconds since 1970")


Fact = Rating | Retraction | RigSight


@dataclass(frozen=True)
class Wanted:
    """Which ratings are asked for; an empty word fits all."""

    clip: str = ""
    rig: str = ""
    rater: str = ""
    region: str = ""
    session: str = ""

    def fits(self, rating: Rating) -> bool:
        """Whether the rating is among them."""
        return all(not word or getattr(rating, name) == word for name, word in vars(self).items())


def standing(facts: Iterable[Fact]) -> list[Rating]:
    """The ratings nobody has taken back, in their order."""
    facts = list(facts)
    retracted = {(fact.rating, fact.rater) for fact in facts if isinstance(fact, Retraction)}
    ratings = (fact for fact in facts if isinstance(fact, Rating))
    return [rating for rating in ratings if (rating.id, rating.rater) not in retracted]


def _check_coefficients(values: Floats, what: str) -> None:
    if values.ndim != 2 or values.shape[1] != COEFFICIENT_COUNT or not 0 < len(values) <= MOST_FRAMES:
        raise ValueError(
            f"{what} has shape {values.shape}, expected 1 to {MOST_FRAMES} frames × {COEFFICIENT_COUNT}"
        )
    if not np.all((values >= 0) & (values <= 1)):  # NaN is neither
        raise ValueError(f"{what} has coefficients outside 0..1, or that are no numbers")


def _check_times(seconds: tuple[float, ...]) -> None:
    if not all(0 <= time < math.inf for time in seconds) or any(b <= a for a, b in pairwise(seconds)):
        raise ValueError("seconds must be times of the clip, rising from 0 or later")
