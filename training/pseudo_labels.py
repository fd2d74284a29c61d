"""The teacher's opinion of footage: MediaPipe's scores for every frame, with marks of how far to trust each.

These are pseudo-labels, the paper's starting point and one row of every table; never the truth.

    python -m training.pseudo_labels CLIP… --out FOLDER

leaves one .npz a clip, named by the hash of its content; what is there already is not done again.
"""

import argparse
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.adapters.litert_tracker import LiteRtTracker
from backend.adapters.video_file import VideoFile
from backend.core.faces import Face, angles_from_rotation
from backend.core.head_pose import FaceGeometry, pose_and_shape
from backend.errors import SuperFaceError
from backend.ports import Clip, FaceNetworks, Picture
from protos import arkit

from .sources import face_networks
from .whole_arrays import save_npz

Floats = NDArray[np.float32]
OUTER_EYE_CORNERS = [33, 263]
MAX_PIXELS = 4096 * 4096
# A frame that keeps all of these is worth learning from.
LEAST_PRESENCE, LEAST_EYE_PIXELS, LEAST_SHARPNESS = 0.9, 40.0, 0.01
MOST_TURNED = 0.6  # radians of yaw or pitch, beyond which half of the face is guessed


@dataclass(frozen=True, eq=False)
class PseudoLabels:
    """What the teacher says of one clip of N frames; rows without a face hold 0 and are not `found`.

    times       (N,) seconds
    scores      (N, 52) in the order of arkit.COEFFICIENTS, 0 for what the teacher never estimates
    landmarks   (N, 478, 3) pixels, as the tracker smooths them
    found       (N,) whether a face was followed
    presence    (N,) the tracker's belief in it, 0..1
    eye_pixels  (N,) between the outer corners of the eyes: how large the face is
    sharpness   (N,) share of contrast that is fine, around the face: low for blur and soft focus
    turn        (N, 2) the head's yaw and pitch in radians
    """

    times: NDArray[np.float64]
    scores: Floats
    landmarks: Floats
    found: NDArray[np.bool_]
    presence: Floats
    eye_pixels: Floats
    sharpness: Floats
    turn: Floats

    @property
    def good(self) -> NDArray[np.bool_]:
        """(N,) frames whose face is there, large, sharp and not turned far."""
        return np.asarray(
            self.found
            & (self.presence >= LEAST_PRESENCE)
            & (self.eye_pixels >= LEAST_EYE_PIXELS)
            & (self.sharpness >= LEAST_SHARPNESS)
            & (np.abs(self.turn).max(axis=1) <= MOST_TURNED)
        )


def labelled(clip: Clip, networks: FaceNetworks) -> PseudoLabels:
    """The teacher's opinion of each frame. Raises ClipError where the clip cannot be read."""
    rows = list(_rows(clip, networks))
    times = np.array([seconds for seconds, _ in rows], np.float64)
    columns = [
        np.array([row[i] for _, row in rows], kind).reshape(len(rows), *shape)
        for i, (shape, kind) in enumerate(_COLUMNS)
    ]
    return PseudoLabels(times, *columns)


# Shape and kind of a row's entries, in the order of PseudoLabels after its times.
_COLUMNS: tuple[tuple[tuple[int, ...], Any], ...] = (
    ((len(arkit.COEFFICIENTS),), np.float32), ((478, 3), np.float32), ((), np.bool_),
    ((), np.float32), ((), np.float32), ((), np.float32), ((2,), np.float32),
)  # fmt: skip
_NO_FACE = tuple(np.zeros(shape, kind) for shape, kind in _COLUMNS)


def _rows(clip: Clip, networks: FaceNetworks) -> Iterator[tuple[float, tuple[Any, ...]]]:
    tracker, teacher = LiteRtTracker(networks), MediaPipeBaseline(networks)
    for frame in clip.frames():
        face = tracker.track(frame.picture, frame.seconds)
        yield (
            frame.seconds,
            _NO_FACE if face is None else _row(face, frame.picture, teacher, networks.geometry),
        )


def _row(face: Face, picture: Picture, teacher: MediaPipeBaseline, geometry: FaceGeometry) -> tuple[Any, ...]:
    height, width = picture.shape[:2]
    pose, _ = pose_and_shape(face.landmarks, (width, height), geometry)
    one, other = face.landmarks[OUTER_EYE_CORNERS, :2]
    return (
        teacher.scores(face), face.landmarks, True, face.presence,
        np.linalg.norm(one - other), sharpness(picture, face.landmarks),
        angles_from_rotation(pose.rotation)[:2],
    )  # fmt: skip


def sharpness(picture: Picture, landmarks: Floats) -> float:
    """Variance of the Laplacian over variance, of the brightness around landmarks (N, 3); 0 where flat."""
    height, width = picture.shape[:2]
    low = np.clip(np.floor(landmarks[:, :2].min(axis=0)).astype(int), 0, [width, height])
    high = np.clip(np.ceil(landmarks[:, :2].max(axis=0)).astype(int), 0, [width, height])
    grey = picture[low[1] : high[1], low[0] : high[0]].mean(axis=2, dtype=np.float32)
    if min(grey.shape) < 3 or grey.var() < 1.0:
        return 0.0
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * inner).var() / grey.var())


def save(labels: PseudoLabels, path: Path) -> None:
    """Under its name when whole, not at all otherwise."""
    save_npz(path, asdict(labels))


def load(path: Path) -> PseudoLabels:
    """What `save` wrote. Raises ValueError when something is missing or was cut off."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return PseudoLabels(**{name: stored[name] for name in PseudoLabels.__dataclass_fields__})
    except (OSError, KeyError, EOFError, ValueError, zipfile.BadZipFile) as err:
        raise ValueError(f"{path} holds no pseudo-labels: {err}") from err


def main() -> None:
    """Exit code 1 when a clip could not be read; the others are done all the same."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="folder for one .npz a clip")
    parser.add_argument("--threads", type=int, default=2, help="threads of each network (2)")
    chosen = parser.parse_args()
    networks = face_networks(chosen.threads)
    failed = [clip for clip in chosen.clips if not _done(clip, chosen.out, networks)]
    sys.exit(1 if failed else 0)


def _done(path: Path, out: Path, networks: FaceNetworks) -> bool:
    try:
        clip = VideoFile(path, MAX_PIXELS)
        target = out / f"{clip.sha256()}.npz"
        if target.exists():
            print(f"{path.name}: done before")
            return True
        labels = labelled(clip, networks)
    except SuperFaceError as err:
        print(f"{path.name}: {err.message}", file=sys.stderr)
        return False
    save(labels, target)
    print(f"{path.name}: {len(labels.times)} frames, {labels.good.sum()} good → {target.name}")
    return True


if __name__ == "__main__":
    main()
