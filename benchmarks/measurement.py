"""What a measurement is given and what it gives back."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Options:
    """quick: fewer rounds and frames. mediapipe_python: an interpreter that has mediapipe, None: no peer.
    data: folder of clips and vectors, which are not part of the repository.
    """

    quick: bool
    mediapipe_python: Path | None
    data: Path


@dataclass(frozen=True)
class Result:
    """One number with its spread (lowest, highest), what it should reach, and all that lies behind it."""

    name: str
    value: float
    unit: str
    spread: tuple[float, float]
    goal: str
    met: bool
    detail: dict[str, Any] = field(default_factory=dict)


class Skipped(Exception):
    """The reason why a measurement cannot be made here."""


def of_rounds(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """Median, and lowest and highest."""
    return median(values), (min(values), max(values))


@contextmanager
def pinned(count: int = 2) -> Iterator[list[int]]:
    """Keeps the process, and those it starts, on the same few cores; yields them, none where impossible."""
    if not hasattr(os, "sched_setaffinity"):
        yield []
        return
    before = os.sched_getaffinity(0)
    cores = sorted(before)[:count]
    os.sched_setaffinity(0, cores)
    try:
        yield cores
    finally:
        os.sched_setaffinity(0, before)
