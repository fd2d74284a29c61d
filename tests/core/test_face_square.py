"""The square stands where the head is and does not move when only the face does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.face_square import SPAN, Box, face_square, whole_picture
from tests.core.test_face_views import GEOMETRY, POINTS, SIZE, seen

FREE = GEOMETRY.weights == 0  # points that tell nothing of the skull


def square_of(points: np.ndarray = POINTS, **how: float) -> Box:
    return face_square(seen(points, **how), SIZE, GEOMETRY)


def middle_and_side(box: Box) -> tuple[float, float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2, box.right - box.left


@pytest.mark.parametrize("scale", [4.0, 10.0])
def test_it_is_as_large_as_the_head(scale: float) -> None:
    box = square_of(scale=scale)
    assert box.right - box.left == pytest.approx(SPAN * scale, rel=0.05)
    assert box.bottom - box.top == pytest.approx(box.right - box.left)


def test_a_mouth_that_opens_does_not_move_it() -> None:
    opened = POINTS.copy()
    opened[FREE & (POINTS[:, 1] < 0)] -= [0, 3, 0]
    assert middle_and_side(square_of(opened)) == pytest.approx(middle_and_side(square_of()), abs=3)


@pytest.mark.parametrize("yaw", [-0.6, 0.6])
def test_a_head_that_turns_keeps_its_size(yaw: float) -> None:
    assert middle_and_side(square_of(yaw=yaw))[2] == pytest.approx(middle_and_side(square_of())[2], rel=0.08)


def test_it_goes_along_with_the_head() -> None:
    beside = face_square(seen(POINTS, scale=6.0) + np.float32([40, -30, 0]), SIZE, GEOMETRY)
    x, y, side = middle_and_side(square_of(scale=6.0))
    assert middle_and_side(beside) == pytest.approx((x + 40, y - 30, side), rel=0.03)


@given(st.floats(-600, 600), st.floats(-500, 500), st.floats(1.0, 60.0))
def test_it_never_leaves_the_picture(right: float, down: float, scale: float) -> None:
    box = face_square(seen(POINTS, scale=scale) + np.float32([right, down, 0]), SIZE, GEOMETRY)
    assert 0 <= box.left < box.right <= SIZE[0]
    assert 0 <= box.top < box.bottom <= SIZE[1]
    assert box.right - box.left == pytest.approx(box.bottom - box.top)


def test_a_whole_picture_is_all_of_it() -> None:
    assert whole_picture(SIZE) == Box(0, 0, 640, 480)
