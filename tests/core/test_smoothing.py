"""Jitter goes, blinks and plosives stay, and a clip in chunks gives the very same numbers."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values, joined
from backend.core.formats.live_link_csv import read_live_link_csv
from backend.core.smoothing import CONTEXT_FRAMES, live_filter, smoothed_chunks
from backend.usecases.retarget_order import Cleanup
from protos import arkit

DEFAULT = Cleanup().smoothing
HEAD = [i for i, name in enumerate(arkit.CHANNELS) if name.startswith("head")]


def smoothed(curves: ExpressionCurves, strength: float) -> ExpressionCurves:
    return joined(smoothed_chunks([curves], strength))


def trembling(rate: float, rows: int = 600, seed: int = 1) -> ExpressionCurves:
    """A still face: coefficients tremble by .015, angles by a quarter of a degree."""
    noise = np.random.default_rng(seed).standard_normal((rows, CHANNEL_COUNT))
    noise[:, :52] = 0.3 + 0.015 * noise[:, :52]
    noise[:, 52:] *= 0.005
    return curves_from_values(noise.astype(np.float32), rate)


def moving(channel: str, shape: list[float], rate: float = 30.0, rest: float = 0.0) -> ExpressionCurves:
    """One channel makes one move in the middle of two seconds of rest."""
    values = np.full((60, CHANNEL_COUNT), rest, np.float32)
    values[30 : 30 + len(shape), arkit.INDEX[channel]] = shape
    return curves_from_values(values, rate)


@given(
    level=st.floats(0, 1, width=32),
    strength=st.floats(0, 1),
    rate=st.sampled_from([24.0, 29.97, 60.0, 120.0]),
)
def test_a_constant_stays_bit_for_bit(level: float, strength: float, rate: float) -> None:
    curves = curves_from_values(np.full((40, CHANNEL_COUNT), level, np.float32), rate)
    np.testing.assert_array_equal(smoothed(curves, strength).values, curves.values)


def test_strength_zero_changes_nothing() -> None:
    curves = trembling(30.0)
    np.testing.assert_array_equal(smoothed(curves, 0.0).values, curves.values)


@pytest.mark.parametrize("rate", [24.0, 30.0, 60.0, 120.0])
def test_jitter_is_at_least_halved_in_every_channel(rate: float) -> None:
    curves = trembling(rate)
    assert np.all(smoothed(curves, DEFAULT).values.std(axis=0) <= curves.values.std(axis=0) / 2)


@pytest.mark.parametrize("shape", [[0.5, 0.9, 0.5], [0.9, 0.9, 0.9], [0.2, 0.7, 0.3], [0.0, 0.8, 0.0]])
@pytest.mark.parametrize("strength", [DEFAULT, 1.0])
def test_a_blink_of_three_frames_keeps_its_peak(shape: list[float], strength: float) -> None:
    blink = smoothed(moving("eyeBlinkLeft", shape), strength).channel("eyeBlinkLeft")
    assert blink.max() >= 0.95 * max(shape)


@pytest.mark.parametrize("channel", ["mouthClose", "mouthPressLeft", "mouthRollLower"])
@pytest.mark.parametrize("frames", [1, 2])
def test_a_plosive_survives(channel: str, frames: int) -> None:
    shape = frames * [0.25]
    lips = smoothed(moving(channel, shape, rest=0.03), DEFAULT).channel(channel)
    assert lips[30 : 30 + frames].min() >= 0.95 * 0.25


def test_a_blink_leaves_the_frames_beside_it_alone() -> None:
    blink = smoothed(moving("eyeBlinkLeft", [0.6, 1.0, 0.6]), DEFAULT).channel("eyeBlinkLeft")
    np.testing.assert_allclose(np.delete(blink, [30, 31, 32]), 0.0, atol=1e-6)


def test_a_steady_ramp_is_not_delayed() -> None:
    ramp = np.repeat(np.linspace(0, 1, 90, dtype=np.float32)[:, None], CHANNEL_COUNT, axis=1)
    np.testing.assert_allclose(smoothed(curves_from_values(ramp, 30.0), 1.0).values, ramp, atol=1e-3)


def test_a_head_that_passes_half_a_turn_is_not_torn() -> None:
    turn = trembling(30.0)
    values = turn.values.copy()
    values[:, HEAD] = (values[:, HEAD] + 2 * np.pi) % (2 * np.pi) - np.pi  # trembles about ±π
    calm = smoothed(turn.with_values(values), DEFAULT).values[:, HEAD]
    np.testing.assert_allclose(np.abs(calm), np.pi, atol=0.02)


def test_what_was_not_observed_neither_changes_nor_counts() -> None:
    curves = trembling(30.0, rows=60)
    values, observed = curves.values.copy(), curves.observed.copy()
    values[20:30], observed[20:30] = 0.2, False
    known = replace(curves, values=values, observed=observed)
    other = known.with_values(np.where(observed, values, 0.4).astype(np.float32))
    calm, otherwise = smoothed(known, DEFAULT).values, smoothed(other, DEFAULT).values
    np.testing.assert_array_equal(calm[20:30], values[20:30])
    np.testing.assert_array_equal(calm[observed], otherwise[observed])


def test_frames_far_apart_in_time_do_not_smooth_each_other() -> None:
    curves = trembling(30.0, rows=50)
    slow = replace(curves, times=curves.times * 30.0, rate=1.0)
    np.testing.assert_array_equal(smoothed(slow, DEFAULT).values, slow.values)


def test_coefficients_do_not_leave_their_range() -> None:
    rng = np.random.default_rng(3)
    values = np.clip(np.cumsum(rng.normal(0, 0.05, (600, CHANNEL_COUNT)), axis=0), 0, 1).astype(np.float32)
    calm = smoothed(curves_from_values(values, 30.0), 1.0).values[:, :52]
    assert calm.min() >= 0
    assert calm.max() <= 1


@st.composite
def jolting_times(draw: st.DrawFn) -> np.ndarray:
    """Frame times of a phone: uneven, with frames left out."""
    steps = draw(st.lists(st.sampled_from([0.01, 1 / 60, 1 / 30, 0.05, 0.4]), min_size=1, max_size=120))
    return np.cumsum([0.0, *steps])


@given(times=jolting_times(), sizes=st.lists(st.integers(1, 40), min_size=1), seed=st.integers(0, 99))
def test_chunks_give_the_numbers_of_the_whole_clip(times: np.ndarray, sizes: list[int], seed: int) -> None:
    whole = replace(trembling(30.0, rows=len(times), seed=seed), times=times)
    whole.observed[::7] = False
    cuts = [0, *np.minimum(np.cumsum(sizes), len(times)), len(times)]
    chunks = [whole.between(a, b) for a, b in pairwise(cuts)]
    pieces = list(smoothed_chunks(chunks, DEFAULT))
    expected = smoothed(whole, DEFAULT)
    np.testing.assert_array_equal(joined(pieces).values, expected.values)
    np.testing.assert_array_equal(joined(pieces).head_location, expected.head_location)
    np.testing.assert_array_equal(joined(pieces).times, whole.times)


def test_rows_come_out_as_soon_as_their_future_is_known() -> None:
    whole = trembling(120.0, rows=100)
    given_in = 0

    def one_by_one():
        nonlocal given_in
        for row in range(100):
            given_in += 1
            yield whole.between(row, row + 1)

    first = next(smoothed_chunks(one_by_one(), DEFAULT))
    assert len(first) == 1
    assert given_in == CONTEXT_FRAMES + 1


def test_no_chunks_give_no_rows() -> None:
    assert list(smoothed_chunks([], DEFAULT)) == []


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan")])
def test_an_impossible_strength_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="strength"):
        smoothed(trembling(30.0), strength)
    with pytest.raises(ValueError, match="strength"):
        live_filter(strength)


def test_a_real_performance_with_jitter_comes_closer_to_itself(shared_data) -> None:
    take = read_live_link_csv((shared_data / "motion" / "alex_rom_3.csv").read_text()).curves
    noise = np.random.default_rng(5).normal(0, 0.01, take.values.shape).astype(np.float32)
    calm = smoothed(take.with_values(take.values + noise), DEFAULT)
    assert np.abs(calm.values - take.values).mean() < 0.6 * np.abs(noise).mean()
    for eye in ("eyeBlinkLeft", "eyeBlinkRight"):
        peaks = take.channel(eye) > 0.6
        assert np.abs(calm.channel(eye) - take.channel(eye))[peaks].max() < 0.08


def filtered(values: np.ndarray, strength: float, rate: float = 30.0) -> np.ndarray:
    live = live_filter(strength)
    return np.array([live(row / rate, frame) for row, frame in enumerate(values)])


def test_live_a_constant_stays() -> None:
    values = np.full((30, CHANNEL_COUNT), 0.3, np.float32)
    np.testing.assert_array_equal(filtered(values, 0.7), values)


def test_live_strength_zero_changes_nothing() -> None:
    values = trembling(30.0).values
    np.testing.assert_array_equal(filtered(values, 0.0), values)


def test_live_jitter_is_halved() -> None:
    values = trembling(30.0).values
    assert filtered(values, DEFAULT)[60:].std(axis=0).mean() <= values.std(axis=0).mean() * 0.55


def test_live_a_blink_stays_a_blink() -> None:
    blink = moving("eyeBlinkLeft", [0.5, 0.9, 0.9, 0.5]).values
    assert filtered(blink, DEFAULT)[:, arkit.INDEX["eyeBlinkLeft"]].max() >= 0.95 * 0.9


def test_live_time_that_stands_still_is_refused() -> None:
    live = live_filter(DEFAULT)
    frame = np.zeros(CHANNEL_COUNT, np.float32)
    live(1.0, frame)
    with pytest.raises(ValueError, match="second 1"):
        live(1.0, frame)
