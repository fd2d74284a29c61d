"""A test set of pictures that another renderer made: `python -m training.rendered_set FOLDER SETS`.

FOLDER is what training/render_cycles.py left. Detector and tracker see the pictures as they would see a
photograph; the truth must be the one that the manifest was committed with.
"""

import argparse
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.adapters.litert_tracker import LiteRtTracker
from backend.core.curves import COEFFICIENT_COUNT
from backend.core.face_views import ATLAS_SHAPE, face_frame
from backend.core.faces import LANDMARK_COUNT
from backend.ports import FaceNetworks, Picture
from backend.predictor.face_atlas import face_atlas
from protos import arkit

from .sources import face_networks
from .test_plans import MANIFEST, WrongTruth, manifest, truth_sha256
from .test_sets import save

NAME = "other_renderer"


def sights_of(folder: Path, networks: FaceNetworks) -> dict[str, Any]:
    """The arrays of sights.npz; pictures that are missing or show no face have no presence.

    Raises ValueError where there is no truth.
    """
    try:
        with (folder / "truth.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            known = {name: stored[name] for name in ("identity", "source", "kind", "neutral")}
            truth = stored["coefficients"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as err:
        raise ValueError(f"{folder} holds no rendered people: {err}") from err
    count = len(truth)
    sights: dict[str, Any] = known | {
        "truth": truth,
        "atlas": np.zeros((count, *ATLAS_SHAPE, 3), np.uint8),
        "shape": np.zeros((count, LANDMARK_COUNT, 3), np.float32),
        "angles": np.zeros((count, 3), np.float32),
        "teacher": np.zeros((count, COEFFICIENT_COUNT), np.float32),
        "presence": np.zeros(count, np.float32),
    }
    for row in range(count):
        path = folder / f"{row:05d}.png"
        if path.exists():
            with Image.open(path) as image:
                _see(np.asarray(image.convert("RGB")), row, networks, sights)
    return sights


def _see(picture: Picture, row: int, networks: FaceNetworks, sights: dict[str, Any]) -> None:
    face = LiteRtTracker(networks).track(picture, 0.0)
    if face is None:
        return
    frame = face_frame(face.landmarks, (picture.shape[1], picture.shape[0]), networks.geometry)
    sights["atlas"][row] = face_atlas(picture, frame.maps)
    sights["shape"][row], sights["angles"][row] = frame.shape, frame.angles
    sights["teacher"][row] = MediaPipeBaseline(networks).scores(face)
    sights["presence"][row] = face.presence


def main() -> None:
    """Exit code 1 when there are no such pictures, or their truth is not the committed one."""
    parser = argparse.ArgumentParser(prog="python -m training.rendered_set", description=__doc__)
    parser.add_argument("folder", type=Path, help="what training/render_cycles.py left")
    parser.add_argument("sets", type=Path, help="folder of the sets")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    told = parser.parse_args()
    plan = manifest(told.manifest)[NAME]
    try:
        sights = sights_of(told.folder, face_networks())
        if truth_sha256(sights["truth"], sights["identity"]) != plan.truth:
            raise WrongTruth(f"{told.folder}: its truth is not the one committed in {told.manifest}")
        save(plan, sights, arkit.COEFFICIENTS, told.sets / plan.name)
    except (ValueError, OSError) as err:
        sys.exit(str(err))
    print(
        f"{plan.name}: {len(sights['truth'])} pictures, a face found in {np.mean(sights['presence'] > 0):.1%}"
    )


if __name__ == "__main__":
    main()
