"""A backend reached by gRPC, here or by TLS on another machine. It blocks, so it is for the worker lane."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

import grpc

from ..contract import arkit, convention, ratings
from ..contract_wire import (
    backend_pb2,
    backend_pb2_grpc,
    fingerprint,
    ratings_pb2_grpc,
    retarget_pb2,
    retarget_pb2_grpc,
    training_pb2,
    training_pb2_grpc,
)
from . import messages, rating_messages, training_messages
from .errors import AddressRefused, BackendFailed, Cancelled, ContractMismatch
from .grpc_failures import refusal_code, translated
from .port import (
    Address,
    BackendInfo,
    ClipFile,
    FrameFiles,
    LiveExpression,
    LiveFrame,
    Recorded,
    RetargetEvent,
    RetargetRequest,
    Still,
    StillsRequest,
    UploadProgress,
)
from .sending import sending, with_our_names
from .versions import TrainEvent, TrainRequest, VersionCard, VersionFile, VersionList, VersionStep

T = TypeVar("T")
Ask = Callable[[retarget_pb2.Clip], Iterator[T]]  # a call about a clip that is named as the backend knows it

ANSWER_SECONDS = 10.0  # for the short calls
RECORD_SECONDS = 30.0  # a database may let itself be waited for
SHELF_SECONDS = 60.0  # all that was learnt is read, and a file of 12 MB may be on its way
LOOK_SECONDS = 0.05  # how often a cancel is looked for
PROGRESS_SECONDS = 0.2  # between two reports of an upload
LIVE_RATE = 30.0  # of single expressions, which have none of their own
OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # a proxy in the environment would catch calls to loopback
    ("grpc.enable_retries", 0),
    ("grpc.max_receive_message_length", convention.MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 20_000),  # a backend that vanished without a word is noticed
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 200),  # it may just be starting
    ("grpc.max_reconnect_backoff_ms", 1_000),
)
# Refusals of a path after which sending the file itself helps.
WHY_UPLOAD = {
    "clip_not_allowed": "the backend reads no clips from that folder",
    "clip_missing": "the backend does not see that file",
}


class GrpcClient:
    """port.BackendClient over gRPC. Raises AddressRefused where the token would travel in clear."""

    def __init__(self, address: Address, client_version: str = "") -> None:
        self._address = address
        self._version = client_version
        self._metadata = ((convention.AUTHORIZATION_KEY, convention.bearer(address.token)),)
        self._channel = _channel(address)
        self._backend = backend_pb2_grpc.BackendStub(self._channel)
        self._ratings = ratings_pb2_grpc.RatingsStub(self._channel)
        self._retarget = retarget_pb2_grpc.RetargetStub(self._channel)
        self._training = training_pb2_grpc.TrainingStub(self._channel)
        self._closed = Event()
        self._met = False  # the handshake went well
        self._sent: dict[str, str] = {}  # sha256 → name here, of files the backend was sent

    def info(self) -> BackendInfo:
        """See port.BackendClient."""
        with translated(self._closed.is_set, answered=lambda: self._met):
            request = backend_pb2.GetInfoRequest(
                client_version=self._version, contract_fingerprint=fingerprint.contract_fingerprint()
            )
            answer = self._backend.GetInfo(request, metadata=self._metadata, timeout=ANSWER_SECONDS)
        _check_contract(answer, self._version)
        self._met = True
        return messages.backend_info(answer)

    def retarget(self, request: RetargetRequest, cancel: Event) -> Iterator[RetargetEvent]:
        """See port.BackendClient."""
        yield from self._asked_of(request.clip, partial(self._updates, request, cancel), cancel)

    def stills(self, request: StillsRequest, cancel: Event) -> Iterator[UploadProgress | Still]:
        """See port.BackendClient."""
        yield from self._asked_of(request.clip, partial(self._shown, request, cancel), cancel)

    def predict(
        self, frames: Iterable[LiveFrame], model_id: str = "", smoothing: float = 0.0
    ) -> Iterator[LiveExpression]:
        """See port.BackendClient."""
        sent: dict[int, float] = {}

        def on_their_way() -> Iterator[retarget_pb2.LiveFrame]:
            for frame in frames:
                sent[frame.frame_id] = frame.seconds
                yield messages.live_frame(frame, model_id, smoothing)

        with translated(self._closed.is_set, answered=lambda: self._met):
            call = self._retarget.Predict(on_their_way(), metadata=self._metadata)
            try:
                for answer in call:
                    seconds = sent.pop(answer.frame_id, 0.0)
                    yield messages.live_expression(answer, seconds, LIVE_RATE)
            finally:
                call.cancel()

    def record(self, facts: Sequence[ratings.Fact]) -> Recorded:
        """See port.BackendClient."""
        with self._short_call(RECORD_SECONDS) as told:
            answer = self._ratings.Record(rating_messages.record_request(facts), **told)
        return rating_messages.recorded(answer)

    def train(self, request: TrainRequest, cancel: Event) -> Iterator[TrainEvent]:
        """See port.BackendClient."""
        self._meet()
        with translated(lambda: cancel.is_set() or self._closed.is_set(), answered=lambda: True):
            call = self._training.Train(training_messages.train_request(request), metadata=self._metadata)
            with _cancelled_by(cancel, call):
                yield from map(training_messages.train_event, call)

    def versions(self) -> VersionList:
        """See port.BackendClient."""
        with self._short_call(SHELF_SECONDS) as told:
            answer = self._training.Versions(training_pb2.VersionsRequest(), **told)
        return training_messages.version_list(answer)

    def decide(self, step: VersionStep, version: str, regions: Sequence[str], by: str) -> VersionList:
        """See port.BackendClient."""
        request = training_messages.decide_request(step, version, regions, by)
        with self._short_call(SHELF_SECONDS) as told:
            answer = self._training.Decide(request, **told)
        return training_messages.version_list(answer)

    def export_version(self, version: str) -> VersionFile:
        """See port.BackendClient."""
        with self._short_call(SHELF_SECONDS) as told:
            answer = self._training.ExportVersion(training_pb2.ExportVersionRequest(version=version), **told)
        return training_messages.version_file(answer)

    def import_version(self, content: bytes, by: str) -> VersionCard:
        """See port.BackendClient."""
        request = training_pb2.ImportVersionRequest(content=content, by=by)
        with self._short_call(SHELF_SECONDS) as told:
            answer = self._training.ImportVersion(request, **told)
        return training_messages.version_card(answer)

    def close(self) -> None:
        """See port.BackendClient."""
        self._closed.set()
        self._channel.close()

    def _meet(self) -> None:
        """The handshake, once: a backend with another contract is named before anything is asked of it."""
        if not self._met:
            self.info()

    @contextmanager
    def _short_call(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What goes along with a call that is answered at once, or not within so long."""
        self._meet()
        with translated(self._closed.is_set, answered=lambda: True):
            yield {"metadata": self._metadata, "timeout": seconds}

    def _asked_of(
        self, clip: ClipFile | FrameFiles, ask: Ask[T], cancel: Event
    ) -> Iterator[UploadProgress | T]:
        """What the backend answers about a clip, by its path or after an upload."""
        self._meet()
        with translated(
            lambda: cancel.is_set() or self._closed.is_set(), answered=lambda: True, named=self._named
        ):
            match clip:
                case ClipFile(path):
                    yield from self._asked_of_file(path.absolute(), ask, cancel)
                case FrameFiles(paths, rate):
                    yield from self._asked_of_frames(paths, rate, ask, cancel)

    def _asked_of_file(self, path: Path, ask: Ask[T], cancel: Event) -> Iterator[UploadProgress | T]:
        why = "the backend is on another machine"
        if convention.is_loopback(self._address.host):
            try:
                yield from ask(retarget_pb2.Clip(path=str(path)))
                return
            except grpc.RpcError as err:
                code = refusal_code(err)
                if code not in WHY_UPLOAD:
                    raise
                why = WHY_UPLOAD[code]
        sha256 = yield from self._upload(path, why, cancel)
        yield from ask(retarget_pb2.Clip(upload=sha256))

    def _asked_of_frames(
        self, paths: tuple[Path, ...], rate: float, ask: Ask[T], cancel: Event
    ) -> Iterator[UploadProgress | T]:
        uploads: list[str] = []
        for number, path in enumerate(paths, 1):
            why = f"picture {number} of {len(paths)} of an image sequence"
            uploads.append((yield from self._upload(path, why, cancel)))
        yield from ask(retarget_pb2.Clip(frames=retarget_pb2.FrameSequence(uploads=uploads, rate=rate)))

    def _updates(
        self, request: RetargetRequest, cancel: Event, clip: retarget_pb2.Clip
    ) -> Iterator[RetargetEvent]:
        call = self._retarget.RetargetVideo(messages.retarget_request(request, clip), metadata=self._metadata)
        rate = 0.0
        with _cancelled_by(cancel, call):
            for update in call:
                match update.WhichOneof("update"):
                    case "clip":
                        rate = update.clip.rate
                        yield messages.clip_facts(update.clip)
                    case "progress":
                        yield messages.progress(update.progress)
                    case "curves":
                        yield messages.curve_chunk(update.curves, rate)
                    case "summary":
                        summary = messages.summary(update.summary)
                        yield replace(summary, remarks=tuple(map(self._named, summary.remarks)))

    def _shown(self, request: StillsRequest, cancel: Event, clip: retarget_pb2.Clip) -> Iterator[Still]:
        call = self._retarget.Stills(messages.stills_request(request, clip), metadata=self._metadata)
        with _cancelled_by(cancel, call):
            yield from map(messages.still, call)

    def _upload(self, path: Path, why: str, cancel: Event) -> Generator[UploadProgress, None, str]:
        """Send what the backend has not got of a file; returns its sha256."""
        file = sending(path, cancel.is_set)
        self._sent[file.sha256] = path.name
        yield UploadProgress(path.name, 0, file.size, why)
        state = self._retarget.FindUpload(
            retarget_pb2.FindUploadRequest(sha256=file.sha256, size=file.size),
            metadata=self._metadata,
            timeout=ANSWER_SECONDS,
        )
        if not state.complete:
            call = self._retarget.Upload.future(file.chunks(state.received), metadata=self._metadata)
            with _cancelled_by(cancel, call):
                while not _done_within(call, PROGRESS_SECONDS):
                    yield UploadProgress(path.name, file.sent, file.size, why)
                file.check()
                state = call.result()
        if not state.complete:
            raise BackendFailed(
                f"{path.name} arrived only in part: {state.received} of {file.size} bytes.", "Try again."
            )
        yield UploadProgress(path.name, file.size, file.size, why)
        return file.sha256

    def _named(self, text: str) -> str:
        return with_our_names(text, self._sent)


def _channel(address: Address) -> grpc.Channel:
    where = convention.target(address.host, address.port)
    if address.certificate is not None:
        return grpc.secure_channel(where, _credentials(address.certificate), OPTIONS)
    if not convention.is_loopback(address.host):
        raise AddressRefused(
            f"{address.host} is another machine, and without TLS the token would travel in clear.",
            "Name the certificate file of that backend.",
        )
    return grpc.insecure_channel(where, OPTIONS)


def _credentials(certificate: Path) -> grpc.ChannelCredentials:
    try:
        return grpc.ssl_channel_credentials(certificate.read_bytes())
    except OSError as err:
        raise AddressRefused(
            f"The certificate {certificate} cannot be read: {err.strerror}.", "Choose the file again."
        ) from err


def _check_contract(answer: backend_pb2.BackendInfo, version: str) -> None:
    """Raises ContractMismatch, which says which side to update."""
    same = answer.contract_fingerprint == fingerprint.contract_fingerprint()
    if same and tuple(answer.channels) == arkit.CHANNELS:
        return
    ours, theirs = _number(version), _number(answer.version)
    older = "backend" if theirs < ours else "add-on" if ours < theirs else "older one, or both,"
    raise ContractMismatch(
        f"The add-on ({version or 'unknown version'}) and the backend ({answer.version or 'unknown version'})"
        " do not speak the same contract.",
        f"Update the {older} and connect again.",
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


@contextmanager
def _cancelled_by(cancel: Event, call: Any) -> Iterator[None]:
    """Ends the call soon after `cancel` is set, even while nothing arrives, and in any case at the end."""
    over = Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            if cancel.is_set():
                call.cancel()
                return

    Thread(target=watch, name="superface cancel", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        call.cancel()


def _done_within(call: Any, seconds: float) -> bool:
    try:
        call.exception(timeout=seconds)
    except grpc.FutureTimeoutError:
        return False
    except grpc.FutureCancelledError as err:
        raise Cancelled("The upload was cancelled.") from err
    return True
