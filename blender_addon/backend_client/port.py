"""What the add-on needs of a backend, in its own words; no bpy, no grpc.

Two implementations: grpc_client.GrpcClient and fake_client.FakeClient. All calls block and belong on
the worker lane.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

from ..contract import ExpressionCurves, ratings
from .versions import TrainEvent, TrainRequest, VersionCard, VersionFile, VersionList, VersionStep


@dataclass(frozen=True)
class Address:
    """Where a backend is. certificate: PEM file of the authority to trust; None: no TLS, loopback only."""

    host: str
    port: int
    token: str = ""
    certificate: Path | None = None


@dataclass(frozen=True)
class Model:
    """A predictor the backend offers; unobserved and unreliable are channel names."""

    id: str
    title: str
    licence: str
    unobserved: tuple[str, ...] = ()
    unreliable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """What keeps a backend from working, and what to do about it."""

    what: str
    advice: str


@dataclass(frozen=True)
class BackendInfo:
    """The handshake's answer; see BackendInfo in backend.proto."""

    version: str
    active_model: str
    models: tuple[Model, ...]
    device: str
    missing: tuple[Missing, ...]
    max_upload_bytes: int
    max_clip_seconds: float
    max_jobs: int
    running_jobs: int


@dataclass(frozen=True)
class ClipFile:
    """A video or a single picture on this machine."""

    path: Path


@dataclass(frozen=True)
class FrameFiles:
    """An image sequence on this machine, in order; rate in pictures a second."""

    paths: tuple[Path, ...]
    rate: float


@dataclass(frozen=True)
class Crop:
    """Fractions of the upright picture, origin top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Neutral:
    """The performer at rest: times of such frames in seconds, or a name under which they are kept."""

    seconds: tuple[float, ...] = ()
    performer: str = ""


@dataclass(frozen=True)
class Cleanup:
    """How raw curves are tidied; see Cleanup in retarget.proto for the ranges."""

    smoothing: float = 0.5
    couple_mouth_close: bool = True
    resolve_antagonists: bool = True
    keep_in_range: bool = True
    hold_seconds: float = 0.25
    decay_seconds: float = 0.5


@dataclass(frozen=True)
class RetargetRequest:
    """One clip to curves. Times are the clip's own seconds; end_seconds None: to the end.

    face     (x, y) of the one to follow, fractions of the upright picture at the in point; None: the largest
    profile  whose learnt versions are used; empty: everybody's
    version  id of the one to try out, in all that it has learnt; empty: those in use
    """

    clip: ClipFile | FrameFiles
    start_seconds: float = 0.0
    end_seconds: float | None = None
    crop: Crop | None = None
    mirrored_footage: bool = False
    face: tuple[float, float] | None = None
    model_id: str = ""
    neutral: Neutral = Neutral()
    cleanup: Cleanup = Cleanup()
    profile: str = ""
    version: str = ""


@dataclass(frozen=True)
class StillsRequest:
    """Moments of a clip as small pictures; the clip and how it is looked at are as in RetargetRequest.

    seconds       moments of the clip, 1 to convention.STILLS_A_CALL
    start_seconds in point of the take, at which the face is named
    longest_side  64 to 1024 pixels
    around_face   cut to a square around the head; the whole picture where no face is found
    """

    clip: ClipFile | FrameFiles
    seconds: tuple[float, ...]
    start_seconds: float = 0.0
    crop: Crop | None = None
    mirrored_footage: bool = False
    face: tuple[float, float] | None = None
    longest_side: int = 384
    around_face: bool = False


@dataclass(frozen=True)
class UploadProgress:
    """Bytes of one file on their way, and why it travels at all."""

    name: str
    sent: int
    size: int
    why: str


@dataclass(frozen=True)
class ClipFacts:
    """The clip as the backend sees it; see ClipFacts in retarget.proto.

    base      the model with its weights; empty: it learns nothing
    versions  ids of those that correct it, by region
    """

    width: int
    height: int
    rate: float
    variable_rate: bool
    frames: int
    seconds: float
    rotation: int
    has_audio: bool
    model_id: str
    base: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far the work is; seconds_left None: unknown."""

    frames_done: int
    frames_total: int
    frames_a_second: float
    seconds_left: float | None
    stage: str


@dataclass(frozen=True, eq=False)
class CurveChunk:
    """Consecutive frames of the take; first_frame counts from the in point."""

    first_frame: int
    curves: ExpressionCurves


@dataclass(frozen=True)
class RestMoment:
    """A moment, in seconds of the clip, at which the face seems to rest; uncertainty 0..1: see the .proto."""

    seconds: float
    uncertainty: float


@dataclass(frozen=True)
class Summary:
    """What came of it. lost: (start, end) spans without a face, seconds since the in point; rest: where the
    backend found the face at rest, None where it was named or is not needed.
    """

    frames: int
    frames_without_face: int
    lost: tuple[tuple[float, float], ...]
    remarks: tuple[str, ...]
    clip_sha256: str
    rest: RestMoment | None = None


RetargetEvent = UploadProgress | ClipFacts | Progress | CurveChunk | Summary


@dataclass(frozen=True)
class Still:
    """The picture nearest to a moment that was asked for; face_found False where none was looked for, too."""

    seconds: float
    jpeg: bytes
    face_found: bool


@dataclass(frozen=True)
class LiveFrame:
    """One picture for live use: an encoded still; seconds: capture time, rising."""

    frame_id: int
    seconds: float
    jpeg: bytes
    mirrored_footage: bool = False


@dataclass(frozen=True, eq=False)
class LiveExpression:
    """What one picture shows; curves has one row, or none where no face was found."""

    frame_id: int
    curves: ExpressionCurves
    inference_ms: float


@dataclass(frozen=True)
class Recorded:
    """What became of ratings, by their ids. kept: they lie safely; refused: never will, and why."""

    kept: frozenset[str]
    refused: Mapping[str, str]


class BackendClient(Protocol):
    """One connection. Every method raises errors.BackendError and nothing else."""

    def info(self) -> BackendInfo:
        """The handshake; also finds a wrong token and another contract."""
        ...

    def retarget(self, request: RetargetRequest, cancel: Event) -> Iterator[RetargetEvent]:
        """Starts when iterated and ends after Summary, with Cancelled soon after `cancel` is set.

        A file the backend cannot read is uploaded first, with UploadProgress. Closing the iterator
        cancels, too.
        """
        ...

    def stills(self, request: StillsRequest, cancel: Event) -> Iterator[UploadProgress | Still]:
        """One for each moment, times rising. Starts, is cancelled and uploads as `retarget` does."""
        ...

    def predict(
        self, frames: Iterable[LiveFrame], model_id: str = "", smoothing: float = 0.0
    ) -> Iterator[LiveExpression]:
        """One expression for each frame, in order, until frames ends; closing the iterator ends it."""
        ...

    def record(self, facts: Sequence[ratings.Fact]) -> Recorded:
        """At most convention.FACTS_A_CALL ratings for the record; to tell it again does no harm."""
        ...

    def train(self, request: TrainRequest, cancel: Event) -> Iterator[TrainEvent]:
        """Progress, the count of ratings, trials, and the result last. Starts when iterated and ends with
        Cancelled soon after `cancel` is set; the same request goes on from what was worked out until then.
        """
        ...

    def versions(self) -> VersionList:
        """All of them as they stand, once what fresh answers prove is heeded."""
        ...

    def decide(self, step: VersionStep, version: str, regions: Sequence[str], by: str) -> VersionList:
        """A person's decision about a version, by its id; to roll back, about the one that is current."""
        ...

    def export_version(self, version: str) -> VersionFile:
        """To be handed on."""
        ...

    def import_version(self, content: bytes, by: str) -> VersionCard:
        """Such a file becomes a candidate there; again does no harm."""
        ...

    def close(self) -> None:
        """Ends every call that is still running; may be called from any thread."""
        ...
