"""Artist and backend are killed at random moments, again and again: every rating is kept, none of them twice.

Real processes, real gRPC, real SQLite. SUPERFACE_KILLS=50 kills each of them so often instead of a few times.
"""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.adapters.sql_ratings import SqlRatings
from backend.core.formats.rating_json import fact_to_line
from tests.core.rated import an_id, rating

KILLS = int(os.environ.get("SUPERFACE_KILLS", "4"))
RATINGS = 200
LIFE_SECONDS = 2.5  # longest that one lives once it is at work, but for the last
PAUSE = KILLS * LIFE_SECONDS / 2 / RATINGS  # so that there is work for all of these lives
PATIENCE = 120.0

Start = Callable[[], "subprocess.Popen[bytes]"]


@contextmanager
def alive(start: Start) -> Iterator["subprocess.Popen[bytes]"]:
    """From its first word on; killed at the end, if it still runs."""
    with start() as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), "it ended before it said a word"
            yield process
        finally:
            process.kill()


def killed_again_and_again(start: Start, seed: int) -> int:
    """How often it was at work when it was killed."""
    dice, at_work = random.Random(seed), 0  # noqa: S311 (no secret)
    for _ in range(KILLS):
        with alive(start) as process:
            time.sleep(dice.uniform(0, LIFE_SECONDS))
            at_work += process.poll() is None
    return at_work


@pytest.mark.timeout(PATIENCE + 20 * KILLS)
def test_every_rating_is_kept_and_none_twice(repository: Path, tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    environment = os.environ | {"SUPERFACE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(repository)}

    def begun(*command: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", *command], cwd=repository, env=environment, stdout=subprocess.PIPE
        )

    def backend() -> "subprocess.Popen[bytes]":
        return begun("backend", "serve", "--port", port)

    def artist() -> "subprocess.Popen[bytes]":
        return begun("tests.journeys.rating_artist", str(tmp_path), port, str(RATINGS), str(PAUSE))

    with alive(backend):
        pass  # it has left its token
    with ThreadPoolExecutor(2) as both:
        killing = [both.submit(killed_again_and_again, *each) for each in ((backend, 1), (artist, 2))]
        at_work = [each.result() for each in killing]
    store = SqlRatings(tmp_path / "home" / "ratings.sqlite")
    before = store.count()
    with alive(backend), alive(artist) as last:
        assert last.wait(PATIENCE) == 0
    print(
        f"killed at work: backend {at_work[0]}, artist {at_work[1]} times of {KILLS}; {before} kept by then"
    )
    assert min(at_work) >= KILLS / 2
    assert before > 0, "nobody was killed while ratings were written"
    kept = list(store.read())
    assert sorted(fact.id for fact in kept) == [an_id(number) for number in range(RATINGS)]
    assert sorted(map(fact_to_line, kept)) == sorted(fact_to_line(rating(n)) for n in range(RATINGS))
    assert not list((tmp_path / "outbox").rglob("*.json")), "nothing waits, nothing was set aside"
