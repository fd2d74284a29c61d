"""What is drawn to be rendered: possible, varied, the same for the same seed, each coefficient also alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.gaze import EYE_TURN
from protos import arkit
from training.expressions import KINDS, NAMED, SINGLE, STEMS, VISEMES, drawn, possible

COUNT = len(arkit.COEFFICIENTS)


@pytest.fixture(scope="module")
def many():
    return drawn(6000, np.random.default_rng(3))


def column(expressions, name):
    return expressions.coefficients[:, arkit.INDEX[name]]


def test_stems_and_singles_are_the_52():
    named = {f"{stem}{side}" for stem in STEMS for side in ("Left", "Right")} | set(SINGLE)
    assert named == set(arkit.COEFFICIENTS)


@pytest.mark.parametrize("recipe", [*VISEMES.values(), *NAMED.values()])
def test_recipes_name_what_there_is(recipe):
    assert set(recipe) <= set(STEMS) | set(SINGLE)


def test_the_same_seed_draws_the_same(many):
    again = drawn(6000, np.random.default_rng(3))
    np.testing.assert_array_equal(again.coefficients, many.coefficients)
    np.testing.assert_array_equal(again.gaze, many.gaze)


def test_every_kind_and_every_coefficient_is_drawn(many):
    assert set(many.kind) == set(KINDS)
    assert (many.coefficients > 0.5).sum(axis=0).min() >= 20


def test_every_coefficient_is_seen_alone_but_for_what_it_needs(many):
    single = many.coefficients[many.kind == "single"] > 0.1
    for name in arkit.COEFFICIENTS:
        needs = {name, arkit.partner(name)} | ({"jawOpen"} if name in ("mouthClose", "tongueOut") else set())
        others = [i for i, other in enumerate(arkit.COEFFICIENTS) if other not in needs]
        alone = single[:, arkit.INDEX[name]] & ~single[:, others].any(axis=1)
        assert alone.sum() >= 3, name


def test_left_and_right_do_not_go_together(many):
    for stem in STEMS:
        one, other = column(many, f"{stem}Left"), column(many, f"{stem}Right")
        assert np.corrcoef(one, other)[0, 1] < 0.85, stem
        assert abs(one.mean() - other.mean()) < 0.03, stem


def test_a_resting_face_is_among_them(many):
    assert 0.04 < (many.coefficients.max(axis=1) == 0).mean() < 0.12


def test_eyes_look_where_the_lids_follow_and_wander_where_none_do(many):
    left = column(many, "eyeLookInLeft") - column(many, "eyeLookOutLeft")
    assert np.corrcoef(left, many.gaze[:, 0, 0])[0, 1] > 0.8
    assert many.gaze[many.kind == "rest"].std() > 0.02
    assert np.abs(many.gaze[..., 0]).max() <= EYE_TURN["Out"] + 1e-6


def test_takes_come_with_a_gain_and_stay_recognisable():
    takes = np.zeros((1, COUNT), np.float32)
    takes[0, arkit.INDEX["mouthPucker"]] = 0.5
    some = drawn(400, np.random.default_rng(1), takes)
    performed = some.coefficients[some.kind == "performance"]
    assert len(performed) > 20
    pucker = performed[:, arkit.INDEX["mouthPucker"]]
    assert pucker.min() > 0.15
    assert np.ptp(pucker) > 0.2
    assert np.delete(performed, arkit.INDEX["mouthPucker"], axis=1).max() == 0


@given(st.lists(st.floats(-1, 2), min_size=COUNT, max_size=COUNT))
def test_what_is_possible_stays_as_it_is(values):
    once = possible(np.array(values, np.float32))
    assert once.min() >= 0
    assert once.max() <= 1
    assert once[arkit.INDEX["mouthClose"]] <= once[arkit.INDEX["jawOpen"]]
    assert min(once[arkit.INDEX["jawLeft"]], once[arkit.INDEX["jawRight"]]) == 0
    np.testing.assert_array_equal(possible(once), once)
