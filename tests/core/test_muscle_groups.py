"""Every coefficient belongs somewhere, and once."""

import numpy as np

from backend.core.muscle_groups import GROUPS, HALVES, JUDGED
from backend.core.ratings import REGIONS
from protos import arkit


def test_the_six_groups_of_a_half_are_disjoint_and_cover_it() -> None:
    for half, groups in GROUPS.items():
        assert len(groups) == 6
        np.testing.assert_array_equal(np.sum(list(groups.values()), axis=0), HALVES[half])


def test_the_halves_are_23_and_29_coefficients_and_share_none() -> None:
    assert (HALVES["upper"].sum(), HALVES["lower"].sum()) == (23, 29)
    assert not (HALVES["upper"] & HALVES["lower"]).any()
    seam = [arkit.INDEX[name + "Left"] for name in ("cheekSquint", "noseSneer", "eyeSquint")]
    assert HALVES["upper"][seam].all()
    assert HALVES["lower"][arkit.INDEX["mouthSmileLeft"]]


def test_both_sides_of_a_face_are_in_the_same_group() -> None:
    partner = list(arkit.MIRROR_PERMUTATION[: len(arkit.COEFFICIENTS)])
    for groups in GROUPS.values():
        for group in groups.values():
            np.testing.assert_array_equal(group, group[partner])


def test_whatever_can_be_judged_has_coefficients() -> None:
    assert set(JUDGED) == set(REGIONS)
    assert all(mask.any() for mask in JUDGED.values())
    assert not (JUDGED["eyes"] & JUDGED["brows"]).any()
    assert (JUDGED["brows"].sum(), JUDGED["eyes"].sum()) == (5, 14)
