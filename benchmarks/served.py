"""A real backend in another process, and a client that knows its token."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.backend_client.port import Address
from demo.processes import DemoFailed, Serving, backend

from .measurement import Skipped


@contextmanager
def served(clips: Path | None = None) -> Iterator[tuple[GrpcClient, Serving]]:
    """clips: the folder it may read from; the current one by default. Raises Skipped where none starts."""
    try:
        with backend(clips or Path.cwd()) as serving:
            client = GrpcClient(Address(serving.host, serving.port, serving.token_file.read_text().strip()))
            yield client, serving
            client.close()
    except DemoFailed as err:
        raise Skipped(str(err)) from err
