"""The services of protos/ answered with the application: gather, ask, report.

A client that cancels or vanishes sets the event that the work looks at. Longer calls stand in bounded
lines, so that a full house says so instead of hanging.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import grpc

from protos.generated.superface.v1 import (
    backend_pb2,
    backend_pb2_grpc,
    ratings_pb2,
    ratings_pb2_grpc,
    retarget_pb2,
    retarget_pb2_grpc,
    training_pb2,
    training_pb2_grpc,
)

from .. import __version__
from ..errors import ClipTooLong, RequestInvalid
from ..ports import Clip, Picture
from ..settings import Settings
from ..usecases.retarget_order import CurveChunk, Event, RetargetOrder
from . import translate, translate_ratings, translate_training
from .access import AllowedFolders
from .application import Application
from .refusals import refusing
from .uploads import Uploads
from .work_limit import WorkLimit

MAX_LIVE = 4  # live streams at one time
MAX_UPLOADS = 4  # at one time
MAX_SHOWING = 2  # series of stills at one time
MAX_TRAINING = 1  # at one time; it takes all a machine has
MAX_TRAININGS_WAITING = 2  # one that was cancelled needs a moment to end
UPLOADS_KEPT = 2  # the folder of uploads holds so many of the largest allowed
MAX_PICTURES = 200_000  # of an image sequence; nearly an hour at 60 a second
TURN_SECONDS = 0.1  # how often one who waits looks whether it is still wanted

log = logging.getLogger(__name__)


class BackendService(backend_pb2_grpc.BackendServicer):
    """The handshake."""

    def __init__(self, application: Application, settings: Settings, jobs: WorkLimit) -> None:
        self._application = application
        self._settings = settings
        self._jobs = jobs

    def GetInfo(  # noqa: N802 (grpc's name)
        self, request: backend_pb2.GetInfoRequest, context: grpc.ServicerContext
    ) -> backend_pb2.BackendInfo:
        """See backend.proto."""
        log.info("handshake", extra={"client_version": request.client_version[:40]})
        with refusing(context):
            return translate.backend_info(
                self._application,
                version=__version__,
                max_upload_bytes=self._settings.max_upload_bytes,
                max_clip_seconds=self._settings.max_clip_seconds,
                max_jobs=self._settings.max_jobs,
                running_jobs=self._jobs.running,
            )


class RetargetService(retarget_pb2_grpc.RetargetServicer):
    """Clips and single frames to curves, moments of a clip as pictures, and the uploads they come by."""

    def __init__(self, application: Application, settings: Settings, jobs: WorkLimit) -> None:
        self._application = application
        self._settings = settings
        self._folders = AllowedFolders(settings.allowed_folders)
        self._uploads = Uploads(
            settings.uploads, settings.max_upload_bytes, UPLOADS_KEPT * settings.max_upload_bytes
        )
        self._jobs = jobs
        self._live = WorkLimit("live streams", MAX_LIVE)
        self._uploading = WorkLimit("uploads", MAX_UPLOADS)
        self._showing = WorkLimit("series of stills", MAX_SHOWING)

    def RetargetVideo(  # noqa: N802
        self, request: retarget_pb2.RetargetRequest, context: grpc.ServicerContext
    ) -> Iterator[retarget_pb2.RetargetUpdate]:
        """See retarget.proto."""
        gone = threading.Event()
        context.add_callback(gone.set)
        with refusing(context), _timed("retarget"):
            order = translate.order(request)
            with self._jobs.ticket() as ticket:
                if not self._jobs.turn(ticket, 0.0):
                    yield translate.waiting()
                while not self._jobs.turn(ticket, TURN_SECONDS):
                    if gone.is_set():
                        return
                yield from self._retarget(request, order, gone)

    def _retarget(
        self, request: retarget_pb2.RetargetRequest, order: RetargetOrder, gone: threading.Event
    ) -> Iterator[retarget_pb2.RetargetUpdate]:
        with self._clip(request.clip) as clip:
            self._check_length(clip, order)
            used = self._application.choose(translate.model_choice(request))
            for event in self._application.retarget(clip, order, used, gone.is_set):
                self._check_event(event)
                yield from translate.updates(event, used)

    @contextmanager
    def _clip(self, clip: retarget_pb2.Clip) -> Iterator[Clip]:
        """The clip a request names; uploads are kept from eviction while it is open."""
        with ExitStack() as uploads:
            match clip.WhichOneof("source"):
                case "path":
                    yield self._application.open_clip(self._folders.file(clip.path))
                case "upload":
                    yield self._application.open_clip(uploads.enter_context(self._uploads.using(clip.upload)))
                case "frames":
                    _check_sequence(clip.frames)
                    paths = [uploads.enter_context(self._uploads.using(f)) for f in clip.frames.uploads]
                    yield self._application.open_frames(paths, clip.frames.rate)
                case _:
                    raise RequestInvalid("the request names no clip", "Name a path, an upload or frames.")

    def _check_length(self, clip: Clip, order: RetargetOrder) -> None:
        end = clip.facts.seconds if order.end is None else min(order.end, clip.facts.seconds)
        self._check_seconds(end - order.start)

    def _check_event(self, event: Event) -> None:
        """Containers lie about their length; what has been read does not."""
        if isinstance(event, CurveChunk) and len(event.curves):
            self._check_seconds(float(event.curves.times[-1]))

    def _check_seconds(self, seconds: float) -> None:
        longest = self._settings.max_clip_seconds
        if seconds > longest:
            raise ClipTooLong(
                f"the range has {seconds:.1f} s, at most {longest:g} s are taken in one go",
                "Choose a shorter range, or raise max_clip_seconds in the backend's settings.",
            )

    def FindUpload(  # noqa: N802
        self, request: retarget_pb2.FindUploadRequest, context: grpc.ServicerContext
    ) -> retarget_pb2.UploadState:
        """See retarget.proto."""
        with refusing(context):
            return translate.upload_state(self._uploads.find(request.sha256, request.size))

    def Upload(  # noqa: N802
        self, request_iterator: Iterator[retarget_pb2.UploadChunk], context: grpc.ServicerContext
    ) -> retarget_pb2.UploadState:
        """See retarget.proto."""
        with refusing(context), _timed("upload"), self._uploading.ticket():
            state = None
            for message in request_iterator:
                state = self._uploads.receive(translate.chunk(message))
            if state is None:
                raise RequestInvalid("an upload without a chunk")
            return translate.upload_state(state)

    def Predict(  # noqa: N802
        self, request_iterator: Iterator[retarget_pb2.LiveFrame], context: grpc.ServicerContext
    ) -> Iterator[retarget_pb2.LiveExpression]:
        """See retarget.proto."""
        with refusing(context), _timed("live"), self._live.ticket():
            reader = None
            for frame in request_iterator:
                reader = reader or self._application.start_live(frame.model_id, frame.smoothing)
                picture = self._picture(frame)
                result = reader.read(picture, frame.seconds, frame.mirrored_footage)
                yield translate.live_expression(frame.frame_id, result)

    def _picture(self, frame: retarget_pb2.LiveFrame) -> Picture:
        match frame.WhichOneof("picture"):
            case "jpeg":
                return self._application.decode_still(frame.jpeg)
            case "raw":
                return translate.raw_picture(frame.raw)
            case _:
                raise RequestInvalid(f"live frame {frame.frame_id} has no picture")

    def Stills(  # noqa: N802
        self, request: retarget_pb2.StillsRequest, context: grpc.ServicerContext
    ) -> Iterator[retarget_pb2.Still]:
        """See retarget.proto."""
        gone = threading.Event()
        context.add_callback(gone.set)
        with refusing(context), _timed("stills"), self._showing.ticket():
            order = translate.stills_order(request)
            self._check_seconds(order.looked_at[-1] - order.looked_at[0])
            with self._clip(request.clip) as clip:
                for still in self._application.show_stills(clip, order, gone.is_set):
                    yield translate.still(still)


class RatingsService(ratings_pb2_grpc.RatingsServicer):
    """What artists answered, on its way into the record."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def Record(  # noqa: N802
        self, request: ratings_pb2.RecordRequest, context: grpc.ServicerContext
    ) -> ratings_pb2.RecordAnswer:
        """See ratings.proto."""
        with refusing(context), _timed("record"):
            reasons = self._application.record(translate_ratings.told(request))
            return translate_ratings.answer(request, reasons)


class TrainingService(training_pb2_grpc.TrainingServicer):
    """Versions: how they are learnt, how they stand, and what is decided about them."""

    def __init__(self, application: Application, training: WorkLimit) -> None:
        self._learning = application.learning
        self._training = training

    def Train(  # noqa: N802
        self, request: training_pb2.TrainRequest, context: grpc.ServicerContext
    ) -> Iterator[training_pb2.TrainEvent]:
        """See training.proto."""
        gone = threading.Event()
        context.add_callback(gone.set)
        with refusing(context), _timed("train"), self._training.ticket() as ticket:
            order = translate_training.order(request)
            if not self._training.turn(ticket, 0.0):
                yield translate_training.waiting()
            while not self._training.turn(ticket, TURN_SECONDS):
                if gone.is_set():
                    return
            for event in self._learning.train(order, request.model_id, gone.is_set):
                yield translate_training.event(event, self._learning)

    def Versions(  # noqa: N802
        self, request: training_pb2.VersionsRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionList:
        """See training.proto."""
        with refusing(context), _timed("versions"):
            return translate_training.version_list(self._learning.versions(request.profile))

    def Decide(  # noqa: N802
        self, request: training_pb2.DecideRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionList:
        """See training.proto."""
        with refusing(context), _timed("decide"):
            return translate_training.version_list(self._learning.decide(translate_training.decided(request)))

    def ExportVersion(  # noqa: N802
        self, request: training_pb2.ExportVersionRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionFile:
        """See training.proto."""
        with refusing(context), _timed("export"):
            return translate_training.version_file(*self._learning.export(request.version))

    def ImportVersion(  # noqa: N802
        self, request: training_pb2.ImportVersionRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionCard:
        """See training.proto."""
        with refusing(context), _timed("import"):
            content, by = translate_training.brought(request)
            return translate_training.card(self._learning.bring_in(content, by))


def _check_sequence(frames: retarget_pb2.FrameSequence) -> None:
    if not 0 < len(frames.uploads) <= MAX_PICTURES:
        raise RequestInvalid(f"a sequence of {len(frames.uploads)} pictures, expected 1 to {MAX_PICTURES}")
    if not 0.0 < frames.rate <= 1000.0:
        raise RequestInvalid(f"{frames.rate} pictures a second", "Give the rate of the sequence, like 24.")


@contextmanager
def _timed(call: str) -> Iterator[None]:
    """Leaves one line in the log for a call that took its time."""
    start = time.monotonic()
    try:
        yield
    finally:
        log.info("call ended", extra={"call": call, "seconds": round(time.monotonic() - start, 3)})
