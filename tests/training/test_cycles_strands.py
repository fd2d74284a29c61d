"""Hair grows where a face has it, stays outside of the head, and follows the skin."""

import numpy as np
import pytest

from protos import arkit
from training.anny_heads import AnnyHeads
from training.cycles_strands import STYLES, Strands, beard, brows, hair, hair_amount, lashes, under
from training.heads import PART, Floats, Head

ZERO = np.zeros(len(arkit.COEFFICIENTS), np.float32)
LOOK_AHEAD = np.zeros((2, 2), np.float32)


@pytest.fixture(scope="module")
def head(anny: AnnyHeads) -> Head:
    return anny.head(3)


@pytest.fixture(scope="module")
def marks(anny: AnnyHeads, landmarker_task: bytes) -> Floats:
    from backend.adapters.litert_tracker import load_networks
    from training.marks import marks_of

    return marks_of(anny, load_networks(landmarker_task))


def roots(strands: Strands, head: Head, coefficients: Floats = ZERO) -> Floats:
    return strands.on(head.posed(coefficients, LOOK_AHEAD), head.triangles)[:, 0]


def one(name: str) -> Floats:
    coefficients = ZERO.copy()
    coefficients[arkit.INDEX[name]] = 1
    return coefficients


def test_a_point_of_the_paint_is_found_on_the_skin_it_lies_on(head: Head) -> None:
    skin = np.flatnonzero((head.part == PART["skin"])[head.triangles].all(axis=1))
    middle = head.paint[head.triangles[skin]].mean(axis=1)
    chosen = skin[(np.abs(middle[:, 0]) < 3) & (np.abs(middle[:, 1] + 1) < 2) & (middle[:, 2] > 1.5)][::7]
    points = head.paint[head.triangles[chosen]].mean(axis=1)[:, :2]
    triangle, corners = under(points, head)
    found = np.einsum("sc,sci->si", corners, head.paint[head.triangles[triangle]])
    np.testing.assert_allclose(found[:, :2], points, atol=1e-3)
    np.testing.assert_allclose(corners.sum(axis=1), 1, atol=1e-5)


def test_brows_lie_over_the_eyes_and_rise_with_the_skin(head: Head, marks: Floats) -> None:
    strands = brows(head, marks, np.random.default_rng(1))
    at_rest = roots(strands, head)
    assert (at_rest[:, 1] > 0.5).all()
    assert (np.abs(at_rest[:, 0]) > 0.5).all()
    risen = roots(strands, head, one("browOuterUpLeft")) - at_rest
    left = at_rest[:, 0] > 0
    assert risen[left, 1].mean() > 0.2
    assert np.abs(risen[~left]).max() < 0.1


def test_lashes_stand_before_the_lids_and_go_down_with_them(head: Head, marks: Floats) -> None:
    strands = lashes(head, marks, np.random.default_rng(1))
    at_rest = strands.on(head.rest, head.triangles)
    assert (at_rest[:, -1, 2] - at_rest[:, 0, 2]).mean() > 0.1
    shut = roots(strands, head, one("eyeBlinkLeft")) - at_rest[:, 0]
    assert shut[at_rest[:, 0, 0] > 0, 1].min() < -0.4


def test_beards_leave_the_lips_free(head: Head, marks: Floats) -> None:
    strands = beard(head, marks, np.random.default_rng(1))
    place = np.einsum("sc,sci->si", strands.corners, head.paint[head.triangles[strands.triangle]])
    nose, upper_lip, between_lips, lower_lip, chin = marks[[2, 0, 13, 17, 152], 1]
    middle = place[np.abs(place[:, 0]) < 0.5, 1]
    assert ((middle < lower_lip) & (middle > chin)).any()
    assert ((middle > upper_lip) & (middle < nose)).any()
    assert np.linalg.norm(place[:, :2] - [0, between_lips], axis=1).min() > 0.3


@pytest.mark.parametrize("style", STYLES)
def test_hair_stays_outside_of_the_head_and_out_of_the_face(head: Head, style: str) -> None:
    amount = hair_amount(head.paint)
    strands = hair(head, amount, style, np.random.default_rng(2), count=600)
    points = strands.on(head.rest, head.triangles)
    assert np.isfinite(points).all()
    face = (np.abs(points[..., 0]) < 5) & (points[..., 1] < 2) & (points[..., 2] > -2)
    assert face.mean() < 0.005
    middle = np.array([0, 2, -7])
    assert (np.linalg.norm(points - middle, axis=-1) > 5).mean() > 0.99


def test_a_higher_hairline_leaves_less_hair(head: Head) -> None:
    assert hair_amount(head.paint, lifted=1.0).sum() < hair_amount(head.paint).sum()
    assert hair_amount(head.paint, receding=3.0).sum() < hair_amount(head.paint).sum()
    face = (head.paint[:, 2] > 0) & (head.paint[:, 1] < 4)
    assert not hair_amount(head.paint)[face].any()
