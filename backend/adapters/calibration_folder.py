"""Keeps each performer's face at rest as a JSON file in the user's data folder."""

import hashlib
import json
import os
import re
from pathlib import Path

from ..core.calibration import Calibration
from ..errors import DiskFull, RequestInvalid


class CalibrationFolder:
    """One file a performer; names are made safe for every file system and stay apart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, performer: str) -> Calibration | None:
        """None when the performer is not known. Raises RequestInvalid for a damaged file."""
        path = self._path(performer)
        try:
            return Calibration.from_json(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, AttributeError) as err:
            raise RequestInvalid(
                f"the calibration of {performer!r} in {path} cannot be read: {err}",
                "Delete that file and choose neutral frames again.",
            ) from err

    def write(self, performer: str, calibration: Calibration) -> None:
        """Replaces the file in one step. Raises DiskFull."""
        path = self._path(performer)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        text = json.dumps({"performer": performer, **calibration.to_json()})
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as err:
            if draft.exists():
                draft.unlink()
            advice = "Make room on the disk, or retarget without naming a performer."
            raise DiskFull(f"the calibration of {performer!r} cannot be written: {err}", advice) from err

    def _path(self, performer: str) -> Path:
        """The readable part of the name and a piece of its hash, which tells apart names in any script."""
        readable = re.sub(r"[^a-z0-9]+", "-", performer.casefold()).strip("-")[:40] or "performer"
        mark = hashlib.sha256(performer.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return self._folder / f"{readable}-{mark}.json"
