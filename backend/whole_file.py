"""Files that are there as a whole or not at all, whatever is killed meanwhile."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """So that a crash leaves the old file or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
