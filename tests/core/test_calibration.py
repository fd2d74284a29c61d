"""Rest becomes zero, full stays full, and eyelids keep their blink."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.calibration import (
    GAZE,
    HIGHEST_REST,
    Calibration,
    calibration_from,
    gaze_calibrated,
    scores_calibrated,
)
from backend.core.curves import CHANNEL_COUNT, COEFFICIENT_COUNT, ExpressionCurves, curves_from_values
from protos import arkit

rests = arrays(np.float32, COEFFICIENT_COUNT, elements=st.floats(0, HIGHEST_REST, width=32))
numbers = st.floats(-10, 10, width=32)


def one_row(value: float) -> ExpressionCurves:
    return curves_from_values(np.full((1, CHANNEL_COUNT), value, np.float32), 30.0)


def looking(**angles: float) -> Calibration:
    return Calibration(np.ones(1, np.float32), np.float32([angles.get(name, 0.0) for name in GAZE]), "model")


def scores(value: float) -> np.ndarray:
    return np.full(COEFFICIENT_COUNT, value, np.float32)


def one_score(channel: str, value: float, at_rest: float) -> float:
    rest = scores(0.0)
    rest[arkit.INDEX[channel]] = at_rest
    return float(scores_calibrated(scores(value), rest)[arkit.INDEX[channel]])


@given(rest=rests)
def test_rest_becomes_zero(rest: np.ndarray) -> None:
    np.testing.assert_allclose(scores_calibrated(rest, rest), 0.0, atol=1e-6)


@given(rest=rests)
def test_full_stays_full(rest: np.ndarray) -> None:
    np.testing.assert_allclose(scores_calibrated(scores(1.0), rest), 1.0, atol=1e-6)


@given(rest=rests, low=st.floats(0, 1), high=st.floats(0, 1))
def test_more_never_becomes_less(rest: np.ndarray, low: float, high: float) -> None:
    less, more = (scores_calibrated(scores(value), rest) for value in sorted((low, high)))
    assert np.all(less <= more + 1e-6)


@given(values=arrays(np.float32, (4, COEFFICIENT_COUNT), elements=st.floats(0, 1, width=32)))
def test_a_face_that_rests_at_zero_is_unchanged(values: np.ndarray) -> None:
    np.testing.assert_allclose(scores_calibrated(values, scores(0.0)), values, atol=1e-6)


def test_coefficients_are_stretched_over_what_is_left() -> None:
    assert one_score("mouthSmileLeft", 0.6, at_rest=0.2) == pytest.approx((0.6 - 0.2) / (1 - 0.2))


@pytest.mark.parametrize("lid", ["eyeBlinkLeft", "eyeBlinkRight", "eyeWideLeft", "eyeSquintRight"])
def test_a_blink_measured_at_eight_tenths_stays_there(lid: str) -> None:
    assert one_score(lid, 0.8, at_rest=0.35) == pytest.approx(0.8, abs=0.03)


def test_a_misread_rest_does_not_blow_up_the_channel() -> None:
    low, high = (one_score("jawOpen", value, at_rest=0.98) for value in (0.98, 0.99))
    assert high - low < 0.05


def test_gaze_is_relative_to_each_eye_and_everything_else_is_left_alone() -> None:
    moved = gaze_calibrated(one_row(0.3), looking(leftEyeYaw=0.1, rightEyeYaw=-0.1))
    expected = one_row(0.3).values
    expected[0, [arkit.INDEX["leftEyeYaw"], arkit.INDEX["rightEyeYaw"]]] = [0.2, 0.4]
    np.testing.assert_allclose(moved.values, expected, atol=1e-6)


def test_gaze_that_was_not_observed_is_left_alone() -> None:
    curves = one_row(0.5)
    curves.observed[:] = False
    np.testing.assert_array_equal(gaze_calibrated(curves, looking(leftEyeYaw=0.1)).values, curves.values)


def test_one_blink_among_the_chosen_frames_does_no_harm() -> None:
    values = np.full((5, CHANNEL_COUNT), 0.1, np.float32)
    values[2] = 0.9
    calibration = calibration_from(values, curves_from_values(values, 30.0), "model")
    np.testing.assert_allclose(calibration.rest, 0.1)
    np.testing.assert_allclose(calibration.gaze, 0.1)


def test_an_eye_that_is_closed_in_some_frames_rests_where_it_looks_in_the_others() -> None:
    curves = curves_from_values(np.array([[0.2], [0.7], [0.7]], np.float32).repeat(CHANNEL_COUNT, 1), 30.0)
    curves.observed[1:, arkit.INDEX["leftEyeYaw"]] = False
    curves.observed[:, arkit.INDEX["leftEyePitch"]] = False
    calibration = calibration_from(np.ones((3, 1), np.float32), curves, "model")
    gaze = dict(zip(GAZE, calibration.gaze.tolist(), strict=True))
    assert gaze["leftEyeYaw"] == pytest.approx(0.2)
    assert gaze["leftEyePitch"] == 0.0
    assert gaze["rightEyeYaw"] == pytest.approx(0.7)


def test_no_face_in_the_chosen_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="no face"):
        calibration_from(np.empty((0, 4), np.float32), one_row(0.0), "model")


@given(
    rest=arrays(np.float32, st.integers(1, 80), elements=numbers),
    gaze=arrays(np.float32, len(GAZE), elements=numbers),
    model=st.text(),
)
def test_stored_and_read_back_it_is_the_same(rest: np.ndarray, gaze: np.ndarray, model: str) -> None:
    back = Calibration.from_json(json.loads(json.dumps(Calibration(rest, gaze, model).to_json())))
    np.testing.assert_array_equal(back.rest, rest)
    np.testing.assert_array_equal(back.gaze, gaze)
    assert back.model_id == model


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": 1, "model": "m", "gaze": {}, "rest": [0.5]},
        {"version": 2, "gaze": {}, "rest": [0.5]},
        {"version": 2, "model": "m", "rest": [0.5]},
        {"version": 2, "model": "m", "gaze": {}, "rest": {}},
        {"version": 2, "model": "m", "gaze": {}, "rest": []},
        {"version": 2, "model": "m", "gaze": {}, "rest": ["wide"]},
        {"version": 2, "model": "m", "gaze": {}, "rest": [float("nan")]},
        {"version": 2, "model": "m", "gaze": {}, "rest": [True]},
        {"version": 2, "model": "m", "gaze": {"leftEyeYaw": float("inf")}, "rest": [0.5]},
    ],
)
def test_a_damaged_calibration_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_json(broken)
