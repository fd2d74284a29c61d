"""Work on shards that several processes share, a core each."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

Given = TypeVar("Given")
Done = TypeVar("Done")
Work = Callable[[Given], Done]

_work: Work[Any, Any]  # of a worker process: what it keeps between its shards


def each_done(
    begin: Callable[[], Work[Given, Done]], shards: Iterable[Given], processes: int
) -> Iterator[Done]:
    """What becomes of each shard, in their order.

    begin  makes a process ready to work, once in each: a drawing context cannot be shared
    """
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (begin,)) as pool:
        yield from pool.map(_do, shards)


def _begin(begin: Callable[[], Work[Any, Any]]) -> None:
    global _work
    os.environ["LP_NUM_THREADS"] = "1"  # Mesa's renderer would take every core for each process
    _work = begin()


def _do(shard: Any) -> Any:
    return _work(shard)
