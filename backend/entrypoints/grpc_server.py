"""The backend on the wire: binds, listens, says where, and ends in good order.

It ends on SIGTERM or Ctrl-C, when standard input closes (for a parent that may be killed; this works on
every system), or after an idle time.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from protos.convention import MESSAGE_BYTES, target
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

from ..errors import DiskFull, SettingInvalid, SuperFaceError
from ..settings import Settings
from .access import TokenInterceptor, check_address
from .application import Application
from .credentials import read_or_make_token, tls_files
from .refusals import refuse_token
from .services import (
    MAX_LIVE,
    MAX_SHOWING,
    MAX_TRAINING,
    MAX_TRAININGS_WAITING,
    MAX_UPLOADS,
    BackendService,
    RatingsService,
    RetargetService,
    TrainingService,
)
from .work_limit import WorkLimit

MAX_WAITING = 8  # retargets in line
SPARE_THREADS = 6  # for the short calls
GRACE_SECONDS = 2.0  # for calls under way when the server stops
LOOK_SECONDS = 0.5  # how often the idle time is looked at; Windows lets Ctrl-C through only in between

SERVICES = (
    backend_pb2.DESCRIPTOR.services_by_name["Backend"].full_name,
    retarget_pb2.DESCRIPTOR.services_by_name["Retarget"].full_name,
    ratings_pb2.DESCRIPTOR.services_by_name["Ratings"].full_name,
    training_pb2.DESCRIPTOR.services_by_name["Training"].full_name,
)
OPTIONS = (
    ("grpc.so_reuseport", 0),  # else two backends share a port and calls land anywhere
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 20_000),  # a client that vanished without a word is noticed
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
)


class PortTaken(SuperFaceError):
    """Somebody else listens there."""

    code = "port_taken"


@dataclass(frozen=True)
class Serving:
    """Where a backend listens; printed for the parent process and kept in `serving.json` of the home."""

    address: str  # host:port
    port: int
    pid: int
    token_file: str


class GrpcServer:
    """A bound server, not yet started. Raises AddressNotSafe, PortTaken, SettingInvalid."""

    def __init__(self, application: Application, settings: Settings) -> None:
        credentials = _credentials(settings)
        check_address(settings.host, tls=credentials is not None)
        self._clock = _CallClock()
        self._jobs = WorkLimit("retargets", settings.max_jobs, MAX_WAITING)
        self._training = WorkLimit("trainings", MAX_TRAINING, MAX_TRAININGS_WAITING)
        longer_calls = settings.max_jobs + MAX_WAITING + MAX_LIVE + MAX_UPLOADS + MAX_SHOWING + MAX_TRAINING
        threads = longer_calls + SPARE_THREADS
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="call"),
            interceptors=[TokenInterceptor(_token(settings), refuse_token), self._clock],
            options=OPTIONS,
            maximum_concurrent_rpcs=threads,
        )
        self._health = health.HealthServicer()
        self._add_services(application, settings)
        self.port = _bind(self._server, settings, credentials)
        self.serving = Serving(
            address=target(settings.host, self.port),
            port=self.port,
            pid=os.getpid(),
            token_file=str(settings.token_path),
        )

    def _add_services(self, application: Application, settings: Settings) -> None:
        backend_pb2_grpc.add_BackendServicer_to_server(
            BackendService(application, settings, self._jobs), self._server
        )
        retarget_pb2_grpc.add_RetargetServicer_to_server(
            RetargetService(application, settings, self._jobs), self._server
        )
        ratings_pb2_grpc.add_RatingsServicer_to_server(RatingsService(application), self._server)
        training_pb2_grpc.add_TrainingServicer_to_server(
            TrainingService(application, self._training), self._server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )

    def start(self) -> None:
        """Take calls from now on."""
        self._server.start()
        for service in ("", *SERVICES):
            self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    def stop(self) -> None:
        """Take no new calls, let those under way end for a moment, then cancel them."""
        self._health.enter_graceful_shutdown()
        # bounded, as grpc never counts a live stream as ended whose message was no message
        self._server.stop(GRACE_SECONDS).wait(2 * GRACE_SECONDS)

    def idle_seconds(self) -> float:
        """How long nobody has called and nothing has run; 0 while something runs."""
        busy = self._jobs.running or self._training.running
        return 0.0 if busy else time.monotonic() - self._clock.last


class _CallClock(grpc.ServerInterceptor):  # type: ignore[type-arg]
    """Notes when somebody last called."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def intercept_service(self, continuation: Callable[[Any], Any], call: grpc.HandlerCallDetails) -> Any:
        self.last = time.monotonic()
        return continuation(call)


def serve(
    application: Application,
    settings: Settings,
    announce: Callable[[Serving], None],
    *,
    exit_with_stdin: bool = False,
) -> None:
    """Serve until told to end; `announce` is called once calls are taken. For the main thread.

    Raises AddressNotSafe, PortTaken, SettingInvalid.
    """
    server = GrpcServer(application, settings)
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    if exit_with_stdin:
        threading.Thread(target=_wait_for_end_of_input, args=(ending,), daemon=True).start()
    server.start()
    try:
        with _noted(server.serving, settings.home / "serving.json"):
            announce(server.serving)
            while not ending.wait(LOOK_SECONDS):
                if 0 < settings.idle_seconds <= server.idle_seconds():
                    break
    finally:
        server.stop()


@contextmanager
def _noted(serving: Serving, file: Path) -> Iterator[None]:
    """Keeps a file that says where we are, for as long as we are; the last to start has it."""
    said = json.dumps(asdict(serving))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(said, encoding="utf-8")
    except OSError as err:
        raise DiskFull(
            f"{file} cannot be written: {err.strerror}", "Make room, or name another home."
        ) from err
    try:
        yield
    finally:
        if file.is_file() and file.read_text(encoding="utf-8") == said:
            file.unlink()


def _wait_for_end_of_input(ending: threading.Event) -> None:
    # unbuffered: a thread that waits inside sys.stdin would make Python abort at its end
    while os.read(sys.stdin.fileno(), 4096):
        pass
    ending.set()


def _token(settings: Settings) -> str:
    try:
        return read_or_make_token(settings.token_path)
    except OSError as err:
        raise SettingInvalid(f"the token cannot be kept: {err}", "See to that file and start again.") from err


def _credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """TLS from PEM files, None without them."""
    pair = tls_files(settings.tls_certificate, settings.tls_key)
    if pair is None:
        return None
    certificate, key = pair
    return grpc.ssl_server_credentials([(key, certificate)])


def _bind(server: grpc.Server, settings: Settings, credentials: grpc.ServerCredentials | None) -> int:
    """The port that was bound."""
    address = target(settings.host, settings.port)
    try:
        if credentials is None:
            return int(server.add_insecure_port(address))
        return int(server.add_secure_port(address, credentials))
    except RuntimeError as err:
        raise PortTaken(
            f"{address} cannot be listened on; another program, perhaps another backend, may be there",
            "Give another --port, or 0 for any free one.",
        ) from err
