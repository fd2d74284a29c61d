"""`superface retarget`: one clip to one Live Link Face CSV, with no server in between."""

import argparse
import json
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from ..core.curves import ExpressionCurves, joined
from ..core.formats.live_link_csv import live_link_lines
from ..core.framing import WHOLE, Crop
from ..errors import RequestInvalid
from ..ports import ClipFacts, Position, never
from ..settings import Settings
from ..usecases.choose_versions import ModelChoice
from ..usecases.retarget_order import Cleanup, CurveChunk, Event, Progress, RetargetOrder, Summary
from .written_at_once import written_at_once

_USUAL = Cleanup()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a retarget; their defaults are those of RetargetOrder."""
    parser.add_argument(
        "clip", type=Path,
        help="video, picture, folder of numbered pictures, or pattern like shot_####.png",
    )  # fmt: skip
    parser.add_argument("--csv", type=Path, required=True, metavar="OUT", help="Live Link Face CSV to write")
    parser.add_argument("--model", default="", metavar="ID", help="see `superface models`")
    parser.add_argument("--profile", default="", metavar="NAME", help="whose learnt versions (everybody's)")
    parser.add_argument(
        "--version", default="", metavar="ID", help="try this one out; see `superface versions`"
    )
    footage = parser.add_argument_group("footage")
    footage.add_argument("--start", type=float, default=0.0, metavar="SECONDS", help="in point (0)")
    footage.add_argument("--end", type=float, metavar="SECONDS", help="out point (the clip's end)")
    footage.add_argument(
        "--crop", type=_crop, default=WHOLE, metavar="L,T,R,B", help="part of the picture, fractions 0..1"
    )
    footage.add_argument("--mirrored", action="store_true", help="the phone has flipped the footage (selfie)")
    footage.add_argument(
        "--face",
        type=_position,
        metavar="X,Y",
        help="whose face, fractions 0..1 at the in point (the largest)",
    )
    footage.add_argument("--rate", type=float, help="pictures a second of an image sequence (24)")
    neutral = parser.add_argument_group("neutral")
    neutral.add_argument(
        "--neutral", type=float, action="append", default=[], metavar="SECONDS",
        help="a frame in which the face is at rest; may be given several times",
    )  # fmt: skip
    neutral.add_argument(
        "--performer", default="", metavar="NAME", help="keep the neutral, or use the one kept"
    )
    _add_cleanup(parser.add_argument_group("clean-up"))


def _add_cleanup(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--smoothing", type=float, default=_USUAL.smoothing, metavar="0..1",
        help=f"none to strong ({_USUAL.smoothing})",
    )  # fmt: skip
    group.add_argument("--no-smoothing", dest="smoothing", action="store_const", const=0.0)
    for option, name, does in (
        ("--no-mouth-close-coupling", "couple_mouth_close", "let mouthClose exceed jawOpen"),
        ("--no-antagonists", "resolve_antagonists", "let opposites like jawLeft and jawRight act together"),
        ("--no-range", "keep_in_range", "let coefficients leave 0..1"),
    ):
        group.add_argument(option, dest=name, action="store_false", help=does)
    group.add_argument(
        "--hold", dest="hold_seconds", type=float, default=_USUAL.hold_seconds, metavar="SECONDS",
        help=f"a lost face keeps its expression so long ({_USUAL.hold_seconds})",
    )  # fmt: skip
    group.add_argument(
        "--decay", dest="decay_seconds", type=float, default=_USUAL.decay_seconds, metavar="SECONDS",
        help=f"and then falls to neutral in so long ({_USUAL.decay_seconds})",
    )  # fmt: skip


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Write the CSV and say what came of it. Raises SuperFaceError; nothing is written then."""
    from ..bootstrap import make_application, open_footage
    from .progress_bars import fetching_bar, retarget_bar

    _check_target(chosen.csv, chosen.clip)
    with (
        written_at_once(chosen.csv) as out,
        fetching_bar() as fetching,
        retarget_bar(chosen.clip.name) as bar,
    ):
        order = _order(chosen)
        clip = open_footage(settings, chosen.clip, chosen.rate)
        application = make_application(settings, fetching)
        used = application.choose(ModelChoice(chosen.model, chosen.profile, chosen.version))
        events = application.retarget(clip, order, used, never)
        facts, curves, summary = _gathered(events, bar)
        out.writelines(live_link_lines(curves))
    _say(chosen, facts, curves, summary)
    return 0


def _check_target(csv: Path, clip: Path) -> None:
    """Raises RequestInvalid for what a CSV cannot or must not take the place of."""
    if csv.is_dir() or not csv.name:
        raise RequestInvalid(f"{str(csv)!r} is a folder", "Name the CSV file to write, like take.csv.")
    if csv.exists() and clip.exists() and csv.samefile(clip):
        raise RequestInvalid(f"{csv} is the clip itself", "Give the CSV another name; the clip is kept.")


def _order(chosen: argparse.Namespace) -> RetargetOrder:
    return RetargetOrder(
        start=chosen.start,
        end=chosen.end,
        crop=chosen.crop,
        mirrored=chosen.mirrored,
        face=chosen.face,
        neutral_seconds=tuple(chosen.neutral),
        performer=chosen.performer,
        cleanup=Cleanup(**{name: getattr(chosen, name) for name in asdict(_USUAL)}),
    )


def _gathered(
    events: Generator[Event], bar: Callable[[Progress], None]
) -> tuple[ClipFacts, ExpressionCurves, Summary]:
    """All of a retarget at once; a run to its end has each of the three."""
    chunks: list[ExpressionCurves] = []
    with closing(events):
        for event in events:
            match event:
                case ClipFacts():
                    facts = event
                case Progress():
                    bar(event)
                case CurveChunk():
                    chunks.append(event.curves)
                case Summary():
                    summary = event
    return facts, joined(chunks), summary


def _say(chosen: argparse.Namespace, facts: ClipFacts, curves: ExpressionCurves, summary: Summary) -> None:
    if chosen.json:
        print(json.dumps({"csv": str(chosen.csv), "clip": asdict(facts), **asdict(summary)}))
        return
    print(f"{chosen.csv}: {summary.frames} frames, {curves.seconds:.2f} s at {facts.rate:g} a second")
    for start, end in summary.lost:
        print(f"no face from {start:.2f} s to {end:.2f} s")
    for remark in summary.remarks:
        print(remark)


def _crop(text: str) -> Crop:
    """A crop; argparse would show a ValueError without its message."""
    try:
        left, top, right, bottom = map(float, text.split(","))
        return Crop(left, top, right, bottom)
    except ValueError as err:
        raise argparse.ArgumentTypeError(f"{text!r} is no crop like 0.1,0,0.9,1 ({err})") from err


def _position(text: str) -> Position:
    try:
        x, y = map(float, text.split(","))
    except ValueError as err:
        raise argparse.ArgumentTypeError(f"{text!r} is no position like 0.5,0.3") from err
    return x, y
