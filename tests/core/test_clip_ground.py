"""Before anybody has answered: nothing changes at rest, and frames that look alike belong together."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.clip_ground import TOGETHER, ground_of
from backend.core.curves import COEFFICIENT_COUNT
from backend.core.muscle_groups import GROUPS, HALVES
from backend.core.sight import VISIBLE, Sight
from backend.core.taste import believed, corrections
from protos import arkit
from tests.core.seen import a_clip, some_sight


def test_muscle_groups_of_a_half_are_disjoint_and_cover_it() -> None:
    for half, groups in GROUPS.items():
        np.testing.assert_array_equal(sum(mask.astype(int) for mask in groups.values()), HALVES[half])
    assert [int(HALVES[half].sum()) for half in ("upper", "lower")] == [23, 29]


def test_at_rest_nothing_is_ever_corrected_to_the_last_bit() -> None:
    clip = a_clip()
    ground = ground_of(clip, some_sight())
    resting = np.flatnonzero(~ground.said.any(axis=1))
    assert len(resting) > 10
    answers = corrections(int(np.argmax(ground.said.sum(axis=1))), range(52), np.full(52, 0.9))
    ideal = believed(ground, answers).ideal
    np.testing.assert_array_equal(ideal[resting], ground.said[resting])
    assert np.abs(ideal - ground.said).max() > 0.05


def test_a_correction_carries_to_frames_that_look_alike_more_than_to_others() -> None:
    ground = ground_of(a_clip(), some_sight())
    smiles, opens = 11, 56
    alike = ground.alike(np.array([smiles]), np.array([smiles, 12, opens]))[0]
    assert alike[0] == pytest.approx(1.0)
    assert alike[1] > 0.9 > alike[2]


def test_what_channels_have_in_common_never_crosses_the_halves() -> None:
    assert not TOGETHER[np.ix_(HALVES["upper"], HALVES["lower"])].any()
    assert np.linalg.eigvalsh(TOGETHER).min() > 0


def test_a_spread_that_jumps_is_steadied() -> None:
    clip = a_clip()
    jumping = clip.spread.copy()
    jumping[::2] = 0.3
    told = ground_of(replace(clip, spread=jumping), some_sight()).reach
    calm = ground_of(replace(clip, spread=np.full_like(jumping, 0.2)), some_sight()).reach
    np.testing.assert_allclose(told[5:-5], calm[5:-5], rtol=0.05)


def test_curves_without_a_spread_may_be_corrected_too() -> None:
    clip = a_clip()
    ground = ground_of(replace(clip, spread=np.zeros_like(clip.spread)), some_sight())
    assert ground.reach[11, arkit.INDEX["mouthSmileLeft"]] > ground.reach[11, arkit.INDEX["mouthPucker"]] > 0


def test_visible_difference_adds_as_vectors() -> None:
    sight = some_sight()
    one = np.zeros(COEFFICIENT_COUNT)
    one[arkit.INDEX["jawOpen"]] = 0.5
    assert sight.difference("lower", one) == pytest.approx(sight.difference("full", one))
    assert sight.difference("upper", one) == 0
    places = sight.seen(np.stack([one, 0 * one]))
    assert np.linalg.norm(places[0] - places[1]) == pytest.approx(float(sight.difference("full", one)))
    assert sight.difference("lower", one) > VISIBLE


@pytest.mark.parametrize(
    "broken", [np.zeros((52, 51)), np.full((52, 52), np.nan), np.triu(np.ones((52, 52)))]
)
def test_a_matrix_that_is_none_is_refused(broken: np.ndarray) -> None:
    with pytest.raises(ValueError, match="lower"):
        Sight({"upper": np.eye(52), "lower": broken})
