"""A correction's numbers from shared parameters, and what they do to a prediction."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.correction import BeliefCorrection
from backend.core.muscle_groups import JUDGED
from training.preference_head import LEVELS, directions, head, slopes

from .answering import GATE, SCALE, moments, rated

BELIEF, REST = rated(30).pairs.moments.believed(SCALE)
AWAY = BELIEF.active * BELIEF.value - REST.active * REST.value
READS = directions(AWAY)


@pytest.mark.parametrize("half", ["upper", "lower"])
def test_each_level_holds_the_one_before(half: str) -> None:
    groups, channels, low_rank = (head(half, level, READS) for level in LEVELS)
    count = int(JUDGED[half].sum())
    assert [each.size for each in (groups, channels, low_rank)] == [18, 18 + 3 * count, 18 + 7 * count]
    np.testing.assert_array_equal(low_rank.shared[:, : channels.size], channels.shared)
    np.testing.assert_array_equal(channels.shared[:, : groups.size], groups.shared)


@pytest.mark.parametrize("half", ["upper", "lower"])
def test_no_parameter_reaches_the_other_half(half: str) -> None:
    at = head(half, LEVELS[2], READS)
    learnt = at.correction(np.random.default_rng(0).normal(size=at.size))
    for name in ("gain", "offset", "shift", "mixes"):
        assert not getattr(learnt, name)[~JUDGED[half]].any()
        assert getattr(learnt, name)[JUDGED[half]].all()


def test_a_muscle_group_moves_as_one() -> None:
    at = head("lower", LEVELS[0], READS)
    gain = at.correction(np.random.default_rng(0).normal(size=at.size)).gain
    assert gain[23] == gain[24] == gain[27] == gain[30]  # smiles, dimples, stretched corners
    assert len(np.unique(gain[JUDGED["lower"]])) == 6


@pytest.mark.parametrize("half", ["upper", "lower"])
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_said_to_follow_a_parameter_does_so(half: str, level: str) -> None:
    at = head(half, level, READS)
    rng = np.random.default_rng(1)
    u, step = 0.3 * rng.normal(size=at.size), 1e-4 * rng.normal(size=at.size)
    point, own = slopes(at.correction(u), BELIEF, REST, GATE)
    by = at.features(own)
    expected = np.einsum("rkq,kq->rk", by.own, (by.shared @ step).reshape(by.own.shape[1:]))
    ends = [at.correction(each).corrected(BELIEF, REST) for each in (u + step, u - step)]
    inside = np.all([(end.value > 0.1) & (end.value < 1) for end in ends], axis=0)[:, at.half]
    found = (ends[0].point(GATE) - ends[1].point(GATE))[:, at.half] / 2
    np.testing.assert_allclose(found[inside], expected[inside], rtol=1e-3, atol=1e-8)
    np.testing.assert_array_equal(point, at.correction(u).corrected(BELIEF, REST).point(GATE))


def test_directions_are_those_along_which_a_half_moves_and_usual_movement_is_one() -> None:
    for half in ("upper", "lower"):
        moved = AWAY[:, JUDGED[half]] @ READS[JUDGED[half]]
        np.testing.assert_allclose((moved**2).mean(axis=0), 1)
        np.testing.assert_allclose(moved.T @ moved / len(moved), np.eye(4), atol=1e-9)


def test_a_face_that_never_moved_has_no_directions() -> None:
    assert not directions(np.zeros((5, 52))).any()
    one = np.zeros((5, 52))
    one[:, 23] = 0.4
    assert (np.abs(directions(one)) > 0).sum() == 1


def test_a_correction_without_numbers_leaves_the_prediction_as_it_is() -> None:
    point, _ = slopes(BeliefCorrection.none(READS), BELIEF, REST, GATE)
    np.testing.assert_array_equal(point, BELIEF.point(GATE))


def test_at_rest_nothing_follows_any_parameter() -> None:
    of = moments(np.random.default_rng(2), ["full"] * 4, 1)
    belief, _ = replace(of, belief=of.rest_belief).believed(SCALE)
    assert not slopes(BeliefCorrection.none(READS), belief, belief, GATE)[1].any()
