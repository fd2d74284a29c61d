"""Batches to learn from: a few frames each of a few performers, so that each has its neutral at hand.

Geometry comes from shards. Paint, light and camera are drawn anew whenever a frame is used, in worker
processes, so that a network hardly ever sees the same picture twice; or they were drawn before, by
training.paint_faces, since on a CPU painting takes longer than learning. Nothing is shown in a mirror as
well: the network is made such that a mirrored frame would teach it nothing new.
"""

import os
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from backend.core.face_views import ATLAS_SHAPE, on_views
from backend.predictor.network import Sight
from backend.predictor.sights import sights_of

from . import shards
from .expressions import NEARLY_NEUTRAL, NEUTRAL
from .paint_faces import painted
from .painter import Canvas, Painter
from .shards import Shard

HELD_OUT = 20  # every so many identities are not trained on
NEARLY_SHOWN = 0.3  # share of groups with a picture of a face that nearly rests, beside the neutral
PREFETCHED = 4  # batches of each worker
KEPT = 100  # batches to use again, 15 MB each


class Part(Enum):
    """What a person's frames are for."""

    TRAIN = "to train on"
    CALIBRATE = "to calibrate on"
    JUDGE = "to judge by"


def part_of(identity: int) -> Part:
    """The same in every run, so that nobody is judged by whom it was trained on."""
    turn, rest = divmod(identity, HELD_OUT)
    return Part.TRAIN if rest else (Part.CALIBRATE, Part.JUDGE)[turn % 2]


class Batch(NamedTuple):
    """F frames of each of G performers; frame 0 of a group is its neutral picture.

    sight   of (G · F, …)
    truth   (G, F, 52) 0..1
    points  (G · F, 478, 2) where landmarks truly are: centimetres right of and below the middle of the view
            that sees each best
    """

    sight: Sight
    truth: Tensor
    points: Tensor


def on_device(batch: Batch, device: torch.device) -> Batch:
    """The batch where it is needed."""
    sight = Sight(*(part.to(device, non_blocking=True) for part in batch.sight))
    return Batch(sight, *(part.to(device, non_blocking=True) for part in batch[1:]))


@dataclass(frozen=True, eq=False)
class Footage:
    """Folders of shards, and the canvases of the sources filmed for them.

    painted   whether frames to train on are shown as training.paint_faces has painted them
    people    how many to train on, 0 all
    left_out  numbers of sources whose people are not trained on
    kinds     of expression beside rest, empty: all
    """

    folders: tuple[Path, ...]
    canvases: list[Canvas]
    painted: bool = False
    people: int = 0
    left_out: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()


def batches(footage: Footage, seed: int, groups: int, frames: int, workers: int) -> Iterator[Batch]:
    """Endless, of people to train on, each as often as any other."""
    drawn = _Drawn(footage, Part.TRAIN, seed, groups, frames)
    ahead = PREFETCHED if workers else None
    context = "spawn" if workers else None  # a forked process would share the parent's drawing context
    yield from DataLoader(
        drawn, None, num_workers=workers, prefetch_factor=ahead, multiprocessing_context=context
    )


def surveyed(footage: Footage, count: int) -> tuple[Tensor, Tensor]:
    """Shapes (N, 478, 3) and truths (N, 52) of up to so many people to train on."""
    people = _wanted(footage, Part.TRAIN)
    some = [people[i] for i in np.linspace(0, len(people) - 1, min(count, len(people))).astype(int)]
    shapes = np.concatenate([person.shard.shape[person.others] for person in some])
    truths = np.concatenate([person.shard.coefficients[person.others] for person in some])
    return torch.from_numpy(shapes), torch.from_numpy(truths)


def reused(drawn: Iterator[Batch], times: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Each batch, then times − 1 of groups of earlier ones."""
    kept: deque[Batch] = deque(maxlen=KEPT)
    for batch in drawn:
        kept.append(batch)
        yield batch
        for _ in range(times - 1):
            yield _mixed(kept, len(batch.truth), rng)


def _mixed(kept: Sequence[Batch], count: int, rng: np.random.Generator) -> Batch:
    """So many groups from any of the batches."""
    groups = [_group_of(kept[int(rng.integers(len(kept)))], int(rng.integers(count))) for _ in range(count)]
    sights, truths, points = zip(*groups, strict=True)
    sight = Sight(*(torch.cat(parts) for parts in zip(*sights, strict=True)))
    return Batch(sight, torch.cat(truths), torch.cat(points))


def _group_of(batch: Batch, group: int) -> Batch:
    frames = batch.truth.shape[1]
    rows = slice(group * frames, (group + 1) * frames)
    sight = Sight(*(part[rows] for part in batch.sight))
    return Batch(sight, batch.truth[group : group + 1], batch.points[rows])


def held_out_batches(
    footage: Footage, part: Part, groups: int, frames: int, count: int, kinds: Collection[str] = ()
) -> list[Batch]:
    """The same ones each time, whether what is trained on was painted before or not.

    kinds  of expression, only these where any are named; faces at rest are there in any case
    """
    drawn = iter(_Drawn(replace(footage, painted=False, kinds=frozenset(kinds)), part, 0, groups, frames))
    return [next(drawn) for _ in range(count)]


@dataclass(frozen=True, eq=False)
class Performer:
    """Rows of a shard that show one performer: neutral, nearly neutral, and others; and its paintings."""

    shard: Shard
    paintings: list[NDArray[np.uint8]]
    source: int
    neutral: NDArray[np.int64]
    nearly: NDArray[np.int64]
    others: NDArray[np.int64]

    def drawn(self, frames: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """So many rows, a neutral one first, without any twice while they last."""
        pool = rng.permutation(self.others)
        if len(self.nearly) and rng.random() < NEARLY_SHOWN:
            pool = np.concatenate([rng.choice(self.nearly, 1), pool])
        return np.concatenate([rng.choice(self.neutral, 1), np.resize(pool, frames - 1)])


_Pictures = Callable[[Performer, NDArray[np.int64], np.random.Generator], NDArray[np.uint8]]


def performers(folders: Sequence[Path], part: Part, kinds: frozenset[str] = frozenset()) -> list[Performer]:
    """Those with a neutral picture and others. Raises ShardDamaged, ValueError where there are none."""
    paths = [path for folder in folders for path in shards.whole(folder)]
    found = [performer for path in paths for performer in _of_shard(path, part, kinds)]
    if not found:
        raise ValueError(f"nobody {part.value} in {', '.join(map(str, folders))}; film more people")
    return found


def _of_shard(path: Path, part: Part, wanted_kinds: frozenset[str]) -> Iterator[Performer]:
    shard, painted = shards.read(path), shards.paintings(path)
    kinds = np.asarray(shard.kind)
    for rows in shard.performers():
        calm = [np.flatnonzero(kinds[rows] == kind) + rows.start for kind in (NEUTRAL, NEARLY_NEUTRAL)]
        others = np.setdiff1d(np.arange(rows.start, rows.stop), np.concatenate(calm))
        if wanted_kinds:
            others = others[np.isin(kinds[others], list(wanted_kinds))]
        wanted = part_of(int(shard.identity[rows.start])) == part
        if wanted and len(calm[0]) and len(others):
            yield Performer(shard, painted, int(shard.source[rows.start]), calm[0], calm[1], others)


class _Drawn(IterableDataset[Batch]):
    """Batches without end; each worker process has performers of its own."""

    def __init__(self, footage: Footage, part: Part, seed: int, groups: int, frames: int) -> None:
        self._footage, self._part, self._seed = footage, part, seed
        self._groups, self._frames = groups, frames

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        if worker:
            os.environ["LP_NUM_THREADS"] = "1"  # Mesa's renderer would take every core for each worker
        rng = np.random.default_rng([self._seed, number])
        mine = _wanted(self._footage, self._part)[number::count]
        if self._footage.painted:
            yield from self._batches(mine, _as_painted, rng)
            return
        with Painter(ATLAS_SHAPE[1], ATLAS_SHAPE[0], self._footage.canvases) as painter:
            yield from self._batches(mine, partial(_painted, painter), rng)

    def _batches(self, of: list[Performer], pictures: _Pictures, rng: np.random.Generator) -> Iterator[Batch]:
        turns = _in_turn(of, rng)
        while True:
            groups = [self._group(next(turns), pictures, rng) for _ in range(self._groups)]
            yield _batch(groups, self._frames)

    def _group(self, performer: Performer, pictures: _Pictures, rng: np.random.Generator) -> dict[str, Any]:
        shard, rows = performer.shard, performer.drawn(self._frames, rng)
        columns = ("shape", "angles", "teacher", "coefficients")
        return {name: getattr(shard, name)[rows] for name in columns} | {
            "atlas": pictures(performer, rows, rng),
            "points": np.stack([on_views(shard.points[row], shard.maps[row]) for row in rows]),
        }


def _wanted(footage: Footage, part: Part) -> list[Performer]:
    people = performers(footage.folders, part, footage.kinds)
    if part != Part.TRAIN:
        return people
    kept = [person for person in people if person.source not in footage.left_out]
    return kept[: footage.people or None]


def _in_turn(of: list[Performer], rng: np.random.Generator) -> Iterator[Performer]:
    """Everybody once in a drawn order, then everybody again."""
    while True:
        yield from (of[i] for i in rng.permutation(len(of)))


def _painted(
    painter: Painter, performer: Performer, rows: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.uint8]:
    return painted(performer.shard, rows, painter, rng)


def _as_painted(performer: Performer, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """As one of the paintings has them. Raises ValueError where there is none."""
    if not performer.paintings:
        raise ValueError("nothing has been painted; run training.paint_faces on these shards first")
    return performer.paintings[int(rng.integers(len(performer.paintings)))][rows]


def _batch(groups: list[dict[str, Any]], frames: int) -> Batch:
    columns = {name: np.concatenate([group[name] for group in groups]) for name in groups[0]}
    truth = torch.from_numpy(columns["coefficients"]).view(len(groups), frames, -1)
    sight = sights_of(columns["atlas"], columns["shape"], columns["angles"], columns["teacher"])
    return Batch(sight, truth, torch.from_numpy(columns["points"]))
