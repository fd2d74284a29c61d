"""Ratings leave by themselves: whenever a backend is there, after a while where it did not work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from blender_addon.backend_client.errors import BackendAbsent
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.outbox import Outbox
from blender_addon.background import Background
from blender_addon.delivery import FIRST_PAUSE, LONGEST_PAUSE, SEND, Delivery
from tests.core.rated import rating
from tests.entrypoints.fake_application import some_curves


class Clock:
    """Goes when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def background() -> Iterator[Background]:
    running = Background()
    yield running
    running.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def delivery(tmp_path: Path, background: Background, clock: Clock) -> Delivery:
    return Delivery(background, Outbox(tmp_path / "outbox"), clock)


@pytest.fixture
def client() -> FakeClient:
    return FakeClient(some_curves(1))


def look(delivery: Delivery, background: Background, client: FakeClient | None) -> bool:
    """One tick, and whatever it began to its end; whether it began anything."""
    delivery.look(client)
    began = background.running(SEND)
    assert background.pump(lambda: not background.running(), 20)
    return began


def test_without_a_backend_ratings_wait(delivery: Delivery, background: Background) -> None:
    delivery.keep(rating(1))
    assert not look(delivery, background, None)
    assert delivery.outbox.waiting() == 1


def test_what_an_earlier_session_left_is_sent_at_once(
    delivery: Delivery, background: Background, client: FakeClient
) -> None:
    Outbox(delivery.outbox.folder).keep(rating(1))
    assert look(delivery, background, client)
    assert list(client.record_of) == [rating(1).id]


def test_where_nothing_waits_nobody_is_asked(
    delivery: Delivery, background: Background, client: FakeClient
) -> None:
    look(delivery, background, client)
    assert not look(delivery, background, client)
    delivery.keep(rating(1))
    assert look(delivery, background, client)
    assert not look(delivery, background, client)


def test_after_a_failure_it_tries_again_later_and_later(
    delivery: Delivery, background: Background, client: FakeClient, clock: Clock
) -> None:
    client.error = BackendAbsent("Nobody answers.", "Start it.")
    delivery.keep(rating(1))
    assert look(delivery, background, client)
    pauses = []
    for _ in range(8):
        failed = clock.now
        while not look(delivery, background, client):
            assert clock.now - failed < 2 * LONGEST_PAUSE
            clock.now += 1.0
        pauses.append(clock.now - failed)
    assert delivery.notice is not None
    assert (delivery.notice.text, delivery.notice.advice) == (
        "Unsent ratings: 1. Nobody answers.",
        "Start it.",
    )
    assert pauses == [FIRST_PAUSE, 4.0, 8.0, 16.0, 32.0, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    client.error, clock.now = None, clock.now + LONGEST_PAUSE
    assert look(delivery, background, client)
    assert (delivery.outbox.waiting(), delivery.notice) == (0, None)


def test_another_backend_is_tried_at_once(
    delivery: Delivery, background: Background, client: FakeClient
) -> None:
    delivery.keep(rating(1))
    client.error = BackendAbsent("Nobody answers.")
    look(delivery, background, client)
    assert not look(delivery, background, client)
    other = FakeClient(some_curves(1))
    assert look(delivery, background, other)
    assert list(other.record_of) == [rating(1).id]


def test_a_rating_kept_while_others_are_sent_follows(
    delivery: Delivery, background: Background, client: FakeClient
) -> None:
    delivery.keep(rating(1))
    delivery.look(client)
    delivery.keep(rating(2))
    assert background.pump(lambda: not background.running(), 20)
    look(delivery, background, client)
    assert set(client.record_of) == {rating(1).id, rating(2).id}


def test_a_rating_that_cannot_be_sent_is_told_of(
    delivery: Delivery, background: Background, client: FakeClient
) -> None:
    client.refused = {rating(1).id: "its region is nose"}
    delivery.keep(rating(1))
    look(delivery, background, client)
    assert delivery.notice is not None
    assert "its region is nose" in delivery.notice.text
    assert "set_aside" in delivery.notice.advice
