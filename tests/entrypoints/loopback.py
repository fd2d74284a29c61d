"""A real server on loopback around a fake application, and a plain gRPC caller for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import grpc

from backend.entrypoints.grpc_server import GrpcServer
from backend.settings import Settings
from protos.convention import AUTHORIZATION_KEY, bearer
from protos.generated.superface.v1 import (
    backend_pb2_grpc,
    ratings_pb2_grpc,
    retarget_pb2_grpc,
    training_pb2_grpc,
)
from tests.entrypoints.fake_application import FakeWork


@dataclass
class Loopback:
    """A running server, what stands behind it and how to call it."""

    work: FakeWork
    settings: Settings
    port: int
    token: str
    channel: grpc.Channel

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return ((AUTHORIZATION_KEY, bearer(self.token)),)

    @property
    def backend(self) -> backend_pb2_grpc.BackendStub:
        return backend_pb2_grpc.BackendStub(self.channel)

    @property
    def retarget(self) -> retarget_pb2_grpc.RetargetStub:
        return retarget_pb2_grpc.RetargetStub(self.channel)

    @property
    def ratings(self) -> ratings_pb2_grpc.RatingsStub:
        return ratings_pb2_grpc.RatingsStub(self.channel)

    @property
    def training(self) -> training_pb2_grpc.TrainingStub:
        return training_pb2_grpc.TrainingStub(self.channel)

    @property
    def clips(self) -> Path:
        """The folder clips may be read from."""
        return self.settings.allowed_folders[0]

    def clip(self, content: bytes = b"video", name: str = "clip.mp4") -> Path:
        path = self.clips / name
        path.write_bytes(content)
        return path


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings for a free port with everything kept in one folder."""
    clips = folder / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    return replace(Settings(home=folder / "home", port=0, allowed_folders=(clips,)), **changes)


@contextmanager
def serving(settings: Settings, work: FakeWork) -> Iterator[Loopback]:
    server = GrpcServer(work.application(), settings)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", (("grpc.enable_http_proxy", 0),)) as channel:
        token = settings.token_path.read_text()
        yield Loopback(work, settings, server.port, token, channel)
    server.stop()
