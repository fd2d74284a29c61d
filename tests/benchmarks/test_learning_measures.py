"""Measures of a corrected clip say what they mean on clips made for them."""

import numpy as np
import pytest

from backend.core.muscle_groups import HALVES
from backend.core.sight import Sight
from benchmarks.learning_measures import blinks_kept, closures_kept, jitter_ratio, visible_change
from protos import arkit

LIDS = [arkit.INDEX["eyeBlinkLeft"], arkit.INDEX["eyeBlinkRight"]]
JAW = arkit.INDEX["jawOpen"]
FRAMES = 60
SIGHT = Sight({half: 0.01 * np.diag(mask.astype(float)) for half, mask in HALVES.items()})
ALL = np.ones(FRAMES, np.bool_)


def a_clip() -> np.ndarray:
    """Two blinks, and a jaw that opens for the second half."""
    rows = np.zeros((FRAMES, 52))
    for at in (10, 40):
        rows[at : at + 3, LIDS] = [[0.6], [0.9], [0.6]]
    rows[30:, JAW] = 0.5
    return rows


def test_half_the_way_to_the_ideal_is_half_of_the_error() -> None:
    ideal = a_clip()
    base = np.clip(ideal + 0.2, 0, 1)
    assert visible_change(SIGHT, (base + ideal) / 2, base, ideal, ALL) == pytest.approx(-0.5)
    assert visible_change(SIGHT, ideal, base, ideal, ALL) == -1


def test_only_the_frames_that_count_count() -> None:
    ideal = a_clip()
    base = ideal + 0.1
    rows = base.copy()
    rows[:20] = ideal[:20]
    assert visible_change(SIGHT, rows, base, ideal, np.arange(FRAMES) >= 20) == pytest.approx(0)


def test_tremor_is_held_against_the_base_where_the_face_is_still() -> None:
    truth, tremor = a_clip(), 0.01 * np.random.default_rng(0).normal(size=(FRAMES, 52))
    assert jitter_ratio(SIGHT, truth + 2 * tremor, truth + tremor, truth) == pytest.approx(2)
    assert np.isnan(jitter_ratio(SIGHT, truth, truth, np.random.default_rng(1).random((FRAMES, 52))))


def test_blinks_are_kept_as_deep_as_they_were() -> None:
    truth = a_clip()
    shallow = truth.copy()
    shallow[:, LIDS] *= 0.5
    assert blinks_kept(shallow, truth, truth) == pytest.approx(0.5)
    assert np.isnan(blinks_kept(truth, truth, np.zeros_like(truth)))


def test_lips_that_no_longer_close_are_missed() -> None:
    truth = a_clip()
    ajar = truth.copy()
    ajar[:15, JAW] = 0.3
    assert closures_kept(ajar, truth, truth) == pytest.approx(0.5)
    assert np.isnan(closures_kept(truth, np.ones_like(truth), truth))
