"""Our tracker and first predictor beside MediaPipe's FaceLandmarker in VIDEO mode.

MediaPipe lives in an environment of its own (it pins an old protobuf) and is fed the same decoded
frames; decoding is not measured. The sides take turns, round by round, on the same cores.
"""

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import platformdirs
from numpy.typing import NDArray
from skimage import data as sample_images
from skimage.transform import resize

from backend.adapters.litert_blendshapes import LANDMARKS, MediaPipeBaseline
from backend.adapters.litert_tracker import LiteRtTracker, load_networks
from backend.adapters.model_assets import FACE_LANDMARKER, load_model
from backend.core.curves import COEFFICIENT_COUNT
from backend.errors import ModelError
from backend.ports import FaceNetworks
from protos import arkit

from .measurement import Options, Result, Skipped, of_rounds, pinned

CLIPS = ("driving_d18.mp4", "driving_d6.mp4", "single_face.mp4")
MOVES = 0.1  # a channel moves when its range in MediaPipe's scores is larger
VECTOR_PICTURE = (820, 1024)  # pixels of the picture that Google's test vectors come from
# MediaPipe's order: "_neutral", then alphabetical; tongueOut is not among them.
KNOWN = sorted(name for name in arkit.COEFFICIENTS if name != "tongueOut")


@dataclass(frozen=True)
class Footage:
    """frames (N, H, W, 3) uint8 and their times in seconds; where: what a reader should be told."""

    frames: NDArray[np.uint8]
    times: list[float]
    where: str


def tracking_fps_ratio_vs_mediapipe(options: Options) -> Result:
    """Frames a second of tracking and coefficients on 640×480 video, ours over MediaPipe's."""
    footage = _standard_video(options)
    ours, theirs = [], []
    with pinned() as cores, _mediapipe(options, footage.frames) as peer:
        networks = landmark_networks(threads=max(1, len(cores)))
        for _ in range(5 if options.quick else 15):  # short rounds: a busy machine disturbs both alike
            ours.append(1 / float(np.median(_our_side(networks, footage)[1])))
            theirs.append(1 / float(np.median(peer(footage)[1])))
    value, spread = of_rounds([a / b for a, b in zip(ours, theirs, strict=True)])
    return Result(
        "tracking_fps_ratio_vs_mediapipe", value, "×", spread, "≥ 1.3", value >= 1.3,
        {"fps": ours, "mediapipe_fps": theirs, "cores": cores, "footage": footage.where},
    )  # fmt: skip


def score_difference_vs_mediapipe(options: Options) -> Result:
    """Mean difference of the 51 scores over real clips; per channel the 95th percentile and r."""
    networks = landmark_networks(threads=1)
    clips: dict[str, Any] = {}
    differences, fits = [], []
    for name in CLIPS:
        footage = _clip(options.data / "media" / name, 120 if options.quick else None)
        with _mediapipe(options, footage.frames) as peer:
            theirs = peer(footage)[0][:, 1:]
        ours = _our_side(networks, footage)[0][:, [arkit.INDEX[channel] for channel in KNOWN]]
        clips[name] = [_compared(c, ours[:, i], theirs[:, i]) for i, c in enumerate(KNOWN)]
        differences.append(float(np.mean(np.abs(ours - theirs))))
        fits += [row["p95"] <= 0.1 and (row["r"] is None or row["r"] >= 0.98) for row in clips[name]]
    value, spread = of_rounds(differences)
    return Result(
        "score_difference_vs_mediapipe", value, "", spread, "mean ≤ .02, p95 ≤ .1, r ≥ .98",
        spread[1] <= 0.02 and all(fits), {"clips": clips},
    )  # fmt: skip


def _compared(channel: str, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> dict[str, Any]:
    away = np.abs(ours - theirs)
    moves = np.ptp(theirs) > MOVES
    return {
        "channel": channel,
        "mean": float(away.mean()),
        "p95": float(np.percentile(away, 95)),
        "range": float(np.ptp(theirs)),
        "r": float(np.corrcoef(ours, theirs)[0, 1]) if moves else None,
    }


def blendshape_net_error(options: Options) -> Result:
    """Largest difference of the blendshape network from Google's expected vectors."""
    folder = options.data / "mediapipe"
    if not folder.is_dir():
        raise Skipped(f"Google's test vectors are not in {folder}")
    points = _numbers(folder / "face_blendshapes_in_landmarks.prototxt", "x", "y") * VECTOR_PICTURE
    expected = _numbers(folder / "face_blendshapes_out.prototxt", "score")[:, 0]
    got = landmark_networks(threads=1).blendshapes(points[LANDMARKS].astype(np.float32))
    errors = np.abs(got - expected)
    value = float(errors.max())
    return Result("blendshape_net_error", value, "", (float(errors.min()), value), "≤ 1e-4", value <= 1e-4)


def _numbers(path: Path, *fields: str) -> NDArray[np.float64]:
    """(N, fields) of a protobuf text file."""
    text = path.read_text(encoding="utf-8")
    return np.array([re.findall(rf"\b{field}: (\S+)", text) for field in fields], np.float64).T


def landmark_networks(threads: int) -> FaceNetworks:
    """MediaPipe's. Raises Skipped where they cannot be had."""
    cache = platformdirs.user_cache_path("superface", appauthor=False) / "models"
    try:
        return load_networks(load_model(FACE_LANDMARKER, None, cache), threads)
    except ModelError as err:
        raise Skipped(str(err)) from err


def _our_side(networks: FaceNetworks, footage: Footage) -> tuple[NDArray[np.float64], list[float]]:
    """Coefficients (N, 52) and the seconds that each frame took."""
    tracker, predictor = LiteRtTracker(networks), MediaPipeBaseline(networks)
    values = np.full((len(footage.frames), COEFFICIENT_COUNT), np.nan)
    seconds = []
    for row, (frame, when) in enumerate(zip(footage.frames, footage.times, strict=True)):
        start = time.perf_counter()
        if face := tracker.track(frame, when):
            values[row] = predictor.scores(face)
        seconds.append(time.perf_counter() - start)
    return values, seconds


@contextmanager
def _mediapipe(options: Options, frames: NDArray[np.uint8]) -> Iterator[Any]:
    """A function like _our_side, its scores in MediaPipe's order, for footage with these frames."""
    if options.mediapipe_python is None:
        raise Skipped("no interpreter with mediapipe was named (--mediapipe-python)")
    cache = platformdirs.user_cache_path("superface", appauthor=False) / "models"
    script = Path(__file__).with_name("mediapipe_side.py")
    with tempfile.TemporaryDirectory(prefix="superface-") as folder:
        stored, scores = Path(folder, "frames.npy"), Path(folder, "scores.npy")
        np.save(stored, frames)
        command = [options.mediapipe_python, script, cache / FACE_LANDMARKER.name]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet, text=True
        ) as process:

            def run(footage: Footage) -> tuple[NDArray[np.float64], list[float]]:
                order = {"frames": str(stored), "scores": str(scores)}
                order |= {"times": [round(1000 * t) for t in footage.times]}
                process.stdin.write(json.dumps(order) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
                if not answer:
                    raise Skipped(f"{options.mediapipe_python} could not run mediapipe")
                return np.load(scores), json.loads(answer)

            yield run
            process.stdin.close()


def _clip(path: Path, limit: int | None) -> Footage:
    if not path.is_file():
        raise Skipped(f"{path} is not here")
    with av.open(str(path)) as container:
        pictures = []
        for frame in container.decode(video=0):
            pictures.append((float(frame.time), frame.to_ndarray(format="rgb24")))
            if len(pictures) == limit:
                break
    times, frames = zip(*pictures, strict=True)
    return Footage(np.stack(frames), list(times), path.name)


def _standard_video(options: Options) -> Footage:
    """640×480: a real clip in the middle of grey, else a portrait that sways."""
    path = options.data / "media" / CLIPS[0]
    if not path.is_file():
        return swaying_portrait()
    clip = _clip(path, 40)
    frames = np.full((len(clip.frames), 480, 640, 3), 128, np.uint8)
    frames[:, :, 80:560] = clip.frames
    return Footage(frames, clip.times, f"{path.name}, framed to 640×480")


def swaying_portrait(count: int = 40) -> Footage:
    portrait = (resize(sample_images.astronaut(), (640, 640)) * 255).astype(np.uint8)
    shifts = (20 * np.sin(np.arange(count) / 8)).astype(int)
    frames = np.stack([np.roll(portrait, s, axis=1)[:480] for s in shifts])
    return Footage(frames, [i / 30 for i in range(count)], "portrait of scikit-image, swaying")
