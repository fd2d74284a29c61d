"""An application without networks or codecs, in this process or, run as a script, in one to be killed."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from backend.adapters.still_picture import decode_still
from backend.core.curves import CHANNEL_COUNT, ExpressionCurves
from backend.entrypoints.application import Application, Missing, Model
from backend.entrypoints.grpc_server import serve
from backend.errors import ClipMissing, ClipUnreadable, ModelUnknown, RequestInvalid, SuperFaceError
from backend.ports import Cancelled, ClipFacts, Frame, Picture, never
from backend.settings import Settings
from backend.usecases.choose_versions import ModelChoice, ModelUsed
from backend.usecases.read_live import LiveResult
from backend.usecases.record_ratings import Told, record_ratings
from backend.usecases.retarget_order import CurveChunk, Event, Progress, RestMoment, RetargetOrder, Summary
from backend.usecases.show_stills import Still, StillsOrder
from tests.usecases.fake_ratings import FakeRatings
from tests.usecases.fake_training import FakeLearning

RATE = 30.0
CHUNK = 10


def some_curves(frames: int, seed: int = 0) -> ExpressionCurves:
    """Valid curves of which no two values are alike."""
    random = np.random.default_rng(seed)
    return ExpressionCurves(
        times=np.arange(frames) / RATE,
        values=random.random((frames, CHANNEL_COUNT), np.float32),
        confidence=random.random((frames, CHANNEL_COUNT), np.float32),
        observed=random.random((frames, CHANNEL_COUNT)) > 0.5,
        spread=random.random((frames, CHANNEL_COUNT), np.float32),
        head_location=random.random((frames, 3), np.float32),
        rate=RATE,
    )


@dataclass
class FakeClip:
    """A clip of so many frames whose pictures nobody looks at."""

    frame_count: int

    @property
    def facts(self) -> ClipFacts:
        return ClipFacts(640, 480, RATE, False, self.frame_count, self.frame_count / RATE, 90, True)

    @property
    def remarks(self) -> tuple[str, ...]:
        return ()

    def sha256(self) -> str:
        return "0" * 64

    def frames(
        self, start: float = 0.0, end: float | None = None, cancelled: Cancelled = never
    ) -> Iterator[Frame]:
        return iter(())


class Mean:
    """A live reader whose first channel is the picture's mean, 0..1."""

    def __init__(self) -> None:
        self.last = -np.inf

    def read(self, picture: Picture, seconds: float, mirrored: bool) -> LiveResult:
        if not seconds > self.last:
            raise RequestInvalid(f"second {seconds} came after {self.last}")
        self.last = seconds
        curves = some_curves(1)
        curves.values[0, 0] = picture.mean() / 255
        return LiveResult(curves if picture.any() else curves.between(0, 0), inference_ms=0.25)


@dataclass
class FakeWork:
    """What the application was asked for and how it is to behave; pause: seconds before each chunk."""

    frames: int = 40
    pause: float = 0.0
    error: SuperFaceError | None = None
    learning: FakeLearning = field(default_factory=FakeLearning)
    hidden: frozenset[Path] = frozenset()  # files that are not on the backend's machine
    opened: list[object] = field(default_factory=list)
    orders: list[RetargetOrder] = field(default_factory=list)
    choices: list[ModelChoice] = field(default_factory=list)
    still_orders: list[StillsOrder] = field(default_factory=list)
    running: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: list[float] = field(default_factory=list)  # when each of them was over, by the monotonic clock
    most_at_once: int = 0
    _at_once: int = 0

    def application(self) -> Application:
        return Application(
            open_clip=self.open_clip,
            open_frames=self.open_frames,
            choose=self.choose,
            retarget=self.retarget,
            show_stills=self.show_stills,
            decode_still=lambda encoded: decode_still(encoded, max_pixels=10_000_000),
            start_live=self.start_live,
            record=self.record,
            learning=self.learning,
            missing=lambda: (Missing("a model", "Fetch it."),),
            models=(Model("fake", "Fake", "GPL-3.0-or-later", ("tongueOut",), ("cheekPuff",)),),
            active_model="fake",
            device="CPU, 1 thread",
        )

    def open_clip(self, path: Path) -> FakeClip:
        if path in self.hidden:
            raise ClipMissing(f"there is no {path}", "Check the path.")
        self.opened.append(path)
        if path.read_bytes().startswith(b"text"):
            raise ClipUnreadable(f"{path.name} is not a video", "Choose a video.")
        return FakeClip(self.frames)

    def open_frames(self, paths: Sequence[Path], rate: float) -> FakeClip:
        self.opened.append((tuple(path.read_bytes() for path in paths), rate))
        return FakeClip(len(paths))

    def show_stills(self, clip: FakeClip, order: StillsOrder, cancelled: Cancelled) -> Iterator[Still]:
        self.still_orders.append(order)
        self.running.release()
        try:
            for number, seconds in enumerate(sorted(order.seconds)):
                if self._waited(cancelled):
                    return
                if self.error and number:
                    raise self.error
                yield Still(seconds, f"still of {seconds:g} s".encode(), order.around_face)
        finally:
            self.ended.append(time.monotonic())

    def start_live(self, model_id: str, smoothing: float) -> Mean:
        if model_id not in ("", "fake"):
            raise ModelUnknown(f"no model {model_id!r}", "Choose another.")
        return Mean()

    @property
    def ratings(self) -> FakeRatings:
        return self.learning.ratings

    def record(self, told: Sequence[Told]) -> list[str]:
        return record_ratings(told, self.ratings)

    def choose(self, choice: ModelChoice) -> ModelUsed:
        self.choices.append(choice)
        versions = {"upper": choice.version} if choice.version else {}
        return ModelUsed(choice.model_id or "fake", "fake@1", versions)

    def retarget(
        self, clip: FakeClip, order: RetargetOrder, used: ModelUsed, cancelled: Cancelled
    ) -> Iterator[Event]:
        self.orders.append(order)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self.running.release()
        try:
            seconds = (order.end or clip.facts.seconds) - order.start
            yield from self._events(FakeClip(min(clip.frame_count, round(seconds * RATE))), cancelled)
        finally:
            self._at_once -= 1
            self.ended.append(time.monotonic())

    def _events(self, clip: FakeClip, cancelled: Cancelled) -> Iterator[Event]:
        yield clip.facts
        curves = some_curves(clip.frame_count)
        for first in range(0, len(curves), CHUNK):
            if self._waited(cancelled):
                return
            if self.error and first:
                raise self.error
            yield CurveChunk(first, curves.between(first, first + CHUNK))
            yield Progress(first + CHUNK, len(curves), 99.0, -1.0, "tracking")
        yield Summary(len(curves), 3, ((0.5, 0.6),), ("2 faces",), clip.sha256(), RestMoment(1.25, 0.5))

    def _waited(self, cancelled: Callable[[], bool]) -> bool:
        """Pause as work does that looks often; whether it was cancelled."""
        until = time.monotonic() + self.pause
        while time.monotonic() < until and not cancelled():
            time.sleep(0.01)
        return cancelled()


def main() -> None:
    """`fake_application.py HOME PAUSE`: serves until standard input closes."""
    settings = Settings(home=Path(sys.argv[1]), port=0, allowed_folders=(Path(sys.argv[1]),))
    work = FakeWork(pause=float(sys.argv[2]))
    serve(
        work.application(),
        settings,
        lambda serving: print(json.dumps(asdict(serving)), flush=True),
        exit_with_stdin=True,
    )


if __name__ == "__main__":
    main()
