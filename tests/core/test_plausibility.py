"""Rules change what violates them and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values
from backend.core.formats.live_link_csv import read_live_link_csv
from backend.core.plausibility import ANTAGONISTS, Rules, plausible
from protos import arkit

NO_RULES = Rules(keep_in_range=False, resolve_antagonists=False, couple_mouth_close=False)
anything = arrays(np.float32, (8, CHANNEL_COUNT), elements=st.floats(-0.5, 1.5, width=32))


def face(**levels: float) -> ExpressionCurves:
    """Three rows with these channels, all else at 0."""
    values = np.zeros((3, CHANNEL_COUNT), np.float32)
    for name, level in levels.items():
        values[:, arkit.INDEX[name]] = level
    return curves_from_values(values, 30.0)


@given(values=anything)
def test_without_rules_nothing_changes(values: np.ndarray) -> None:
    np.testing.assert_array_equal(plausible(curves_from_values(values, 30.0), NO_RULES).values, values)


@given(values=anything)
def test_once_is_enough(values: np.ndarray) -> None:
    once = plausible(curves_from_values(values, 30.0), Rules())
    twice = plausible(once, Rules())
    np.testing.assert_array_equal(once.values, twice.values)


@given(values=anything)
def test_no_rule_is_violated_afterwards(values: np.ndarray) -> None:
    curves = plausible(curves_from_values(values, 30.0), Rules())
    assert curves.values[:, :52].min() >= 0
    assert curves.values[:, :52].max() <= 1
    assert np.all(curves.channel("mouthClose") <= curves.channel("jawOpen"))
    for one, other in ANTAGONISTS:
        assert not np.any((curves.channel(one) > 0) & (curves.channel(other) > 0))


def test_a_plausible_face_is_left_bit_for_bit() -> None:
    curves = face(jawOpen=0.5, mouthClose=0.3, mouthSmileLeft=0.4, mouthFrownRight=0.2, browDownLeft=0.5)
    np.testing.assert_array_equal(plausible(curves, Rules()).values, curves.values)


def test_angles_are_not_clipped() -> None:
    curves = face(headYaw=-1.4, leftEyePitch=1.2)
    np.testing.assert_array_equal(plausible(curves, Rules()).values, curves.values)


def test_of_two_opposite_moves_the_difference_stays() -> None:
    curves = plausible(face(jawLeft=0.5, jawRight=0.2), Rules())
    np.testing.assert_allclose(curves.channel("jawLeft"), 0.3, atol=1e-6)
    np.testing.assert_allclose(curves.channel("jawRight"), 0.0)


def test_lips_close_no_further_than_the_jaw_is_open() -> None:
    closed = plausible(face(jawOpen=0.2, mouthClose=0.6), Rules()).channel("mouthClose")
    np.testing.assert_allclose(closed, 0.2)


def test_an_unknown_jaw_does_not_open_closed_lips() -> None:
    curves = face(mouthClose=0.6)
    curves.observed[:, arkit.INDEX["jawOpen"]] = False
    np.testing.assert_array_equal(plausible(curves, Rules()).values, curves.values)


@pytest.mark.parametrize("rule", ["keep_in_range", "resolve_antagonists", "couple_mouth_close"])
def test_each_rule_can_be_switched_on_alone(rule: str) -> None:
    curves = face(
        cheekPuff=1.3, jawLeft=0.3, jawRight=0.2, mouthClose=0.4, jawOpen=0.1,
    )  # fmt: skip
    changed = plausible(curves, replace(NO_RULES, **{rule: True})).values != curves.values
    touched = {arkit.CHANNELS[i] for i in np.flatnonzero(changed.any(axis=0))}
    assert (
        touched
        == {
            "keep_in_range": {"cheekPuff"},
            "resolve_antagonists": {"jawLeft", "jawRight"},
            "couple_mouth_close": {"mouthClose"},
        }[rule]
    )


def test_real_takes_keep_their_antagonists(shared_data) -> None:
    for file in (shared_data / "motion").glob("*.csv"):
        take = read_live_link_csv(file.read_text()).curves
        resolved = plausible(take, replace(NO_RULES, resolve_antagonists=True))
        np.testing.assert_array_equal(resolved.values, take.values)
