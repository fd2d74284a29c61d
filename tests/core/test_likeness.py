import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.head_pose import FaceGeometry
from backend.core.likeness import SAMPLED, Likeness, colours

rng = np.random.default_rng(11)
GEOMETRY = FaceGeometry(np.column_stack([np.linspace(-7, 7, 468), np.zeros((468, 2))]), np.ones(468))
ACROSS = GEOMETRY.points[SAMPLED, 0]
ANN = rng.uniform(40, 220, (156, 3)).astype(np.float32)
BEN = rng.uniform(40, 220, (156, 3)).astype(np.float32)


@pytest.fixture
def ann():
    known = Likeness(GEOMETRY)
    known.learn(ANN)
    return known


def test_anybody_is_welcome_at_first():
    assert Likeness(GEOMETRY).is_same(BEN, followed=False)


def test_a_stranger_is_told_apart(ann):
    assert not ann.is_same(BEN, followed=True)


@given(st.floats(0.2, 3), st.floats(-40, 40))
def test_brightness_and_tint_change_nobody(contrast, tint):
    known = Likeness(GEOMETRY)
    known.learn(ANN)
    assert known.is_same(
        ANN * np.float32(contrast) + np.float32(tint) * np.float32([1, 0, -1]), followed=False
    )


def test_half_a_face_is_enough(ann):
    assert ann.is_same(np.where(ACROSS[:, None] < 0, BEN, ANN), followed=False)


def test_slow_change_is_learnt(ann):
    aged = 0.6 * ANN + 0.4 * BEN
    for share in np.linspace(0, 0.4, 40):
        ann.learn((1 - share) * ANN + share * BEN)
    unaged = Likeness(GEOMETRY)
    unaged.learn(ANN)
    far = (1 - 0.55) * ANN + 0.55 * BEN
    assert ann.is_same(aged, followed=False)
    assert ann.is_same(far, followed=False)
    assert not unaged.is_same(far, followed=False)


def test_what_slides_over_the_face_is_not_learnt(ann):
    for edge in np.linspace(-7, 7, 50):
        covered = np.where(ACROSS[:, None] < edge, BEN, ANN)
        if ann.is_same(covered, followed=True):
            ann.learn(covered)
    assert not ann.is_same(BEN, followed=True)
    assert ann.is_same(ANN, followed=False)


def test_colours_are_taken_where_the_points_are():
    cut = np.zeros((256, 256, 3), np.uint8)
    cut[:, 128:] = (10, 20, 30)
    got = colours(cut, np.array([[0.25, 0.5], [0.75, 0.5], [7, -3]], np.float32))
    np.testing.assert_array_equal(got, [[0, 0, 0], [10, 20, 30], [10, 20, 30]])


CARL = 0.9 * ANN + 0.45 * BEN  # much like Ann


def test_somebody_much_alike_is_told_apart_once_met(ann):
    assert ann.is_same(CARL, followed=True)
    ann.meet(CARL)
    assert not ann.is_same(CARL, followed=True)
    assert not ann.is_same(CARL, followed=False)
    assert ann.is_same(ANN, followed=False)


def test_an_expression_that_resembles_somebody_a_little_more_is_still_followed(ann):
    ann.meet(CARL)
    between = 0.5 * ANN + 0.5 * CARL
    assert ann.is_same(between, followed=True)


def test_a_mirror_image_is_nobody_else(ann):
    ann.meet(ANN + rng.normal(0, 3, ANN.shape).astype(np.float32))
    assert ann.is_same(ANN, followed=False)


def test_a_covered_half_is_noticed_and_a_free_face_is_not_disturbed(ann):
    assert not ann.learn(np.where(ACROSS[:, None] < 0, BEN, ANN))
    assert ann.learn(ANN)
