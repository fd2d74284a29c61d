"""Reads ahead in a thread of its own, so that decoding the next pictures overlaps tracking this one."""

from collections.abc import Callable, Iterator
from queue import Empty, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class _End:
    """Nothing more comes; error is what ended it, if anything did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def read_ahead(make: Callable[[Callable[[], bool]], Iterator[T]], depth: int) -> Iterator[T]:
    """The items of `make(stopped)`, at most `depth` of them waiting.

    `make` gets a function that turns True when the reader is closed; it and its iterator run in the thread
    and so does their clean-up. Errors come out here. Closing this generator ends the thread before it returns.
    """
    reader = _Reader(make, depth)
    reader.start()
    try:
        while not isinstance(item := reader.items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        reader.stop()


class _Reader(Thread, Generic[T]):
    def __init__(self, make: Callable[[Callable[[], bool]], Iterator[T]], depth: int) -> None:
        super().__init__(name="read ahead", daemon=True)
        self.items: Queue[T | _End] = Queue(depth)
        self._make = make
        self._stopped = Event()

    def run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._make(self._stopped.is_set):
                self.items.put(item)
                if self._stopped.is_set():
                    break
        except BaseException as err:  # noqa: BLE001 - handed over and raised by the reader
            error = err
        self.items.put(_End(error))

    def stop(self) -> None:
        """Unblocks a waiting put by emptying the queue, then waits for the thread."""
        self._stopped.set()
        while self.is_alive():
            self._discard()
            self.join(0.01)

    def _discard(self) -> None:
        try:
            while True:
                self.items.get_nowait()
        except Empty:
            return
