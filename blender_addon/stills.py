"""The footage's own pictures of a take's moments, on disk beside its curves.

They are fetched ahead of time, so that whoever rates waits for no backend and needs none. Blender itself
could not give them without showing the movie in the artist's scene.

Times are seconds of the clip: a row of the take's curves lies at `take.start` plus its own time.
"""

import os
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .backend_client.port import (
    BackendClient,
    ClipFile,
    Crop,
    FrameFiles,
    Still,
    StillsRequest,
    UploadProgress,
)
from .background import Cancel, Work
from .contract import convention
from .image_sequences import numbered
from .takes import TakeFacts, TakeFolder

LONGEST_SIDE = 512  # pixels, as large as a take is drawn beside it
MOST = 2000  # stills of one take, some 60 MB
_TICKS = 1_000_000  # a second, in a file's name


class NoStills(Exception):
    """A take without pictures to fetch. message: why. advice: what to do about it, one sentence."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@dataclass(frozen=True)
class StillKept:
    """One more lies on disk; face_found: it is cut to the head and not the whole picture."""

    seconds: float
    path: Path
    face_found: bool


class Stills:
    """The stills of one take; their folder is made with the first."""

    def __init__(self, takes: TakeFolder, take: TakeFacts) -> None:
        self.take = take
        self.folder = takes.folder / take.id / "stills"

    def times(self) -> list[float]:
        """Of all that are here, rising."""
        if not self.folder.is_dir():
            return []
        names = os.listdir(self.folder)  # noqa: PTH208 (as Paths, 2000 of them take 10 ms and not 1)
        return sorted(int(name.removesuffix(".jpg")) / _TICKS for name in names if name.endswith(".jpg"))

    def nearest(self, seconds: float) -> Path | None:
        """The JPEG of a moment, no more than half a frame away; None where there is none."""
        time = self._nearest(seconds, self.times())
        return None if time is None else self._path(time)

    def missing(self, wanted: Collection[float]) -> list[float]:
        """Those moments, rising, for which there is none."""
        here = self.times()
        return [seconds for seconds in sorted(set(wanted)) if self._nearest(seconds, here) is None]

    def fetching(self, client: BackendClient, wanted: Sequence[float]) -> Work:
        """Work for background.py: the missing ones of these moments, each on disk before it is told of.

        At most MOST lie here: for new ones those are given up which nobody wants now, the oldest first.
        Raises NoStills, BackendError and OSError; what has come until then stays.
        """

        def work(cancel: Cancel) -> Iterator[StillKept | UploadProgress]:
            missing = self.missing(wanted)
            if not missing:
                return
            clip = _footage(self.take)
            self._make_room(wanted, len(missing))
            for first in range(0, len(missing), convention.STILLS_A_CALL):
                request = self._request(clip, missing[first : first + convention.STILLS_A_CALL])
                for event in client.stills(request, cancel):
                    yield self._keep(event) if isinstance(event, Still) else event

        return work

    def _nearest(self, seconds: float, times: Sequence[float]) -> float | None:
        """Of rising times."""
        after = bisect_left(times, seconds)
        beside = times[max(after - 1, 0) : after + 1]
        time = min(beside, key=lambda time: abs(time - seconds), default=None)
        half_a_frame = 0.5 / self.take.rate + 1 / _TICKS
        return time if time is not None and abs(time - seconds) <= half_a_frame else None

    def _path(self, seconds: float) -> Path:
        return self.folder / f"{round(seconds * _TICKS):012}.jpg"

    def _request(self, clip: ClipFile | FrameFiles, seconds: Sequence[float]) -> StillsRequest:
        take = self.take
        return StillsRequest(
            clip,
            tuple(seconds),
            start_seconds=take.start,
            crop=Crop(*take.crop) if take.crop else None,
            mirrored_footage=take.mirrored,
            face=take.face,
            longest_side=LONGEST_SIDE,
            around_face=True,
        )

    def _keep(self, still: Still) -> StillKept:
        path = self._path(still.seconds)
        draft = path.with_suffix(".part")
        self.folder.mkdir(exist_ok=True)
        try:
            draft.write_bytes(still.jpeg)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return StillKept(still.seconds, path, still.face_found)

    def _make_room(self, wanted: Collection[float], for_new: int) -> None:
        """Raises NoStills where all that lie here are wanted, too."""
        times = self.times()
        needed = {self._nearest(seconds, times) for seconds in wanted}
        unwanted = [self._path(time) for time in times if time not in needed]
        too_many = len(times) + for_new - MOST
        if too_many > len(unwanted):
            raise NoStills(f"{len(set(wanted))} pictures are too many.", f"Ask for {MOST} or fewer.")
        for path in sorted(unwanted, key=_age)[: max(too_many, 0)]:
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _footage(take: TakeFacts) -> ClipFile | FrameFiles:
    """The files that a take was made of. Raises NoStills."""
    if not take.clip:
        raise NoStills(
            f"The take {take.name!r} was imported and has no footage.", "Retarget the clip to see pictures."
        )
    path = Path(take.clip)
    if not path.is_file():
        raise NoStills(f"The footage {path} is not there any more.", "Put it back, or retarget it again.")
    return numbered(path, take.rate) if take.sequence else ClipFile(path)
