"""How fast a retarget goes and how long it still takes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .retarget_order import Progress

LATELY = 3.0  # seconds over which the speed is shown
AT_ONCE = 0.001  # seconds; frames are read several at once, and the first of them took no longer


@dataclass(frozen=True)
class _Mark:
    now: float  # seconds of the clock
    frames: int
    reached: float  # seconds of the range


class Pace:
    """Counts frames against a clock (seconds, rising).

    The time left comes from how much of the clip's time is done, since frame counts of containers
    are estimates; the first frame is left out of it, since it also waits for the networks.
    """

    def __init__(self, clock: Callable[[], float], frames_total: int, seconds_total: float) -> None:
        self._clock = clock
        self._frames_total, self._seconds_total = frames_total, seconds_total
        self._frames = 0
        self._first: _Mark | None = None
        self._marks: deque[_Mark] = deque()

    def advance(self, reached: float) -> None:
        """One frame more is done, at this time since the in point."""
        self._frames += 1
        mark = _Mark(self._clock(), self._frames, reached)
        if self._marks and mark.now - self._marks[-1].now < AT_ONCE:
            last = self._marks.pop()
            self._first = None if last is self._first else self._first
        self._first = self._first or mark
        self._marks.append(mark)
        while mark.now - self._marks[0].now > LATELY:
            self._marks.popleft()

    def progress(self, stage: str) -> Progress:
        """Where the work stands now."""
        if self._first is None or len(self._marks) < 2:
            return Progress(self._frames, self._frames_total, 0.0, -1.0, stage)
        last = self._marks[-1]
        return Progress(
            frames_done=last.frames,
            frames_total=max(self._frames_total, last.frames),
            frames_a_second=_speed(self._marks[0], last),
            seconds_left=self._left(self._first, last),
            stage=stage,
        )

    def _left(self, first: _Mark, last: _Mark) -> float:
        done = last.reached - first.reached
        remaining = max(self._seconds_total - last.reached, 0.0)
        return (last.now - first.now) * remaining / done


def _speed(before: _Mark, last: _Mark) -> float:
    elapsed = last.now - before.now
    return (last.frames - before.frames) / elapsed if elapsed > 0 else 0.0
