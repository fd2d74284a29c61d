"""The fake's shelf obeys the rules of the real one."""

import threading

import pytest

from blender_addon.backend_client import errors
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.fake_shelf import FakeShelf
from blender_addon.backend_client.versions import (
    RatingCount,
    TrainRequest,
    TrainResult,
    Trial,
    VersionCard,
    VersionStep,
)
from blender_addon.contract import versions
from tests.entrypoints.fake_application import some_curves

NEVER = threading.Event()
MINE = TrainRequest(rater="Ada", profile="Ada")


@pytest.fixture
def client() -> FakeClient:
    return FakeClient(some_curves(1))


def learnt(client: FakeClient) -> VersionCard:
    *_, result = client.train(MINE, NEVER)
    assert isinstance(result, TrainResult)
    assert result.version is not None
    return result.version


def states(client: FakeClient) -> dict[str, list[versions.State | None]]:
    return {card.id: [each.state for each in card.regions] for card in client.versions().versions}


def test_a_training_counts_then_tries_then_tells_what_came_of_it(client: FakeClient) -> None:
    events = list(client.train(MINE, NEVER))
    assert isinstance(events[0], RatingCount)
    assert len([event for event in events if isinstance(event, Trial)]) == len(client.shelf.trials)
    assert isinstance(events[-1], TrainResult)
    assert client.shelf.trainings == [MINE]


def test_what_was_learnt_is_a_candidate_and_another_training_follows_it(client: FakeClient) -> None:
    first, second = learnt(client), learnt(client)
    assert states(client) == {
        first.id: [versions.State.RETIRED] * 2,
        second.id: [versions.State.CANDIDATE] * 2,
    }


def test_where_nothing_better_is_found_nothing_is_kept() -> None:
    client = FakeClient(some_curves(1), shelf=FakeShelf(learns=()))
    *_, result = client.train(MINE, NEVER)
    assert result == TrainResult(None)
    assert client.versions().versions == ()


def test_each_half_is_decided_about_by_itself_and_taken_back(client: FakeClient) -> None:
    version = learnt(client).id
    client.decide(VersionStep.USE, version, ["lower"], "Ada")
    assert states(client)[version] == [versions.State.CANDIDATE, versions.State.CURRENT]
    client.decide(VersionStep.ROLL_BACK, version, ["lower"], "Ada")
    client.decide(VersionStep.RETIRE, version, ["upper"], "Ada")
    assert states(client)[version] == [versions.State.RETIRED] * 2
    assert client.shelf.decided[0] == (VersionStep.USE, version, ("lower",), "Ada")


def test_a_version_goes_out_as_a_file_and_comes_into_another_backend(client: FakeClient) -> None:
    file = client.export_version(learnt(client).id)
    other = FakeClient(some_curves(1))
    brought = other.import_version(file.content, "Ben")
    assert [card.id for card in other.versions().versions] == [brought.id]


def test_what_is_not_there_or_no_version_is_refused(client: FakeClient) -> None:
    with pytest.raises(errors.RequestRefused, match="no version"):
        client.decide(VersionStep.USE, "ff" * 16, [], "Ada")
    with pytest.raises(errors.RequestRefused, match="no version"):
        client.import_version(b"no version", "Ada")


def test_a_training_can_fail_and_be_cancelled() -> None:
    client = FakeClient(some_curves(1), error=errors.ConnectionLost("gone"), error_after=2)
    told: list[object] = []
    with pytest.raises(errors.ConnectionLost):
        told.extend(client.train(MINE, NEVER))
    assert len([event for event in told if isinstance(event, Trial)]) == 2
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(errors.Cancelled):
        list(client.train(MINE, cancel))
