"""Other programs, started and asked from inside Blender: no window, none of its Python settings."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from .backend_home import LocalBackendError


def command_line(pid: int) -> str:
    """How a running process was called, '' when there is none: process ids are given out again."""
    if os.name == "nt":
        query = f"(Get-CimInstance Win32_Process -Filter 'ProcessId={pid}').CommandLine"
        return answer(["powershell", "-NoProfile", "-Command", query])
    if Path("/proc/self/cmdline").exists():  # a small Linux has no ps
        try:
            return (
                Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
            )
        except OSError:
            return ""
    return answer(["ps", "-ww", "-p", str(pid), "-o", "args="])


def answer(command: Sequence[str]) -> str:
    """Standard output of a short command, '' when it fails."""
    try:
        done = subprocess.run(
            list(command), capture_output=True, text=True, timeout=15, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def started(
    command: Sequence[str],
    out: IO[bytes],
    err: IO[bytes],
    stdin: int,
    environ: Mapping[str, str] | None,
) -> "subprocess.Popen[bytes]":
    """A process without a window and without Blender's Python settings. Raises LocalBackendError when the
    program is not there.
    """
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
