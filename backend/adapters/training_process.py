"""Trains in a process of its own: one that is killed, or takes all memory, harms nothing that is running.

What is frozen and what is worked out lie in a folder named by the ratings' hash, so that the same ratings go
on where they were cut off. Only the last few are kept.
"""

import json
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from ..core.frozen_ratings import FrozenRatings
from ..errors import DiskFull, NothingToLearn, TrainingError
from ..ports import Cancelled, Trained

COMMAND = (sys.executable, "-m", "training.preference_optimise")
RUNS_KEPT = 8
LOOK_SECONDS = 0.1  # how often it is looked whether anybody still wants it
GRACE_SECONDS = 20.0  # to work out what it is just at, and keep that
NOTHING_TO_LEARN = 3  # exit status of the trainer
LONGEST_COMPLAINT = 500  # characters
_HERE = Path(__file__).parents[2]  # where backend and training lie side by side

Line = Mapping[str, Any]
Lines = queue.Queue[str]


class TrainingProcess:
    """ports.TrainingLauncher. write_frozen: into a file, giving the hash; it raises OSError."""

    def __init__(self, folder: Path, write_frozen: Callable[[FrozenRatings, Path], str]) -> None:
        self._folder, self._write_frozen = folder, write_frozen

    def train(self, ratings: FrozenRatings, cancelled: Cancelled) -> Generator[Line | Trained]:
        """See ports.TrainingLauncher."""
        try:
            data, run = self._prepared(ratings)
        except OSError as err:
            raise DiskFull(
                f"{self._folder} cannot be written: {err}", "Make room, then train again."
            ) from err
        with (run / "complaint.txt").open("w+", encoding="utf-8") as complaint:
            with _started(run, complaint) as (process, lines):
                yield from _told(lines, cancelled)
                if cancelled():
                    return
                status = process.wait()
            complaint.seek(0)
            _check(status, complaint.read().strip())
            yield _outcome(data, run)

    def _prepared(self, ratings: FrozenRatings) -> tuple[str, Path]:
        """The ratings' hash, and the folder in which they lie. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder, prefix=".") as fresh:
            data = self._write_frozen(ratings, Path(fresh) / "ratings")
            run = self._folder / data[:32]
            run.mkdir(exist_ok=True)
            (Path(fresh) / "ratings").replace(run / "ratings")
        others = [path for path in self._folder.iterdir() if path != run and not path.name.startswith(".")]
        for old in sorted(others, key=lambda path: path.stat().st_mtime_ns)[: -(RUNS_KEPT - 1)]:
            shutil.rmtree(old)
        return data, run


@contextmanager
def _started(run: Path, complaint: IO[str]) -> Iterator[tuple["subprocess.Popen[str]", Lines]]:
    """The trainer and what it says; it has ended when this is left."""
    command = [*COMMAND, str(run / "ratings"), "--run", str(run)]
    process = subprocess.Popen(
        command, cwd=_HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaint, text=True,
        encoding="utf-8",
    )  # fmt: skip
    lines: Lines = queue.Queue()
    with process:
        listening = threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True)
        listening.start()
        try:
            yield process, lines
        finally:
            _end(process)
            listening.join()


def _end(process: "subprocess.Popen[str]") -> None:
    """Nothing happens to one that has ended."""
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _told(lines: Lines, cancelled: Cancelled) -> Iterator[Line]:
    """Until the trainer ends, or is not wanted any more."""
    while not cancelled():
        try:
            line = lines.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            continue
        if not line:
            return
        yield json.loads(line)


def _listen(stream: IO[str], lines: Lines) -> None:
    """An empty line is the end."""
    for line in stream:
        lines.put(line)
    lines.put("")


def _check(status: int, complaint: str) -> None:
    """Raises NothingToLearn and TrainingError."""
    if status == NOTHING_TO_LEARN:
        raise NothingToLearn(complaint, "Rate more pairs, of both halves of the face and at other moments.")
    if status != 0:
        last = complaint.splitlines()[-1] if complaint else "it said nothing"
        raise TrainingError(
            f"the training ended with status {status}: {last[:LONGEST_COMPLAINT]}",
            "Train again: it goes on from where it was. The model in use is as it was.",
        )


def _outcome(data: str, run: Path) -> Trained:
    """Raises TrainingError."""
    correction = run / "correction.safetensors"
    try:
        report = json.loads((run / "report.json").read_text(encoding="utf-8"))
        learnt = correction.read_bytes() if "seal" in report else None
    except (OSError, ValueError) as err:
        raise TrainingError(f"what was learnt cannot be read: {err}", "Train again.") from err
    return Trained(data, learnt, report)
