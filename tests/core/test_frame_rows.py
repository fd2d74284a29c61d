import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.faces import Face, Prediction, rotation_from_angles
from backend.core.frame_rows import frame_row
from backend.core.gaze import eye_angles
from backend.core.head_pose import VERTICAL_VIEW, FaceGeometry
from protos import arkit

SIZE = (640, 480)
I = arkit.INDEX  # noqa: E741 - short for a table of indices

rng = np.random.default_rng(5)
SPREAD = rng.uniform([-7, -8], [7, 8], (478, 2))
HEAD = np.column_stack([SPREAD, 7 - 0.06 * (SPREAD**2).sum(axis=1)])
GEOMETRY = FaceGeometry(HEAD[:468].copy(), np.r_[np.zeros(400), np.ones(68)])
HEAD[[33, 133, 362, 263]] = [[-4.4, 2.6, 3.2], [-1.9, 2.6, 3.8], [1.9, 2.6, 3.8], [4.4, 2.6, 3.2]]
HEAD[[468, 473]] = [[-3.15, 2.8, 3.7], [3.15, 2.8, 3.7]]


def face(yaw=0.0, presence=1.0, shape=HEAD):
    camera = shape @ rotation_from_angles(yaw, 0, 0).astype(np.float64).T / 100 + [0, 0, -1.2]
    away, focal = -camera[:, 2], SIZE[1] / 2 / np.tan(VERTICAL_VIEW / 2)
    screen = [
        SIZE[0] / 2 + focal * camera[:, 0] / away,
        SIZE[1] / 2 - focal * camera[:, 1] / away,
        focal * (away - away.mean()) / away.mean(),
    ]
    return Face(np.column_stack(screen).astype(np.float32), presence)


def prediction(**values):
    mean = np.zeros(52, np.float32)
    for name, value in values.items():
        mean[I[name]] = value
    return Prediction(
        mean, np.zeros_like(mean), np.full(52, 0.9, np.float32), np.arange(52) != I["tongueOut"]
    )


def row(face, prediction):
    return frame_row(face, prediction, SIZE, GEOMETRY)


def test_coefficients_pass_unchanged_and_the_head_turns():
    got = row(face(yaw=0.4), prediction(jawOpen=0.7))
    assert got.values[I["jawOpen"]] == pytest.approx(0.7)
    assert got.values[I["headYaw"]] == pytest.approx(0.4, abs=0.03)
    assert got.head_location == pytest.approx([0, 0, -1.2], abs=0.05)


def test_what_cannot_be_seen_is_not_observed_and_has_no_confidence():
    got = row(face(), prediction())
    hidden = [I["tongueOut"], I["leftEyeRoll"], I["rightEyeRoll"]]
    assert np.flatnonzero(~got.observed).tolist() == hidden
    assert not got.confidence[hidden].any()
    assert got.confidence[got.observed].min() > 0.5


def test_gaze_behind_a_closed_lid_is_not_observed_on_that_side_only():
    got = row(face(), prediction(eyeBlinkLeft=0.8))
    hidden = {arkit.CHANNELS[i] for i in np.flatnonzero(~got.observed)}
    assert hidden == {
        "tongueOut", "leftEyeRoll", "rightEyeRoll", "leftEyeYaw", "leftEyePitch",
        "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    }  # fmt: skip


@given(st.floats(0, 1), st.floats(0, 1))
def test_confidence_falls_with_presence(one, other):
    lower, higher = sorted((one, other))
    a, b = (row(face(presence=p), prediction()).confidence for p in (lower, higher))
    assert np.all(a <= b)


def test_a_turn_to_the_performers_right_hides_the_right_side_first():
    got = row(face(yaw=0.9), prediction()).confidence
    assert got[I["mouthSmileRight"]] < got[I["jawOpen"]] < got[I["mouthSmileLeft"]]
    assert got[I["mouthSmileRight"]] < 0.3
    assert got[I["rightEyeYaw"]] < got[I["leftEyeYaw"]]


def test_jaw_and_mouth_directions_are_no_sides():
    got = row(face(yaw=0.9), prediction()).confidence
    assert got[I["jawLeft"]] == got[I["jawRight"]] == got[I["mouthLeft"]] == got[I["jawOpen"]]


def looking(x, y):
    """The head with both irises moved by centimetres towards its left and up."""
    shape = HEAD.copy()
    shape[[468, 473], :2] += [x, y]
    return shape


def test_eyes_at_rest_look_ahead():
    np.testing.assert_allclose(eye_angles(HEAD), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "yaw", "pitch"),
    [(-0.3, 0, 0.29, 0), (0.3, 0, -0.29, 0), (0, 0.15, 0, -0.29), (0, -0.15, 0, 0.29)],
)
def test_eyes_turn_to_the_side_that_the_signs_name_and_a_rise_of_the_landmark_counts_double(x, y, yaw, pitch):
    for eye in eye_angles(looking(x, y)):
        assert eye == pytest.approx((yaw, pitch), abs=0.005)


def test_gaze_is_relative_to_the_head():
    straight, turned = (row(face(yaw=y, shape=looking(-0.3, 0)), prediction()).values for y in (0.0, 0.4))
    assert turned[I["leftEyeYaw"]] == pytest.approx(straight[I["leftEyeYaw"]], abs=0.08)


@given(st.floats(-9, 9), st.floats(-9, 9))
def test_angles_are_numbers_however_far_an_iris_strays(x, y):
    assert np.all(np.isfinite(eye_angles(looking(x, y))))
