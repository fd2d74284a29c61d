"""A rating of real footage with the sides hidden: which of two heads does what the person does?

    python -m benchmarks.blind_rating pages CLIP… --model FILE --head NPZ --out FOLDER
    python -m benchmarks.blind_rating score FOLDER --json FILE

`pages` leaves pictures to look at, each row a frame of footage and two heads, A and B, in an order that
only key.json knows; and answers.json, to be filled with "A", "B" or "=". Keep a copy of the answers where it
cannot be changed (a commit) before `score` opens the key. Frames are chosen for variety by what the face
does, before either side has been asked. It is one person's opinion, and to be called that.
"""

import argparse
import hashlib
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.adapters.video_file import VideoFile
from backend.errors import SuperFaceError
from backend.ports import ExpressionPredictor, FaceNetworks, Picture
from backend.predictor.checkpoint import load_network
from backend.predictor.torch_predictor import TorchPredictor
from training.heads import Head, StoredHead
from training.plain_picture import picture
from training.rasterise import Rasteriser
from training.sources import face_networks

from .accuracy_clips import BASELINE, MAX_PIXELS, OURS, Tracked, pictures_of, reading, tracked
from .accuracy_measures import Array

COUNT, READ, APART = 60, 400, 3  # frames shown, read of each clip, and least between two shown
SIDE, ROWS, COLUMNS, GAP = 224, 5, 2, 12  # pixels and rows of a page
FIRST, SECOND, TIE = "A", "B", "="
MARGIN = 0.25  # of a face's size, shown around it


@dataclass(frozen=True, eq=False)
class Shown:
    """One frame to be rated: from which clip, its number there, the face in it, and both sides' readings."""

    clip: str
    frame: int
    face: Picture
    values: Mapping[str, Array]


def varied(shapes: Array, count: int, apart: int = APART) -> list[int]:
    """Up to `count` rows of (N, …) that differ most from each other: each the farthest from those before it
    (Gonzalez 1985), beginning with the one farthest from the median. Rows with NaN are never taken, nor two
    within `apart` of each other.
    """
    flat = shapes.reshape(len(shapes), -1)
    seen = np.isfinite(flat).all(axis=1)
    if not seen.any():
        return []
    distance = np.where(seen, np.linalg.norm(flat - np.median(flat[seen], axis=0), axis=1), -1.0)
    chosen: list[int] = []
    while len(chosen) < count and distance.max() > 0:
        row = int(distance.argmax())
        fresh = np.linalg.norm(flat - flat[row], axis=1)
        distance = np.where(seen, np.minimum(distance, fresh) if chosen else fresh, -1.0)
        distance[max(0, row - apart + 1) : row + apart] = -1.0
        seen[max(0, row - apart + 1) : row + apart] = False
        chosen.append(row)
    return chosen


def shown_of(path: Path, sides: Mapping[str, ExpressionPredictor], networks: FaceNetworks) -> list[Shown]:
    """Every frame of a clip that could be shown, by variety, the most telling first. Raises ClipError."""
    rate = VideoFile(path, MAX_PIXELS).facts.rate
    seen = tracked(pictures_of(path, READ), rate, networks)
    rows = varied(seen.shapes, COUNT)
    readings = {side: reading(seen, predictor) for side, predictor in sides.items()}
    return [
        Shown(path.name, row, _face(seen, row), {side: read.values[row] for side, read in readings.items()})
        for row in rows
    ]


def _face(seen: Tracked, row: int) -> Picture:
    """(SIDE, SIDE, 3) around the landmarks."""
    points = seen.faces[row].landmarks[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max()) * (1 + 2 * MARGIN)
    left, top = (low + high - side) / 2
    box = (left, top, left + side, top + side)
    whole = Image.fromarray(seen.pictures[row])
    return np.asarray(whole.transform((SIDE, SIDE), Image.Transform.EXTENT, box, Image.Resampling.BICUBIC))


def shared_out(of_clips: Sequence[list[Shown]], count: int) -> list[Shown]:
    """`count` frames, every clip in turn."""
    turns = [of[i] for i in range(max(map(len, of_clips), default=0)) for of in of_clips if i < len(of)]
    return turns[:count]


def pages(shown: Sequence[Shown], ours_first: Sequence[bool], head: Head) -> list[Image.Image]:
    """Rows of footage, A, B, numbered from 1."""
    width, height = COLUMNS * (3 * SIDE + GAP), ROWS * (SIDE + GAP)
    made = []
    with Rasteriser(SIDE) as rasteriser:
        for first in range(0, len(shown), ROWS * COLUMNS):
            page = Image.new("RGB", (width, height))
            for place, number in enumerate(range(first, min(first + ROWS * COLUMNS, len(shown)))):
                column, row = divmod(place, ROWS)
                one = _row(rasteriser, shown[number], ours_first[number], head, number + 1)
                page.paste(one, (column * (3 * SIDE + GAP), row * (SIDE + GAP)))
            made.append(page)
    return made


def _row(rasteriser: Rasteriser, one: Shown, ours_first: bool, head: Head, number: int) -> Image.Image:
    sides = (OURS, BASELINE) if ours_first else (BASELINE, OURS)
    heads = [picture(rasteriser, head, one.values[side].astype(np.float32)) for side in sides]
    row = Image.fromarray(np.concatenate([one.face, *heads], axis=1))
    draw = ImageDraw.Draw(row)
    for text, x in ((str(number), 4), (FIRST, SIDE + 4), (SECOND, 2 * SIDE + 4)):
        draw.text((x, 4), text, fill="yellow", font_size=20)
    return row


def scored(answers: Mapping[str, str], ours_first: Mapping[str, bool]) -> dict[str, Any]:
    """Share of answers for ours, ties halved, with Wilson's 95 % interval (1927). ValueError where some are
    missing or none of A, B and =.
    """
    wrong = [number for number in ours_first if answers.get(number) not in (FIRST, SECOND, TIE)]
    if wrong:
        raise ValueError(f"not answered with A, B or =: {', '.join(wrong)}")
    won = sum(answers[n] != TIE and (answers[n] == FIRST) == first for n, first in ours_first.items())
    ties, count = sum(answers[n] == TIE for n in ours_first), len(ours_first)
    share = (won + ties / 2) / count
    low, high = _wilson(share, count)
    return {
        "ours": won, "ties": ties, "baseline": count - won - ties, "share": share, "low": low, "high": high
    }  # fmt: skip


def _wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    middle = share + z**2 / (2 * count)
    reach = z * float(np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)))
    whole = 1 + z**2 / count
    return (middle - reach) / whole, (middle + reach) / whole


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when a clip, weights or answers were refused."""
    told = _told(arguments)
    try:
        told.run(told)
    except SuperFaceError as err:
        print(f"{err.message}\n  {err.advice}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as err:
        print(err, file=sys.stderr)
        return 1
    return 0


def _make_pages(told: argparse.Namespace) -> None:
    networks = face_networks()
    teacher = MediaPipeBaseline(networks)
    network, _ = load_network(told.model)
    ours = TorchPredictor(network, told.model.stem, teacher, networks.geometry)
    sides: dict[str, ExpressionPredictor] = {BASELINE: teacher, OURS: ours}
    shown = shared_out([shown_of(path, sides, networks) for path in told.clips], told.count)
    ours_first = [bool(secrets.randbits(1)) for _ in shown]
    told.out.mkdir(parents=True)
    for number, page in enumerate(pages(shown, ours_first, StoredHead(told.head).head(0)), 1):
        page.save(told.out / f"page-{number:02d}.png")
    numbers = [str(number) for number in range(1, len(shown) + 1)]
    sha256 = hashlib.sha256(told.model.read_bytes()).hexdigest()
    frames = {n: [one.clip, one.frame] for n, one in zip(numbers, shown, strict=True)}
    _write(told.out / "frames.json", {"weights": sha256, "frames": frames})
    _write(told.out / "key.json", dict(zip(numbers, ours_first, strict=True)))
    _write(told.out / "answers.json", dict.fromkeys(numbers, ""))
    print(f"{len(shown)} frames on pages in {told.out}; fill answers.json")


def _score(told: argparse.Namespace) -> None:
    answers = (told.folder / "answers.json").read_bytes()
    result = scored(json.loads(answers), json.loads((told.folder / "key.json").read_bytes()))
    result |= {
        "name": "blind_rating",
        "rater": "author",
        "answers_sha256": hashlib.sha256(answers).hexdigest(),
        **json.loads((told.folder / "frames.json").read_bytes()),
    }
    print("{ours} for ours, {baseline} for the baseline, {ties} ties: {share:.1%}".format(**result))
    if told.json:
        _write(told.json, result)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _told(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blind_rating", description=__doc__)
    ways = parser.add_subparsers(required=True)
    make = ways.add_parser("pages")
    make.add_argument("clips", type=Path, nargs="+")
    make.add_argument("--model", type=Path, required=True, help="weights of ours")
    make.add_argument("--head", type=Path, required=True, help="a head stored as .npz")
    make.add_argument("--count", type=int, default=COUNT)
    make.add_argument("--out", type=Path, required=True, help="a new folder")
    make.set_defaults(run=_make_pages)
    score = ways.add_parser("score")
    score.add_argument("folder", type=Path)
    score.add_argument("--json", type=Path)
    score.set_defaults(run=_score)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
