"""Raw curves on disk, as they arrive: mapping again needs no backend, and a killed backend loses nothing.

A take is a folder:

    take.json     what it is; replaced as a whole, never half-written
    curves.bin    one record a frame, only ever appended to; a record cut short by a crash is ignored
"""

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from .contract import CHANNEL_COUNT, ExpressionCurves, arkit

FORMAT = 2
_ALWAYS = [
    ("time", "<f8"),
    ("values", "<f4", CHANNEL_COUNT),
    ("confidence", "<f4", CHANNEL_COUNT),
    ("observed", "u1", CHANNEL_COUNT),
    ("head_location", "<f4", 3),
]
RECORD = np.dtype([*_ALWAYS, ("spread", "<f4", CHANNEL_COUNT)])
RECORDS = {1: np.dtype(_ALWAYS), FORMAT: RECORD}  # by format; the first told no spread


class TakeUnreadable(Exception):
    """A take's folder does not hold what it should; the message says what and what to do."""

    advice = ""


@dataclass(frozen=True)
class TakeFacts:
    """What is known of a take besides its curves.

    name      for people; the clip's name as a rule
    clip      path of the footage, "" when there is none (an imported CSV)
    rate      nominal frames a second of the source
    start     in point in the clip, seconds
    model     id of the predictor, or "live-link-csv"
    complete  False until the last frame has arrived
    expected  frames that were to come; 0: not known
    rest      seconds of the clip at which the backend found the face at rest; None: it did not look
    seconds   how long it is, as far as it has arrived; read from the curves
    sha256    of the footage; "" where it has none or is many pictures
    format    how its curves are stored
    """

    id: str
    name: str
    clip: str
    rate: float
    start: float = 0.0
    model: str = ""
    created: str = ""
    complete: bool = False
    expected: int = 0
    remarks: tuple[str, ...] = ()
    rest: float | None = None
    seconds: float = 0.0
    sha256: str = ""
    format: int = FORMAT


class TakeFolder:
    """All takes on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, name: str, clip: str, rate: float, **facts: object) -> TakeFacts:
        """A new, empty take. Raises OSError when nothing can be written there."""
        take = TakeFacts(
            id=uuid.uuid4().hex,
            name=name,
            clip=clip,
            rate=rate,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            **facts,  # type: ignore[arg-type]
        )
        (self.folder / take.id).mkdir(parents=True)
        self.keep(take)
        return take

    def keep(self, take: TakeFacts) -> None:
        """Write the facts, all or nothing."""
        path = self.folder / take.id / "take.json"
        new = path.with_suffix(".new")
        content = {"channels": arkit.CHANNELS, **asdict(take)}
        new.write_text(json.dumps(content, indent=1), encoding="utf-8")
        new.replace(path)

    def append(self, take_id: str, curves: ExpressionCurves) -> None:
        """Frames that follow those already there, on disk before this returns."""
        with (self.folder / take_id / "curves.bin").open("ab") as file:
            file.write(_records(curves).tobytes())
            file.flush()
            os.fsync(file.fileno())

    def finish(self, take: TakeFacts, **known: object) -> TakeFacts:
        """Mark the take as complete, with what is known of it only now."""
        done = replace(take, complete=True, **known)  # type: ignore[arg-type]
        self.keep(done)
        return done

    def facts(self, take_id: str) -> TakeFacts:
        """Raises TakeUnreadable."""
        if not take_id:
            raise TakeUnreadable("No take is chosen; choose one, retarget a clip or import a CSV.")
        path = self.folder / take_id / "take.json"
        try:
            content = dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as err:
            raise TakeUnreadable(
                f"The take in {path.parent} cannot be read; retarget the clip again."
            ) from err
        if content.get("format") not in RECORDS or tuple(content.pop("channels", ())) != arkit.CHANNELS:
            raise TakeUnreadable(f"The take in {path.parent} was made by another version of SuperFace.")
        try:
            take = TakeFacts(**{**content, "remarks": tuple(content["remarks"])})
            return replace(take, seconds=self._seconds(take))
        except (OSError, TypeError, KeyError) as err:
            raise TakeUnreadable(f"{path} lacks something: {err}; retarget the clip again.") from err

    def curves(self, take_id: str) -> ExpressionCurves:
        """What has arrived of a take, all whole frames. Raises TakeUnreadable when there is none."""
        path = self.folder / take_id / "curves.bin"
        take = self.facts(take_id)
        try:
            record = RECORDS[take.format]
            records = np.fromfile(path, record, count=path.stat().st_size // record.itemsize)
            if not len(records):
                raise TakeUnreadable(f"The take {take.name!r} holds no frame.")
            return _curves(records, take.rate)
        except (OSError, ValueError) as err:
            raise TakeUnreadable(f"The curves in {path} cannot be read; retarget the clip again.") from err

    def all(self) -> list[TakeFacts]:
        """Every readable take, the newest first."""
        return sorted(self._readable(), key=lambda take: take.created, reverse=True)

    def _seconds(self, take: TakeFacts) -> float:
        """Last time plus one frame, without reading the rest."""
        path = self.folder / take.id / "curves.bin"
        record = RECORDS[take.format]
        frames = path.stat().st_size // record.itemsize if path.exists() else 0
        if not frames:
            return 0.0
        (last,) = np.fromfile(path, record, count=1, offset=(frames - 1) * record.itemsize)
        return float(last["time"]) + 1.0 / take.rate

    def _readable(self) -> Iterator[TakeFacts]:
        for header in self.folder.glob("*/take.json"):
            try:
                yield self.facts(header.parent.name)
            except TakeUnreadable:
                continue  # another version's, or damaged: it is not offered


def _records(curves: ExpressionCurves) -> np.ndarray:
    records = np.zeros(len(curves), RECORD)
    records["time"] = curves.times
    for name in ("values", "confidence", "observed", "spread", "head_location"):
        records[name] = getattr(curves, name)
    return records


def _curves(records: np.ndarray, rate: float) -> ExpressionCurves:
    shape = (len(records), CHANNEL_COUNT)
    told = "spread" in (records.dtype.names or ())
    return ExpressionCurves(
        times=records["time"].astype(np.float64),
        values=records["values"].astype(np.float32),
        confidence=records["confidence"].astype(np.float32),
        observed=records["observed"].astype(np.bool_),
        spread=records["spread"].astype(np.float32) if told else np.zeros(shape, np.float32),
        head_location=records["head_location"].astype(np.float32),
        rate=rate,
    )
