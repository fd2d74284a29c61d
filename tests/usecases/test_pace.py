import numpy as np
import pytest

from backend.usecases.pace import Pace


class Stopwatch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_claimed_before_two_frames_are_done() -> None:
    pace = Pace(Stopwatch(), frames_total=100, seconds_total=4.0)
    pace.advance(0.0)
    progress = pace.progress("looking")
    assert (progress.frames_done, progress.frames_a_second, progress.seconds_left) == (1, 0.0, -1.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_time_left_is_right_within_a_fifth_after_the_first_tenth(seed: int) -> None:
    work = np.random.default_rng(seed).uniform(0.01, 0.03, 600)  # seconds for each frame
    work[0] = 2.0  # the networks are loaded
    watch = Stopwatch()
    pace = Pace(watch, frames_total=600, seconds_total=20.0)
    for number, seconds in enumerate(work):
        watch.now += seconds
        pace.advance(number / 30)
        if 60 <= number < 590:
            truly_left = work[number + 1 :].sum()
            assert pace.progress("tracking").seconds_left == pytest.approx(truly_left, rel=0.2, abs=0.1)


def test_nothing_is_claimed_of_frames_that_came_all_at_once() -> None:
    watch = Stopwatch()
    pace = Pace(watch, frames_total=100, seconds_total=4.0)
    watch.now += 1.0
    for number in range(8):
        pace.advance(number / 25)
    assert pace.progress("looking").seconds_left == -1.0
    watch.now += 0.5
    for number in range(8, 16):
        pace.advance(number / 25)
    progress = pace.progress("tracking")
    assert (progress.frames_done, progress.frames_a_second) == (16, pytest.approx(16))
    assert progress.seconds_left == pytest.approx(84 / 16, rel=0.2)


def test_the_speed_shown_is_the_latest() -> None:
    watch = Stopwatch()
    pace = Pace(watch, frames_total=2000, seconds_total=60.0)
    for number in range(1000):
        watch.now += 0.1 if number < 100 else 0.01
        pace.advance(number / 30)
    assert pace.progress("tracking").frames_a_second == pytest.approx(100, rel=0.01)


def test_a_total_that_was_too_low_is_corrected() -> None:
    watch = Stopwatch()
    pace = Pace(watch, frames_total=5, seconds_total=1.0)
    for number in range(10):
        watch.now += 0.1
        pace.advance(number / 10)
    assert pace.progress("tracking").frames_total == 10


def test_a_clock_that_stands_still_does_no_harm() -> None:
    pace = Pace(lambda: 1.0, frames_total=5, seconds_total=1.0)
    for number in range(3):
        pace.advance(number / 5)
    assert pace.progress("tracking").frames_a_second == 0.0
