"""A backend on the artist's own machine: set up once, started and stopped from the panel.

It lives in its own virtual environment, outside Blender and outside the extension's folder: nothing is ever
installed into Blender's Python, and uninstalling the extension leaves no half of it behind. The functions
that take time are generators for background.py: they yield what is going on and look at `cancel` often.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .backend_client.port import Address
from .background import Cancel

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)  # the face tracker's run-time has wheels for these
NEEDED_BYTES = 600_000_000  # of free disk; the finished environment takes 310 MB, its packages 90 MB
START_SECONDS = 60.0  # the first start compiles Python files
STOP_SECONDS = 5.0
POLL_SECONDS = 0.1


class LocalBackendError(Exception):
    """message: what happened. advice: what to do, one sentence."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@dataclass(frozen=True)
class Home:
    """Where the backend lives."""

    folder: Path

    @property
    def environment(self) -> Path:
        """The virtual environment."""
        return self.folder / "environment"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        if os.name == "nt":
            return self.environment / "Scripts" / "python.exe"
        return self.environment / "bin" / "python"

    @property
    def journal(self) -> Path:
        """Which stages of the set-up are done, and for which wheel."""
        return self.folder / "setup.json"

    @property
    def log(self) -> Path:
        """What pip and the backend said, for 'copy diagnostics'."""
        return self.folder / "backend.log"

    def is_ready(self) -> bool:
        """Whether a set-up has gone as far as a backend that runs."""
        return "verify" in _done(self) and self.python.exists()

    def is_current(self, wheel: Path) -> bool:
        """Whether what is set up is this very wheel."""
        return self.is_ready() and _journal(self).get("wheel") == _sha256(wheel)


STAGES = {
    "environment": "Making the environment",
    "install": "Installing",
    "verify": "Verifying",
    "model": "Fetching the face model",  # last: without it the backend runs, and fetches it when first needed
}


@dataclass(frozen=True)
class SetUpStep:
    """Progress of a set-up: stage 1..stages, its name, and the latest line of output."""

    stage: int
    stages: int
    name: str
    line: str = ""

    @property
    def fraction(self) -> float:
        """0..1, by stages."""
        return (self.stage - 1) / self.stages


def pythons(own: str = sys.executable) -> list[str]:
    """Interpreters worth asking, the best first. A system Python outlives an update of Blender, so
    Blender's own comes last; it only ever makes the environment.
    """
    names = [f"python3.{minor}" for minor in (12, 13, 14, 11)] + ["python3", "python"]
    return [path for name in names if (path := shutil.which(name))] + [own]


def suitable_python(candidates: Sequence[str]) -> str:
    """The first that is new enough and can make environments. Raises LocalBackendError."""
    question = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    for candidate in candidates:
        answer = _answer([candidate, "-I", "-c", question])
        version = tuple(int(part) for part in answer.split() if part.isdigit())
        if OLDEST_PYTHON <= version <= NEWEST_PYTHON:
            return candidate
    raise LocalBackendError(
        "No Python between 3.11 and 3.14 that can make virtual environments was found on this machine.",
        "Install Python 3.12 from python.org (on Debian and Ubuntu also the package python3-venv).",
    )


def set_up(
    home: Home,
    wheel: Path,
    cancel: Cancel,
    *,
    online: bool,
    wheels: Path | None = None,
    candidates: Sequence[str] = (),
) -> Iterator[SetUpStep]:
    """Make the environment, install `wheel` and what it needs into it, verify it, fetch the face model.

    A run that was broken off goes on after its last finished stage. Packages and model come from their
    public places, or from the folder `wheels` alone where one is given. Raises LocalBackendError; what was
    finished stays.
    """
    if not (online or wheels):
        raise LocalBackendError(
            "Blender may not use the network, and no folder with packages was named.",
            "Allow online access in Preferences > System, or choose a folder of wheels.",
        )
    _check_space(home)
    _forget_other_wheels(home, wheel)
    for number, (stage, title) in enumerate(STAGES.items(), 1):
        if stage in _done(home):
            continue
        yield SetUpStep(number, len(STAGES), title)
        command = _command(stage, home, wheel, wheels, candidates or pythons())
        for line in _run(command, home.log, cancel):
            yield SetUpStep(number, len(STAGES), title, line)
        if cancel.is_set():
            return
        _note_done(home, wheel, stage)


class LocalBackend:
    """The backend's process. It ends when its standard input closes: with us, also when we are killed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether the process that was started here still runs."""
        return self._process is not None and self._process.poll() is None

    def start(
        self, cancel: Cancel, command: Sequence[str] = (), environ: Mapping[str, str] | None = None
    ) -> Iterator[Address]:
        """Start it on a free port; yields once, where it listens.

        Raises LocalBackendError when it ends or stays silent.
        """
        end_stale(self.home)
        self.home.folder.mkdir(parents=True, exist_ok=True)
        said = self.home.folder / f"serving-{os.getpid()}.json"
        serve = ["-I", "-m", "backend", "serve", "--port", "0", "--exit-with-stdin", "--json"]
        with said.open("wb") as out, self.home.log.open("ab") as log:
            self._process = _popen(
                command or [str(self.home.python), *serve], out, log, subprocess.PIPE, environ
            )
        _pid_file(self.home).write_text(
            json.dumps({"pid": self._process.pid, "owner": os.getpid()}), encoding="utf-8"
        )
        line = self._first_line(said, cancel)
        if line is not None:
            yield _address(line)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask it to end, then make it. Waits up to `seconds`: not for the main thread."""
        process, self._process = self._process, None
        if process is None:
            return
        _close_input(process)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _pid_file(self.home).unlink(missing_ok=True)

    def let_go(self) -> None:
        """Close its standard input, upon which it ends by itself; waits for nothing."""
        if self._process is not None:
            _close_input(self._process)

    def _first_line(self, said: Path, cancel: Cancel) -> str | None:
        deadline = time.monotonic() + START_SECONDS
        while not cancel.wait(POLL_SECONDS):
            line, newline, _ = said.read_text(encoding="utf-8").partition("\n")
            if newline:
                return line
            if not self.alive:
                self.stop()
                raise LocalBackendError(
                    f"The backend ended while starting. {_last_line(self.home.log)}",
                    f"Read {self.home.log}, or set the backend up again.",
                )
            if time.monotonic() > deadline:
                self.stop()
                raise LocalBackendError(
                    f"The backend did not answer within {START_SECONDS:.0f} seconds.",
                    f"Read {self.home.log}; a virus scanner may be holding it back.",
                )
        self.stop()
        return None


def end_stale(home: Home) -> list[int]:
    """End backends whose Blender is gone, by their pid files; the process ids that were ended."""
    ended = []
    for path in home.folder.glob("backend-*.pid"):
        try:
            ids = json.loads(path.read_text(encoding="utf-8"))
            pid, owner = int(ids["pid"]), int(ids["owner"])
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
            continue
        if owner != os.getpid() and command_line(owner):
            continue  # another Blender's, in use
        if str(home.folder) in command_line(pid):
            os.kill(pid, 15)
            ended.append(pid)
        path.unlink(missing_ok=True)
    return ended


def command_line(pid: int) -> str:
    """How a running process was called, '' when there is none: process ids are given out again."""
    if os.name == "nt":
        query = f"(Get-CimInstance Win32_Process -Filter 'ProcessId={pid}').CommandLine"
        return _answer(["powershell", "-NoProfile", "-Command", query])
    if Path("/proc/self/cmdline").exists():  # a small Linux has no ps
        try:
            return (
                Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
            )
        except OSError:
            return ""
    return _answer(["ps", "-ww", "-p", str(pid), "-o", "args="])


def tail(home: Home, lines: int = 40) -> str:
    """The end of the log, for 'copy diagnostics'."""
    if not home.log.exists():
        return ""
    return "\n".join(home.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _command(
    stage: str, home: Home, wheel: Path, wheels: Path | None, candidates: Sequence[str]
) -> list[str]:
    """What does a stage of the set-up."""
    if stage == "environment":
        return [suitable_python(candidates), "-I", "-m", "venv", "--clear", str(home.environment)]
    if stage == "verify":
        return [str(home.python), "-I", "-m", "backend", "doctor", "--json"]
    if stage == "model":
        source = ["--from", str(wheels)] if wheels else ["--fetch"]
        return [str(home.python), "-I", "-m", "backend", "models", *source]
    pip = [str(home.python), "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    return [*pip, "--progress-bar", "off", *source, f"superface[backend] @ {wheel.resolve().as_uri()}"]


def _run(command: Sequence[str], log: Path, cancel: Cancel) -> Iterator[str]:
    """Its output line by line, also appended to the log; the process is ended on cancel."""
    start = log.stat().st_size if log.exists() else 0
    with log.open("ab") as out:
        process = _popen(command, out, out, subprocess.DEVNULL, None)
    with log.open(encoding="utf-8", errors="replace") as said:
        said.seek(start)
        try:
            while process.poll() is None and not cancel.wait(POLL_SECONDS):
                yield from (line.strip() for line in said if line.strip())
            yield from (line.strip() for line in said if line.strip())
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode and not cancel.is_set():
        raise LocalBackendError(
            f"{_last_line(log)} (exit code {process.returncode})",
            f"Read {log}; 'Set up' goes on where it stopped.",
        )


def _popen(
    command: Sequence[str],
    out: IO[bytes],
    err: IO[bytes],
    stdin: int,
    environ: Mapping[str, str] | None,
) -> "subprocess.Popen[bytes]":
    """Raises LocalBackendError when the program is not there."""
    inherited = os.environ if environ is None else environ
    clean = {k: v for k, v in inherited.items() if not k.startswith("PYTHON")}  # Blender sets its own
    clean["PYTHONUNBUFFERED"] = clean["PYTHONUTF8"] = "1"
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    try:
        return subprocess.Popen(
            list(command), stdin=stdin, stdout=out, stderr=err, env=clean, creationflags=flags
        )
    except OSError as err_:
        raise LocalBackendError(
            f"{command[0]} cannot be started: {err_}.", "Set the backend up again from the panel."
        ) from err_


def _answer(command: Sequence[str]) -> str:
    """Standard output of a short command, '' when it fails."""
    try:
        done = subprocess.run(
            list(command), capture_output=True, text=True, timeout=15, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _check_space(home: Home) -> None:
    """Raises LocalBackendError when the disk is too full, or the folder cannot be made."""
    try:
        home.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(home.folder).free
    except OSError as err:
        raise LocalBackendError(
            f"{home.folder} cannot be written: {err}.", "Choose another backend folder in the preferences."
        ) from err
    if free < NEEDED_BYTES and not home.is_ready():
        raise LocalBackendError(
            f"{free / 1e6:.0f} MB are free at {home.folder}, {NEEDED_BYTES / 1e6:.0f} MB are needed.",
            "Free some space, or choose another backend folder in the preferences.",
        )


def _journal(home: Home) -> dict[str, object]:
    try:
        return dict(json.loads(home.journal.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _done(home: Home) -> list[str]:
    done = _journal(home).get("done", [])
    return [str(stage) for stage in done] if isinstance(done, list) else []


def _note_done(home: Home, wheel: Path, stage: str) -> None:
    new = home.journal.with_suffix(".new")
    new.write_text(json.dumps({"wheel": _sha256(wheel), "done": [*_done(home), stage]}), encoding="utf-8")
    new.replace(home.journal)


def _forget_other_wheels(home: Home, wheel: Path) -> None:
    """An update keeps the environment and installs again."""
    if _journal(home).get("wheel") != _sha256(wheel):
        made = [stage for stage in _done(home) if stage == "environment"]
        home.journal.write_text(json.dumps({"wheel": _sha256(wheel), "done": made}), encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _pid_file(home: Home) -> Path:
    return home.folder / f"backend-{os.getpid()}.pid"


def _close_input(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()


def _address(line: str) -> Address:
    """From what `superface serve --json` says: address, port, pid, token_file."""
    try:
        said = json.loads(line)
        token = Path(said["token_file"]).read_text(encoding="ascii").strip()
        host = str(said["address"]).rpartition(":")[0].strip("[]")
        return Address(host, int(said["port"]), token)
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise LocalBackendError(
            f"The backend said {line[:80]!r} instead of where it listens.", "Set the backend up again."
        ) from err


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "It said nothing.")
