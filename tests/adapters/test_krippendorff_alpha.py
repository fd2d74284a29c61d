import numpy as np
import pytest

from backend.adapters.krippendorff_alpha import nominal_alpha

NONE = np.nan


def test_the_value_is_that_of_krippendorffs_own_example() -> None:
    """Computing Krippendorff's Alpha-Reliability (2011), section C: 4 observers, 12 units, nominal: .743."""
    table = np.array([
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ])  # fmt: skip
    assert nominal_alpha(table) == pytest.approx(0.743, abs=5e-4)


def test_coins_are_near_zero_and_perfect_agreement_is_one() -> None:
    coins = np.random.default_rng(0).integers(0, 2, (2, 4000)).astype(float)
    assert nominal_alpha(coins) == pytest.approx(0, abs=0.05)
    assert nominal_alpha(np.array([[0.0, 1.0, 4.0], [0.0, 1.0, 4.0]])) == pytest.approx(1)


@pytest.mark.parametrize(
    "table",
    [
        np.empty((0, 0)),
        np.array([[1.0, 0.0]]),
        np.array([[1.0, NONE], [NONE, 0.0]]),
        np.array([[1.0, 1.0], [1.0, 1.0]]),
        np.array([[1.0, 0.0], [1.0, NONE]]),
    ],
)
def test_where_it_is_not_defined_there_is_none(table: np.ndarray) -> None:
    assert nominal_alpha(table) is None
