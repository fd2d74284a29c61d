"""Filmed frames on disk: geometry, so that light and paint can be made anew, and what is true of each.

A shard is a folder of plain arrays, read without copying. It gets its name only once it is whole, so what a
crash leaves behind is never taken for one.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.core.face_views import VERSION

from .camera import Camera
from .heads import Floats, Ints
from .painter import Seen, View
from .performers import PICTURE
from .studio import Take, atlas_views

UNFINISHED = ".unfinished"


@dataclass(frozen=True, eq=False)
class Shard:
    """N frames, those of one performer together, the neutral ones first.

    place, surface  (N, 96, 416, 4) see painter.Seen
    coefficients    (N, 52) the truth; gaze (N, 2, 2) radians
    kind            (N,) of expression, see expressions.py
    source          (N,) number of the head's source; identity (N,) of the person among its people
    maps            (N, 4, 2, 3), shape (N, 478, 3), angles (N, 3): see backend.core.face_views.FaceFrame
    points          (N, 478, 2) pixels of the picture where the landmarks truly are
    teacher         (N, 52) MediaPipe's scores
    placement       (N, 3, 4), focal (N,): the camera
    """

    place: NDArray[np.int16]
    surface: NDArray[np.int8]
    coefficients: Floats
    gaze: Floats
    kind: NDArray[np.str_]
    source: NDArray[np.uint8]
    identity: Ints
    maps: Floats
    shape: Floats
    angles: Floats
    points: Floats
    teacher: Floats
    placement: Floats
    focal: Floats

    def __len__(self) -> int:
        return len(self.coefficients)

    def performers(self) -> list[slice]:
        """Where each performer's frames are."""
        changes = np.flatnonzero(np.diff(self.identity) | np.diff(self.source)) + 1
        edges = [0, *changes.tolist(), len(self)]
        return [slice(a, b) for a, b in pairwise(edges)]

    def seen(self, frame: int) -> Seen:
        """What the painter paints."""
        return Seen(self.place[frame], self.surface[frame])

    def views(self, frame: int) -> list[View]:
        """How the painter's pixels look into the world."""
        return atlas_views(self.maps[frame], Camera(self.placement[frame], float(self.focal[frame]), PICTURE))


@dataclass(frozen=True, eq=False)
class Filmed:
    """One frame and what is true of it."""

    take: Take
    coefficients: Floats
    gaze: Floats
    kind: str
    source: int
    identity: int


class ShardDamaged(ValueError):
    """A shard lacks what it claims."""


def write(frames: Sequence[Filmed], path: Path) -> None:
    """As a whole or not at all. Raises OSError, as when the disk is full."""
    unfinished = path.with_name(path.name + UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        for name, column in _columns(frames).items():
            np.save(unfinished / f"{name}.npy", column, allow_pickle=False)
        (unfinished / "about.json").write_text(json.dumps({"frames": len(frames), "views": VERSION}))
        os.sync()
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def read(path: Path) -> Shard:
    """Its arrays stay on disk until they are looked at. Raises ShardDamaged."""
    try:
        about = json.loads((path / "about.json").read_text())
        columns = {f.name: np.load(path / f"{f.name}.npy", mmap_mode="r") for f in fields(Shard)}
    except (OSError, ValueError, EOFError) as err:
        raise ShardDamaged(f"{path} is no whole shard: {err}. Delete it and film it again.") from err
    if about.get("views") != VERSION:
        raise ShardDamaged(f"{path} was filmed with views of version {about.get('views')}, not {VERSION}.")
    if any(len(column) != about["frames"] for column in columns.values()):
        raise ShardDamaged(f"{path} does not hold {about['frames']} frames. Delete it and film it again.")
    return Shard(**columns)


def whole(folder: Path) -> Iterator[Path]:
    """Shards in a folder, in order of name."""
    yield from sorted(path for path in folder.glob("shard-*") if path.suffix != UNFINISHED)


def painting(path: Path, number: int) -> Path:
    """Where a shard's frames as painted for the so many'th time lie: (N, 96, 416, 3) uint8, a .npy file."""
    return path / f"painted-{number}.npy"


def paintings(path: Path) -> list[NDArray[np.uint8]]:
    """A shard's frames as painted before, see training.paint_faces; on disk until they are looked at."""
    return [np.load(file, mmap_mode="r") for file in sorted(path.glob("painted-*.npy"))]


def _columns(frames: Sequence[Filmed]) -> dict[str, NDArray[Any]]:
    takes = [frame.take for frame in frames]
    return {
        "place": np.stack([take.seen.place for take in takes]),
        "surface": np.stack([take.seen.surface for take in takes]),
        "coefficients": np.stack([frame.coefficients for frame in frames]),
        "gaze": np.stack([frame.gaze for frame in frames]).astype(np.float32),
        "kind": np.array([frame.kind for frame in frames]),
        "source": np.array([frame.source for frame in frames], np.uint8),
        "identity": np.array([frame.identity for frame in frames]),
        "maps": np.stack([take.frame.maps for take in takes]),
        "shape": np.stack([take.frame.shape for take in takes]),
        "angles": np.stack([take.frame.angles for take in takes]),
        "points": np.stack([take.points for take in takes]),
        "teacher": np.stack([take.teacher for take in takes]),
        "placement": np.stack([take.camera.placement for take in takes]),
        "focal": np.array([take.camera.focal for take in takes], np.float32),
    }
