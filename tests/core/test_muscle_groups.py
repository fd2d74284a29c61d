"""Every coefficient belongs somewhere, and once."""

import numpy as np

from backend.core.muscle_groups import GROUPS, JUDGED
from backend.core.ratings import REGIONS
from protos import arkit


def test_every_coefficient_is_in_one_group_and_six_groups_are_in_each_half() -> None:
    np.testing.assert_array_equal(np.sum(list(GROUPS.values()), axis=0), 1)
    for half in ("upper", "lower"):
        within = [not (group & ~JUDGED[half]).any() for group in GROUPS.values()]
        across = [(group & JUDGED[half]).any() for group in GROUPS.values()]
        assert within == across
        assert sum(within) == 6


def test_the_halves_are_23_and_29_coefficients_and_share_none() -> None:
    assert (JUDGED["upper"].sum(), JUDGED["lower"].sum()) == (23, 29)
    assert not (JUDGED["upper"] & JUDGED["lower"]).any()
    seam = [arkit.INDEX[name + "Left"] for name in ("cheekSquint", "noseSneer", "eyeSquint")]
    assert JUDGED["upper"][seam].all()
    assert JUDGED["lower"][arkit.INDEX["mouthSmileLeft"]]


def test_both_sides_of_a_face_are_in_the_same_group() -> None:
    partner = list(arkit.MIRROR_PERMUTATION[: len(arkit.COEFFICIENTS)])
    for group in GROUPS.values():
        np.testing.assert_array_equal(group, group[partner])


def test_whatever_can_be_judged_has_coefficients() -> None:
    assert set(JUDGED) == set(REGIONS)
    assert all(mask.any() for mask in JUDGED.values())
