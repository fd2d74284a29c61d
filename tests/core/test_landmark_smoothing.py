import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.core.landmark_smoothing import LandmarkSmoothing

FACE = np.random.default_rng(2).uniform(100, 300, (478, 3)).astype(np.float32)


@given(st.lists(st.floats(0.001, 2), min_size=1, max_size=20))
def test_a_still_face_stays_as_it_is(steps):
    smoothing = LandmarkSmoothing()
    for seconds in np.cumsum([0, *steps]):
        np.testing.assert_allclose(smoothing(FACE, float(seconds)), FACE, rtol=1e-6)


def test_tremor_is_calmed():
    rng = np.random.default_rng(1)
    smoothing = LandmarkSmoothing()
    out = [smoothing(FACE + rng.normal(0, 0.2, FACE.shape).astype(np.float32), i / 30) for i in range(90)]
    assert np.std(out[30:], axis=0).mean() < 0.2 / 2


def test_a_quick_move_is_followed_within_two_frames():
    smoothing = LandmarkSmoothing()
    for i in range(30):
        smoothing(FACE, i / 30)
    moved = FACE + np.float32(40)
    smoothing(moved, 1.0)
    assert np.abs(smoothing(moved, 31 / 30) - moved).max() < 4


def test_a_picture_with_the_time_of_the_last_one_is_passed_on():
    smoothing = LandmarkSmoothing()
    smoothing(FACE, 1.0)
    np.testing.assert_array_equal(smoothing(FACE + 5, 1.0), FACE + 5)
