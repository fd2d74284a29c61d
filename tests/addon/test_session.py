"""The artist's work in progress, without Blender: a fake backend, real threads, takes on disk."""

import sys
from pathlib import Path

import numpy as np
import pytest

from blender_addon.answers import Answers
from blender_addon.backend_client.errors import BackendAbsent, BackendError, ConnectionLost
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.outbox import Outbox
from blender_addon.backend_client.port import Address, ClipFile, RetargetRequest
from blender_addon.backend_client.versions import TrainRequest
from blender_addon.backend_home import Home
from blender_addon.background import Background
from blender_addon.contract import arkit, curves, ratings
from blender_addon.local_backend import LocalBackend
from blender_addon.session import Session
from blender_addon.sitting import About
from blender_addon.states import BackendState, JobState, TrainingState
from blender_addon.takes import TakeFolder
from tests.core.rated import rating
from tests.core.seen import a_clip, some_sight

ADDRESS = Address("127.0.0.1", 1)
REQUEST = RetargetRequest(ClipFile(Path("/footage/take 1.mp4")), start_seconds=2.0)
FRAMES = 90


@pytest.fixture
def fake():
    values = np.random.default_rng(0).random((FRAMES, len(arkit.CHANNELS)), np.float32)
    return FakeClient(curves.curves_from_values(values, 30.0))


@pytest.fixture
def session(tmp_path, fake):
    local = LocalBackend(Home(tmp_path / "backend"))
    takes, outbox = TakeFolder(tmp_path / "takes"), Outbox(tmp_path / "outbox")
    answers = Answers(tmp_path / "answers")
    opened = Session(Background(), takes, outbox, answers, local, lambda address: fake)
    yield opened
    opened.close()


def settle(session):
    assert session.background.pump(lambda: not session.background.running(), 20)


def connected(session):
    session.connect(ADDRESS)
    settle(session)
    assert session.link.state is BackendState.READY
    return session


def test_a_finished_retarget_waits_to_be_written_with_all_frames_on_disk(session, fake):
    job = connected(session).retarget(REQUEST, place=None)
    settle(session)
    assert job.state is JobState.RECEIVED
    assert (job.take.name, job.take.start, job.take.complete) == ("take 1", 2.0, True)
    assert np.array_equal(session.takes.curves(job.take.id).values, fake.curves.values)


def test_progress_is_told_while_it_runs(session, fake):
    fake.pause = 0.02
    job = connected(session).retarget(REQUEST, place=None)
    assert session.background.pump(lambda: 0 < job.fraction < 1, 20)
    assert job.stage == "tracking"
    settle(session)
    assert job.fraction == 1


def test_an_upload_is_told_with_its_reason(session, fake):
    fake.unreadable = frozenset({REQUEST.clip.path})
    job = connected(session).retarget(REQUEST, place=None)
    settle(session)
    assert job.upload == "the backend reads no clips from that folder"


def test_without_a_backend_it_is_refused_with_advice(session):
    with pytest.raises(BackendError, match="Backend panel"):
        session.retarget(REQUEST, place=None)


def test_a_second_one_is_refused_while_one_is_at_work(session, fake):
    fake.pause = 0.05
    connected(session).retarget(REQUEST, place=None)
    with pytest.raises(BackendError, match="still at work"):
        session.retarget(REQUEST, place=None)


def test_a_result_that_only_waits_gives_way_and_stays_a_take(session):
    first = connected(session).retarget(REQUEST, place=None)
    settle(session)
    second = session.retarget(REQUEST, place=None)
    settle(session)
    assert session.job is second
    assert {take.id for take in session.takes.all()} == {first.take.id, second.take.id}


def test_a_lost_backend_keeps_what_came_and_says_how_much(session, fake):
    fake.error, fake.error_after = ConnectionLost("Gone.", "Start it."), 60
    job = connected(session).retarget(REQUEST, place=None)
    settle(session)
    assert job.state is JobState.FAILED
    assert job.notice.text == "Gone."
    assert "60 frames were received" in job.notice.advice
    assert len(session.takes.curves(job.take.id)) == 60


def test_a_cancel_ends_it_and_nothing_is_left_to_write(session, fake):
    fake.pause = 0.05
    job = connected(session).retarget(REQUEST, place=None)
    assert session.background.pump(lambda: job.frames_received > 0, 20)
    session.cancel_retarget()
    settle(session)
    assert (job.state, job.to_write) == (JobState.CANCELLED, False)


def test_a_take_that_cannot_be_written_to_disk_fails_with_its_reason(session):
    session.takes.folder.write_text("a file where the folder should be")
    job = connected(session).retarget(REQUEST, place=None)
    settle(session)
    assert job.state is JobState.FAILED
    assert job.notice.level == "ERROR"


def test_stopping_the_backend_ends_a_retarget_and_hangs_up(session, fake):
    fake.pause = 0.05
    job = connected(session).retarget(REQUEST, place=None)
    assert session.background.pump(lambda: job.frames_received > 0, 20)
    session.stop_local()
    settle(session)
    assert job.state is JobState.FAILED
    assert session.link.state is BackendState.STOPPED
    assert fake.closed.is_set()


def test_whoever_connects_learns_which_versions_there_are_and_forgets_them_with_the_backend(session):
    connected(session)
    assert session.shelf.known is not None
    session.stop_local()
    assert session.shelf.known is None
    with pytest.raises(BackendError, match="Backend panel"):
        session.shelf.look()


def test_stopping_the_backend_ends_a_training(session, fake):
    fake.pause = 0.05
    job = connected(session).shelf.train(TrainRequest())
    assert session.background.pump(lambda: job.fraction > 0, 20)
    session.stop_local()
    settle(session)
    assert job.state is TrainingState.CANCELLED
    assert fake.closed.is_set()


def test_a_cancelled_connection_attempt_is_over(session, fake):
    session.connect(ADDRESS)
    session.cancel_backend_job()
    settle(session)
    assert session.link.state is BackendState.STOPPED
    with pytest.raises(BackendError):
        session.retarget(REQUEST, place=None)


def test_a_failed_connection_leaves_no_backend_to_use(session, fake):
    fake.error = BackendAbsent("Nobody answers.", "Start it.")
    session.connect(ADDRESS)
    settle(session)
    assert session.link.state is BackendState.FAILED
    assert session.link.notice.advice == "Start it."


def test_a_set_up_that_fails_says_why(session, tmp_path):
    wheel = tmp_path / "superface-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    session.set_up(wheel, online=False, wheels=None)
    assert session.link.state is BackendState.SETTING_UP
    settle(session)
    assert session.link.state is BackendState.FAILED
    assert "may not use the network" in session.link.notice.text


def test_a_backend_that_dies_by_itself_is_noticed(session, tmp_path):
    (tmp_path / "token").write_text("a-token-of-some-length")
    script = (
        "import json; print(json.dumps("
        f"dict(address='127.0.0.1:1', port=1, token_file={str(tmp_path / 'token')!r})), flush=True); input()"
    )
    start = session.local.start
    session.local.start = lambda cancel: start(cancel, [sys.executable, "-c", script])
    session.start_local()
    settle(session)
    assert session.link.state is BackendState.READY
    assert not session.notice_death()
    session.local._process.kill()
    session.local._process.wait()
    assert session.notice_death()
    assert session.link.state is BackendState.FAILED


def test_ratings_wait_for_a_backend_and_then_leave_by_themselves(session, fake):
    session.ratings.keep(rating(1))
    session.send_ratings()
    settle(session)
    assert fake.record_of == {}
    connected(session).send_ratings()
    settle(session)
    assert list(fake.record_of) == [rating(1).id]
    assert session.ratings.outbox.waiting() == 0


def test_ratings_that_could_not_leave_are_there_in_the_next_session(session, fake, tmp_path):
    connected(session)
    fake.error = ConnectionLost("gone")
    for number in range(20):
        session.ratings.keep(rating(number))
    session.send_ratings()
    settle(session)
    session.close()
    assert Outbox(tmp_path / "outbox").waiting() == 20


ABOUT = About("ab" * 32, "rig", "model@1", "Ann", "0.1.0")


def test_an_answer_is_on_disk_twice_for_the_backend_and_for_this_machine(session):
    told = rating(3)
    session.keep_answer(ABOUT, told)
    assert session.ratings.outbox.waiting() == 1
    assert [fact.id for fact in session.answers.told(ABOUT.clip, ABOUT.rig)] == [told.id]
    assert session.rate_notice is None


def test_the_panel_knows_whether_anything_was_ever_answered_here(session, tmp_path):
    assert not session.has_answers
    session.keep_answer(ABOUT, rating(3))
    assert session.has_answers
    assert Answers(tmp_path / "answers").any()


def test_answers_wait_in_memory_while_the_disk_is_full_and_none_is_lost(session, monkeypatch):
    def full(fact):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(session.ratings.outbox, "keep", full)
        for number in (1, 2, 3):
            session.keep_answer(ABOUT, rating(number))
        assert "3 answers are not on disk yet: No space left" in session.rate_notice.text
        assert "Make room" in session.rate_notice.advice
    session.send_ratings()
    assert session.rate_notice is None
    assert session.ratings.outbox.waiting() == 3
    assert len(session.answers.told(ABOUT.clip, ABOUT.rig)) == 3


def test_a_rig_is_told_once_beside_its_ratings(session):
    for _ in range(3):
        session.tell_sight(some_sight(), ABOUT, 9756)
    assert session.ratings.outbox.waiting() == 1
    assert session.answers.told(ABOUT.clip, ABOUT.rig) == []


def test_learning_makes_a_take_of_its_own_and_keeps_the_one_it_came_from(session):
    take = session.takes.begin("clip", "/footage/clip.mp4", 30.0, start=2.0)
    session.takes.append(take.id, a_clip())
    take = session.takes.finish(take)
    moving = np.clip(a_clip().values[11:12, :52], 0, 1)
    better = np.clip(moving + 0.2, 0, 1)
    shown = tuple(ratings.Candidate(rows, "model@1", "direction") for rows in (moving, better))
    fixed = ratings.Correction(0, better, better)
    told = rating(1, region="lower", seconds=(2 + 11 / 30,), candidates=shown, correction=fixed)
    session.learn(take, some_sight(), [told])
    assert session.background.pump(lambda: session.learnt is not None, 20)
    learnt = session.takes.facts(session.learnt.id)
    assert (learnt.learnt_from, learnt.start, learnt.name) == (take.id, 2.0, "clip, learnt")
    assert "Learnt from 1 answers" in learnt.remarks[0]
    changed = session.takes.curves(learnt.id).values != session.takes.curves(take.id).values
    assert changed[11].any()


def test_learning_that_fails_says_why(session):
    take = session.takes.begin("clip", "", 30.0)
    session.learn(take, some_sight(), [rating(1)])
    assert session.background.pump(lambda: not session.background.running("learn"), 20)
    assert session.learnt is None
    assert session.rate_notice.level == "ERROR"
