"""Clips that arrived over the wire: a folder in the cache, addressed by content, kept below a total size.

    <sha256><ending>   a whole file, its hash right
    <sha256>.part      what has arrived so far of one

Names given by a client never reach the disk: only a harmless ending does, because decoders ask for it.
"""

import hashlib
import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from protos.convention import CHUNK_BYTES

from ..errors import ClipMissing, DiskFull, RequestInvalid, UploadError

SHA256 = re.compile(r"[0-9a-f]{64}")
ENDING = re.compile(r"\.[a-z0-9]{1,8}")
PART = ".part"


@dataclass(frozen=True)
class Chunk:
    """A piece of a file; see UploadChunk in retarget.proto."""

    sha256: str
    size: int
    offset: int
    data: bytes
    chunk_sha256: str
    name: str


@dataclass(frozen=True)
class State:
    """received: bytes that lie safely. complete: all there and the whole hash is right."""

    received: int
    complete: bool


class Uploads:
    """The folder of uploaded clips. Safe to use from several threads.

    max_file_bytes   largest single upload
    max_total_bytes  of the folder; when a new clip needs room the longest unused ones go
    """

    def __init__(self, folder: Path, max_file_bytes: int, max_total_bytes: int) -> None:
        self.max_file_bytes = max_file_bytes
        self._folder = folder
        self._max_total_bytes = max_total_bytes
        self._lock = threading.Lock()
        self._in_use: Counter[str] = Counter()

    def find(self, sha256: str, size: int) -> State:
        """How much of a file is here. Raises RequestInvalid, UploadError."""
        self._check(sha256, size)
        with self._lock:
            return self._state(sha256, size)

    def receive(self, chunk: Chunk) -> State:
        """Take one chunk; one that lies here already is passed over, so that two senders do not collide.

        Raises RequestInvalid, UploadError (out of order, wrong hash, too large) and DiskFull.
        """
        self._check(chunk.sha256, chunk.size)
        _check_data(chunk)
        with self._lock:
            state = self._state(chunk.sha256, chunk.size)
            if state.complete or chunk.offset + len(chunk.data) <= state.received < chunk.size:
                return state
            if chunk.offset != state.received:
                raise UploadError(
                    f"a chunk at byte {chunk.offset} came after byte {state.received}",
                    f"Go on from byte {state.received}.",
                )
            return self._append(chunk)

    @contextmanager
    def using(self, sha256: str) -> Iterator[Path]:
        """The path of a finished upload, kept from eviction meanwhile. Raises ClipMissing."""
        with self._lock:
            path = self._finished(sha256)
            if path is None:
                raise ClipMissing(f"no finished upload {sha256[:80]!r}", "Upload the clip again.")
            path.touch()
            self._in_use[sha256] += 1
        try:
            yield path
        finally:
            with self._lock:
                self._in_use[sha256] -= 1

    def _check(self, sha256: str, size: int) -> None:
        if not SHA256.fullmatch(sha256):
            raise RequestInvalid(f"{sha256[:80]!r} is not a sha256 in lower-case hex")
        if size == 0:
            raise UploadError("the file is empty", "Choose a file with pictures in it.")
        if size > self.max_file_bytes:
            raise UploadError(
                f"the file has {size} bytes, at most {self.max_file_bytes} are taken",
                "Cut or compress the clip, or put it where the backend can read it.",
            )

    def _state(self, sha256: str, size: int) -> State:
        if self._finished(sha256) is not None:
            return State(size, complete=True)
        part = self._part(sha256)
        return State(part.stat().st_size if part.exists() else 0, complete=False)

    def _part(self, sha256: str) -> Path:
        return self._folder / f"{sha256}{PART}"

    def _finished(self, sha256: str) -> Path | None:
        if not SHA256.fullmatch(sha256):
            return None
        return next((p for p in self._folder.glob(f"{sha256}*") if p.suffix != PART), None)

    def _append(self, chunk: Chunk) -> State:
        part = self._part(chunk.sha256)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # faces are nobody else's business
            if chunk.offset == 0:
                self._make_room(chunk.size)
            _write_at(part, chunk.offset, chunk.data)
            received = chunk.offset + len(chunk.data)
            if received < chunk.size:
                return State(received, complete=False)
            return self._finish(part, chunk)
        except OSError as err:
            raise DiskFull(
                f"the upload could not be written to {self._folder}: {err.strerror}",
                "Make room on the backend's disk and start again; what has arrived is kept.",
            ) from err

    def _finish(self, part: Path, chunk: Chunk) -> State:
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != chunk.sha256:
            part.unlink()
            raise UploadError("the file arrived damaged: its hash is wrong", "Send it again.")
        part.replace(self._folder / f"{chunk.sha256}{_ending(chunk.name)}")
        return State(chunk.size, complete=True)

    def _make_room(self, size: int) -> None:
        """Delete what was unused for longest until `size` more bytes fit below the total."""
        kept = sorted(
            ((p.stat().st_mtime, p.stat().st_size, p) for p in self._folder.iterdir() if p.is_file()),
        )
        total = sum(bytes_ for _, bytes_, _ in kept)
        for _, bytes_, path in kept:
            if total + size <= self._max_total_bytes:
                return
            if self._in_use[path.name[:64]] == 0:
                path.unlink()
                total -= bytes_


def _check_data(chunk: Chunk) -> None:
    if not 0 < len(chunk.data) <= CHUNK_BYTES:
        raise UploadError(f"a chunk of {len(chunk.data)} bytes, expected 1 to {CHUNK_BYTES}")
    if chunk.offset + len(chunk.data) > chunk.size:
        raise UploadError(f"a chunk reaches byte {chunk.offset + len(chunk.data)} of {chunk.size}")
    if hashlib.sha256(chunk.data).hexdigest() != chunk.chunk_sha256:
        raise UploadError(f"the chunk at byte {chunk.offset} arrived damaged", "Send it again.")


def _write_at(path: Path, offset: int, data: bytes) -> None:
    """Append, or leave the file as it was: half a chunk would shift everything after it."""
    with path.open("ab") as file:
        try:
            file.write(data)
            file.flush()
        except OSError:
            os.ftruncate(file.fileno(), offset)
            raise


def _ending(name: str) -> str:
    ending = Path(name.replace("\\", "/")).suffix.lower()
    return ending if ENDING.fullmatch(ending) and ending != PART else ""
