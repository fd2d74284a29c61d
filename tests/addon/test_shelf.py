"""Training and versions as the panel sees them: a fake backend, real threads, files on disk."""

import numpy as np
import pytest

from blender_addon.backend_client.errors import (
    BackendError,
    ConnectionLost,
    NothingToLearn,
    RequestRefused,
)
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.fake_shelf import TRIALS
from blender_addon.backend_client.versions import LeftOut, RatingCount, TrainRequest, VersionStep
from blender_addon.background import Background
from blender_addon.contract import arkit, convention, curves, versions
from blender_addon.shelf import Shelf
from blender_addon.states import TrainingState

MINE = TrainRequest(rater="Ada", profile="Ada")


@pytest.fixture
def fake():
    return FakeClient(curves.curves_from_values(np.zeros((1, len(arkit.CHANNELS)), np.float32), 30.0))


@pytest.fixture
def shelf(fake):
    background = Background()
    yield Shelf(background, lambda: fake)
    background.close()


def pump(shelf, until):
    assert shelf._background.pump(until, 20)


def settle(shelf):
    pump(shelf, lambda: not shelf._background.running())


def trained(shelf):
    job = shelf.train(MINE)
    settle(shelf)
    return job


def states(shelf):
    return {card.id: {each.region: each.state for each in card.regions} for card in shelf.known.versions}


def test_a_training_tells_what_it_learns_from_and_ends_with_a_candidate(shelf, fake):
    fake.shelf.count = RatingCount(90, 20, 4, (LeftOut("the footage is not here", 7),))
    job = trained(shelf)
    assert (job.state, job.fraction) == (TrainingState.DONE, 1.0)
    assert job.count.left_out[0].ratings == 7
    assert job.result.version.name == "Ada 1"
    assert set(states(shelf)[job.result.version.id].values()) == {versions.State.CANDIDATE}


def test_of_each_half_the_trial_that_foretold_best_is_kept(shelf):
    job = trained(shelf)
    assert job.best == {"upper": TRIALS[1], "lower": TRIALS[3]}


def test_how_far_it_is_can_be_seen_meanwhile(shelf, fake):
    fake.pause = 0.05
    job = shelf.train(MINE)
    pump(shelf, lambda: 0 < job.fraction < 1)
    assert job.stage == "trying the upper face"
    assert shelf.is_training
    settle(shelf)
    assert not shelf.is_training


def test_one_training_at_a_time(shelf, fake):
    fake.pause = 0.05
    shelf.train(MINE)
    with pytest.raises(BackendError, match="still at work"):
        shelf.train(MINE)


def test_a_cancelled_training_keeps_what_it_knew_and_says_how_to_go_on(shelf, fake):
    fake.pause = 0.05
    job = shelf.train(MINE)
    pump(shelf, lambda: job.count is not None)
    shelf.cancel_training()
    settle(shelf)
    assert job.state is TrainingState.CANCELLED
    assert "go on from there" in job.notice.advice
    assert job.result is None


def test_a_training_whose_backend_vanishes_says_so(shelf, fake):
    fake.error, fake.error_after = ConnectionLost("Gone.", "Start it."), 1
    job = trained(shelf)
    assert (job.state, job.notice.text, job.notice.advice) == (TrainingState.FAILED, "Gone.", "Start it.")


def test_too_few_answers_are_told_with_what_is_missing(shelf, fake):
    fake.error, fake.error_after = NothingToLearn("Too few answers.", "Rate 8 more pairs."), 1
    job = trained(shelf)
    assert job.state is TrainingState.TOO_EARLY
    assert (job.notice.advice, job.notice.level) == ("Rate 8 more pairs.", "WARNING")


def test_where_nothing_better_is_found_it_is_done_all_the_same(shelf, fake):
    fake.shelf.learns, fake.shelf.remarks = (), ("Too few answers about the mouth.",)
    job = trained(shelf)
    assert (job.state, job.result.version) == (TrainingState.DONE, None)
    assert job.result.remarks == fake.shelf.remarks


def test_a_decision_is_shown_as_the_backend_carried_it_out(shelf):
    version = trained(shelf).result.version.id
    shelf.decide(VersionStep.USE, version, ["lower"], "Ada")
    settle(shelf)
    assert states(shelf)[version]["lower"] is versions.State.CURRENT
    shelf.decide(VersionStep.ROLL_BACK, version, ["lower"], "Ada")
    settle(shelf)
    assert states(shelf)[version]["lower"] is versions.State.RETIRED


def test_a_decision_that_is_refused_leaves_all_as_it_was(shelf, fake):
    trained(shelf)
    before = shelf.known
    fake.error = RequestRefused("That file is damaged.", "Import it again.", "model_damaged")
    shelf.decide(VersionStep.USE, before.versions[0].id, [], "Ada")
    settle(shelf)
    assert shelf.known is before
    assert (shelf.notice.text, shelf.notice.level) == ("That file is damaged.", "ERROR")


def test_the_next_question_waits_for_the_answer_to_the_last(shelf):
    shelf.look()
    with pytest.raises(BackendError, match="last question"):
        shelf.look()


def test_a_version_goes_out_as_a_file_and_comes_in_on_another_backend(shelf, fake, tmp_path):
    version, path = trained(shelf).result.version.id, tmp_path / "ada.superface"
    shelf.export(version, path)
    settle(shelf)
    assert str(path) in shelf.notice.text
    assert [file.name for file in tmp_path.iterdir()] == ["ada.superface"]
    fake.shelf.cards.clear()
    shelf.bring_in(path, "Ben")
    settle(shelf)
    assert set(states(shelf)) == {version}
    assert shelf.notice.text == "ada.superface is here, and on trial."


def test_a_file_that_cannot_be_a_version_is_not_even_sent(shelf, fake, tmp_path):
    path = tmp_path / "film.mov"
    with path.open("wb") as file:
        file.truncate(convention.VERSION_BYTES + (1 << 20))
    shelf.bring_in(path, "Ada")
    settle(shelf)
    assert shelf.notice.text == "film.mov has 13 MB, a version at most 12."
    assert fake.shelf.cards == {}


def test_a_file_that_is_gone_is_named(shelf, tmp_path):
    shelf.bring_in(tmp_path / "gone.superface", "Ada")
    settle(shelf)
    assert "gone.superface" in shelf.notice.text


def test_an_export_that_fails_leaves_the_file_that_was_there(shelf, fake, tmp_path):
    path = tmp_path / "ada.superface"
    path.write_bytes(b"an older one")
    shelf.export("ff" * 16, path)
    settle(shelf)
    assert shelf.notice.level == "ERROR"
    assert path.read_bytes() == b"an older one"


def test_what_another_backend_knew_is_forgotten(shelf):
    trained(shelf)
    shelf.look()
    shelf.forget()
    settle(shelf)
    assert (shelf.known, shelf.notice) == (None, None)
