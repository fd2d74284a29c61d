"""Reads ahead in a thread of its own, so that decoding the next pictures overlaps tracking this one."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from ..ports import Cancelled

T = TypeVar("T")


def read_ahead(make: Callable[[Cancelled], Iterator[T]], depth: int) -> Generator[T]:
    """The items of `make(stopped)`, at most `depth` of them waiting; its errors come out here.

    `stopped` turns True when this generator is closed, so that the thread ends at once and before it.
    """
    stopped = Event()
    with ThreadPoolExecutor(1, "read ahead") as thread:
        items = make(stopped.is_set)
        waiting: deque[Future[T | None]] = deque()
        try:
            for _ in range(depth):
                waiting.append(thread.submit(next, items, None))
            while (item := waiting.popleft().result()) is not None:
                waiting.append(thread.submit(next, items, None))
                yield item
        finally:
            stopped.set()
            thread.shutdown(cancel_futures=True)
