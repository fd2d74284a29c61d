"""Noise is averaged out where nothing moves, and what moves stays as quick as it was."""

import numpy as np
import pytest

from backend.predictor.steadying import ALIKE, ViewColumns, steadied

EYE = ViewColumns(np.arange(300), np.arange(320))
MOUTH = ViewColumns(np.arange(320, 620), np.arange(320, 640))
WIDTH = 650  # the last ten are of no view
NOISE = ALIKE / 2


@pytest.fixture
def still() -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.normal(size=WIDTH) + rng.normal(0, NOISE, (40, WIDTH))).astype(np.float32)


def test_a_still_face_trembles_less(still: np.ndarray) -> None:
    steady = steadied(still, 5, [EYE, MOUTH])
    before, after = (np.diff(each[:, :640], axis=0).std() for each in (still, steady))
    assert after < 0.2 * before
    np.testing.assert_array_equal(steady[:, 640:], still[:, 640:])


def test_a_blink_stays_as_deep_and_the_mouth_is_steadied_all_the_same(still: np.ndarray) -> None:
    still[20:22, :300] += 1.0
    steady = steadied(still, 5, [EYE, MOUTH])
    np.testing.assert_allclose((steady[20] - steady[17])[:300].mean(), 1.0, atol=0.02)
    assert np.diff(steady[15:25, 320:640], axis=0).std() < 0.2 * np.diff(still[15:25, 320:640], axis=0).std()


def test_a_slow_movement_is_followed(still: np.ndarray) -> None:
    still[:, :300] += np.linspace(0, 2, 40)[:, None]
    steady = steadied(still, 5, [EYE, MOUTH])
    off = np.abs(steady[:, :300].mean(axis=1) - still[:, :300].mean(axis=1))
    assert off[2:-2].max() < 0.01
    assert off.max() < 0.06  # of a picture at either end, as far as it goes in one


def test_none_counts_that_lies_further_away_than_asked(still: np.ndarray) -> None:
    whole = steadied(still, 3, [EYE, MOUTH])
    part = steadied(still[10:17], 3, [EYE, MOUTH])
    np.testing.assert_allclose(part[3], whole[13], atol=1e-5)
    np.testing.assert_array_equal(steadied(still, 0, [EYE, MOUTH]), still)
