"""`superface demo`, as it runs in the clone: clip → backend → Blender → pictures and numbers.

python -m demo [--video FILE] [--rig FILE] [--out DIR]
"""

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

import build_addon
from backend.adapters.video_file import VideoFile
from backend.core.curves import ExpressionCurves
from backend.core.formats.live_link_csv import read_live_link_csv
from backend.errors import ClipError
from protos import arkit

from .clips import contact_sheet, side_by_side, stills, write_clip
from .comparison import Comparison, compared
from .performance import ACTIONS, RATE, SECONDS, performance
from .processes import ROOT, DemoFailed, backend, blender

MAX_PIXELS = 36_000_000
REST = 0.2  # seconds: the rendered head does nothing yet
SHEET_PICTURES = 12
LOUDEST = 5  # channels named in the summary of somebody's clip


@dataclass(frozen=True)
class Plan:
    """What is asked for. seconds: only so much of the clip; size: pixels a side of a rendered picture."""

    video: Path | None
    rig: Path | None
    out: Path
    seconds: float | None
    size: int


def demo(plan: Plan) -> dict[str, object]:
    """Do it all; the answer for --json. Raises DemoFailed and ClipError."""
    plan.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="superface-demo-") as folder:
        work = Path(folder)
        clip_path = plan.video or rendered_clip(plan, work)
        clip = VideoFile(clip_path, MAX_PIXELS)
        extension = build_addon.build(out=work)
        frames = min(clip.facts.frames, round((plan.seconds or clip.facts.seconds) * clip.facts.rate))
        retarget(plan, clip_path, extension, clip.facts.rate, frames, work)
        pictures = list(side_by_side(clip, stills(work / "rig"), clip.facts.rate))
        save_pictures(plan, pictures, clip.facts.rate)
        take = read_live_link_csv((plan.out / "take.csv").read_text(encoding="utf-8"), clip.facts.rate)
        comparison = None
        if plan.video is None:
            truth = performance(plan.seconds or SECONDS)
            own_rig = work / "rig" / "motion.npz" if plan.rig is None else None
            comparison = compared(take.curves, truth, own_rig)
    return answer(plan, take.curves, clip.facts.rate, comparison)


def rendered_clip(plan: Plan, work: Path) -> Path:
    """The known performance as a clip, kept beside the results."""
    frames = work / "clip"
    frames.mkdir()
    seconds = plan.seconds or SECONDS
    options = [str(frames), "--seconds", str(seconds), "--size", str(plan.size)]
    blender("demo.render_performance", options, work / "home", "rendering the clip")
    path = plan.out / "clip.mp4"
    write_clip((Image.open(still) for still in stills(frames)), path, RATE)
    return path


def retarget(plan: Plan, clip: Path, extension: Path, rate: float, frames: int, work: Path) -> None:
    """Backend and Blender do what they would do for an artist; leaves take.blend, take.csv, pictures."""
    (work / "rig").mkdir()
    fps = round(rate)
    options = ["--zip", extension, "--clip", clip.resolve(), "--fps", fps, "--fps-base", fps / rate]
    options += [
        "--frames",
        frames,
        "--size",
        plan.size,
        "--out",
        plan.out.resolve(),
        "--pictures",
        work / "rig",
    ]
    if plan.rig is not None:
        options += ["--rig", plan.rig.resolve()]
    if plan.video is None:
        options += ["--neutral", REST]
    if plan.seconds is not None:
        options += ["--seconds", plan.seconds]
    with backend(clip.resolve().parent) as serving:
        options += ["--host", serving.host, "--port", serving.port, "--token-file", serving.token_file]
        blender("demo.retarget_in_blender", [str(o) for o in options], work / "home", "retargeting, rig")


def save_pictures(plan: Plan, pictures: Sequence[Image.Image], rate: float) -> None:
    """preview.mp4 and contact_sheet.png."""
    watched = tqdm(pictures, desc="writing the preview", unit="frame", disable=None)
    write_clip(watched, plan.out / "preview.mp4", rate)
    contact_sheet(chosen_moments(plan, pictures, rate)).save(plan.out / "contact_sheet.png")


def chosen_moments(plan: Plan, pictures: Sequence[Image.Image], rate: float) -> list[tuple[str, Image.Image]]:
    """The middle of each action of our own clip, or moments evenly spread over somebody's."""
    if plan.video is None:
        moments = [("at rest", REST)] + [(a.name, a.start + a.seconds / 2) for a in ACTIONS]
        known = [(name, round(seconds * rate)) for name, seconds in moments]
        return [(name, pictures[row]) for name, row in known if row < len(pictures)]
    rows = np.unique(np.linspace(0, len(pictures) - 1, SHEET_PICTURES).round().astype(int))
    return [(f"{row / rate:.2f} s", pictures[row]) for row in rows]


def answer(
    plan: Plan, take: ExpressionCurves, rate: float, comparison: Comparison | None
) -> dict[str, object]:
    """All that is worth saying, for people under "summary"."""
    span = np.ptp(take.values[:, : len(arkit.COEFFICIENTS)], axis=0)
    loudest = [arkit.COEFFICIENTS[i] for i in np.argsort(-span)[:LOUDEST]]
    length = f"{len(take)} frames, {len(take) / rate:.1f} s at {rate:g} a second"
    summary = [
        f"Clip    {plan.video or 'rendered from the CC0 head with known coefficients'}",
        f"Take    {length}; most moved: {', '.join(loudest)}",
        f"Rig     {plan.rig or 'the CC0 head that Add ARKit Head makes'}",
        comparison.line if comparison else "Truth   unknown for this clip; without --video it is known",
        f"Left in {plan.out}: take.blend, take.csv, preview.mp4, contact_sheet.png",
    ]
    facts = {"frames": len(take), "rate": rate, "out": str(plan.out), "summary": summary}
    return facts | ({"truth": comparison.as_facts()} if comparison else {})


def make_parser() -> argparse.ArgumentParser:
    """The command line of `python -m demo`."""
    parser = argparse.ArgumentParser(
        prog="superface demo", description="Shows the main job without a screen."
    )
    parser.add_argument("--video", type=Path, help="a clip of a face; without one the demo renders its own")
    parser.add_argument("--rig", type=Path, help=".blend, .fbx, .glb or .gltf; without one the CC0 head")
    parser.add_argument("--out", type=Path, default=ROOT / "demo_out", help="folder for the results")
    parser.add_argument("--seconds", type=float, help="only so much of the clip")
    parser.add_argument("--size", type=int, default=480, help="pixels a side of each rendered picture")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on standard output")
    return parser


def main() -> None:
    """Exit code 0 when everything was left in --out."""
    chosen = make_parser().parse_args()
    plan = Plan(chosen.video, chosen.rig, chosen.out, chosen.seconds, chosen.size)
    if importlib.util.find_spec("bpy") is None:
        sys.exit(
            "Blender's module bpy is missing: with Python 3.11, python -m pip install -e '.[backend,blender]'"
        )
    try:
        facts = demo(plan)
    except DemoFailed as err:
        sys.exit(f"superface demo: {err}")
    except ClipError as err:
        sys.exit(f"superface demo: {err.message}\n  {err.advice}")
    if chosen.json:
        print(json.dumps(facts))
    else:
        print(*facts.get("truth", {}).get("table", []), "", *facts["summary"], sep="\n")


if __name__ == "__main__":
    main()
