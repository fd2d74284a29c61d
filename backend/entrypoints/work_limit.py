"""How much is done at one time: so many at work, so many waiting, and whoever comes then is sent away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Busy


class WorkLimit:
    """A line of tickets; the first `at_work` of them are having their turn. Safe between threads."""

    def __init__(self, what: str, at_work: int, waiting: int = 0) -> None:
        self._what = what
        self._at_work = at_work
        self._longest = at_work + waiting
        self._line: list[object] = []
        self._moved = threading.Condition()

    @property
    def running(self) -> int:
        """How many are having their turn."""
        return min(len(self._line), self._at_work)

    @contextmanager
    def ticket(self) -> Iterator[object]:
        """A place in the line, given back at the end. Raises Busy when the line is full."""
        ticket = object()
        with self._moved:
            if len(self._line) >= self._longest:
                raise Busy(
                    f"{len(self._line)} {self._what} are under way or waiting already",
                    "Wait until one has finished and try again.",
                )
            self._line.append(ticket)
        try:
            yield ticket
        finally:
            with self._moved:
                self._line.remove(ticket)
                self._moved.notify_all()

    def turn(self, ticket: object, seconds: float) -> bool:
        """Whether the ticket's turn has come, after waiting for it for at most `seconds`."""
        with self._moved:
            return self._moved.wait_for(lambda: self._line.index(ticket) < self._at_work, seconds)
