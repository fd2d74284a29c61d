"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ..errors import DiskFull


@contextmanager
def written_at_once(path: Path) -> Iterator[TextIO]:
    """A file that appears under its name when all is written, and not at all otherwise.

    Opened at the start, so that a folder that cannot be written is known before the work. Raises DiskFull.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        draft.replace(path)
    except OSError as err:
        raise DiskFull(
            f"{path} cannot be written: {err.strerror}", "Check the folder and its space."
        ) from err
    finally:
        if draft.exists():
            draft.unlink()
