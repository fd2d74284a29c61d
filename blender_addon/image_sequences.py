"""Which files make an image sequence, by their names."""

import re
from pathlib import Path

from .backend_client.port import FrameFiles


def numbered(first: Path, rate: float) -> FrameFiles:
    """All images that differ from `first` in their last number alone, by that number. Raises OSError."""
    match = re.fullmatch(r"(.*?)(\d+)(\D*)", first.name)
    if match is None:
        return FrameFiles((first,), rate)
    pattern = re.compile(re.escape(match[1]) + r"(\d+)" + re.escape(match[3]))
    found = [(int(m[1]), path) for path in first.parent.iterdir() if (m := pattern.fullmatch(path.name))]
    return FrameFiles(tuple(path for _, path in sorted(found)), rate)
