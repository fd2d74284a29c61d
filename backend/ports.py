"""What the use cases need from outside; each port has a real adapter and a fake with state."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .core.calibration import Calibration
from .core.curves import Floats
from .core.face_square import Box
from .core.faces import Face, Prediction
from .core.frozen_ratings import FrozenRatings
from .core.head_pose import FaceGeometry
from .core.ratings import Fact, Wanted
from .core.readings import Reading
from .core.rig_sights import RigSight
from .core.versions import Decision, Version

Picture = NDArray[np.uint8]  # (height, width, 3) RGB, upright
Position = tuple[float, float]  # (x, y) in fractions of a picture, origin top left
EVERYTHING = Wanted()
Cancelled = Callable[[], bool]  # asked often; True once nobody wants the work any more


def never() -> bool:
    """Work that nobody will cancel."""
    return False


@dataclass(frozen=True)
class ClipFacts:
    """What is known of a clip before its pictures are read; see ClipFacts in retarget.proto."""

    width: int
    height: int
    rate: float
    variable_rate: bool
    frames: int
    seconds: float
    rotation: int
    has_audio: bool


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture and its time in seconds since the clip's first picture."""

    seconds: float
    picture: Picture


class Clip(Protocol):
    """A clip that can be read, from the start and more than once."""

    @property
    def facts(self) -> ClipFacts: ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was wrong with the footage and lived with so far, for people."""
        ...

    def sha256(self) -> str:
        """Hex, of the whole file; empty for picture sequences."""
        ...

    def frames(
        self, start: float = 0.0, end: float | None = None, cancelled: Cancelled = never
    ) -> Generator[Frame]:
        """Pictures with start ≤ time < end, upright, times rising; ends early once cancelled. ClipError."""
        ...


class FaceTracker(Protocol):
    """Follows one face through consecutive pictures; a new clip needs a new tracker."""

    def track(self, picture: Picture, seconds: float) -> Face | None:
        """The followed face in the next picture, taken at this time of the clip; None while it is lost."""
        ...

    @property
    def faces_seen(self) -> int:
        """Most faces found at once so far."""
        ...


@dataclass(frozen=True, eq=False)
class FaceNetworks:
    """The three networks of face_landmarker.task as plain functions; one set for each worker thread.

    detector     picture (128, 128, 3) → raw boxes (896, 16), their logits (896,)
    landmarks    picture (256, 256, 3) → (478, 3) in 0..1 of its sides, logit that this is a face
    blendshapes  (146, 2) float32 pixels → (52,) scores 0..1, in the network's own order
    geometry     the canonical face that the landmarks follow
    """

    detector: Callable[[Picture], tuple[Floats, Floats]]
    landmarks: Callable[[Picture], tuple[Floats, float]]
    blendshapes: Callable[[Floats], Floats]
    geometry: FaceGeometry


class ExpressionPredictor(Protocol):
    """Reads expressions from tracked faces, in two steps. Stateless: frames may come in any order, alone or
    several at once, which takes less time for each.

    A description (D,) float32 holds all that a predictor needs of one picture. Descriptions of a face at
    rest are also how it gets to know a performer: their median is the rest of `predict`.
    """

    @property
    def model_id(self) -> str:
        """The model, and its weights where they may change: under another id, descriptions mean nothing."""
        ...

    @property
    def wants_rest(self) -> bool:
        """Whether it reads so much better with a rest that one is looked for where none is named."""
        ...

    def describe(self, faces: Sequence[Face], pictures: Sequence[Picture]) -> Floats:
        """(N, D) of one or more faces, each in an upright, unmirrored picture."""
        ...

    def steadied(self, descriptions: Floats, around: int) -> Floats:
        """(N, D) of consecutive pictures of a face, each as the up to so many before and after it that show
        the same would have it too: without what a camera's noise adds.
        """
        ...

    def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
        """The expression of each (N, D), relative to the performer's rest (D,) where it is known."""
        ...


# A new tracker for each run, for the face at a position of its first picture, else for the largest.
MakeTracker = Callable[[Position | None], FaceTracker]


# JPEG of a part of a picture, its longer side no more than so many pixels.
EncodeStill = Callable[[Picture, Box, int], bytes]


class CalibrationStore(Protocol):
    """Each performer's face at rest, by the performer's name."""

    def read(self, performer: str) -> Calibration | None: ...

    def write(self, performer: str, calibration: Calibration) -> None:
        """Replaces what was known of the performer. Raises DiskFull."""
        ...


class RatingStore(Protocol):
    """The record of ratings: facts are appended, each once by its id, and never changed. Safe between
    threads and processes. Every method raises RatingsError, Busy and DiskFull.
    """

    def append(self, facts: Sequence[Fact]) -> list[bool]:
        """All or none of what is new among them. For each, in order, whether it is kept now, or was already;
        False where something else is kept under its id.
        """
        ...

    def read(self, wanted: Wanted = EVERYTHING) -> Iterator[Fact]:
        """The ratings that are wanted and every other fact, in the order in which they were appended."""
        ...

    def rigs(self) -> dict[str, RigSight]:
        """What can be seen on each rig, by the hash that ratings name; the last one told stands."""
        ...

    def count(self, wanted: Wanted = EVERYTHING) -> int:
        """How many ratings are wanted, those taken back among them."""
        ...


class ReadingStore(Protocol):
    """What predictors believed of clips, by the clip's hash and the model id with its weights. Those that
    were kept longest ago may be gone: a clip can be read again.
    """

    def keep(self, clip: str, base: str, reading: Reading) -> None:
        """In the place of what was kept of the same span; see core.readings. Raises DiskFull."""
        ...

    def read(self, clip: str, base: str) -> Reading | None:
        """None where there is none, or none that can be read."""
        ...


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training came to.

    data     sha256 (hex) of the frozen ratings
    learnt   a correction, in bytes that mean nothing here; None: no change foretold the answers best
    report   JSON: how it was learnt, and of each half of the face what was decided and why
    """

    data: str
    learnt: bytes | None
    report: Mapping[str, Any]


class TrainingLauncher(Protocol):
    """Trains elsewhere, in a process of its own."""

    def train(self, ratings: FrozenRatings, cancelled: Cancelled) -> Generator[Mapping[str, Any] | Trained]:
        """What the trainer tells, line by line, then what came of it; once cancelled it simply ends, and the
        same ratings go on from there. Raises NothingToLearn, TrainingError and DiskFull.
        """
        ...


class VersionShelf(Protocol):
    """What was learnt, and what was decided about it; nothing that was put there is ever changed.

    A version is its card and what was learnt, a correction in bytes that mean nothing here. Every method
    raises ModelDamaged where a file was changed or lost, and DiskFull where one cannot be written; then
    everything is as it was.
    """

    def put(self, version: Version, learnt: bytes) -> None:
        """To put it there again does no harm, and mends one that was damaged."""
        ...

    def read(self, version_id: str) -> tuple[Version, bytes]:
        """Raises ModelUnknown for a version that is not there."""
        ...

    def ids(self) -> list[str]:
        """All versions, those that are damaged among them."""
        ...

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Appends all of them or none."""
        ...

    def history(self) -> list[Decision]:
        """Everything that was decided, in its order."""
        ...

    def export(self, version_id: str, path: Path) -> None:
        """One file that can be handed on. Raises ModelUnknown."""
        ...

    def look_into(self, path: Path) -> tuple[Version, bytes]:
        """Such a file, which is not put on the shelf yet. Raises ModelMissing."""
        ...
