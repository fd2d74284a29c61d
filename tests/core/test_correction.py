"""A correction changes what moves, leaves rest alone, and keeps to its half of the face."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.correction import BeliefCorrection
from backend.core.expression_distribution import ExpressionDistribution
from backend.core.muscle_groups import JUDGED
from protos import arkit

COUNT = len(arkit.COEFFICIENTS)
UPPER, LOWER = JUDGED["upper"], JUDGED["lower"]


def belief(seed: int, frames: int = 8) -> ExpressionDistribution:
    rng = np.random.default_rng(seed)
    return ExpressionDistribution(
        rng.random((frames, COUNT)),
        rng.uniform(0.1, 1.0, (frames, COUNT)),
        rng.uniform(0.02, 0.2, (frames, COUNT)),
        np.full(COUNT, 0.02),
    )


def at(one: ExpressionDistribution, frame: int) -> ExpressionDistribution:
    return replace(one, active=one.active[frame], value=one.value[frame], spread=one.spread[frame])


def learnt(seed: int, size: float = 0.5) -> BeliefCorrection:
    rng = np.random.default_rng(seed)
    numbers = [rng.normal(0, size, COUNT) for _ in range(3)]
    return BeliefCorrection(*numbers, rng.normal(0, size, (COUNT, 4)), rng.normal(0, 1, (COUNT, 4)))


def only(mask: np.ndarray, kept: BeliefCorrection) -> BeliefCorrection:
    """Learnt about these channels alone."""
    parts = {name: np.where(mask, getattr(kept, name), 0.0) for name in ("gain", "offset", "shift")}
    return replace(kept, **parts, mixes=np.where(mask[:, None], kept.mixes, 0.0))


@given(st.integers(0, 2**32 - 1), st.floats(0, 20))
def test_at_the_performers_rest_nothing_changes_to_the_last_bit(seed: int, size: float) -> None:
    seen = belief(seed)
    rest = at(seen, 3)
    after = at(learnt(seed, size).corrected(seen, rest), 3)
    np.testing.assert_array_equal(after.active, rest.active)
    np.testing.assert_array_equal(after.value, rest.value)


def test_close_to_rest_it_changes_next_to_nothing() -> None:
    rest = at(belief(0), 0)
    near = replace(rest, active=np.minimum(rest.active * (1 + 1e-6), 1.0))
    after = learnt(1).corrected(near, rest)
    assert np.abs(after.mean() - near.mean()).max() < 1e-4


@given(st.integers(0, 2**32 - 1), st.floats(0, 50))
def test_what_is_corrected_is_still_a_belief(seed: int, size: float) -> None:
    seen = belief(seed)
    after = learnt(seed, size).corrected(seen, at(seen, 0))
    assert np.all((after.active >= 0) & (after.active <= 1))
    assert np.all((after.value >= 0.1) & (after.value <= 1))


def test_the_equation_holds_where_the_face_rests_for_certain() -> None:
    seen = belief(2)
    rest = replace(at(seen, 0), active=np.zeros(COUNT))
    gain, offset, shift = np.full(COUNT, -0.2), np.full(COUNT, 0.15), np.full(COUNT, 0.7)
    plain = replace(BeliefCorrection.none(), gain=gain, offset=offset)
    after = plain.corrected(seen, rest)
    expected = np.clip(seen.value + -0.2 * seen.value + 0.15, 0.1, 1)
    np.testing.assert_allclose(after.value, expected)
    np.testing.assert_array_equal(after.active, seen.active)
    woken = replace(BeliefCorrection.none(), shift=shift).corrected(seen, rest).active
    np.testing.assert_allclose(
        np.log(woken / (1 - woken)), np.log(seen.active / (1 - seen.active)) + 0.7, atol=1e-9
    )


@pytest.mark.parametrize(("learnt_about", "other"), [(LOWER, UPPER), (UPPER, LOWER)])
def test_one_half_leaves_the_other_as_it_was_to_the_last_bit(learnt_about, other) -> None:
    seen = belief(3)
    rest = at(seen, 0)
    before = only(other, learnt(4))
    both = BeliefCorrection(
        *(np.where(other, getattr(before, n), getattr(learnt(5), n)) for n in ("gain", "offset", "shift")),
        np.where(other[:, None], before.mixes, learnt(5).mixes),
        np.where(other[:, None], before.reads, learnt(5).reads),
    )
    one, two = before.corrected(seen, rest), both.corrected(seen, rest)
    for name in ("active", "value", "spread"):
        np.testing.assert_array_equal(getattr(one, name)[:, other], getattr(two, name)[:, other])
    assert np.abs(two.value - seen.value)[:, learnt_about].max() > 0.1


def test_at_the_seam_a_bigger_smile_leaves_cheeks_nose_and_lids_to_the_upper_face() -> None:
    names = ("cheekSquint", "noseSneer", "eyeSquint")
    seam = [arkit.INDEX[name + side] for name in names for side in ("Left", "Right")]
    smile = [arkit.INDEX["mouthSmile" + side] for side in ("Left", "Right")]
    seen = belief(6)
    rest = replace(at(seen, 0), active=np.full(COUNT, 0.01))
    gain = np.zeros(COUNT)
    gain[smile] = 0.3
    after = replace(BeliefCorrection.none(), gain=gain).corrected(seen, rest)
    assert (after.value - seen.value)[:, smile].mean() > 0.05
    np.testing.assert_array_equal(after.mean()[:, seam], seen.mean()[:, seam])
    gain = np.zeros(COUNT)
    gain[seam] = 0.3
    after = replace(BeliefCorrection.none(), gain=gain).corrected(seen, rest)
    assert (after.value - seen.value)[:, seam].mean() > 0.05
    np.testing.assert_array_equal(after.mean()[:, LOWER], seen.mean()[:, LOWER])


def test_numbers_that_are_none_and_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"gain must be \(52,\) finite numbers.* 1 that are none"):
        replace(learnt(0), gain=np.r_[np.nan, np.zeros(51)])
    with pytest.raises(ValueError, match="offset"):
        replace(learnt(0), offset=np.zeros(51))
    with pytest.raises(ValueError, match="5 directions, at most 4"):
        replace(learnt(0), reads=np.zeros((COUNT, 5)))
