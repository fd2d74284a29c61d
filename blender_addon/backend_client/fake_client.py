"""A backend that remembers and obeys, for everybody's tests and for trying the panels without a network.

It keeps what it was asked (`requests`, `still_requests`), which files it was sent (`uploaded`), what was
rated (`record_of`), what it learnt (`shelf`) and whether it was closed, and plays what it was told: curves, a
file it may not read, ratings it does not take, an error at the start or after so many frames.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from ..contract import ExpressionCurves, ratings
from .errors import BackendError, Cancelled
from .fake_shelf import FakeShelf
from .port import (
    BackendInfo,
    ClipFacts,
    ClipFile,
    CurveChunk,
    FrameFiles,
    LiveExpression,
    LiveFrame,
    Model,
    Progress,
    Recorded,
    RestMoment,
    RetargetEvent,
    RetargetRequest,
    Still,
    StillsRequest,
    Summary,
    UploadProgress,
)
from .versions import TrainEvent, TrainRequest, VersionCard, VersionFile, VersionList, VersionStep

INFO = BackendInfo(
    version="0.1.0",
    active_model="fake",
    models=(Model("fake", "A fake that repeats what it was told", "GPL-3.0-or-later"),),
    device="no device",
    missing=(),
    max_upload_bytes=1 << 30,
    max_clip_seconds=3600.0,
    max_jobs=1,
    running_jobs=0,
)


def _told(seconds: float) -> bytes:
    """No picture, but as good as one to whoever only keeps it."""
    return f"still of {seconds:g} s".encode()


@dataclass
class FakeClient:
    """port.BackendClient without a backend.

    curves       what every clip shows
    chunk_frames frames in one chunk
    error        raised instead of an answer, or after `error_after` frames of a clip or trials of a training
    unreadable   files that must be uploaded first
    refused      ids of ratings that it does not take, and why
    pause        seconds between two chunks, stills or trials, so that there is something to cancel
    still_of     the JPEG that it shows for a moment of a clip
    """

    curves: ExpressionCurves
    info_answer: BackendInfo = INFO
    chunk_frames: int = 30
    error: BackendError | None = None
    error_after: int = 0
    unreadable: frozenset[Path] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    remarks: tuple[str, ...] = ()
    rest: RestMoment | None = None
    still_of: Callable[[float], bytes] = _told
    requests: list[RetargetRequest] = field(default_factory=list)
    still_requests: list[StillsRequest] = field(default_factory=list)
    live: list[tuple[str, float]] = field(default_factory=list)  # model id and smoothing of each stream
    uploaded: list[Path] = field(default_factory=list)
    record_of: dict[str, ratings.Fact] = field(default_factory=dict)  # by id, in order of arrival
    shelf: FakeShelf = field(default_factory=FakeShelf)
    closed: Event = field(default_factory=Event)

    def info(self) -> BackendInfo:
        """See port.BackendClient."""
        self._check_open()
        if self.error and not self.error_after:
            raise self.error
        return self.info_answer

    def retarget(self, request: RetargetRequest, cancel: Event) -> Iterator[RetargetEvent]:
        """See port.BackendClient."""
        self.info()
        self.requests.append(request)
        yield from self._uploads(request.clip)
        yield self._facts()
        for first in range(0, len(self.curves), self.chunk_frames):
            self._go_on(first, cancel)
            chunk = self.curves.between(first, first + self.chunk_frames)
            yield CurveChunk(first, chunk)
            yield Progress(first + len(chunk), len(self.curves), 100.0, None, "tracking")
        yield Summary(len(self.curves), 0, (), self.remarks, "", self.rest)

    def stills(self, request: StillsRequest, cancel: Event) -> Iterator[UploadProgress | Still]:
        """See port.BackendClient; a face is found wherever one is looked for."""
        self.info()
        self.still_requests.append(request)
        yield from self._uploads(request.clip)
        for number, seconds in enumerate(sorted(set(request.seconds))):
            self._go_on(number, cancel)
            yield Still(seconds, self.still_of(seconds), request.around_face)

    def predict(
        self, frames: Iterable[LiveFrame], model_id: str = "", smoothing: float = 0.0
    ) -> Iterator[LiveExpression]:
        """See port.BackendClient; the curves again and again."""
        self.info()
        self.live.append((model_id, smoothing))
        for number, frame in enumerate(frames):
            row = number % len(self.curves)
            yield LiveExpression(frame.frame_id, self.curves.between(row, row + 1), inference_ms=0.0)

    def record(self, facts: Sequence[ratings.Fact]) -> Recorded:
        """See port.BackendClient."""
        self.info()
        refused = {fact.id: self.refused[fact.id] for fact in facts if fact.id in self.refused}
        kept = [fact for fact in facts if fact.id not in refused]
        self.record_of |= {fact.id: fact for fact in kept if fact.id not in self.record_of}
        return Recorded(frozenset(fact.id for fact in kept), refused)

    def train(self, request: TrainRequest, cancel: Event) -> Iterator[TrainEvent]:
        """See port.BackendClient."""
        self.info()
        yield from self.shelf.train(request, lambda trial: self._go_on(trial, cancel))

    def versions(self) -> VersionList:
        """See port.BackendClient."""
        self.info()
        return self.shelf.all()

    def decide(self, step: VersionStep, version: str, regions: Sequence[str], by: str) -> VersionList:
        """See port.BackendClient."""
        self.info()
        return self.shelf.decide(step, version, regions, by)

    def export_version(self, version: str) -> VersionFile:
        """See port.BackendClient."""
        self.info()
        return self.shelf.export(version)

    def import_version(self, content: bytes, by: str) -> VersionCard:
        """See port.BackendClient."""
        self.info()
        return self.shelf.bring_in(content)

    def close(self) -> None:
        """See port.BackendClient."""
        self.closed.set()

    def _go_on(self, done: int, cancel: Event) -> None:
        """After the pause; raises what was to come after so many frames."""
        if cancel.wait(self.pause):
            raise Cancelled("The work was cancelled.")
        self._check_open()
        if self.error and done >= self.error_after:
            raise self.error

    def _uploads(self, clip: ClipFile | FrameFiles) -> Iterator[UploadProgress]:
        if not isinstance(clip, ClipFile):
            paths, why = clip.paths, "an image sequence"
        elif clip.path in self.unreadable:
            paths, why = (clip.path,), "the backend reads no clips from that folder"
        else:
            return
        for path in paths:
            if path not in self.uploaded:
                yield UploadProgress(path.name, 0, 1, why)
                self.uploaded.append(path)
            yield UploadProgress(path.name, 1, 1, why)

    def _facts(self) -> ClipFacts:
        return ClipFacts(
            width=640,
            height=480,
            rate=self.curves.rate,
            variable_rate=False,
            frames=len(self.curves),
            seconds=self.curves.seconds,
            rotation=0,
            has_audio=False,
            model_id=self.info_answer.active_model,
        )

    def _check_open(self) -> None:
        if self.closed.is_set():
            raise Cancelled("The connection was closed.")
