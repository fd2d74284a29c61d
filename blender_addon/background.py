"""Work that must not hold Blender up, and the only threading in the add-on.

A job is a generator that runs in a worker thread and yields events; the main thread takes them out of a
bounded queue, a few milliseconds at a time, and hands them to the job's listener. Threads that touch bpy
crash Blender: this file knows no bpy, and a job must not either.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from typing import Any

Cancel = threading.Event
Work = Callable[[Cancel], Iterator[Any]]

TICK_SECONDS = 0.05  # own work on the main thread in one go
QUEUE_LENGTH = 64
WORKERS = 5  # a set-up, a retarget, a training and two short questions at one time


@dataclass(eq=False)
class Job:
    """One piece of work under way. Touched by the main thread only, but for `events` and `cancel`."""

    name: str
    on_event: Callable[[Any], None]
    on_end: Callable[[BaseException | None], None]
    cancel: Cancel = field(default_factory=Cancel)
    events: Queue[Any] = field(default_factory=lambda: Queue(QUEUE_LENGTH))
    future: "Future[None] | None" = None


class Background:
    """Runs jobs beside Blender; made at register, closed at unregister."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="superface")
        self._jobs: list[Job] = []

    def start(
        self,
        name: str,
        work: Work,
        on_event: Callable[[Any], None],
        on_end: Callable[[BaseException | None], None],
    ) -> Job:
        """Run `work` in a thread. On the main thread: `on_event` for each thing it yields, in order,
        then `on_end` once, with the error that ended it or None (also after a cancel).
        """
        job = Job(name, on_event, on_end)
        job.future = self._pool.submit(_run, work, job)
        self._jobs.append(job)
        return job

    def running(self, name: str | None = None) -> bool:
        """Whether any job (of that name) is not yet ended."""
        return any(name in (None, job.name) for job in self._jobs)

    def cancel(self, name: str) -> None:
        """Ask the jobs of that name to stop; after this only their end is heard of."""
        for job in self._jobs:
            if job.name == name:
                job.cancel.set()

    def drain(self, seconds: float = TICK_SECONDS) -> int:
        """Hand waiting events over for at most `seconds`, one at least; how many there were."""
        deadline = time.perf_counter() + seconds
        handed_over = 0
        while self._hand_over_one():
            handed_over += 1
            if time.perf_counter() >= deadline:
                break
        return handed_over

    def pump(self, until: Callable[[], bool], timeout: float) -> bool:
        """Drain until `until()` holds; False after `timeout` seconds. For Blender without a window,
        whose timers never fire.
        """
        deadline = time.monotonic() + timeout
        while not until():
            if time.monotonic() > deadline:
                return False
            if not self.drain():
                time.sleep(0.005)
        return True

    def close(self) -> None:
        """Cancel everything and wait for the threads. Nobody is told any more."""
        for job in self._jobs:
            job.cancel.set()
        self._jobs.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _hand_over_one(self) -> bool:
        for job in list(self._jobs):
            ended = job.future is not None and job.future.done()  # asked first: nothing comes after it
            try:
                event = job.events.get_nowait()
            except Empty:
                if ended:
                    self._end(job)
                    return True
                continue
            self._jobs.append(self._jobs.pop(self._jobs.index(job)))  # take turns
            if not job.cancel.is_set():
                job.on_event(event)
            return True
        return False

    def _end(self, job: Job) -> None:
        self._jobs.remove(job)
        assert job.future is not None  # noqa: S101 (set before the job is listed)
        job.on_end(job.future.exception())


def _run(work: Work, job: Job) -> None:
    """In the worker thread."""
    events = work(job.cancel)
    for event in events:
        while not job.cancel.is_set():
            try:
                job.events.put(event, timeout=0.1)
                break
            except Full:
                continue
        if job.cancel.is_set():
            break
    close = getattr(events, "close", None)
    if close is not None:
        close()
