"""The fake obeys the same contract as the real client, so that tests with it mean something."""

import threading
from pathlib import Path

import numpy as np
import pytest

from blender_addon.backend_client import errors, port
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.contract import curves
from tests.core.rated import rating
from tests.entrypoints.fake_application import some_curves

NEVER = threading.Event()
CLIP = Path("/clips/clip.mp4")
REQUEST = port.RetargetRequest(port.ClipFile(CLIP))


def received(events: list[port.RetargetEvent]) -> np.ndarray:
    return curves.joined(e.curves for e in events if isinstance(e, port.CurveChunk)).values


def test_it_plays_its_curves_and_remembers_the_request() -> None:
    shown = some_curves(70)
    client = FakeClient(shown)
    events = list(client.retarget(REQUEST, NEVER))
    assert isinstance(events[0], port.ClipFacts)
    assert isinstance(events[-1], port.Summary)
    assert np.array_equal(received(events), shown.values)
    assert client.requests == [REQUEST]


def test_a_file_it_may_not_read_is_sent_once() -> None:
    client = FakeClient(some_curves(3), unreadable=frozenset({CLIP}))
    for _ in range(2):
        events = list(client.retarget(REQUEST, NEVER))
        assert isinstance(events[0], port.UploadProgress)
    assert client.uploaded == [CLIP]


def test_it_fails_after_as_many_frames_as_it_was_told() -> None:
    lost = errors.ConnectionLost("gone")
    client = FakeClient(some_curves(90), error=lost, error_after=60)
    arrived: list[port.RetargetEvent] = []
    with pytest.raises(errors.ConnectionLost):
        arrived.extend(client.retarget(REQUEST, NEVER))
    assert len(received(arrived)) == 60


def test_it_shows_a_still_for_each_moment_and_remembers_the_request() -> None:
    client = FakeClient(some_curves(3), unreadable=frozenset({CLIP}))
    request = port.StillsRequest(port.ClipFile(CLIP), (0.5, 0.25), around_face=True)
    *sent, first, second = client.stills(request, NEVER)
    assert (first, second) == (
        port.Still(0.25, b"still of 0.25 s", True),
        port.Still(0.5, b"still of 0.5 s", True),
    )
    assert client.uploaded == [CLIP]
    assert all(isinstance(event, port.UploadProgress) for event in sent)
    assert client.still_requests == [request]


def test_stills_too_can_fail_and_be_cancelled() -> None:
    request = port.StillsRequest(port.ClipFile(CLIP), (0.1, 0.2, 0.3))
    client = FakeClient(some_curves(3), error=errors.ConnectionLost("gone"), error_after=2)
    arrived: list[object] = []
    with pytest.raises(errors.ConnectionLost):
        arrived.extend(client.stills(request, NEVER))
    assert len(arrived) == 2
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(errors.Cancelled):
        list(client.stills(request, cancel))


def test_it_can_be_cancelled_and_closed() -> None:
    client = FakeClient(some_curves(90))
    cancel = threading.Event()
    events = client.retarget(REQUEST, cancel)
    next(events)
    cancel.set()
    with pytest.raises(errors.Cancelled):
        next(events)
    client.close()
    with pytest.raises(errors.Cancelled):
        client.info()


def test_live_it_repeats_itself() -> None:
    client = FakeClient(some_curves(2))
    frames = [port.LiveFrame(i, i / 30, b"") for i in range(3)]
    answers = list(client.predict(frames, "fake", 0.5))
    assert np.array_equal(answers[0].curves.values, answers[2].curves.values)
    assert client.live == [("fake", 0.5)]


def test_it_keeps_ratings_once_and_refuses_those_it_was_told_to() -> None:
    client = FakeClient(some_curves(1), refused={rating(2).id: "for a test"})
    for _ in range(2):
        told = client.record([rating(1), rating(2)])
        assert (told.kept, told.refused) == ({rating(1).id}, {rating(2).id: "for a test"})
    assert list(client.record_of) == [rating(1).id]
