"""A clip, a tracker and a predictor without pictures: each picture's first pixel says what is in it.

Pixel (0, 0) is (face there, value of every coefficient × 255, faces in the picture).
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

import numpy as np

from backend.core.calibration import Calibration
from backend.core.curves import COEFFICIENT_COUNT, Floats
from backend.core.expression_distribution import ExpressionDistribution
from backend.core.faces import LANDMARK_COUNT, Face, Prediction
from backend.core.head_pose import FaceGeometry
from backend.core.readings import Reading, renewed
from backend.errors import ClipError, DiskFull
from backend.ports import Cancelled, ClipFacts, Frame, Picture, Position, never
from backend.usecases.face_reader import FaceTools

RATE = 30.0
WIDTH, HEIGHT = 64, 48
_SHAPE = np.random.default_rng(0).normal(0, 5, (LANDMARK_COUNT, 3))  # of a head, centimetres
GEOMETRY = FaceGeometry(points=_SHAPE[:468], weights=np.ones(468))


def picture(value: float = 0.5, face: bool = True, faces: int = 1) -> Picture:
    """What the fakes see there."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:] = (face, round(value * 255), faces)
    return pixels


@dataclass
class FakeClip:
    """Pictures at an even rate; may break off with an error, and remembers whether it is still being read."""

    pictures: list[Picture]
    rate: float = RATE
    error: ClipError | None = None
    remarks: tuple[str, ...] = ()
    open_readers: int = 0
    given: int = 0

    @property
    def facts(self) -> ClipFacts:
        frames = len(self.pictures)
        return ClipFacts(WIDTH, HEIGHT, self.rate, False, frames, frames / self.rate, 0, False)

    def sha256(self) -> str:
        return "ab" * 32

    def frames(
        self, start: float = 0.0, end: float | None = None, cancelled: Cancelled = never
    ) -> Generator[Frame]:
        self.open_readers += 1
        try:
            for number, pixels in enumerate(self.pictures):
                seconds = number / self.rate
                if cancelled() or (end is not None and seconds >= end - 1e-6):
                    return
                if seconds > start - 1e-6:
                    self.given += 1
                    yield Frame(seconds, pixels)
            if self.error is not None:
                raise self.error
        finally:
            self.open_readers -= 1


@dataclass
class FakeTracker:
    """Finds what the first pixel says; the landmarks are a head in the middle."""

    position: Position | None = None
    faces_seen: int = 0
    sizes: list[tuple[int, int]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def track(self, picture: Picture, seconds: float) -> Face | None:
        there, _, faces = (int(part) for part in picture[0, 0])
        self.faces_seen = max(self.faces_seen, faces)
        self.sizes.append((picture.shape[1], picture.shape[0]))
        self.times.append(seconds)
        if not there:
            return None
        middle = [picture.shape[1] / 2, picture.shape[0] / 2, 0]
        return Face((_SHAPE * [1, -1, -1] + middle).astype(np.float32), 1.0)


@dataclass
class FakePredictor:
    """Every coefficient is what the picture's first pixel says, less what it says at rest."""

    wants_rest: bool = False
    model_id: str = "fake"
    steadies: bool = False
    believes: bool = False

    def describe(self, faces: Sequence[Face], pictures: Sequence[Picture]) -> Floats:
        return np.array([[picture[0, 0, 1] / 255] for picture in pictures], np.float32)

    def steadied(self, descriptions: Floats, around: int) -> Floats:
        """A change that lasts one picture only was noise."""
        steady = descriptions.copy()
        for row in range(len(steady)):
            near = descriptions[max(row - around, 0) : row + around + 1]
            steady[row] = np.median(near, axis=0) if self.steadies else descriptions[row]
        return steady

    def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
        values = descriptions if rest is None else np.maximum(descriptions - rest, 0)
        ones = np.ones(COEFFICIENT_COUNT, np.float32)
        return [
            Prediction(ones * value, 0 * ones, ones, ones > 0, self._belief(ones * value)) for value in values
        ]

    def _belief(self, value: Floats) -> ExpressionDistribution | None:
        if not self.believes:
            return None
        tenth = np.full_like(value, 0.1)
        return ExpressionDistribution(value, np.maximum(value, tenth), tenth, tenth)


@dataclass
class FakeCalibrations:
    """Kept in memory."""

    kept: dict[str, Calibration] = field(default_factory=dict)

    def read(self, performer: str) -> Calibration | None:
        return self.kept.get(performer)

    def write(self, performer: str, calibration: Calibration) -> None:
        self.kept[performer] = calibration


@dataclass
class FakeReadings:
    """Kept in memory, by clip and base. error: raised instead of keeping."""

    kept: dict[tuple[str, str], Reading] = field(default_factory=dict)
    error: DiskFull | None = None

    def keep(self, clip: str, base: str, reading: Reading) -> None:
        if self.error is not None:
            raise self.error
        old = self.kept.get((clip, base))
        self.kept[clip, base] = reading if old is None else renewed(old, reading)

    def read(self, clip: str, base: str) -> Reading | None:
        return self.kept.get((clip, base))


@dataclass
class FakeWork:
    """The tools of a job, and the trackers made for it so far."""

    trackers: list[FakeTracker] = field(default_factory=list)
    predictor: FakePredictor = field(default_factory=FakePredictor)

    def tools(self) -> FaceTools:
        return FaceTools(self._make_tracker, self.predictor, GEOMETRY)

    def _make_tracker(self, position: Position | None) -> FakeTracker:
        self.trackers.append(FakeTracker(position))
        return self.trackers[-1]


def ticking(step: float) -> Callable[[], float]:
    """A clock that goes on by `step` seconds whenever it is read."""
    now = 0.0

    def read() -> float:
        nonlocal now
        now += step
        return now

    return read
