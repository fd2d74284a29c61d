"""Files that are there as a whole or not at all, whatever is killed meanwhile."""

import os
import uuid
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """So that a crash leaves the old file or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        _write(unfinished, content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _flush_folder(path.parent)


def write_new(path: Path, content: bytes) -> None:
    """So that a crash leaves no file or this one, and nobody writes over another. Raises OSError, and
    FileExistsError where there is one already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        _write(unfinished, content)
        os.link(unfinished, path)  # a rename would replace what is there
    finally:
        unfinished.unlink(missing_ok=True)
    _flush_folder(path.parent)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make a new name last, too. Windows knows no such thing: its file system notes names in a journal."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
