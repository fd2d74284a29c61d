"""The `superface` command: what an artist, a script or the add-on's set-up types.

Every command answers in words, or with --json in one JSON object on standard output; progress, errors
and logs go to standard error.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from .. import __version__
from ..errors import (
    Busy,
    ClipError,
    DiskFull,
    ModelError,
    NoFace,
    RatingsError,
    RequestInvalid,
    SettingInvalid,
    SuperFaceError,
    TrainingError,
)
from ..settings import read_settings
from . import (
    demo,
    doctor,
    models_command,
    ratings_command,
    retarget_command,
    serve_command,
    train_command,
    versions_command,
)

# Each module has add_arguments(parser) and run(chosen, settings) -> exit code.
COMMANDS = (
    ("serve", "answer the add-on over gRPC", serve_command),
    ("retarget", "turn a clip into a Live Link Face CSV", retarget_command),
    ("demo", "go the whole way from a video to a keyed rig, without a screen", demo),
    ("doctor", "say what works here, what does not, and how to mend it", doctor),
    ("models", "list the models that can be chosen", models_command),
    ("train", "learn a version from the ratings, which is then on trial", train_command),
    ("versions", "list what was learnt, use it, roll it back, hand it on", versions_command),
    ("ratings", "export or import what was rated, and say how far raters can be relied on", ratings_command),
)
CANCELLED = 130
EXIT_CODES: tuple[tuple[int, str, tuple[type[SuperFaceError], ...]], ...] = (
    (0, "done", ()),
    (1, "doctor found something wrong, or the program itself failed", ()),
    (2, "the command, a setting, the request or a line makes no sense", (RequestInvalid, SettingInvalid)),
    (3, "the clip is missing, damaged or not a clip", (ClipError,)),
    (4, "no face in the whole range", (NoFace,)),
    (5, "the model is unknown, missing or damaged", (ModelError,)),
    (6, "the result could not be written", (DiskFull,)),
    (8, "the ratings cannot be read or reached, or others keep them busy", (RatingsError, Busy)),
    (9, "there is too little to learn from, or the training broke off", (TrainingError,)),
    (7, "the backend cannot serve: port taken, address not safe", (SuperFaceError,)),
    (CANCELLED, "cancelled by Ctrl-C; nothing half-written is left", ()),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line; see EXIT_CODES."""
    chosen = make_parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen, read_settings(os.environ)))
    except SuperFaceError as err:
        _report(err, as_json=chosen.json)
        return exit_code(err)
    except KeyboardInterrupt:
        print("superface: cancelled", file=sys.stderr)
        return CANCELLED


def exit_code(err: SuperFaceError) -> int:
    """The first row of EXIT_CODES that fits."""
    return next(code for code, _, kinds in EXIT_CODES if isinstance(err, kinds))


def make_parser() -> argparse.ArgumentParser:
    """All commands with all their options."""
    codes = [f"  {code:3}  {meaning}" for code, meaning, _ in sorted(EXIT_CODES, key=lambda row: row[0])]
    parser = argparse.ArgumentParser(
        prog="superface",
        description="Face video to ARKit expression curves.",
        epilog="\n".join(["exit codes:", *codes]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"superface {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, does, module in COMMANDS:
        command = commands.add_parser(name, help=does, description=f"{does.capitalize()}.")
        module.add_arguments(command)
        command.add_argument("--json", action="store_true", help="answer with one JSON object")
        command.set_defaults(run=module.run)
    return parser


def _report(err: SuperFaceError, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": err.code, "message": err.message, "advice": err.advice}))
    print(f"superface: {err.message}", *filter(None, [err.advice]), sep="\n  ", file=sys.stderr)
