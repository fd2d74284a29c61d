import threading

import pytest

from blender_addon.background import QUEUE_LENGTH, Background


@pytest.fixture
def background():
    made = Background()
    yield made
    made.close()


class Listener:
    """Remembers what it was told and in which thread."""

    def __init__(self):
        self.events, self.errors, self.threads = [], [], set()

    def on_event(self, event):
        self.threads.add(threading.current_thread())
        self.events.append(event)

    def on_end(self, error):
        self.errors.append(error)

    @property
    def ended(self):
        return bool(self.errors)


def count_to(n):
    def work(cancel):
        yield from range(n)

    return work


def test_events_come_in_order_in_the_calling_thread_then_the_end(background):
    heard = Listener()
    background.start("count", count_to(200), heard.on_event, heard.on_end)
    assert background.pump(lambda: heard.ended, timeout=10)
    assert heard.events == list(range(200))
    assert heard.errors == [None]
    assert heard.threads == {threading.current_thread()}


def test_the_work_runs_in_another_thread(background):
    heard = Listener()

    def work(cancel):
        yield threading.current_thread()

    background.start("where", work, heard.on_event, heard.on_end)
    assert background.pump(lambda: heard.ended, timeout=10)
    assert heard.events[0] is not threading.current_thread()


def test_an_error_reaches_the_main_thread_after_the_events_before_it(background):
    heard = Listener()

    def work(cancel):
        yield "before"
        raise OSError("disk full")

    background.start("fails", work, heard.on_event, heard.on_end)
    assert background.pump(lambda: heard.ended, timeout=10)
    assert heard.events == ["before"]
    assert str(heard.errors[0]) == "disk full"


def test_a_job_that_talks_more_than_is_heard_waits_instead_of_filling_memory(background):
    heard = Listener()
    sent = []

    def work(cancel):
        for i in range(10 * QUEUE_LENGTH):
            sent.append(i)
            yield i

    job = background.start("talks", work, heard.on_event, heard.on_end)
    while not job.events.full():
        threading.Event().wait(0.01)
    assert len(sent) <= QUEUE_LENGTH + 1
    assert background.pump(lambda: heard.ended, timeout=10)
    assert heard.events == sent


def test_cancel_ends_the_job_and_closes_its_generator(background):
    heard = Listener()
    closed = threading.Event()

    def work(cancel):
        try:
            while True:
                cancel.wait(0.01)
                yield "still here"
        finally:
            closed.set()

    background.start("endless", work, heard.on_event, heard.on_end)
    assert background.pump(lambda: bool(heard.events), timeout=10)
    background.cancel("endless")
    assert background.pump(lambda: heard.ended, timeout=10)
    assert closed.is_set()
    assert heard.errors == [None]
    assert not background.running()


def test_a_drain_with_no_time_left_still_hands_over_one_event(background):
    heard = Listener()
    job = background.start("count", count_to(5), heard.on_event, heard.on_end)
    job.future.result(10)
    assert background.drain(seconds=0) == 1
    assert heard.events == [0]


def test_jobs_take_turns(background):
    order = []
    jobs = [
        background.start(
            name,
            count_to(3),
            lambda event, name=name: order.append(name),
            lambda error: None,
        )
        for name in ("a", "b")
    ]
    for job in jobs:
        job.future.result(10)
    background.drain(seconds=10)
    assert order == ["a", "b"] * 3


def test_pump_gives_up_when_it_never_comes_true(background):
    assert background.pump(lambda: False, timeout=0.05) is False


def test_closing_ends_a_running_job_and_tells_nobody():
    background, heard = Background(), Listener()
    started = threading.Event()

    def work(cancel):
        started.set()
        cancel.wait(60)
        yield "too late"

    job = background.start("waits", work, heard.on_event, heard.on_end)
    assert started.wait(10)
    background.close()
    assert job.future.done()
    assert heard.events == heard.errors == []
