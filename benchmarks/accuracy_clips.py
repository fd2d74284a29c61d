"""Real footage, of which nobody knows the truth: what must not change when only the picture does.

A take read from a cropped, recompressed, halved or mirrored copy of a clip should be the same take. How far
it is off is divided by how much the reading moves at all, else saying the same always would win. Both sides
read the same pictures, each the way the product does, rest included.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from backend.adapters.litert_tracker import LiteRtTracker
from backend.adapters.video_file import VideoFile
from backend.core.curves import COEFFICIENT_COUNT
from backend.core.frame_rows import frame_row
from backend.core.head_pose import pose_and_shape
from backend.ports import ExpressionPredictor, FaceNetworks, Picture
from backend.usecases.face_reader import AROUND, Seen
from backend.usecases.found_rest import SAMPLES, rest_among
from protos import arkit

from .accuracy_measures import Array, Mask
from .rerender import FRAMES as FILMED_AGAIN
from .rerender import Rerendering, movement_missed
from .second_landmarks import SecondLandmarks, agreement, openings

MAX_PIXELS = 4096 * 4096
FRAMES, QUICK_FRAMES = 240, 48
MARGIN = 0.06  # of the picture, cut away on the left and above, half of that elsewhere
JPEG_QUALITY = 30
STILL_SHARE = 0.25  # of the moments: those in which the landmarks move least
STILLS, QUICK_STILLS = 8, 2  # pictures of a clip that are held
HELD, SETTLED = 24, 8  # frames that each is held for, and of these the first, in which the tracker settles
CAMERA_NOISE = 3.0  # standard deviation in levels, 0..255
CAMERA_QUALITY = 90  # of JPEG
MIRRORED = list(arkit.MIRROR_PERMUTATION[:COEFFICIENT_COUNT])
BASELINE, OURS = "MediaPipe", "ours"


@dataclass(frozen=True, eq=False)
class Reading:
    """What one side reads in the N pictures of a clip: values (N, 52), and where it found the face (N,)."""

    values: Array
    found: Mask


@dataclass(frozen=True, eq=False)
class Tracked:
    """N pictures of one clip with the face in each (None where it was lost), and its shape (N, 478, 3) in
    centimetres in the performer's frame.
    """

    pictures: list[Picture]
    faces: list[Any]
    shapes: Array
    networks: FaceNetworks


def cropped(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    far, near = (round(share * min(height, width)) for share in (MARGIN, MARGIN / 2))
    return np.ascontiguousarray(picture[far : height - near, far : width - near])


def recompressed(picture: Picture, quality: int = JPEG_QUALITY) -> Picture:
    written = BytesIO()
    Image.fromarray(picture).save(written, "JPEG", quality=quality)
    return np.asarray(Image.open(written))


def halved(picture: Picture) -> Picture:
    return np.asarray(Image.fromarray(picture).reduce(2))


def mirrored(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "crop": cropped, "JPEG": recompressed, "half resolution": halved, "mirror": mirrored
}  # fmt: skip


def pictures_of(path: Path, count: int) -> list[Picture]:
    """The first of a clip. Raises ClipError."""
    return [frame.picture for frame in islice(VideoFile(path, MAX_PIXELS).frames(), count)]


def tracked(pictures: Sequence[Picture], rate: float, networks: FaceNetworks) -> Tracked:
    """By a tracker of its own."""
    tracker = LiteRtTracker(networks)
    faces = [tracker.track(picture, number / rate) for number, picture in enumerate(pictures)]
    shapes = np.full((len(pictures), 478, 3), np.nan)
    for row, (face, picture) in enumerate(zip(faces, pictures, strict=True)):
        if face is not None:
            size = (picture.shape[1], picture.shape[0])
            shapes[row] = pose_and_shape(face.landmarks, size, networks.geometry)[1]
    return Tracked(list(pictures), faces, shapes, networks)


def held(picture: Picture, rng: np.random.Generator) -> list[Picture]:
    """A picture as a camera sees it again and again: nothing changes but its noise."""
    noise = rng.normal(0, CAMERA_NOISE, (HELD, *picture.shape))
    seen = np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)
    return [recompressed(each, CAMERA_QUALITY) for each in seen]


def reading(seen: Tracked, predictor: ExpressionPredictor) -> Reading:
    """Relative to the rest that the predictor finds in the clip, if it wants one."""
    described = _described(seen, predictor)
    return _read(described, _rest(seen, described, predictor), len(seen.faces), predictor)


def tremor(seen: Tracked, rate: float, predictor: ExpressionPredictor, rest: Any, count: int) -> float:
    """Mean second difference, 0..1, of what is read where a camera holds single pictures of a clip.

    rest  the one that the predictor has found in the clip
    """
    rng = np.random.default_rng(0)
    rows = np.flatnonzero([face is not None for face in seen.faces])
    differences = []
    for row in rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]:
        again = tracked(held(seen.pictures[row], rng), rate, seen.networks)
        read = _read(_described(again, predictor), rest, HELD, predictor)
        if read.found[SETTLED:].all():
            differences.append(np.abs(np.diff(read.values[SETTLED:], 2, axis=0)).mean())
    return float(np.mean(differences)) if differences else float("nan")


def _described(seen: Tracked, predictor: ExpressionPredictor) -> dict[int, Any]:
    return {
        row: predictor.describe([face], [picture])[0]
        for row, (face, picture) in enumerate(zip(seen.faces, seen.pictures, strict=True))
        if face is not None
    }


def _read(described: Mapping[int, Any], rest: Any, count: int, predictor: ExpressionPredictor) -> Reading:
    values = np.zeros((count, COEFFICIENT_COUNT))
    if described:
        steady = predictor.steadied(np.array(list(described.values())), AROUND)
        values[list(described)] = [read.mean for read in predictor.predict(steady, rest)]
    return Reading(values, np.isin(np.arange(count), list(described)))


def _rest(seen: Tracked, described: Mapping[int, Any], predictor: ExpressionPredictor) -> Any:
    """As backend.usecases.found_rest samples a clip, of pictures already read; None for who wants none."""
    if not (predictor.wants_rest and described):
        return None
    rows = list(described)[:: max(1, len(described) // SAMPLES)]
    moments = []
    for row in rows:
        size = (seen.pictures[row].shape[1], seen.pictures[row].shape[0])
        prediction = predictor.predict(described[row][None])[0]
        values = frame_row(seen.faces[row], prediction, size, seen.networks.geometry)
        moments.append((float(row), Seen(described[row], values, prediction)))
    return rest_among(moments, predictor).description


def repeatability(whole: Reading, changed: Reading, mirror: bool = False) -> float:
    """Mean difference of two readings of the same frames over their mean spread; 0 is the same, NaN says
    that nothing ever moves. mirror: the second is of mirrored pictures.
    """
    both = whole.found & changed.found
    one = whole.values[both]
    other = changed.values[both][:, MIRRORED] if mirror else changed.values[both]
    spread = float((one.std(axis=0) + other.std(axis=0)).mean() / 2)
    return float(np.abs(one - other).mean()) / spread if spread > 0 else float("nan")


def jitter(read: Reading, still: Mask) -> float:
    """Mean second difference of the coefficients in still moments (N,), 0..1."""
    return float(np.abs(np.diff(read.values, 2, axis=0)[still[1:-1]]).mean())


def still_moments(shapes: Array) -> Mask:
    """(N,) those frames of shapes (N, 478, 3) whose landmarks differ least from both neighbours'."""
    moved = np.full(len(shapes), np.inf)
    steps = np.linalg.norm(np.diff(shapes, axis=0), axis=2).mean(axis=1)
    moved[1:-1] = np.where(np.isfinite(steps[1:] + steps[:-1]), steps[1:] + steps[:-1], np.inf)
    finite = np.isfinite(moved)
    if not finite.any():
        return finite
    return np.asarray(moved <= np.quantile(moved[finite], STILL_SHARE))


@dataclass(frozen=True, eq=False)
class Judges:
    """Who reads the clips, by side; second: another landmark model, None: not at hand; again: whose head is
    filmed with what was read, None: nobody's.
    """

    networks: FaceNetworks
    sides: Mapping[str, ExpressionPredictor]
    second: SecondLandmarks | None
    again: Rerendering | None


def clip_results(clips: Sequence[Path], judges: Judges, quick: bool) -> dict[str, Any]:
    """By clip, what each side repeats, how much it trembles, whether it agrees. Raises ClipError."""
    return {path.name: _of_clip(path, judges, quick) for path in clips}


def _of_clip(path: Path, judges: Judges, quick: bool) -> dict[str, Any]:
    networks, sides = judges.networks, judges.sides
    rate = VideoFile(path, MAX_PIXELS).facts.rate
    pictures = pictures_of(path, QUICK_FRAMES if quick else FRAMES)
    seen = tracked(pictures, rate, networks)
    described = {side: _described(seen, predictor) for side, predictor in sides.items()}
    rests = {side: _rest(seen, described[side], predictor) for side, predictor in sides.items()}
    whole = {
        side: _read(described[side], rests[side], len(pictures), predictor)
        for side, predictor in sides.items()
    }
    still = still_moments(seen.shapes)
    repeats: dict[str, dict[str, float]] = {}
    for name, change in CHANGES.items():
        other = tracked([change(picture) for picture in pictures], rate, networks)
        repeats[name] = {
            side: repeatability(whole[side], reading(other, predictor), change is mirrored)
            for side, predictor in sides.items()
        }
    return {
        "frames": len(pictures),
        "faces": float(np.mean([face is not None for face in seen.faces])),
        "repeatability": repeats,
        "jitter": {side: jitter(read, still) for side, read in whole.items()},
        "tremor": {
            side: tremor(seen, rate, predictor, rests[side], QUICK_STILLS if quick else STILLS)
            for side, predictor in sides.items()
        },
        "spread": {side: float(read.values.std(axis=0).mean()) for side, read in whole.items()},
        "agreement": _agreements(seen, whole, judges.second),
        "rerendered": _rerendered(seen, whole, judges.again),
    }


def _rerendered(seen: Tracked, whole: Mapping[str, Reading], again: Rerendering | None) -> dict[str, float]:
    """By side, what of the landmarks' movement is missed when a head does what was read; a diagnostic."""
    rows = np.flatnonzero(np.isfinite(seen.shapes).all(axis=(1, 2)))
    if again is None or not len(rows):
        return {}
    some = rows[np.linspace(0, len(rows) - 1, min(FILMED_AGAIN, len(rows))).astype(int)]
    return {
        side: movement_missed(seen.shapes[some], again.shapes(read.values[some]))
        for side, read in whole.items()
    }


def _agreements(
    seen: Tracked, whole: Mapping[str, Reading], second: SecondLandmarks | None
) -> dict[str, dict[str, float]]:
    """By side, correlation with what the second model's lips and lids do."""
    found = [row for row, face in enumerate(seen.faces) if face is not None]
    if second is None or not found:
        return {}
    points = np.array([second.points(seen.pictures[row], seen.faces[row]) for row in found])
    return {side: agreement(read.values[found], openings(points)) for side, read in whole.items()}


def clip_headlines(clips: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Ours over the baseline's, with the least and the most of single clips; nothing without clips."""
    ways: dict[str, tuple[float, Callable[[Any, str], float]]] = {
        "repeatability_ratio": (0.8, lambda clip, side: _mean_of(clip["repeatability"], side)),
        "jitter_ratio": (1.0, lambda clip, side: clip["jitter"][side]),
        "tremor_ratio": (1.0, lambda clip, side: clip["tremor"][side]),
    }
    for name, (goal, of) in ways.items() if clips else ():
        pairs = [(of(clip, OURS), of(clip, BASELINE)) for clip in clips.values()]
        ratios = [ours / baseline for ours, baseline in pairs]
        value = sum(ours for ours, _ in pairs) / sum(baseline for _, baseline in pairs)
        yield {
            "name": name, "goal": f"≤ {goal:g}", "value": value, "low": min(ratios), "high": max(ratios),
            "met": value <= goal,
        }  # fmt: skip


def _mean_of(by_change: Mapping[str, Mapping[str, float]], side: str) -> float:
    return float(np.mean([of_sides[side] for of_sides in by_change.values()]))
