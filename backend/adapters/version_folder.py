"""Versions and what was decided about them, in a folder.

    versions/<id>.json        one version, card and content; never changed
    decisions/000001.json …   what was decided at once, one file each; never changed

Every file is there as a whole or not at all, and a decision never takes the place of another. So killing us
at any moment leaves a whole shelf, and two backends may share it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.formats.version_json import (
    LARGEST,
    decisions_from_text,
    decisions_to_text,
    version_from_text,
    version_to_text,
)
from ..core.versions import Decision, Version
from ..errors import DiskFull, ModelDamaged, ModelMissing, ModelUnknown
from ..whole_file import write_new, write_whole

_AGAIN = "Import it again, or choose another version; the one in use stays as it was."
_RESTORE = "Put back a copy of that file, or begin a new shelf by moving the folder away."


class VersionFolder:
    """ports.VersionShelf. The folder is made when something is first put there."""

    def __init__(self, folder: Path) -> None:
        self._versions = folder / "versions"
        self._decisions = folder / "decisions"

    def put(self, version: Version, learnt: bytes) -> None:
        """See ports.VersionShelf."""
        try:
            text = version_to_text(version, learnt)
        except ValueError as err:
            raise ModelDamaged(f"version {version.id} cannot be kept: {err}", _AGAIN) from err
        _written(write_whole, self._path(version.id), text)

    def read(self, version_id: str) -> tuple[Version, bytes]:
        """See ports.VersionShelf."""
        path = self._path(version_id)
        if not path.is_file():
            raise ModelUnknown(f"there is no version {version_id} in {self._versions}", _AGAIN)
        version, learnt = self.look_into(path)
        if version.id != version_id:
            raise ModelDamaged(f"{path} holds version {version.id}", _AGAIN)
        return version, learnt

    def ids(self) -> list[str]:
        """See ports.VersionShelf."""
        return sorted(path.stem for path in self._versions.glob("*.json"))

    def decide(self, decisions: Sequence[Decision]) -> None:
        """See ports.VersionShelf."""
        text = decisions_to_text(list(decisions))
        while True:
            entry = self._decisions / f"{len(self._entries()) + 1:06}.json"
            try:
                return _written(write_new, entry, text)
            except FileExistsError:
                continue  # another backend was quicker

    def history(self) -> list[Decision]:
        """See ports.VersionShelf."""
        return [each for entry in self._entries() for each in _decided_in(entry)]

    def export(self, version_id: str, path: Path) -> None:
        """See ports.VersionShelf."""
        _written(write_whole, path, version_to_text(*self.read(version_id)))

    def look_into(self, path: Path) -> tuple[Version, bytes]:
        """See ports.VersionShelf."""
        try:
            return version_from_text(_read(path))
        except ValueError as err:
            raise ModelDamaged(f"{path} is no version that can be used: {err}", _AGAIN) from err

    def _path(self, version_id: str) -> Path:
        if not (version_id.isascii() and version_id.isalnum()):  # it may come from elsewhere
            raise ModelUnknown(f"{version_id[:100]!r} is no version's id", _AGAIN)
        return self._versions / f"{version_id}.json"

    def _entries(self) -> list[Path]:
        """Numbered from 1 without a gap. Raises ModelDamaged."""
        found = sorted(self._decisions.glob("*.json"))
        for number, path in enumerate(found, 1):
            if path.stem != f"{number:06}":
                lost = path.with_name(f"{number:06}.json")
                raise ModelDamaged(f"of what was decided, {lost} is lost", _RESTORE)
        return found


def _decided_in(entry: Path) -> list[Decision]:
    """Raises ModelMissing and ModelDamaged."""
    try:
        return decisions_from_text(_read(entry))
    except ValueError as err:
        raise ModelDamaged(f"what was decided cannot be read from {entry}: {err}", _RESTORE) from err


def _read(path: Path) -> str:
    """Raises ModelMissing, and ValueError where it is no text of ours."""
    try:
        with path.open("rb") as file:
            stored = file.read(LARGEST + 1)
    except OSError as err:
        raise ModelMissing(f"{path} cannot be read: {err.strerror}", _AGAIN) from err
    if len(stored) > LARGEST:
        raise ValueError(f"it is over {LARGEST >> 20} MB")
    return stored.decode("ascii")


def _written(write: Callable[[Path, bytes], None], path: Path, text: str) -> None:
    """Raises DiskFull, and FileExistsError as `write` does."""
    try:
        write(path, text.encode("ascii"))
    except FileExistsError:
        raise
    except OSError as err:
        advice = "See to the folder and its space; everything is as it was."
        raise DiskFull(f"{path} cannot be written: {err.strerror}", advice) from err
