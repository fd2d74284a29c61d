"""A lost face is held, relaxes and comes back as it was measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values, joined
from backend.core.lost_face import lost_face_filled, lost_rows
from protos import arkit

RATE = 20.0
JAW, YAW = arkit.INDEX["jawOpen"], arkit.INDEX["headYaw"]


def seen_then_lost(lost: list[bool]) -> ExpressionCurves:
    """A face at .8 everywhere that is lost in some rows, which then read 0."""
    curves = curves_from_values(np.full((len(lost), CHANNEL_COUNT), 0.8, np.float32), RATE)
    curves.head_location[:] = 0.5
    for array in (curves.values, curves.observed, curves.confidence, curves.head_location):
        array[lost] = 0
    return curves


def filled(curves: ExpressionCurves, hold: float = 0.25, decay: float = 0.5) -> ExpressionCurves:
    return joined(lost_face_filled([curves], hold, decay))


def test_it_holds_then_decays_to_neutral_without_a_jump() -> None:
    curves = filled(seen_then_lost([False] * 5 + [True] * 25))
    jaw = curves.channel("jawOpen")
    np.testing.assert_allclose(jaw[:10], 0.8)  # .25 s at 20 frames a second
    assert np.all(np.diff(jaw) <= 0)
    assert np.diff(jaw).min() > -0.15
    np.testing.assert_array_equal(jaw[20:], 0.0)


def test_the_head_stays_where_it_was() -> None:
    curves = filled(seen_then_lost([False] * 2 + [True] * 40))
    np.testing.assert_allclose(curves.channel("headYaw"), 0.8)
    np.testing.assert_allclose(curves.head_location, 0.5)


def test_filled_rows_are_marked() -> None:
    curves = filled(seen_then_lost([False, True, True, False]))
    assert lost_rows(curves).tolist() == [False, True, True, False]
    assert curves.confidence.any(axis=1).tolist() == [True, False, False, True]


def test_before_the_first_sight_the_face_is_neutral() -> None:
    curves = filled(seen_then_lost([True, True, False]))
    np.testing.assert_array_equal(curves.values[:2], 0.0)


def test_no_decay_time_drops_at_once_after_the_hold() -> None:
    jaw = filled(seen_then_lost([False] + [True] * 4), hold=0.1, decay=0.0).channel("jawOpen")
    np.testing.assert_allclose(jaw, [0.8, 0.8, 0.8, 0.0, 0.0])


@given(lost=st.lists(st.booleans(), min_size=1, max_size=40), data=st.data())
def test_chunks_give_the_whole_and_measured_rows_stay(lost: list[bool], data: st.DataObject) -> None:
    curves = seen_then_lost(lost)
    cut = data.draw(st.integers(0, len(lost)))
    chunks = [curves.between(0, cut), curves.between(cut, len(lost))]
    whole, pieces = filled(curves), joined(lost_face_filled(chunks, 0.25, 0.5))
    np.testing.assert_array_equal(pieces.values, whole.values)
    np.testing.assert_array_equal(whole.values[~np.array(lost)], curves.values[~np.array(lost)])


@pytest.mark.parametrize(("hold", "decay"), [(-1.0, 0.5), (0.1, -0.5)])
def test_negative_times_are_refused(hold: float, decay: float) -> None:
    with pytest.raises(ValueError, match="lost face"):
        filled(seen_then_lost([True]), hold, decay)
