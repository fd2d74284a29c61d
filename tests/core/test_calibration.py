"""Rest becomes zero, full stays full, and eyelids keep their blink."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.calibration import HIGHEST_REST, Calibration, calibrated, calibration_from
from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values
from protos import arkit

COEFFICIENTS = slice(0, 52)
rests = arrays(np.float32, CHANNEL_COUNT, elements=st.floats(0, HIGHEST_REST, width=32))


def one_row(value: float) -> ExpressionCurves:
    return curves_from_values(np.full((1, CHANNEL_COUNT), value, np.float32), 30.0)


def resting(**levels: float) -> Calibration:
    rest = np.zeros(CHANNEL_COUNT, np.float32)
    for name, level in levels.items():
        rest[arkit.INDEX[name]] = level
    return Calibration(rest, "model")


@given(rest=rests)
def test_rest_becomes_zero(rest: np.ndarray) -> None:
    at_rest = calibrated(curves_from_values(rest[None], 30.0), Calibration(rest, "model")).values
    np.testing.assert_allclose(at_rest[:, COEFFICIENTS], 0.0, atol=1e-6)


@given(rest=rests)
def test_full_stays_full(rest: np.ndarray) -> None:
    full = calibrated(one_row(1.0), Calibration(rest, "model")).values
    np.testing.assert_allclose(full[:, COEFFICIENTS], 1.0, atol=1e-6)


@given(rest=rests, low=st.floats(0, 1), high=st.floats(0, 1))
def test_more_never_becomes_less(rest: np.ndarray, low: float, high: float) -> None:
    low, high = sorted((low, high))
    calibration = Calibration(rest, "model")
    less, more = (calibrated(one_row(v), calibration).values[:, COEFFICIENTS] for v in (low, high))
    assert np.all(less <= more + 1e-6)


@given(values=arrays(np.float32, (4, CHANNEL_COUNT), elements=st.floats(0, 1, width=32)))
def test_a_face_that_rests_at_zero_is_unchanged(values: np.ndarray) -> None:
    np.testing.assert_allclose(
        calibrated(curves_from_values(values, 30.0), resting()).values, values, atol=1e-6
    )


def test_coefficients_are_stretched_over_what_is_left() -> None:
    smile = calibrated(one_row(0.6), resting(mouthSmileLeft=0.2)).channel("mouthSmileLeft")
    np.testing.assert_allclose(smile, (0.6 - 0.2) / (1 - 0.2), atol=1e-6)


@pytest.mark.parametrize("lid", ["eyeBlinkLeft", "eyeBlinkRight", "eyeWideLeft", "eyeSquintRight"])
def test_a_blink_measured_at_eight_tenths_stays_there(lid: str) -> None:
    blink = calibrated(one_row(0.8), resting(**{lid: 0.35})).channel(lid)
    np.testing.assert_allclose(blink, 0.8, atol=0.03)


def test_gaze_is_relative_to_each_eye_and_the_head_is_left_alone() -> None:
    moved = calibrated(one_row(0.3), resting(leftEyeYaw=0.1, rightEyeYaw=-0.1, headYaw=0.2))
    np.testing.assert_allclose(moved.channel("leftEyeYaw"), 0.2, atol=1e-6)
    np.testing.assert_allclose(moved.channel("rightEyeYaw"), 0.4, atol=1e-6)
    np.testing.assert_allclose(moved.channel("headYaw"), 0.3, atol=1e-6)


def test_what_was_not_observed_is_left_alone() -> None:
    curves = one_row(0.5)
    curves.observed[:] = False
    np.testing.assert_array_equal(
        calibrated(curves, resting(jawOpen=0.3, leftEyeYaw=0.1)).values, curves.values
    )


def test_a_misread_rest_does_not_blow_up_the_channel() -> None:
    steps = [calibrated(one_row(v), resting(jawOpen=0.98)).channel("jawOpen")[0] for v in (0.98, 0.99)]
    assert steps[1] - steps[0] < 0.05


def test_one_blink_among_the_chosen_frames_does_no_harm() -> None:
    values = np.full((5, CHANNEL_COUNT), 0.1, np.float32)
    values[2] = 0.9
    rest = calibration_from(curves_from_values(values, 30.0), "model").rest
    np.testing.assert_allclose(rest, 0.1)


def test_frames_without_a_face_are_left_out_of_the_rest() -> None:
    curves = curves_from_values(np.array([[0.2], [0.0], [0.0]], np.float32).repeat(CHANNEL_COUNT, 1), 30.0)
    curves.observed[1:] = False
    np.testing.assert_allclose(calibration_from(curves, "model").rest, 0.2)


def test_a_channel_that_was_never_observed_rests_at_zero() -> None:
    curves = one_row(0.4)
    curves.observed[:, arkit.INDEX["tongueOut"]] = False
    assert calibration_from(curves, "model").rest[arkit.INDEX["tongueOut"]] == 0.0


def test_no_face_in_the_chosen_frames_is_refused() -> None:
    curves = one_row(0.0)
    curves.observed[:] = False
    with pytest.raises(ValueError, match="no face"):
        calibration_from(curves, "model")


@given(rest=rests, model=st.text())
def test_stored_and_read_back_it_is_the_same(rest: np.ndarray, model: str) -> None:
    back = Calibration.from_json(json.loads(json.dumps(Calibration(rest, model).to_json())))
    np.testing.assert_array_equal(back.rest, rest)
    assert back.model_id == model


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": 2, "model": "m", "rest": {}},
        {"version": 1, "rest": {}},
        {"version": 1, "model": "m", "rest": []},
        {"version": 1, "model": "m", "rest": {"jawOpen": "wide"}},
        {"version": 1, "model": "m", "rest": {"jawOpen": float("nan")}},
        {"version": 1, "model": "m", "rest": {"jawOpen": True}},
    ],
)
def test_a_damaged_calibration_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_json(broken)
