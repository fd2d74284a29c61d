"""Rules change what violates them and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values, joined
from backend.core.formats.live_link_csv import read_live_link_csv
from backend.core.plausibility import ANTAGONISTS, Rules, plausible_chunks
from protos import arkit

NO_RULES = Rules(keep_in_range=False, resolve_antagonists=False, couple_mouth_close=False, hold_gaze=False)
anything = arrays(np.float32, (8, CHANNEL_COUNT), elements=st.floats(-0.5, 1.5, width=32))


def plausible(curves: ExpressionCurves, rules: Rules) -> ExpressionCurves:
    return joined(plausible_chunks([curves], rules))


def face(**levels: float | list[float]) -> ExpressionCurves:
    """Three rows (or as many as the lists are long) with these channels, all else at 0."""
    rows = max((len(v) for v in levels.values() if isinstance(v, list)), default=3)
    values = np.zeros((rows, CHANNEL_COUNT), np.float32)
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


@pytest.mark.parametrize("rule", ["keep_in_range", "resolve_antagonists", "couple_mouth_close", "hold_gaze"])
def test_each_rule_can_be_switched_on_alone(rule: str) -> None:
    curves = face(
        cheekPuff=1.3, jawLeft=0.3, jawRight=0.2, mouthClose=0.4, jawOpen=0.1,
        eyeBlinkLeft=[0.0, 1.0, 0.0], leftEyePitch=[0.0, 0.4, 0.0],
    )  # fmt: skip
    changed = plausible(curves, replace(NO_RULES, **{rule: True})).values != curves.values
    touched = {arkit.CHANNELS[i] for i in np.flatnonzero(changed.any(axis=0))}
    assert (
        touched
        == {
            "keep_in_range": {"cheekPuff"},
            "resolve_antagonists": {"jawLeft", "jawRight"},
            "couple_mouth_close": {"mouthClose"},
            "hold_gaze": {"leftEyePitch"},
        }[rule]
    )


def test_gaze_waits_behind_a_shut_lid() -> None:
    curves = face(
        eyeBlinkLeft=[0.1, 0.9, 0.9, 0.1],
        eyeLookDownLeft=[0.2, 0.7, 0.8, 0.3],
        leftEyePitch=[0.1, 0.5, 0.6, 0.2],
        rightEyePitch=[0.1, 0.5, 0.6, 0.2],
    )
    held = plausible(curves, Rules())
    np.testing.assert_allclose(held.channel("leftEyePitch"), [0.1, 0.1, 0.1, 0.2])
    np.testing.assert_allclose(held.channel("eyeLookDownLeft"), [0.2, 0.2, 0.2, 0.3])
    np.testing.assert_allclose(held.channel("rightEyePitch"), [0.1, 0.5, 0.6, 0.2])
    assert held.observed[:, arkit.INDEX["leftEyePitch"]].tolist() == [True, False, False, True]


@given(values=anything, cut=st.integers(0, 8))
def test_chunks_give_the_numbers_of_the_whole_clip(values: np.ndarray, cut: int) -> None:
    whole = curves_from_values(values, 30.0)
    chunks = [whole.between(0, cut), whole.between(cut, 8)]
    expected, pieces = plausible(whole, Rules()), joined(plausible_chunks(chunks, Rules()))
    np.testing.assert_array_equal(pieces.values, expected.values)
    np.testing.assert_array_equal(pieces.observed, expected.observed)


def test_real_takes_keep_their_antagonists(shared_data) -> None:
    for file in (shared_data / "motion").glob("*.csv"):
        take = read_live_link_csv(file.read_text()).curves
        resolved = plausible(take, replace(NO_RULES, resolve_antagonists=True))
        np.testing.assert_array_equal(resolved.values, take.values)
