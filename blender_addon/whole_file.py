"""A file that is there as a whole or not at all: what was there before stays until the new one is."""

from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Beside it first, then in its place. Raises OSError."""
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
