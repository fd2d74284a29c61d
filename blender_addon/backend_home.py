"""Where the artist's own backend lives, how far its set-up has come, and what it said.

Outside Blender and outside the extension's folder: nothing is ever installed into Blender's Python, and
uninstalling the extension leaves no half of it behind.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path


class LocalBackendError(Exception):
    """message: what happened. advice: what to do, one sentence."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@dataclass(frozen=True)
class Home:
    """Where the backend lives."""

    folder: Path

    @property
    def environment(self) -> Path:
        """The virtual environment."""
        return self.folder / "environment"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        if os.name == "nt":
            return self.environment / "Scripts" / "python.exe"
        return self.environment / "bin" / "python"

    @property
    def journal(self) -> Path:
        """Which stages of the set-up are done, and for which wheel."""
        return self.folder / "setup.json"

    @property
    def log(self) -> Path:
        """What pip and the backend said, for 'copy diagnostics'."""
        return self.folder / "backend.log"

    def is_ready(self) -> bool:
        """Whether a set-up has gone as far as a backend that runs."""
        return "verify" in self.done and self.python.exists()

    def is_current(self, wheel: Path) -> bool:
        """Whether what is set up is this very wheel."""
        return self.is_ready() and self._read().get("wheel") == _sha256(wheel)

    @property
    def done(self) -> list[str]:
        """Stages of the set-up that are finished."""
        done = self._read().get("done", [])
        return [str(stage) for stage in done] if isinstance(done, list) else []

    def note_done(self, wheel: Path, stage: str) -> None:
        """One more stage is finished; written at once or not at all."""
        new = self.journal.with_suffix(".new")
        new.write_text(json.dumps({"wheel": _sha256(wheel), "done": [*self.done, stage]}), encoding="utf-8")
        new.replace(self.journal)

    def forget_other_wheels(self, wheel: Path) -> None:
        """An update keeps the environment and installs again."""
        if self._read().get("wheel") != _sha256(wheel):
            made = [stage for stage in self.done if stage == "environment"]
            self.journal.write_text(json.dumps({"wheel": _sha256(wheel), "done": made}), encoding="utf-8")

    def _read(self) -> dict[str, object]:
        try:
            return dict(json.loads(self.journal.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def tail(self, lines: int = 40) -> str:
        """The end of the log, for 'copy diagnostics'."""
        return "\n".join(self._said()[-lines:])

    def last_line(self) -> str:
        """The last that was said, for a message."""
        return next((line.strip() for line in reversed(self._said()) if line.strip()), "It said nothing.")

    def _said(self) -> list[str]:
        if not self.log.exists():
            return []
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
