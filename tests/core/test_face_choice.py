from dataclasses import replace

import pytest

from backend.core.face_choice import LONG_GONE, LastSeen, best_first, is_one_step
from backend.core.face_regions import Region

SMALL = Region(100, 100, 60, 60)
LARGE = Region(400, 120, 150, 150)
ANN = LastSeen(Region(100, 100, 64, 64), seconds=10.0)


def test_the_largest_face_comes_first():
    assert best_first([SMALL, LARGE], None, None, 0.0) == [LARGE, SMALL]


def test_the_named_face_comes_first():
    near = replace(SMALL, x=120)
    assert best_first([LARGE, SMALL, near], (125, 100), None, 0.0) == [near, SMALL]


def test_a_face_far_from_the_named_place_is_not_the_named_one():
    assert best_first([LARGE], (100, 100), None, 0.0) == []


def test_after_a_loss_only_a_face_like_the_lost_one_is_taken():
    assert best_first([LARGE, SMALL], None, ANN, 10.1) == [SMALL]
    assert best_first([LARGE], None, ANN, 10.1) == []


def test_the_longer_a_face_is_lost_the_farther_it_may_have_gone():
    wandered = replace(SMALL, x=230)
    assert best_first([wandered], None, ANN, 10.1) == []
    assert best_first([wandered], None, ANN, 11.0) == [wandered]


@pytest.mark.parametrize("stranger", [replace(SMALL, x=170), replace(SMALL, width=130, height=130)])
def test_a_stranger_beside_or_much_larger_is_not_taken(stranger):
    assert best_first([stranger], None, ANN, 10.1) == []


def test_long_after_a_loss_anybody_may_be_next_the_nearest_first():
    assert best_first([LARGE, SMALL], None, ANN, 10.0 + LONG_GONE) == [SMALL, LARGE]


def test_a_face_moves_and_grows_in_small_steps():
    assert is_one_step(replace(LARGE, x=430, width=160), LARGE)
    assert not is_one_step(replace(LARGE, x=490), LARGE)
    assert not is_one_step(SMALL, replace(SMALL, width=100))
