"""`superface demo`: the main job without a screen, in the clone that holds add-on and demo."""

import argparse
import subprocess
import sys
from pathlib import Path

from ..errors import RequestInvalid
from ..settings import Settings

CLONE = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command; demo/__main__.py has the same."""
    parser.add_argument("--video", type=Path, help="a clip of a face; without one the demo renders its own")
    parser.add_argument("--rig", type=Path, help=".blend, .fbx, .glb or .gltf; without one the CC0 head")
    parser.add_argument(
        "--out", type=Path, default=Path("demo_out"), help="folder for the results (demo_out)"
    )
    parser.add_argument("--neutral", type=float, metavar="SECONDS", help="when the face in the clip rests")
    parser.add_argument("--seconds", type=float, help="only so much of the clip")
    parser.add_argument("--size", type=int, default=480, help="pixels a side of each rendered picture (480)")


def run(chosen: argparse.Namespace, _settings: Settings) -> int:
    """The demo's exit code. Raises RequestInvalid outside of a clone."""
    if not (CLONE / "demo" / "__main__.py").is_file():
        raise RequestInvalid(
            "the demo builds the add-on from its sources, and they are not beside this installation",
            "Clone the repository and install it with: python -m pip install -e '.[backend,blender]'",
        )
    command = [sys.executable, "-m", "demo", "--out", str(chosen.out.absolute()), "--size", str(chosen.size)]
    for option, value in (("--video", chosen.video), ("--rig", chosen.rig)):
        command += [option, str(value.absolute())] if value else []
    for option, seconds in (("--neutral", chosen.neutral), ("--seconds", chosen.seconds)):
        command += [option, str(seconds)] if seconds is not None else []
    command += ["--json"] if chosen.json else []
    return _exit_code(command)


def _exit_code(command: list[str]) -> int:
    """Ctrl-C reaches the demo as well as us; it is waited for while it clears up."""
    demo = subprocess.Popen(command, cwd=CLONE)
    try:
        return demo.wait()
    except KeyboardInterrupt:
        demo.wait()
        raise
