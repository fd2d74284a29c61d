"""What the tracker makes of gaze and head angles that are known: `python -m benchmarks.gaze [--json FILE]`.

Each picture is read by itself, as the first of a clip; nothing is smoothed. Gaze is taken relative to the
eyes looking ahead, as neutral calibration does. Two predictors that see no picture stand beside ours: one
says "as at rest" always, one knows the mean of the true angles.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import platformdirs

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.adapters.litert_tracker import LiteRtTracker, load_networks
from backend.adapters.model_assets import FACE_LANDMARKER, load_model
from backend.core.framing import Framing
from backend.ports import Frame
from backend.usecases.face_reader import FaceReader, FaceTools
from protos import arkit

from .gaze_heads import Floats, KnownHead, Moment, cc0_head, ict_head

YAWS, PITCHES = np.radians([-25, -12.5, 0, 12.5, 25]), np.radians([-20, -10, 0, 10, 20])
TURNS = np.radians([(-20, 0, 0), (20, 0, 0), (0, -12, 0), (0, 12, 0), (0, 0, -12), (0, 0, 12)])
HUMAN_EYE = 1.2  # centimetres, radius of a person's eyeball; the heads' own are larger by a quarter

AHEAD = Moment(0.0, 0.0)
FRONT = [Moment(yaw, pitch) for yaw, pitch in product(YAWS, PITCHES)]
STILL_LIDS = [Moment(0.0, pitch, lids=False) for pitch in PITCHES]
TURNED = [
    Moment(gaze_yaw, gaze_pitch, *turn)
    for turn, gaze_yaw, gaze_pitch in product(TURNS, YAWS[[0, 2, 4]], PITCHES[[0, 2, 4]])
]
SETS = {"front": FRONT, "lids still": STILL_LIDS, "head turned": TURNED}
GAZE = {axis: [f"{side}Eye{axis}" for side in ("left", "right")] for axis in ("Yaw", "Pitch")}


def heads(ict: Path) -> Iterator[KnownHead]:
    """One after the other, as a scene holds one."""
    yield cc0_head()
    for identity, eye_radius in product((0, 1, 2), (None, HUMAN_EYE)):
        yield ict_head(ict, identity, eye_radius)


def measured(head: KnownHead, reader: Callable[[], FaceReader]) -> list[dict[str, object]]:
    """A row for each set of moments and angle."""
    ahead = _read(head, [AHEAD], reader)[0]
    rows = []
    for name, moments in SETS.items():
        values = _read(head, moments, reader)
        for axis, channels in GAZE.items():
            columns = [arkit.INDEX[c] for c in channels]
            truth = np.array([getattr(m, f"gaze_{axis.lower()}") for m in moments])
            if truth.any():
                rows.append(_row(head, name, f"eye {axis}", truth, values[:, columns] - ahead[columns]))
        if name == "head turned":
            rows += [_head_row(head, axis, moments, values) for axis in ("yaw", "pitch", "roll")]
    return rows


def _head_row(head: KnownHead, axis: str, moments: list[Moment], values: Floats) -> dict[str, object]:
    truth = np.array([getattr(m, f"head_{axis}") for m in moments])
    column = arkit.INDEX[f"head{axis.title()}"]
    return _row(head, "head turned", f"head {axis}", truth, values[:, [column]])


def _read(head: KnownHead, moments: list[Moment], reader: Callable[[], FaceReader]) -> Floats:
    """(N, 61); NaN where no face was found."""
    seen = [next(reader().read([Frame(0.0, head.picture(moment))])) for moment in moments]
    rows = [row for _, row in seen]
    return np.array([np.full(len(arkit.CHANNELS), np.nan) if r is None else r.values for r in rows])


def _row(head: KnownHead, moments: str, angle: str, truth: Floats, estimates: Floats) -> dict[str, object]:
    """Slope and offset of the estimates (N, eyes) over truth (N,), and mean absolute errors in degrees."""
    truth, estimates = np.repeat(truth, estimates.shape[1]), estimates.ravel()
    found = np.isfinite(estimates)
    truth, estimates = np.degrees(truth[found]), np.degrees(estimates[found])
    slope, offset = np.polyfit(truth, estimates, 1)
    return {
        "head": head.name, "set": moments, "angle": angle, "faces": float(found.mean()),
        "slope": float(slope), "offset": float(offset), "mae": float(np.abs(estimates - truth).mean()),
        "mae_of_zero": float(np.abs(truth).mean()), "mae_of_mean": float(np.abs(truth - truth.mean()).mean()),
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gaze", description=__doc__)
    parser.add_argument("--ict", type=Path, default=Path("../shared/data/heads/ict_facekit_reduced.npz"))
    parser.add_argument("--json", type=Path, help="write every number to this file")
    told = parser.parse_args(arguments)
    cache = platformdirs.user_cache_path("superface", appauthor=False) / "models"
    networks = load_networks(load_model(FACE_LANDMARKER, None, cache), threads=1)
    tools = FaceTools(partial(LiteRtTracker, networks), MediaPipeBaseline(networks), networks.geometry)
    rows = []
    for head in heads(told.ict):
        for row in measured(head, lambda: FaceReader(tools, Framing())):
            rows.append(row)
            print(_line(row), file=sys.stderr, flush=True)  # Blender fills stdout
    if told.json:
        told.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


def _line(row: dict[str, object]) -> str:
    return (
        "{head:28} {set:12} {angle:10} slope {slope:5.2f} offset {offset:+5.1f}° error {mae:4.1f}°, "
        "zero {mae_of_zero:4.1f}°, mean {mae_of_mean:4.1f}°; found {faces:.0%}".format(**row)
    )


if __name__ == "__main__":
    sys.exit(main())
