"""Gaze does not dive with a blink, and is believed whenever the lid stays where it went."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.blinks import gaze_bridged_chunks
from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values, joined
from protos import arkit

LID, PITCH, LOOK = (arkit.INDEX[n] for n in ("eyeBlinkLeft", "leftEyePitch", "eyeLookDownLeft"))
BLINK = [0.5, 0.65, 0.6, 0.4]


def bridged(curves: ExpressionCurves) -> ExpressionCurves:
    return joined(gaze_bridged_chunks([curves]))


def eye(lid: list[float], rate: float = 30.0, rest: float = 0.15) -> ExpressionCurves:
    """Two seconds of a resting eye, in the middle of which the lid moves and the gaze dives with it."""
    values = np.zeros((60, CHANNEL_COUNT), np.float32)
    values[:, LID] = rest
    values[30 : 30 + len(lid), LID] = lid
    values[:, PITCH] = values[:, LOOK] = 0.3 * (values[:, LID] - rest)
    return curves_from_values(values, rate)


@pytest.mark.parametrize("channel", ["leftEyePitch", "eyeLookDownLeft"])
def test_the_gaze_does_not_dive_with_a_blink(channel: str) -> None:
    curves = bridged(eye(BLINK))
    np.testing.assert_allclose(curves.channel(channel), 0.0, atol=1e-6)
    assert np.flatnonzero(~curves.observed[:, arkit.INDEX[channel]]).tolist() == [30, 31, 32, 33]


def test_nothing_but_that_eyes_gaze_changes() -> None:
    curves = eye(BLINK)
    changed = (bridged(curves).values != curves.values).any(axis=0)
    assert {arkit.CHANNELS[i] for i in np.flatnonzero(changed)} == {"leftEyePitch", "eyeLookDownLeft"}


def test_a_gaze_that_turns_behind_the_lid_runs_straight_across() -> None:
    curves = eye(BLINK)
    curves.values[31:, PITCH] = 0.5
    pitch = bridged(curves).channel("leftEyePitch")
    np.testing.assert_allclose(pitch[29:35], np.linspace(0, 0.5, 6), atol=1e-6)


@pytest.mark.parametrize("lid", [30 * [0.6], [0.3, 0.5, *28 * [0.6]], 20 * [0.9]])
def test_a_lid_that_comes_down_and_stays_is_no_blink(lid: list[float]) -> None:
    curves = eye(lid)
    np.testing.assert_array_equal(bridged(curves).values, curves.values)
    assert bridged(curves).observed.all()


def test_a_flutter_is_left_alone() -> None:
    curves = eye([0.2, 0.25, 0.2])
    np.testing.assert_array_equal(bridged(curves).values, curves.values)


def test_a_slow_frame_rate_is_read_in_seconds() -> None:
    curves = eye(BLINK, rate=5.0)  # closed for most of a second
    np.testing.assert_array_equal(bridged(curves).values, curves.values)


def test_a_face_that_was_lost_is_no_open_lid() -> None:
    curves = eye([], rest=0.6)
    for lost in (slice(25, 30), slice(33, 40)):
        curves.values[lost] = 0.0
        curves.observed[lost] = False
    np.testing.assert_array_equal(bridged(curves).values, curves.values)


@given(
    lids=st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9]), min_size=1, max_size=150),
    sizes=st.lists(st.integers(0, 50), min_size=1),
    seed=st.integers(0, 99),
)
def test_chunks_give_the_numbers_of_the_whole_clip(lids: list[float], sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 1, (len(lids), CHANNEL_COUNT)).astype(np.float32)
    values[:, LID] = lids
    times = np.cumsum(rng.uniform(0.01, 0.05, len(lids)))
    whole = replace(curves_from_values(values, 60.0), times=times)
    whole.observed[rng.uniform(size=len(lids)) < 0.1] = False
    cuts = [0, *np.minimum(np.cumsum(sizes), len(lids)), len(lids)]
    pieces = joined(gaze_bridged_chunks(whole.between(a, b) for a, b in pairwise(cuts)))
    np.testing.assert_array_equal(pieces.values, bridged(whole).values)
    np.testing.assert_array_equal(pieces.observed, bridged(whole).observed)
