"""Makes the backend's environment on the artist's machine, stage by stage; what was finished stays.

The functions that take time are generators for background.py: they yield what is going on and look at
`cancel` often.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .backend_home import Home, LocalBackendError
from .background import Cancel
from .child_process import answer, started
from .torch_build import has_use, is_brought, pip_source, set_up_bytes

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)  # the face tracker's run-time has wheels for these
POLL_SECONDS = 0.1

STAGES = {
    "environment": "Making the environment",
    "install": "Installing",
    "verify": "Verifying",
    # Without these the backend runs: it fetches the face model when first needed, and has its baseline model.
    "model": "Fetching the face model",
    "torch": "Installing what our own model runs on",
}
NO_TORCH = "the folder of wheels holds no torch; the backend has its baseline model"


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
        said = answer([candidate, "-I", "-c", question])
        version = tuple(int(part) for part in said.split() if part.isdigit())
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
    gpu: bool = False,
    candidates: Sequence[str] = (),
) -> Iterator[SetUpStep]:
    """Make the environment, install `wheel` and what it needs into it, verify it, fetch face model and torch.

    A run that was broken off goes on after its last finished stage. Packages and model come from their
    public places, or from the folder `wheels` alone where one is given; torch is left out where that holds
    none, or nothing in `wheel` runs on it. `gpu`: torch's build for NVIDIA GPUs. Raises LocalBackendError;
    what was finished stays.
    """
    if not (online or wheels):
        raise LocalBackendError(
            "Blender may not use the network, and no folder with packages was named.",
            "Allow online access in Preferences > System, or choose a folder of wheels.",
        )
    torch = has_use(wheel)
    _check_space(home, set_up_bytes(is_brought(wheel, wheels), gpu))
    home.forget_other_wheels(wheel)
    stages = {stage: title for stage, title in STAGES.items() if torch or stage != "torch"}
    for number, (stage, title) in enumerate(stages.items(), 1):
        if stage in home.done:
            continue
        yield SetUpStep(number, len(stages), title)
        if stage == "torch" and not is_brought(wheel, wheels):
            yield SetUpStep(number, len(stages), title, NO_TORCH)
            continue
        for command in _commands(stage, home, wheel, wheels, gpu, candidates or pythons()):
            for line in _run(command, home, cancel):
                yield SetUpStep(number, len(stages), title, line)
            if cancel.is_set():
                return
        home.note_done(wheel, stage)


def _commands(
    stage: str, home: Home, wheel: Path, wheels: Path | None, gpu: bool, candidates: Sequence[str]
) -> list[list[str]]:
    """What does a stage of the set-up, in this order."""
    if stage == "environment":
        return [[suitable_python(candidates), "-I", "-m", "venv", "--clear", str(home.environment)]]
    if stage == "verify":
        return [[str(home.python), "-I", "-m", "backend", "doctor", "--json"]]
    if stage == "model":
        source = ["--from", str(wheels)] if wheels else ["--fetch"]
        return [[str(home.python), "-I", "-m", "backend", "models", *source]]
    pip = [str(home.python), "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    pip += ["--progress-bar", "off"]
    ours = [*pip, *(["--no-index", "--find-links", str(wheels)] if wheels else [])]
    if stage == "install":
        return [[*ours, f"superface[backend] @ {wheel.resolve().as_uri()}"]]
    # torch by itself from its own index, so that the next finds it there and looks for no other
    alone = [] if wheels else [[*pip, *pip_source(gpu), "torch"]]
    return [*alone, [*ours, f"superface[torch] @ {wheel.resolve().as_uri()}"]]


def _run(command: Sequence[str], home: Home, cancel: Cancel) -> Iterator[str]:
    """Its output line by line, also appended to the log; the process is ended on cancel."""
    log = home.log
    start = log.stat().st_size if log.exists() else 0
    with log.open("ab") as out:
        process = started(command, out, out, subprocess.DEVNULL, None)
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
        advice = f"Read {log}; 'Set up' goes on where it stopped."
        if home.is_ready():
            advice += " The backend can be started as it is."
        raise LocalBackendError(f"{home.last_line()} (exit code {process.returncode})", advice)


def _check_space(home: Home, needed: int) -> None:
    """Raises LocalBackendError when the disk is too full, or the folder cannot be made."""
    try:
        home.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(home.folder).free
    except OSError as err:
        raise LocalBackendError(
            f"{home.folder} cannot be written: {err}.", "Choose another backend folder in the preferences."
        ) from err
    if free < needed and not home.is_ready():
        raise LocalBackendError(
            f"{free / 1e6:.0f} MB are free at {home.folder}, {needed / 1e6:.0f} MB are needed.",
            "Free some space, or choose another backend folder in the preferences.",
        )
