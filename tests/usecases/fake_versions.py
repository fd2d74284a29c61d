"""A shelf of versions in memory. Passes the same tests as the one in a folder (tests/adapters)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.core.formats.version_json import version_from_text, version_to_text
from backend.core.versions import Decision, Version
from backend.errors import ModelDamaged, ModelMissing, ModelUnknown, SuperFaceError


@dataclass
class FakeVersions:
    """ports.VersionShelf. error: raised instead of writing."""

    files: dict[str, str] = field(default_factory=dict)  # by id
    decided: list[Decision] = field(default_factory=list)
    exported: dict[Path, str] = field(default_factory=dict)
    error: SuperFaceError | None = None

    def put(self, version: Version, learnt: bytes) -> None:
        self._check()
        try:
            self.files[version.id] = version_to_text(version, learnt)
        except ValueError as err:
            raise ModelDamaged(str(err)) from err

    def read(self, version_id: str) -> tuple[Version, bytes]:
        if version_id not in self.files:
            raise ModelUnknown(f"there is no version {version_id}")
        return _told(self.files[version_id])

    def ids(self) -> list[str]:
        return sorted(self.files)

    def decide(self, decisions: Sequence[Decision]) -> None:
        self._check()
        self.decided += decisions

    def history(self) -> list[Decision]:
        return list(self.decided)

    def export(self, version_id: str, path: Path) -> None:
        self._check()
        self.exported[path] = version_to_text(*self.read(version_id))

    def look_into(self, path: Path) -> tuple[Version, bytes]:
        if path not in self.exported:
            raise ModelMissing(f"{path} cannot be read")
        return _told(self.exported[path])

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


def _told(text: str) -> tuple[Version, bytes]:
    try:
        return version_from_text(text)
    except ValueError as err:
        raise ModelDamaged(str(err)) from err
