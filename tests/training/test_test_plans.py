"""What tests are made of is known beforehand, is trained on by nobody, and cannot be changed unnoticed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from protos import arkit
from training.cycles_plan import planned
from training.expressions import real_take
from training.test_plans import (
    FIRST_TEST_IDENTITY,
    MANIFEST,
    STEP,
    Plan,
    WrongTruth,
    commit_to,
    manifest,
    manifest_sha256,
    truth,
    truth_sha256,
)

SMALL = Plan("small", "anny", 7, 100_000, 3, {"neutral": 1, "nearly neutral": 1, "single": 2, "halves": 1})


def test_the_committed_truths_are_what_is_drawn_today():
    for plan in manifest().values():
        if not plan.motion and not plan.elsewhere:
            assert truth(plan).sha256 == plan.truth, plan.name


def test_so_are_those_of_real_takes(shared_data):
    csv = {
        "performer": "MySlate_3_Jason_Millers_iPhone.csv",
        "range_of_motion": "alex_rom_3.csv",
    }
    for plan in manifest().values():
        if plan.motion:
            assert truth(plan, real_take(shared_data / "motion" / csv[plan.motion]).rows).sha256 == plan.truth


def test_sets_share_no_person_but_those_filmed_twice_on_purpose():
    plans = [plan for plan in manifest().values() if plan.name != "mouth_covered"]
    people = [
        (plan.source, person) for plan in plans for person in range(plan.first, plan.first + plan.identities)
    ]
    assert len(set(people)) == len(people)
    assert min(person for _, person in people) >= FIRST_TEST_IDENTITY
    assert all(plan.identities >= 40 for plan in plans)


def test_every_person_begins_at_rest_and_then_almost_rests():
    of = truth(SMALL)
    assert not of.coefficients[of.kind == "neutral"].any()
    nearly = of.coefficients[of.kind == "nearly neutral"]
    assert ((nearly > 0).sum(axis=1) >= 1).all()
    assert nearly.max() <= 0.15
    np.testing.assert_array_equal(of.neutral, np.repeat([0, 5, 10], 5))


def test_truth_lies_on_its_grid_and_hangs_on_the_seed_alone():
    of = truth(SMALL)
    np.testing.assert_allclose(of.coefficients * STEP, np.rint(of.coefficients * STEP), atol=1e-3)
    assert truth(SMALL).sha256 == of.sha256
    assert truth(replace(SMALL, seed=8)).sha256 != of.sha256
    assert truth(replace(SMALL, identities=2)).coefficients.tolist() == of.coefficients[:10].tolist()


def test_the_hash_sees_a_changed_coefficient_and_a_changed_person():
    of = truth(SMALL)
    changed = of.coefficients.copy()
    changed[3, arkit.INDEX["jawOpen"]] += 1 / STEP
    assert truth_sha256(changed, of.identity) != of.sha256
    assert truth_sha256(of.coefficients, of.identity + 1) != of.sha256
    assert truth_sha256(of.coefficients + np.float32(1e-6), of.identity) == of.sha256


def test_people_who_are_trained_on_and_sets_without_a_neutral_are_refused():
    with pytest.raises(ValueError, match="identity 99999, which is trained on"):
        replace(SMALL, first=99_999)
    with pytest.raises(ValueError, match="begins with 'single'"):
        replace(SMALL, kinds={"single": 1})
    with pytest.raises(ValueError, match="needs the motion 'performer'"):
        truth(replace(SMALL, motion="performer"))


def test_a_truth_is_committed_once(tmp_path):
    path = tmp_path / "manifest.json"
    entry = {"name": "small", "source": "anny", "seed": 7, "first": 100_000, "identities": 3}
    path.write_text(json.dumps({"version": 1, "sets": [{**entry, "kinds": dict(SMALL.kinds)}]}))
    commit_to({"small": "aa"}, path)
    before = manifest_sha256(path)
    commit_to({"small": "aa"}, path)
    assert manifest_sha256(path) == before
    assert manifest(path)["small"] == replace(SMALL, truth="aa")
    with pytest.raises(WrongTruth, match="a new test needs a new name"):
        commit_to({"small": "bb"}, path)


def test_line_ends_do_not_change_the_manifests_hash(tmp_path):
    other = tmp_path / "manifest.json"
    other.write_bytes(MANIFEST.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert manifest_sha256(other) == manifest_sha256()


def test_what_is_no_manifest_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(ValueError, match="is no manifest"):
        manifest(tmp_path / "manifest.json")


def test_the_other_renderers_people_do_what_was_committed():
    plan = manifest()["other_renderer"]
    drawn = planned(["anny", "ict"], plan.identities, 10, plan.seed)
    assert truth_sha256(drawn.coefficients, drawn.identity) == plan.truth
    assert drawn.identity.min() == plan.first
