"""Arrays on disk that are there whole or not at all, whatever breaks off in between."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def save_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """A compressed .npz; makes its folder where there is none. Raises OSError, as when the disk is full."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            np.savez_compressed(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
