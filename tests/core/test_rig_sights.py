import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.rig_sights import TRIANGLE_COUNT, from_triangle, seen_on, sights, to_triangle, told_of
from tests.core.rated import gram, grams, rating, rig_sight
from tests.core.seen import some_sight

ONE = gram(1)
INFINITE = np.where(np.eye(52, dtype=bool), np.float32(np.inf), ONE)
LOPSIDED = ONE + np.eye(52, k=1, dtype=np.float32)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rig": ""}, "rig"),
        ({"client_version": "\0"}, "client_version"),
        ({"triangles": 0}, "triangles is 0"),
        ({"triangles": 2**32}, "triangles is 4294967296"),
        ({"upper": np.zeros((61, 61), np.float32)}, "upper is \\(61, 61\\)"),
        ({"lower": ONE.astype(np.float64)}, "lower is \\(52, 52\\) float64"),
        ({"upper": np.full((52, 52), np.nan, np.float32)}, "upper has entries that are no numbers"),
        ({"lower": INFINITE}, "lower has entries that are no numbers"),
        ({"upper": LOPSIDED}, "upper is not symmetric"),
        ({"lower": -ONE}, "lower is no Gram matrix"),
        ({"upper": ONE - np.eye(52, dtype=np.float32) * ONE[0, 0]}, "upper is no Gram matrix"),
    ],
)
def test_a_sight_that_makes_no_sense_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        rig_sight(**changes)


def test_a_rig_on_which_nothing_moves_makes_sense() -> None:
    nothing = np.zeros((52, 52), np.float32)
    assert rig_sight(upper=nothing, lower=nothing).triangles == 25_000


def test_a_matrix_that_rounding_pushed_below_zero_is_still_one() -> None:
    one_direction = np.outer(np.arange(52), np.arange(52)).astype(np.float32) / np.float32(3e4)
    assert np.linalg.eigvalsh(one_direction.astype(np.float64))[0] < 0
    assert rig_sight(upper=one_direction).upper is one_direction


def test_telling_a_sight_again_gives_the_same_id_and_measuring_anew_another() -> None:
    assert rig_sight().id == rig_sight().id
    assert uuid.UUID(rig_sight().id).version == 5
    others = [
        rig_sight(2),
        rig_sight(upper=gram(9)),
        rig_sight(lower=gram(9)),
        rig_sight(upper=rig_sight().lower, lower=rig_sight().upper),
        rig_sight(triangles=3),
        rig_sight(client_version="0.2.0"),
    ]
    assert len({each.id for each in [rig_sight(), *others]}) == 7


def test_the_last_sight_of_a_rig_stands() -> None:
    measured_anew = rig_sight(1, triangles=12)
    found = sights([rig_sight(1), rating(1), rig_sight(2), measured_anew])
    assert list(found) == ["rig-1", "rig-2"]
    assert found["rig-1"] is measured_anew


@given(grams)
def test_half_of_a_matrix_says_all_of_it(whole: np.ndarray) -> None:
    half = to_triangle(whole)
    assert half.shape == (TRIANGLE_COUNT,)
    np.testing.assert_array_equal(from_triangle(half, "upper"), whole)


@given(st.integers(0, 3000).filter(lambda count: count != TRIANGLE_COUNT))
def test_anything_but_half_of_a_matrix_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"upper has {count} numbers, expected 1378"):
        from_triangle(np.zeros(count, np.float32), "upper")


def test_what_is_seen_on_a_rig_is_told_and_seen_again() -> None:
    seen = some_sight()
    again = seen_on(told_of(seen, "rig", 9756, "0.1.0"))
    for half in ("upper", "lower"):
        np.testing.assert_allclose(again.gram(half), seen.gram(half), atol=1e-9)
    assert told_of(seen, "rig", 9756, "0.1.0").id == told_of(seen, "rig", 9756, "0.1.0").id
