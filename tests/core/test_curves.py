"""Curves are valid when made, and mirroring them twice gives them back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values, joined, mirrored

values = arrays(np.float32, (5, CHANNEL_COUNT), elements=st.floats(-2, 2, width=32))


def still() -> ExpressionCurves:
    return curves_from_values(np.zeros((4, 52), np.float32), 30.0)


@given(values=values, location=arrays(np.float32, (5, 3), elements=st.floats(-1, 1, width=32)))
def test_mirrored_twice_is_the_identity(values: np.ndarray, location: np.ndarray) -> None:
    curves = replace(curves_from_values(values, 30.0), head_location=location)
    twice = mirrored(mirrored(curves))
    np.testing.assert_array_equal(twice.values, curves.values)
    np.testing.assert_array_equal(twice.head_location, curves.head_location)


def test_mirroring_swaps_sides_and_turns_yaw_and_roll_around() -> None:
    curves = curves_from_values(np.arange(CHANNEL_COUNT, dtype=np.float32)[None], 30.0)
    other = mirrored(curves)
    for channel, source, sign in (
        ("eyeBlinkLeft", "eyeBlinkRight", 1),
        ("jawLeft", "jawRight", 1),
        ("eyeLookInLeft", "eyeLookInRight", 1),
        ("headYaw", "headYaw", -1),
        ("headPitch", "headPitch", 1),
        ("leftEyeYaw", "rightEyeYaw", -1),
        ("leftEyePitch", "rightEyePitch", 1),
        ("rightEyeRoll", "leftEyeRoll", -1),
        ("tongueOut", "tongueOut", 1),
    ):
        assert other.channel(channel) == sign * curves.channel(source)


@given(values=values, cut=st.integers(1, 4))
def test_cut_and_joined_is_the_same(values: np.ndarray, cut: int) -> None:
    curves = curves_from_values(values, 24.0)
    again = joined([curves.between(0, cut), curves.between(cut, 5)])
    for name in ("times", "values", "confidence", "observed", "head_location"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curves, name))


def test_52_coefficients_leave_the_angles_unobserved() -> None:
    assert still().observed.any(axis=0).tolist() == 52 * [True] + 9 * [False]


def test_the_length_counts_the_last_frame() -> None:
    assert still().seconds == pytest.approx(4 / 30)


@pytest.mark.parametrize(
    ("field", "bad", "says"),
    [
        ("values", np.zeros((4, 52), np.float32), "shape"),
        ("values", np.full((4, CHANNEL_COUNT), np.nan, np.float32), "not numbers"),
        ("times", np.array([0.0, 0.1, 0.1, 0.2]), "rise"),
        ("rate", 0.0, "rate"),
        ("rate", float("nan"), "rate"),
    ],
)
def test_what_makes_no_sense_is_refused(field: str, bad: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(still(), **{field: bad})


def test_nothing_cannot_be_joined() -> None:
    with pytest.raises(ValueError, match="nothing"):
        joined([])
