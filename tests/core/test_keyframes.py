"""Few keys, and lines between them that never stray further than allowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.formats.live_link_csv import read_live_link_csv
from backend.core.keyframes import key_mask


def worst_miss(times: np.ndarray, values: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """(C,) largest distance between each channel and the lines through its keys."""
    lines = [
        np.interp(times, times[chosen], column[chosen])
        for column, chosen in zip(values.T, keys.T, strict=True)
    ]
    return np.abs(np.array(lines).T - values).max(axis=0)


@given(
    values=arrays(np.float64, st.tuples(st.integers(2, 50), st.just(3)), elements=st.floats(-1, 1)),
    tolerance=st.floats(0, 0.3),
    seed=st.integers(0, 99),
)
def test_no_value_is_missed_by_more_than_the_tolerance(
    values: np.ndarray, tolerance: float, seed: int
) -> None:
    times = np.cumsum(np.random.default_rng(seed).uniform(0.01, 1.0, len(values)))
    keys = key_mask(times, values, tolerance)
    assert np.all(worst_miss(times, values, keys) <= tolerance + 1e-9)
    assert keys[0].all()
    assert keys[-1].all()


@given(level=st.floats(-1, 1), slope=st.floats(-1, 1))
def test_a_straight_line_needs_two_keys(level: float, slope: float) -> None:
    times = np.arange(30) / 24
    keys = key_mask(times, (level + slope * times)[:, None], 1e-6)
    assert np.flatnonzero(keys).tolist() == [0, 29]


def test_each_channel_has_its_own_tolerance() -> None:
    values = np.random.default_rng(2).normal(0, 0.1, (200, 2))
    counts = key_mask(np.arange(200.0), values, [0.01, 0.3]).sum(axis=0)
    assert counts[1] < counts[0] / 2


def test_one_row_is_one_key_and_no_row_none() -> None:
    assert key_mask(np.array([0.0]), np.ones((1, 2)), 0.1).all()
    assert key_mask(np.array([]), np.ones((0, 2)), 0.1).shape == (0, 2)


def test_a_negative_tolerance_is_refused() -> None:
    with pytest.raises(ValueError, match=r"-0\.1"):
        key_mask(np.arange(3.0), np.ones((3, 1)), -0.1)


def test_a_real_take_needs_few_keys(shared_data) -> None:
    take = read_live_link_csv((shared_data / "motion" / "alex_rom_3.csv").read_text()).curves
    keys = key_mask(take.times, take.values, 0.01)
    assert np.all(worst_miss(take.times, take.values.astype(np.float64), keys) <= 0.01 + 1e-9)
    assert keys.mean() < 0.25
