"""Arrays on disk that are there whole or not at all, whatever breaks off in between."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np


def save_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """A compressed .npz; makes its folder where there is none. Raises OSError, as when the disk is full."""
    with _whole(path) as file:
        np.savez_compressed(file, **arrays)


def save_npy(path: Path, array: Any) -> None:
    """A .npy, likewise."""
    with _whole(path) as file:
        np.save(file, array, allow_pickle=False)


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
