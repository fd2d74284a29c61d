import threading
from collections.abc import Callable, Iterator

import pytest

from backend.usecases.prefetch import read_ahead


def counting(stop: int, given: list[int]) -> Callable[[Callable[[], bool]], Iterator[int]]:
    def make(stopped: Callable[[], bool]) -> Iterator[int]:
        for number in range(stop):
            if stopped():
                return
            given.append(number)
            yield number

    return make


def test_everything_comes_once_in_order() -> None:
    assert list(read_ahead(counting(100, []), 3)) == list(range(100))


def test_it_works_in_another_thread() -> None:
    readers = read_ahead(lambda _: (threading.get_ident() for _ in range(3)), 2)
    assert threading.get_ident() not in set(readers)


def test_no_more_than_the_depth_waits() -> None:
    given: list[int] = []
    ahead = read_ahead(counting(100, given), 3)
    assert next(ahead) == 0
    ahead.close()
    assert len(given) <= 1 + 3 + 1


def test_errors_come_out_after_what_was_read() -> None:
    def failing(_: Callable[[], bool]) -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    ahead = read_ahead(failing, 4)
    assert next(ahead) == 1
    with pytest.raises(LookupError, match="gone"):
        next(ahead)


def test_closing_ends_a_reader_that_looks_at_stopped() -> None:
    looked = threading.Event()

    def searching(stopped: Callable[[], bool]) -> Iterator[int]:
        yield 1
        while not stopped():  # as a seek does that finds nothing yet
            looked.set()

    ahead = read_ahead(searching, 2)
    assert next(ahead) == 1
    looked.wait()
    before = threading.active_count()
    ahead.close()
    assert threading.active_count() == before - 1
