"""The backend on the artist's own machine, once it is set up: started and stopped from the panel.

What takes time is a generator for background.py: it yields what is going on and looks at `cancel` often.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .backend_client.port import Address
from .backend_home import Home, LocalBackendError
from .background import Cancel
from .child_process import command_line, started

START_SECONDS = 60.0  # the first start compiles Python files
STOP_SECONDS = 5.0
POLL_SECONDS = 0.1


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
            self._process = started(
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
                    f"The backend ended while starting. {self.home.last_line()}",
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
