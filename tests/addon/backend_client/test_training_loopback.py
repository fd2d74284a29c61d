"""The whole way of a training and of a version, from the panel's shelf to a real server and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.errors import NothingToLearn
from blender_addon.backend_client import port
from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.backend_client.versions import TrainRequest, VersionStep
from blender_addon.background import Background
from blender_addon.contract import versions
from blender_addon.shelf import Shelf
from blender_addon.states import TrainingJob, TrainingState
from tests.core.rated import rig_sight
from tests.entrypoints.loopback import Loopback
from tests.usecases.fake_training import BASE
from tests.usecases.test_train_from_ratings import CLIPS, answers, reading

MINE = TrainRequest(profile="Ann")


@pytest.fixture
def rated(loopback: Loopback) -> Loopback:
    learning = loopback.work.learning
    learning.ratings.append([rig_sight(rig="rig-1"), *answers(90)])
    for clip in CLIPS:
        learning.readings.keep(clip, BASE, reading())
    return loopback


@pytest.fixture
def shelf(rated: Loopback) -> Iterator[Shelf]:
    client = GrpcClient(port.Address("127.0.0.1", rated.port, rated.token), client_version="0.1.0")
    background = Background()
    yield Shelf(background, lambda: client)
    client.close()
    background.close()


def settle(shelf: Shelf) -> None:
    assert shelf._background.pump(lambda: not shelf._background.running(), 20)


def trained(shelf: Shelf) -> TrainingJob:
    job = shelf.train(MINE)
    settle(shelf)
    return job


def lower(shelf: Shelf) -> versions.State | None:
    assert shelf.known is not None
    (half,) = shelf.known.versions[-1].regions
    assert half.region == "lower"
    return half.state


def test_ratings_become_a_version_on_trial(shelf: Shelf) -> None:
    job = trained(shelf)
    assert job.state is TrainingState.DONE
    assert job.count is not None
    assert (job.count.learnt, job.count.held_out) == (60, 30)
    assert job.best["lower"].agreement == pytest.approx(0.7)
    assert job.result is not None
    assert job.result.version is not None
    assert (job.result.version.name, dict(job.result.version.raters)) == ("Ann 1", {"Ann": 60})
    assert lower(shelf) is versions.State.CANDIDATE


def test_a_version_is_used_and_taken_back(shelf: Shelf) -> None:
    trained(shelf)
    assert shelf.known is not None
    version = shelf.known.versions[0].id
    shelf.decide(VersionStep.USE, version, ["lower"], "Ann")
    settle(shelf)
    assert lower(shelf) is versions.State.CURRENT
    shelf.decide(VersionStep.ROLL_BACK, version, ["lower"], "Ann")
    settle(shelf)
    assert lower(shelf) is versions.State.RETIRED
    shelf.decide(VersionStep.USE, version, ["upper"], "Ann")
    settle(shelf)
    assert shelf.notice is not None
    assert "has learnt lower" in shelf.notice.text


def test_a_version_is_handed_on_as_a_file(shelf: Shelf, tmp_path: Path) -> None:
    version, path = trained(shelf).result, tmp_path / "ann.superface"
    assert version is not None
    assert version.version is not None
    shelf.export(version.version.id, path)
    settle(shelf)
    shelf.bring_in(path, "Ben")
    settle(shelf)
    assert shelf.notice is not None
    assert shelf.notice.text == "ann.superface is here, and on trial."
    path.write_bytes(path.read_bytes()[:-20])
    shelf.bring_in(path, "Ben")
    settle(shelf)
    assert shelf.notice.level == "ERROR"
    assert lower(shelf) is versions.State.CANDIDATE


def test_too_few_ratings_are_told_in_the_backends_words(shelf: Shelf, rated: Loopback) -> None:
    rated.work.learning.launcher.error = NothingToLearn("too few answers", "Rate 8 more pairs.")
    job = trained(shelf)
    assert job.state is TrainingState.TOO_EARLY
    assert job.notice is not None
    assert (job.notice.text, job.notice.advice) == ("Too few answers.", "Rate 8 more pairs.")
