"""Ratings on their way: on disk before anybody goes on, and gone from it only when a backend keeps them.

    <nanoseconds>-<id>.json   one fact, whole: written under another name, flushed, then renamed
    set_aside/                what can never be sent, as it was, and beside it a text that says why

The folder outlives the extension, and several Blenders may share it: sending a fact twice does no harm. Where
Blender or the backend is killed in between, the file is still there and is sent again.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..background import Cancel, Work
from ..contract import convention, rating_json, ratings
from .port import BackendClient

SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Sent:
    """So many more are with the backend."""

    facts: int


@dataclass(frozen=True)
class LeftBehind:
    """One that was not sent. path: where it lies now."""

    path: Path
    reason: str


class Outbox:
    """The folder of ratings that no backend has yet; made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, fact: ratings.Fact) -> None:
        """On disk when this returns, for good. Raises OSError."""
        _make_folder(self.folder)
        path = self.folder / f"{time.time_ns():020}-{fact.id}.json"
        draft = path.with_suffix(".draft")
        try:
            with draft.open("w", encoding="ascii") as file:
                file.write(rating_json.fact_to_line(fact))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _flush_folder(self.folder)

    def waiting(self) -> int:
        """How many there are to send."""
        return len(self._files())

    def sending(self, client: BackendClient) -> Work:
        """Work for background.py: everything that waits now, the oldest first. Raises BackendError, and then
        whatever has not been sent still waits.
        """

        def work(cancel: Cancel) -> Iterator[Sent | LeftBehind]:
            files = self._files()
            for first in range(0, len(files), convention.FACTS_A_CALL):
                if cancel.is_set():
                    return
                yield from self._send(client, files[first : first + convention.FACTS_A_CALL])

        return work

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))

    def _send(self, client: BackendClient, files: Sequence[Path]) -> Iterator[Sent | LeftBehind]:
        facts: dict[Path, ratings.Fact] = {}
        for path in files:
            try:
                facts[path] = _read(path)
            except FileNotFoundError:
                continue  # another Blender has sent it
            except OSError as err:
                yield LeftBehind(path, f"cannot be read: {err.strerror}")
            except ValueError as err:
                yield self._set_aside(path, str(err))
        if not facts:
            return
        answer = client.record(list(facts.values()))
        for path, fact in facts.items():
            if fact.id in answer.refused:
                yield self._set_aside(path, answer.refused[fact.id])
            elif fact.id in answer.kept:
                path.unlink(missing_ok=True)
        yield Sent(len(answer.kept))

    def _set_aside(self, path: Path, reason: str) -> LeftBehind:
        aside = self.folder / SET_ASIDE / path.name
        try:
            aside.parent.mkdir(exist_ok=True)
            path.replace(aside)
            aside.with_suffix(".txt").write_text(reason + "\n", encoding="utf-8")
        except FileNotFoundError:
            pass  # another Blender has set it aside
        except OSError as err:
            return LeftBehind(path, f"{reason}; it cannot be set aside: {err.strerror}")
        return LeftBehind(aside, reason)


def _read(path: Path) -> ratings.Fact:
    """Raises OSError, and ValueError for a file that holds no fact."""
    with path.open("rb") as file:
        return rating_json.fact_from_line(file.read(rating_json.LONGEST_LINE + 1).decode("ascii"))


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    """Make a rename last, too. Windows knows no such thing: its file system notes renames in a journal."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
