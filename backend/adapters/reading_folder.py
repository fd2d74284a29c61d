"""What predictors believed of clips: a file for each clip and predictor, as many as fit into a set space."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.readings import Reading, from_parts, parts_of, renewed
from ..errors import DiskFull
from ..sealed_numbers import Numbers, SealBroken, read_sealed, write_sealed

KIND = "reading 1"
MOST_BYTES = 2 << 30  # of the folder; a minute of a clip takes 2 MB
_ENDING = ".safetensors"


class ReadingFolder:
    """ports.ReadingStore. Made when something is first put there; the file that was written longest ago goes
    when there are too many.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes

    def keep(self, clip: str, base: str, reading: Reading) -> None:
        """See ports.ReadingStore."""
        old = self.read(clip, base)
        whole = reading if old is None else renewed(old, reading)
        path = self._path(clip, base)
        try:
            write_sealed(path, KIND, {"clip": clip, "base": base, "gate": whole.gate}, _numbers(whole))
            self._make_room(path)
        except OSError as err:
            advice = "See to the folder and its space, then retarget again."
            raise DiskFull(f"{path} cannot be written: {err.strerror}", advice) from err

    def read(self, clip: str, base: str) -> Reading | None:
        """See ports.ReadingStore."""
        try:
            facts, numbers, _ = read_sealed(self._path(clip, base), KIND)
            is_ours = (facts["clip"], facts["base"]) == (clip, base)
            return _reading(numbers, float(facts["gate"])) if is_ours else None
        except (OSError, SealBroken, IndexError, KeyError, TypeError, ValueError):
            return None  # it is made anew when the clip is read again

    def _path(self, clip: str, base: str) -> Path:
        return self._folder / (hashlib.sha256(f"{clip}\n{base}".encode()).hexdigest() + _ENDING)

    def _make_room(self, newest: Path) -> None:
        """Raises OSError."""
        files = sorted(self._folder.glob(f"*{_ENDING}"), key=lambda path: path.stat().st_mtime_ns)
        surplus = sum(path.stat().st_size for path in files) - self._most_bytes
        for path in files:
            if surplus > 0 and path != newest:
                surplus -= path.stat().st_size
                path.unlink()


def _numbers(reading: Reading) -> dict[str, NDArray[Any]]:
    """The rest is mostly one for the whole clip, and is written once."""
    frames, channels = reading.belief.active.shape
    rest = np.moveaxis(parts_of(reading.rest).reshape(3, -1, channels), 0, 1).reshape(-1, 3 * channels)
    rests, number = np.unique(rest, axis=0, return_inverse=True)
    return {
        "seconds": reading.seconds,
        "belief": parts_of(reading.belief),
        "scale": np.broadcast_to(reading.belief.rest, channels).astype(np.float32),
        "rests": rests.reshape(-1, 3, channels),
        "rest_of": np.broadcast_to(number.reshape(-1), frames).astype(np.int64),
    }


def _reading(numbers: Numbers, gate: float) -> Reading:
    """Raises IndexError, KeyError and ValueError."""
    rest = np.moveaxis(numbers["rests"][numbers["rest_of"]], 1, 0)
    belief, at_rest = (from_parts(parts, numbers["scale"]) for parts in (numbers["belief"], rest))
    return Reading(numbers["seconds"], belief, at_rest, gate)
