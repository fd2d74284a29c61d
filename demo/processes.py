"""The processes that the demo starts: the backend, and Blender with a home of its own."""

import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
STOP_SECONDS = 10.0
SYSTEM_LIBRARIES = "libegl1 libgl1 libsm6 libxfixes3 libxi6 libxkbcommon0 libxrender1 libxxf86vm1"
LINES_KEPT = 15  # of what a failed process said
_FRAME = re.compile(r"frame (\d+) of (\d+)")
_STAGE = re.compile(r"stage: (.+)")


class DemoFailed(Exception):
    """A step did not work; the message is for people."""


@dataclass(frozen=True)
class Serving:
    """Where the backend listens, the file that holds its token, and its models, the usual one first."""

    host: str
    port: int
    token_file: Path
    pid: int
    models: tuple[str, ...]


@contextmanager
def backend(clips: Path) -> Iterator[Serving]:
    """A backend on a free port that may read clips from one folder; it ends with the block.

    It has a home of its own, so that a backend in daily use is not touched; fetched models stay there.
    """
    home = platformdirs.user_cache_path("superface", appauthor=False) / "demo"
    environment = {**os.environ, "SUPERFACE_HOME": str(home)}
    command = [sys.executable, "-m", "backend"]
    fetched = subprocess.run(
        [*command, "models", "--fetch", "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if fetched.returncode != 0:
        raise DemoFailed("The face model could not be fetched; the reason stands above.")
    rows = json.loads(fetched.stdout)["models"]
    models = tuple(row["id"] for row in rows if row["state"] == "ready")
    process = subprocess.Popen(
        [*command, "serve", "--port", "0", "--exit-with-stdin", "--json", "--allow", str(clips)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield _announced(process, models)
    finally:
        _stop(process)


def _announced(process: "subprocess.Popen[str]", models: tuple[str, ...]) -> Serving:
    assert process.stdout is not None  # noqa: S101 (asked for above)
    line = process.stdout.readline()
    said = json.loads(line) if line.startswith("{") else {}
    if "port" not in said:
        reason = said.get("message", "it said nothing")
        raise DemoFailed(f"The backend did not start: {reason}. `superface doctor` tells more.")
    return Serving("127.0.0.1", said["port"], Path(said["token_file"]), said["pid"], models)


def _stop(process: "subprocess.Popen[str]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def blender(module: str, arguments: Sequence[str], home: Path, title: str) -> None:
    """Runs a module of the demo that imports bpy, showing its 'frame i of n' lines as a bar.

    Raises DemoFailed with the last lines it said.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    try:
        said = _shown(process, title)
        code = process.wait()
    finally:
        process.kill()  # it has ended, unless we are leaving early
        process.wait()
    if code != 0:
        raise DemoFailed(f"{title} failed:\n{''.join(said)}".rstrip() + _advice(said))


def _advice(said: Iterable[str]) -> str:
    """What helps on a server without a desktop, whose libraries Blender is linked to; else nothing."""
    if not any("ImportError: lib" in line or "ImportError: /" in line for line in said):
        return ""
    return (
        f"\nBlender needs libraries of the system. On Debian and Ubuntu: apt-get install {SYSTEM_LIBRARIES}"
    )


def _shown(process: "subprocess.Popen[str]", title: str) -> Iterable[str]:
    """Shows its progress until it falls silent; the last of the other lines it said."""
    said: deque[str] = deque(maxlen=LINES_KEPT)
    assert process.stderr is not None  # noqa: S101 (asked for by who started it)
    with process.stderr, tqdm(desc=title, unit="frame", disable=None) as bar:
        for line in process.stderr:
            if found := _FRAME.match(line):
                bar.total = int(found[2])
                bar.update(int(found[1]) - bar.n)
            elif found := _STAGE.match(line):
                bar.set_postfix_str(found[1])
            else:
                said.append(line)
    return said


def _environment(home: Path) -> Mapping[str, str]:
    """Nothing of the user's Blender is read or written, and nothing is left of one that was killed."""
    home.mkdir(exist_ok=True)
    folders = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "BLENDER_USER_RESOURCES", "SUPERFACE_HOME")
    temporary = ("TMPDIR", "TEMP", "TMP")
    private = {name: str(home) for name in folders + temporary} | {"XDG_CONFIG_HOME": str(home / ".config")}
    return {**os.environ, **private, "PYTHONPATH": str(ROOT)}
