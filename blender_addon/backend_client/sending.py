"""A file on this machine cut into the chunks of an upload."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..contract import convention
from ..contract_wire import retarget_pb2
from .errors import Cancelled, ClipRefused

_UPLOAD = re.compile(r"([0-9a-f]{64})(\.[a-z0-9]{1,8})?")  # how the backend names what it was sent


@dataclass
class Sending:
    """One file on its way. sent: bytes handed over so far, read by whoever shows the progress."""

    path: Path
    size: int
    sha256: str
    sent: int = 0
    trouble: OSError | None = None

    def chunks(self, start: int) -> Iterator[retarget_pb2.UploadChunk]:
        """The file from byte `start` on. grpc pulls them in a thread of its own, where no error would
        reach anybody: the stream ends early instead, and `check` tells why.
        """
        try:
            yield from self._chunks(start)
        except OSError as err:
            self.trouble = err

    def check(self) -> None:
        """Raises ClipRefused when the file could not be read to its end."""
        if self.trouble is not None:
            raise _unreadable(self.path, self.trouble) from self.trouble

    def _chunks(self, start: int) -> Iterator[retarget_pb2.UploadChunk]:
        with self.path.open("rb") as file:
            file.seek(start)
            self.sent = start
            while data := file.read(convention.CHUNK_BYTES):
                yield retarget_pb2.UploadChunk(
                    sha256=self.sha256,
                    size=self.size,
                    offset=self.sent,
                    data=data,
                    chunk_sha256=hashlib.sha256(data).hexdigest(),
                    name=self.path.name,
                )
                self.sent += len(data)


def sending(path: Path, cancelled: Callable[[], bool]) -> Sending:
    """Reads the file once for its hash. Raises ClipRefused when it cannot be read, and Cancelled."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while data := file.read(convention.CHUNK_BYTES):
                if cancelled():
                    raise Cancelled("The work was cancelled.")
                digest.update(data)
                size += len(data)
    except OSError as err:
        raise _unreadable(path, err) from err
    return Sending(path, size, digest.hexdigest())


def with_our_names(text: str, names: Mapping[str, str]) -> str:
    """What the backend says of a file it was sent, with the name it has here. names: by sha256."""
    return _UPLOAD.sub(lambda found: names.get(found[1], found[0]), text)


def _unreadable(path: Path, err: OSError) -> ClipRefused:
    return ClipRefused(f"{path} cannot be read: {err.strerror}.", "Choose the clip again.", "clip_missing")
