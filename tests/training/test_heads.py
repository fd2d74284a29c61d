"""Heads with truth: each coefficient moves what its name says, on every source, for every person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protos import arkit
from training.anny_heads import AnnyHeads, _trait_weights
from training.check_heads import complaints
from training.heads import PART, Head, HeadSource, StoredHead, channels_of, gaze_of, sphere_through
from training.ict_heads import IctHeads

COUNT = len(arkit.COEFFICIENTS)


@pytest.fixture(scope="module")
def ict(shared_data: Path) -> IctHeads:
    return IctHeads(shared_data / "heads" / "ict_facekit_reduced.npz")


@pytest.fixture(scope="module")
def mpfb(shared_data: Path) -> StoredHead:
    return StoredHead(shared_data / "heads" / "mpfb_head_arkit.npz")


@pytest.fixture(params=["anny", "ict", "mpfb"])
def source(request: pytest.FixtureRequest) -> HeadSource:
    made: HeadSource = request.getfixturevalue(request.param)
    return made


def one(name: str, value: float = 1.0) -> np.ndarray:
    coefficients = np.zeros(COUNT, np.float32)
    coefficients[arkit.INDEX[name]] = value
    return coefficients


def test_the_mean_head_does_what_its_names_say(source: HeadSource) -> None:
    assert list(complaints(source.head(0), source.channels)) == []


def test_all_52_coefficients_move_something_tongue_included(source: HeadSource) -> None:
    assert set(channels_of(source.head(0))) == set(source.channels) == set(arkit.COEFFICIENTS)


@pytest.mark.parametrize("identity", [1, 17, 404])
@pytest.mark.parametrize("name", ["anny", "ict"])
def test_so_does_anybody(name: str, identity: int, request: pytest.FixtureRequest) -> None:
    people: HeadSource = request.getfixturevalue(name)
    assert list(complaints(people.head(identity), people.channels)) == []


@pytest.mark.parametrize("name", ["anny", "ict"])
def test_a_number_is_always_the_same_person_and_another_one_another(
    name: str, request: pytest.FixtureRequest
) -> None:
    people: HeadSource = request.getfixturevalue(name)
    np.testing.assert_array_equal(people.head(5).rest, people.head(5).rest)
    apart = np.linalg.norm(people.head(5).rest - people.head(6).rest, axis=1)
    assert np.median(apart[people.head(0).part == PART["skin"]]) > 0.1


def test_the_check_sees_a_head_whose_sides_are_swapped(anny: AnnyHeads) -> None:
    head = anny.head(0)
    partner = [arkit.INDEX[arkit.partner(name)] for name in arkit.COEFFICIENTS]
    told = list(complaints(replace(head, deltas=head.deltas[partner]), anny.channels))
    assert any("mouthSmileLeft moves the other side" in complaint for complaint in told)
    assert any(complaint.startswith("jawLeft") for complaint in told)


def test_the_check_sees_a_shape_that_is_claimed_and_missing(anny: AnnyHeads) -> None:
    deltas = anny.head(0).deltas.copy()
    deltas[arkit.INDEX["cheekPuff"]] = 0
    assert list(complaints(replace(anny.head(0), deltas=deltas), anny.channels)) == [
        "cheekPuff moves nothing"
    ]


def test_at_rest_nothing_has_moved(source: HeadSource) -> None:
    head = source.head(0)
    np.testing.assert_allclose(head.posed(np.zeros(COUNT), np.zeros((2, 2))), head.rest, atol=1e-5)


def test_the_left_eye_is_at_positive_x_and_both_are_balls_of_a_persons_size(source: HeadSource) -> None:
    head = source.head(0)
    assert head.eyeballs[0].centre[0] > 2.5 > -2.5 > head.eyeballs[1].centre[0]
    for ball in head.eyeballs:
        assert 1.0 < sphere_through(head.rest[ball.vertices])[1] < 1.8


def test_an_eyeball_turns_rigidly_about_its_middle(source: HeadSource) -> None:
    head = source.head(0)
    gaze = gaze_of(one("eyeLookUpLeft"))
    posed = head.posed(one("eyeLookUpLeft"), gaze)
    for ball, moves in zip(head.eyeballs, (True, False), strict=True):
        before, after = head.rest[ball.vertices] - ball.centre, posed[ball.vertices] - ball.centre
        np.testing.assert_allclose(np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), atol=1e-4)
        assert (np.abs(after - before).max() > 0.3) == moves


@pytest.mark.parametrize(
    ("name", "row", "column", "sign"),
    [
        ("eyeLookInLeft", 0, 0, 1), ("eyeLookOutLeft", 0, 0, -1), ("eyeLookInRight", 1, 0, -1),
        ("eyeLookOutRight", 1, 0, 1), ("eyeLookUpRight", 1, 1, -1), ("eyeLookDownLeft", 0, 1, 1),
    ],
)  # fmt: skip
def test_gaze_has_the_signs_of_the_contract(name: str, row: int, column: int, sign: int) -> None:
    gaze = gaze_of(one(name))
    assert gaze[row, column] * sign > 0.4
    assert np.count_nonzero(gaze) == 1


def test_the_tongue_comes_out_in_front_of_the_teeth(source: HeadSource) -> None:
    head = source.head(0)
    out = head.posed(one("tongueOut") + one("jawOpen", 0.4), np.zeros((2, 2)))
    foremost = {name: out[head.part == PART[name], 2].max() for name in ("tongue", "upper teeth")}
    assert foremost["tongue"] > foremost["upper teeth"] + 0.3
    assert out[head.part == PART["tongue"], 2].max() > head.rest[head.part == PART["tongue"], 2].max() + 1


def test_a_stored_head_with_numbers_that_are_none_is_refused(mpfb: StoredHead, tmp_path: Path) -> None:
    head: Head = mpfb.head(0)
    rest = head.rest.copy()
    rest[7] = np.nan
    file = tmp_path / "head.npz"
    np.savez(
        file, neutral=rest, tris=head.triangles, names=list(arkit.COEFFICIENTS), deltas=head.deltas,
        vertex_part=head.part, part_names=list(PART),
    )  # fmt: skip
    with pytest.raises(ValueError, match="not numbers"):
        StoredHead(file)
    np.savez(
        file, neutral=head.rest, tris=head.triangles, names=list(arkit.COEFFICIENTS), deltas=head.deltas,
        vertex_part=head.part, part_names=list(PART),
    )  # fmt: skip
    np.testing.assert_allclose(StoredHead(file).head(0).rest, head.rest, atol=1e-4)


def test_a_stored_head_that_lacks_a_claimed_shape_is_refused(mpfb: StoredHead, tmp_path: Path) -> None:
    head = mpfb.head(0)
    file = tmp_path / "head.npz"
    np.savez(
        file, neutral=head.rest, tris=head.triangles, names=list(arkit.COEFFICIENTS), deltas=head.deltas[:40],
        vertex_part=head.part, part_names=list(PART),
    )  # fmt: skip
    with pytest.raises(ValueError, match="lacks what it claims"):
        StoredHead(file)
    np.savez(file, neutral=head.rest, tris=head.triangles)
    with pytest.raises(ValueError, match="lacks what it claims"):
        StoredHead(file)


def test_of_two_opposite_traits_a_person_has_one() -> None:
    names = ["chin-width-decr", "chin-width-incr", "head-oval", "head-square"]
    names += ["l-eye-scale-decr", "l-eye-scale-incr", "r-eye-scale-decr", "r-eye-scale-incr"]
    drawn = np.array([_trait_weights(names, np.random.default_rng(seed)) for seed in range(400)])
    for low, high in ((0, 1), (4, 5), (6, 7)):
        assert not ((drawn[:, low] > 0) & (drawn[:, high] > 0)).any()
        assert (drawn[:, low] > 0).any()
        assert (drawn[:, high] > 0).any()
    assert ((drawn[:, 2] > 0) != (drawn[:, 3] > 0)).any()  # shapes without an opposite go their own way
    left, right = drawn[:, 5] - drawn[:, 4], drawn[:, 7] - drawn[:, 6]
    assert np.corrcoef(left, right)[0, 1] > 0.9


def test_a_stored_head_is_one_person(mpfb: StoredHead) -> None:
    with pytest.raises(ValueError, match="identity 3"):
        mpfb.head(3)
