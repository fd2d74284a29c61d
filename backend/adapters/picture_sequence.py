"""Which files are meant by a folder, a pattern or one numbered picture: names only, nothing is opened."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from ..errors import ClipMissing, ClipUnreadable

PICTURE_ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr", ".dpx", ".jp2", ".sgi", ".ppm"}
)
_LAST_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$")
_PLACEHOLDER = re.compile(r"#+|%0?\d*d")


@dataclass(frozen=True)
class PictureSequence:
    """Files in the order of their numbers; a missing number is a gap in time."""

    paths: tuple[Path, ...]
    numbers: tuple[int, ...]

    def times(self, rate: float) -> tuple[float, ...]:
        """Seconds since the first picture at `rate` pictures a second."""
        return tuple((number - self.numbers[0]) / rate for number in self.numbers)


def names_sequence(path: Path) -> bool:
    """Whether this is a folder or a pattern like shot_####.png or shot_%04d.png rather than one file."""
    return path.is_dir() or (not path.exists() and bool(_PLACEHOLDER.search(path.name)))


def find_sequence(path: Path) -> PictureSequence:
    """The sequence in a folder, of a pattern, or around one numbered picture.

    Raises ClipMissing when there is no such picture, ClipUnreadable when a folder holds several sequences.
    """
    if path.is_dir():
        return _in_folder(path)
    found = _of_pattern(path) if names_sequence(path) else _around(path)
    if not found:
        raise ClipMissing(f"no picture is named {path}", "Check the folder and the number of # signs.")
    return _sorted(found)


def single_picture(path: Path) -> PictureSequence:
    """One picture as a sequence of length 1."""
    return PictureSequence((path,), (0,))


def _in_folder(folder: Path) -> PictureSequence:
    groups: dict[tuple[str, str], dict[int, Path]] = defaultdict(dict)
    for path in folder.iterdir():
        parts = _LAST_NUMBER.match(path.stem)
        if parts and path.suffix.lower() in PICTURE_ENDINGS:
            groups[parts[1] + "#" + parts[3], path.suffix][int(parts[2])] = path
    if not groups:
        raise ClipMissing(
            f"{folder} holds no numbered pictures", "Name them like shot_0001.png, shot_0002.png."
        )
    if len(groups) > 1:
        names = ", ".join(sorted(stem + suffix for stem, suffix in groups))
        raise ClipUnreadable(f"{folder} holds several sequences: {names}", "Name one of them instead.")
    return _sorted(next(iter(groups.values())))


def _of_pattern(path: Path) -> dict[int, Path]:
    """#### and %04d are as many digits at least; a bare # or %d is any number."""
    placeholder = _PLACEHOLDER.findall(path.name)[-1]
    before, _, after = path.name.rpartition(placeholder)
    digits = len(placeholder) if "#" in placeholder else int(re.sub(r"\D", "", placeholder) or 1)
    wanted = re.compile(rf"{re.escape(before)}(\d{{{digits},}}){re.escape(after)}$")
    return _matching(path.parent, wanted)


def _around(path: Path) -> dict[int, Path]:
    parts = _LAST_NUMBER.match(path.stem)
    if parts is None:
        return {0: path} if path.is_file() else {}
    wanted = re.compile(rf"{re.escape(parts[1])}(\d+){re.escape(parts[3] + path.suffix)}$")
    return _matching(path.parent, wanted)


def _matching(folder: Path, wanted: re.Pattern[str]) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    hits = ((wanted.match(path.name), path) for path in folder.iterdir())
    return {int(hit[1]): path for hit, path in hits if hit}


def _sorted(found: dict[int, Path]) -> PictureSequence:
    numbers = tuple(sorted(found))
    return PictureSequence(tuple(found[number] for number in numbers), numbers)
