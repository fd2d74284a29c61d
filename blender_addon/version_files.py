"""Versions out to a file that can be handed on, and in from one, for the worker thread."""

from collections.abc import Iterator
from pathlib import Path

from .backend_client.errors import RequestRefused
from .backend_client.port import BackendClient
from .backend_client.versions import VersionList
from .background import Cancel, Work
from .contract import convention
from .whole_file import write_whole


def exported(client: BackendClient, version: str, path: Path) -> Work:
    """Work that yields the path once the version lies there. Raises BackendError and OSError."""

    def work(_: Cancel) -> Iterator[Path]:
        write_whole(path, client.export_version(version).content)
        yield path

    return work


def imported(client: BackendClient, path: Path, by: str) -> Work:
    """Work that yields how all versions stand once this one is on trial. Raises BackendError and OSError."""

    def work(_: Cancel) -> Iterator[VersionList]:
        client.import_version(_content(path), by)
        yield client.versions()

    return work


def _content(path: Path) -> bytes:
    """Raises RequestRefused before a file that cannot be a version is read, and OSError."""
    if (size := path.stat().st_size) > convention.VERSION_BYTES:
        raise RequestRefused(
            f"{path.name} has {size >> 20} MB, a version at most {convention.VERSION_BYTES >> 20}.",
            "Choose a file that was exported here or by another artist.",
        )
    return path.read_bytes()
