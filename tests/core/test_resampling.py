"""Another rate, the same performance: length, times and peaks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values
from backend.core.formats.live_link_csv import read_live_link_csv
from backend.core.resampling import resampled
from protos import arkit

rates = st.sampled_from([12.0, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 120.0])
EYE = arkit.INDEX["eyeBlinkLeft"]


@st.composite
def performances(draw: st.DrawFn) -> ExpressionCurves:
    """A few channels wander for up to forty frames at some rate."""
    rows = draw(st.integers(1, 40))
    some = draw(arrays(np.float32, (rows, 3), elements=st.floats(-1, 1, width=32)))
    values = np.zeros((rows, CHANNEL_COUNT), np.float32)
    values[:, [0, 17, 52]] = some
    return curves_from_values(values, draw(rates))


def blink(rate: float, at: float, times: np.ndarray | None = None) -> ExpressionCurves:
    """Two seconds with one blink of a tenth of a second around `at`."""
    times = np.arange(round(2 * rate)) / rate if times is None else times
    values = np.zeros((len(times), CHANNEL_COUNT), np.float32)
    values[:, EYE] = 0.9 * np.clip(1 - np.abs(times - at) / 0.05, 0, None)
    return replace(curves_from_values(values, rate), times=times)


@given(curves=performances())
def test_the_same_rate_is_the_identity(curves: ExpressionCurves) -> None:
    same = resampled(curves, curves.rate)
    np.testing.assert_array_equal(same.times, curves.times)
    np.testing.assert_array_equal(same.values, curves.values)
    np.testing.assert_array_equal(same.observed, curves.observed)


@given(curves=performances(), rate=rates)
def test_frames_lie_on_the_grid_and_the_length_stays(curves: ExpressionCurves, rate: float) -> None:
    new = resampled(curves, rate)
    np.testing.assert_allclose(new.times * rate, np.arange(len(new)), atol=1e-6)
    assert abs(len(new) - max(1.0, curves.seconds * rate)) <= 0.5 + 1e-9
    assert new.rate == rate


@given(curves=performances(), rate=rates)
def test_no_value_lies_outside_what_was_measured(curves: ExpressionCurves, rate: float) -> None:
    new = resampled(curves, rate).values[:, :52]
    old = curves.values[:, :52]
    assert np.all(new.max(axis=0) <= old.max(axis=0) + 1e-6)
    assert np.all(new.min(axis=0) >= old.min(axis=0) - 1e-6)


@given(
    source=rates.filter(lambda rate: rate >= 24), rate=rates.filter(lambda rate: rate >= 24), data=st.data()
)
def test_a_blink_above_eight_tenths_stays_above_seven(
    source: float, rate: float, data: st.DataObject
) -> None:
    curves = blink(source, data.draw(st.floats(0.2, 1.8)))
    peak = curves.channel("eyeBlinkLeft").max()
    assert resampled(curves, rate).channel("eyeBlinkLeft").max() >= peak - 1e-6


@given(seed=st.integers(0, 200), at=st.floats(0.3, 1.5))
def test_a_blink_survives_a_variable_frame_rate(seed: int, at: float) -> None:
    steps = np.random.default_rng(seed).uniform(0.008, 0.03, 120)
    curves = blink(60.0, at, np.cumsum(steps) - steps[0])
    peak = curves.channel("eyeBlinkLeft").max()
    assert resampled(curves, 24.0).channel("eyeBlinkLeft").max() >= peak - 1e-6


def test_a_single_frame_of_closed_lips_survives_among_speech() -> None:
    values = np.full((60, CHANNEL_COUNT), 0.4, np.float32)
    values[31] = 0.02  # jawOpen falls for one frame of 60
    assert resampled(curves_from_values(values, 60.0), 24.0).channel("jawOpen").min() == pytest.approx(0.02)


def test_a_ramp_stays_in_its_place() -> None:
    ramp = np.linspace(0, 1, 61, dtype=np.float32)[:, None].repeat(CHANNEL_COUNT, 1)
    new = resampled(curves_from_values(ramp, 60.0), 24.0)
    np.testing.assert_allclose(new.channel("jawOpen")[:-1], new.times[:-1], atol=1e-5)


def test_angles_turn_the_short_way_round() -> None:
    curves = curves_from_values(np.zeros((2, CHANNEL_COUNT), np.float32), 10.0)
    curves.values[:, arkit.INDEX["headYaw"]] = [3.1, -3.1]
    between = resampled(curves, 20.0).channel("headYaw")[1]
    assert abs(between) == pytest.approx(np.pi, abs=0.05)


def test_a_lost_stretch_stays_lost() -> None:
    curves = curves_from_values(np.full((60, CHANNEL_COUNT), 0.5, np.float32), 60.0)
    curves.observed[20:40] = False
    lost = ~resampled(curves, 24.0).observed[:, 0]
    np.testing.assert_array_equal(np.flatnonzero(lost), np.arange(8, 16))


def test_dropped_frames_are_bridged_by_time() -> None:
    curves = curves_from_values(np.arange(5, dtype=np.float32)[:, None].repeat(CHANNEL_COUNT, 1) / 10, 10.0)
    gap = replace(curves, times=np.array([0.0, 0.1, 0.2, 0.5, 0.6]))
    np.testing.assert_allclose(
        resampled(gap, 10.0).channel("jawOpen"), [0, 0.1, 0.2, 0.2333, 0.2667, 0.3, 0.4], atol=1e-3
    )


def test_no_frames_stay_no_frames() -> None:
    assert len(resampled(curves_from_values(np.zeros((0, 52), np.float32), 30.0), 24.0)) == 0


@pytest.mark.parametrize("rate", [0.0, -24.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        resampled(blink(30.0, 1.0), rate)


def test_a_real_take_keeps_the_peaks_of_its_blinks(shared_data) -> None:
    take = read_live_link_csv(
        (shared_data / "motion" / "MySlate_3_Jason_Millers_iPhone.csv").read_text()
    ).curves
    new = resampled(take, 24.0)
    for eye in ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen"):
        assert new.channel(eye).max() == pytest.approx(take.channel(eye).max())


@given(curves=performances(), rate=rates)
def test_what_lies_on_the_grid_is_left_as_it_is(curves: ExpressionCurves, rate: float) -> None:
    once = resampled(curves, rate)
    assert resampled(once, rate) is once
