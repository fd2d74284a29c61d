"""`superface demo`, as it runs in the clone: clip → backend → Blender → pictures and numbers.

python -m demo [--video FILE] [--rig FILE] [--out DIR]
"""

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

import build_addon
from backend.adapters.video_file import VideoFile
from backend.core.curves import ExpressionCurves
from backend.core.formats.live_link_csv import read_live_link_csv
from backend.errors import ClipError, RequestInvalid, SuperFaceError
from backend.ports import ClipFacts
from protos import arkit

from .clips import contact_sheet, side_by_side, stills, write_clip
from .comparison import Comparison, compared
from .performance import ACTIONS, RATE, SECONDS, performance
from .processes import ROOT, DemoFailed, backend, blender

MAX_PIXELS = 36_000_000
SMALLEST, LARGEST = 64, 2048  # pixels a side of a rendered picture
REST = 0.2  # seconds: the rendered head does nothing yet
SHEET_PICTURES = 12
# As docs/command-line.md has them.
WENT_WRONG, MAKES_NO_SENSE, BAD_CLIP, NOT_WRITTEN, CANCELLED = 1, 2, 3, 6, 130
LOUDEST = 5  # channels named in the summary of somebody's clip


@dataclass(frozen=True)
class Plan:
    """What is asked for.

    neutral  a time of the clip at which the face rests, seconds; our own clip knows its own
    seconds  only so much of the clip
    size     pixels a side of a rendered picture
    """

    video: Path | None
    rig: Path | None
    out: Path
    seconds: float | None
    size: int
    neutral: float | None = None


def demo(plan: Plan) -> dict[str, object]:
    """Do it all; the answer for --json. Raises DemoFailed, ClipError, RequestInvalid and OSError."""
    _check(plan)
    plan.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="superface-demo-") as folder:
        work = Path(folder)
        clip_path = plan.video or rendered_clip(plan, work)
        clip = VideoFile(clip_path, MAX_PIXELS)
        models = retarget(plan, clip_path, clip.facts, work)
        save_pictures(plan, clip, {model: stills(work / model) for model in models})
        takes = {model: read_take(take_of(plan, model, models), clip.facts.rate) for model in models}
        comparisons = {}
        if plan.video is None:
            truth = performance(plan.seconds or SECONDS)
            for model, take in takes.items():
                motion = work / model / "motion.npz" if plan.rig is None else None
                comparisons[model] = compared(take, truth, motion)
    return answer(plan, takes, comparisons)


def take_of(plan: Plan, model: str, models: Sequence[str]) -> Path:
    """Where a model's take lies, without its ending; the usual model, the first, has the plain name."""
    return plan.out.resolve() / ("take" if model == models[0] else f"take_{model}")


def read_take(path: Path, rate: float) -> ExpressionCurves:
    """The curves of PATH.csv."""
    return read_live_link_csv(path.with_suffix(".csv").read_text(encoding="utf-8"), rate).curves


def _check(plan: Plan) -> None:
    """What would else be found out minutes later. Raises ClipError and RequestInvalid."""
    if plan.video is not None:
        VideoFile(plan.video, MAX_PIXELS)
    if plan.rig is not None and not plan.rig.is_file():
        raise RequestInvalid(f"there is no rig {plan.rig}", "Give a .blend, .fbx, .glb or .gltf.")
    if plan.seconds is not None and not plan.seconds > 0:
        raise RequestInvalid(f"--seconds is {plan.seconds}", "Give more than 0.")
    if not SMALLEST <= plan.size <= LARGEST:
        raise RequestInvalid(f"--size is {plan.size}", f"Give {SMALLEST} to {LARGEST} pixels.")


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


def retarget(plan: Plan, clip: Path, facts: ClipFacts, work: Path) -> tuple[str, ...]:
    """Backend and Blender do what they would do for an artist, once with each model, the usual one first.

    Leaves a take for each, and what the rig looked like in work / model.
    """
    extension = build_addon.build(out=work)
    with backend(clip.resolve().parent) as at:
        for model in at.models:
            (work / model).mkdir()
            options: dict[str, object] = {
                **_options(plan, clip, facts),
                "--zip": extension,
                "--host": at.host,
                "--port": at.port,
                "--token-file": at.token_file,
                "--model": model,
                "--take": take_of(plan, model, at.models),
                "--pictures": work / model,
                "--motion": work / model / "motion.npz" if plan.video is None else None,
            }
            given = [str(part) for pair in options.items() if pair[1] is not None for part in pair]
            home = work / f"home-{model}"
            blender("demo.retarget_in_blender", given, home, f"{model}: retargeting, rig")
    return at.models


def _options(plan: Plan, clip: Path, facts: ClipFacts) -> dict[str, object]:
    """What is the same for every model; None is left out."""
    fps = round(facts.rate)
    return {
        "--clip": clip.resolve(),
        "--fps": fps,
        "--fps-base": fps / facts.rate,
        "--frames": min(facts.frames, round((plan.seconds or facts.seconds) * facts.rate)),
        "--size": plan.size,
        "--rig": plan.rig and plan.rig.resolve(),
        "--neutral": REST if plan.video is None else plan.neutral,
        "--seconds": plan.seconds,
    }


def save_pictures(plan: Plan, clip: VideoFile, rigs: Mapping[str, Sequence[Path]]) -> None:
    """preview.mp4 and contact_sheet.png, a column for each model; pictures are held only for the sheet."""
    frames = len(next(iter(rigs.values())))
    captions = chosen_moments(plan, frames, clip.facts.rate)
    sheet = []

    def kept() -> Iterator[Image.Image]:
        rows = side_by_side(clip, list(rigs.values()), list(rigs), clip.facts.rate)
        bar = tqdm(rows, desc="writing the preview", unit="frame", total=frames, disable=None)
        for row, picture in enumerate(bar):
            sheet.extend([(captions[row], picture)] if row in captions else [])
            yield picture

    write_clip(kept(), plan.out / "preview.mp4", clip.facts.rate)
    contact_sheet(sheet).save(plan.out / "contact_sheet.png")


def chosen_moments(plan: Plan, frames: int, rate: float) -> dict[int, str]:
    """Rows and captions: the middle of each action of our own clip, or moments spread over somebody's."""
    if plan.video is None:
        moments = [("at rest", REST)] + [(a.name, a.start + a.seconds / 2) for a in ACTIONS]
        return {row: name for name, seconds in moments if (row := round(seconds * rate)) < frames}
    rows = np.unique(np.linspace(0, frames - 1, SHEET_PICTURES).round().astype(int)).tolist()
    return {row: f"{row / rate:.2f} s" for row in rows}


def answer(
    plan: Plan, takes: Mapping[str, ExpressionCurves], comparisons: Mapping[str, Comparison]
) -> dict[str, object]:
    """All that is worth saying, for people under "summary"; "truth" is of the usual model, the first."""
    take = next(iter(takes.values()))
    span = np.ptp(take.values[:, : len(arkit.COEFFICIENTS)], axis=0)
    loudest = [arkit.COEFFICIENTS[i] for i in np.argsort(-span)[:LOUDEST]]
    length = f"{len(take)} frames, {take.seconds:.1f} s at {take.rate:g} a second"
    truth = [f"{comparison.line} ({model})" for model, comparison in comparisons.items()]
    summary = [
        f"Clip    {plan.video or 'rendered from the CC0 head with known coefficients'}",
        f"Take    {length}; most moved: {', '.join(loudest)}",
        f"Rig     {plan.rig or 'the CC0 head that Add ARKit Head makes'}",
        *(truth or ["Truth   unknown for this clip; without --video it is known"]),
        f"Left in {plan.out}: take.blend, take.csv, preview.mp4, contact_sheet.png",
    ]
    facts = {"frames": len(take), "rate": take.rate, "out": str(plan.out), "summary": summary}
    told = {model: comparison.as_facts() for model, comparison in comparisons.items()}
    known = {"truth": next(iter(told.values())), "truth_by_model": told} if told else {}
    return {**facts, "models": list(takes), **known}


def make_parser() -> argparse.ArgumentParser:
    """The command line of `python -m demo`."""
    parser = argparse.ArgumentParser(
        prog="superface demo", description="Shows the main job without a screen."
    )
    parser.add_argument("--video", type=Path, help="a clip of a face; without one the demo renders its own")
    parser.add_argument("--rig", type=Path, help=".blend, .fbx, .glb or .gltf; without one the CC0 head")
    parser.add_argument("--out", type=Path, default=ROOT / "demo_out", help="folder for the results")
    parser.add_argument("--neutral", type=float, metavar="SECONDS", help="when the face in the clip rests")
    parser.add_argument("--seconds", type=float, help="only so much of the clip")
    parser.add_argument("--size", type=int, default=480, help="pixels a side of each rendered picture")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on standard output")
    return parser


def failed(code: int, error: str, message: str, advice: str, as_json: bool) -> int:
    """Say so as the other commands do; the exit code."""
    if as_json:
        print(json.dumps({"error": error, "message": message, "advice": advice}))
    print(f"superface demo: {message}", *filter(None, [advice]), sep="\n  ", file=sys.stderr)
    return code


def main() -> None:
    """Exit code 0 when everything was left in --out."""
    chosen = make_parser().parse_args()
    plan = Plan(chosen.video, chosen.rig, chosen.out, chosen.seconds, chosen.size, chosen.neutral)
    if importlib.util.find_spec("bpy") is None:
        advice = "With Python 3.11: python -m pip install -e '.[backend,blender]'"
        sys.exit(failed(WENT_WRONG, "demo", "Blender's module bpy is missing", advice, chosen.json))
    try:
        facts = demo(plan)
    except KeyboardInterrupt:
        sys.exit(CANCELLED)  # whoever started us says so
    except DemoFailed as err:
        sys.exit(failed(WENT_WRONG, "demo", str(err), "", chosen.json))
    except OSError as err:
        told = f"{err.filename or plan.out} cannot be written: {err.strerror}"
        sys.exit(failed(NOT_WRITTEN, "disk_full", told, "Give another --out.", chosen.json))
    except SuperFaceError as err:
        code = BAD_CLIP if isinstance(err, ClipError) else MAKES_NO_SENSE
        sys.exit(failed(code, err.code, err.message, err.advice, chosen.json))
    if chosen.json:
        print(json.dumps(facts))
    else:
        for model, truth in facts.get("truth_by_model", {}).items():
            print(model, *truth["table"], "", sep="\n")
        print(*facts["summary"], sep="\n")


if __name__ == "__main__":
    main()
