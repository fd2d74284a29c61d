"""Held-out answers speak for a correction that makes what was preferred, and for nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.correction import BeliefCorrection
from backend.core.held_out_agreement import held_out_agreement
from tests.training.answering import rated, with_pairs

NOTHING = BeliefCorrection.none()
WIDER = replace(NOTHING, gain=np.where(np.isin(np.arange(52), [23, 24]), 0.4, 0.0))
NARROWER = replace(NOTHING, gain=-WIDER.gain)


def gain(correction: BeliefCorrection, half: str = "lower") -> float:
    found = held_out_agreement(rated(600), correction, half, 30.0, np.random.default_rng(0))
    assert found is not None
    assert (found.pairs, found.units) == (300, 6)
    return found.gain


def test_what_raters_preferred_gains_and_its_opposite_loses() -> None:
    assert gain(WIDER) > 0.005
    assert gain(NARROWER) < -0.005


def test_no_change_and_a_change_of_the_other_half_gain_nothing() -> None:
    assert gain(NOTHING) == 0
    assert gain(WIDER, "upper") == pytest.approx(0, abs=1e-12)


def test_answers_that_count_for_nothing_or_are_about_the_whole_face_say_nothing() -> None:
    random, ratings = np.random.default_rng(0), rated(60)
    moments = replace(ratings.pairs.moments, weight=np.zeros(60, np.float32))
    assert held_out_agreement(with_pairs(ratings, moments=moments), WIDER, "lower", 30.0, random) is None
    assert held_out_agreement(rated(60, regions=("full",)), WIDER, "lower", 30.0, random) is None


def test_a_loop_is_one_answer() -> None:
    found = held_out_agreement(rated(60, rows=4), WIDER, "lower", 30.0, np.random.default_rng(0))
    assert found is not None
    assert found.pairs == 30
