"""The `superface` command: what an artist, a script or the add-on's set-up types.

Every command answers in words, or with --json in one JSON object on standard output; progress, errors
and logs go to standard error.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import (
    ClipError,
    DiskFull,
    ModelError,
    NoFace,
    RequestInvalid,
    SettingInvalid,
    SuperFaceError,
)
from ..settings import Settings, read_settings
from . import doctor, retarget_command
from .logs import log_to_stderr

CANCELLED = 130
EXIT_CODES: tuple[tuple[int, str, tuple[type[SuperFaceError], ...]], ...] = (
    (2, "the command, a setting or the request makes no sense", (RequestInvalid, SettingInvalid)),
    (3, "the clip is missing, damaged or not allowed", (ClipError,)),
    (4, "no face in the whole range", (NoFace,)),
    (5, "the model is unknown, missing or damaged", (ModelError,)),
    (7, "the result could not be written", (DiskFull,)),
    (6, "the backend cannot serve: port taken, unsafe address", (SuperFaceError,)),
)
_EPILOGUE = "\n".join(
    [
        "exit codes:",
        "    0  done",
        "    1  doctor found something wrong, or the program itself failed",
        *(f"  {code:3}  {meaning}" for code, meaning, _ in sorted(EXIT_CODES, key=lambda row: row[0])),
        f"  {CANCELLED}  cancelled by Ctrl-C; nothing half-written is left",
    ]
)

Run = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line; see EXIT_CODES."""
    chosen = make_parser().parse_args(arguments)
    command: Run = chosen.run
    try:
        return command(chosen, read_settings(os.environ))
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
    parser = argparse.ArgumentParser(
        prog="superface",
        description="Face video to ARKit expression curves.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"superface {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "retarget", "a clip's expressions as a Live Link Face CSV", retarget_command)
    _add_serve(commands)
    _add(commands, "doctor", "what works here, what does not, and how to mend it", doctor)
    _add_models(commands)
    return parser


def _add(commands: Any, name: str, does: str, module: Any) -> None:
    parser = commands.add_parser(name, help=does, description=f"Shows {does}.")
    module.add_arguments(parser)
    _finish(parser, module.run)


def _finish(parser: argparse.ArgumentParser, run: Run) -> None:
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on standard output")
    parser.set_defaults(run=run)


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser(
        "serve", help="answer the add-on", description="Serves the add-on over gRPC."
    )
    parser.add_argument("--host", help="address to listen on (127.0.0.1); another one needs TLS")
    parser.add_argument("--port", type=int, help="port to listen on (50151); 0: any free one")
    parser.add_argument("--token-file", type=Path, help="file of the token that callers must show")
    parser.add_argument("--tls-certificate", type=Path, help="PEM file")
    parser.add_argument("--tls-key", type=Path, help="PEM file")
    parser.add_argument(
        "--allow", dest="allowed_folders", action="append", type=Path, metavar="FOLDER",
        help="folder that clips may be read from by path (the user's home); may be given several times",
    )  # fmt: skip
    parser.add_argument("--max-jobs", type=int, help="retargets at one time (1)")
    parser.add_argument("--threads", type=int, help="threads of each network and of the decoder (2)")
    parser.add_argument(
        "--idle-seconds", type=float, help="end when nobody has called for so long (0: never)"
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input closes")
    _finish(parser, _serve)


def _serve(chosen: argparse.Namespace, settings: Settings) -> int:
    from ..bootstrap import make_application
    from .grpc_server import Serving, serve

    def announce(serving: Serving) -> None:
        if chosen.json:
            print(json.dumps(vars(serving)), flush=True)
        else:
            print(f"Listening on {serving.address}. The token is in {serving.token_file}.", flush=True)

    log_to_stderr()
    told = _told(chosen, settings)
    serve(make_application(told), told, announce, exit_with_stdin=chosen.exit_with_stdin)
    return 0


def _told(chosen: argparse.Namespace, settings: Settings) -> Settings:
    """The settings with what the command line says in their place."""
    given = {name: value for name, value in vars(chosen).items() if value is not None}
    known = {name: value for name, value in given.items() if hasattr(settings, name)}
    if "allowed_folders" in known:
        known["allowed_folders"] = tuple(known["allowed_folders"])
    return replace(settings, **known)


def _add_models(commands: Any) -> None:
    parser = commands.add_parser(
        "models",
        help="the models that can be chosen",
        description="Lists the models and the state of their files.",
    )
    parser.add_argument("--fetch", action="store_true", help="fetch what is missing now")
    _finish(parser, _models)


def _models(chosen: argparse.Namespace, settings: Settings) -> int:
    from .. import bootstrap
    from .progress_bars import fetching_bar

    if chosen.fetch:
        with fetching_bar() as fetching:
            bootstrap.fetch_models(settings, fetching)
    state = bootstrap.model_state(settings)
    models = [
        {"id": m.id, "title": m.title, "licence": m.licence, "state": state, "unobserved": m.unobserved,
         "unreliable": m.unreliable}
        for m in bootstrap.MODELS
    ]  # fmt: skip
    if chosen.json:
        print(json.dumps({"models": models}))
        return 0
    for model in models:
        print(f"{model['id']}: {model['title']}, {model['licence']}, {state}")
    return 0


def _report(err: SuperFaceError, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": err.code, "message": err.message, "advice": err.advice}))
    print(f"superface: {err.message}", *filter(None, [err.advice]), sep="\n  ", file=sys.stderr)
