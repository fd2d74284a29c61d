"""What is frozen is what was answered, beside what was believed at that moment; the rest is named."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.expression_distribution import ExpressionDistribution
from backend.core.freezing import frozen
from backend.core.frozen_ratings import FrozenRatings, may_become_shared
from backend.core.ratings import REGIONS, Correction, Outcome, Rating
from backend.core.readings import Reading

from .rated import an_id, rating, take

CLIP, RIG = "ab" * 32, "rig-1"
GRAMS = np.stack([np.eye(52), 2 * np.eye(52)]).astype(np.float32)


def reading(seed: int = 0, frames: int = 90) -> Reading:
    rng = np.random.default_rng(seed)
    belief = ExpressionDistribution(
        rng.random((frames, 52)),
        rng.uniform(0.1, 1, (frames, 52)),
        np.full((frames, 52), 0.1),
        np.full(52, 0.02),
    )
    rest = replace(belief, active=belief.active[0], value=belief.value[0], spread=belief.spread[0])
    return Reading(np.arange(frames) / 30, belief, rest, 1.25)


def freeze(*ratings: Rating, **changes: object) -> FrozenRatings:
    return frozen(ratings, {CLIP: reading()}, {RIG: GRAMS}, "base@1", **changes)[0]


def test_a_choice_lies_beside_what_was_believed_at_its_moment() -> None:
    kept = freeze(rating(1, outcome=Outcome.B, seconds=(1.51,)))
    pairs, moments = kept.pairs, kept.pairs.moments
    np.testing.assert_array_equal(pairs.first, take(3).coefficients)
    np.testing.assert_array_equal(pairs.second, take(2).coefficients)
    assert pairs.yes.tolist() == [1.0]
    assert REGIONS[moments.region[0]] == "upper"
    np.testing.assert_allclose(moments.belief[0, 0], reading().belief.active[45], rtol=1e-6)
    np.testing.assert_allclose(moments.rest_belief[1, 0], reading().rest.value, rtol=1e-6)
    assert (kept.clips, kept.rigs, kept.raters, kept.base) == ((CLIP,), (RIG,), ("Ann",), "base@1")


def test_a_loop_is_several_rows_of_one_answer() -> None:
    loop = rating(1, seconds=(1.0, 1.1, 1.2), candidates=(take(2, 3), take(3, 3)))
    kept = freeze(rating(2), loop, rating(3, outcome=Outcome.TIE)).pairs
    assert kept.moments.owner.tolist() == [0, 1, 1, 1, 2]
    assert kept.moments.seconds.tolist() == [1.5, 1.0, 1.1, 1.2, 1.5]
    assert kept.yes.tolist() == [1, 1, 0.5]


def test_repeats_name_the_pair_that_was_asked_before() -> None:
    first = rating(1)
    swapped = rating(2, candidates=first.candidates[::-1], repeat_of=first.id, outcome=Outcome.A)
    other = rating(3, repeat_of=an_id(99))
    assert freeze(first, swapped, other).pairs.repeat_of.tolist() == [-1, 0, -1]


def test_a_raters_weight_goes_along() -> None:
    assert freeze(rating(1), rating(2, rater="Ben"), weights={"Ben": 0.25}).pairs.moments.weight.tolist() == [
        1.0,
        0.25,
    ]


def test_a_correction_says_which_sliders_were_dragged() -> None:
    made = take(2).coefficients.copy()
    made[0, 23] = 0.5 * made[0, 23]
    both_bad = rating(1, outcome=Outcome.BOTH_BAD, correction=Correction(0, made, made))
    kept = freeze(both_bad)
    assert len(kept.pairs.yes) == 0
    assert np.flatnonzero(kept.corrections.touched[0]).tolist() == [23]
    np.testing.assert_array_equal(kept.corrections.values, made)


def test_what_cannot_be_learnt_from_is_named_with_the_reason() -> None:
    ratings = [
        rating(1),
        rating(2, clip="cd" * 32),
        rating(3, rig="another"),
        rating(4, seconds=(9.0,)),
    ]
    kept, left = frozen(ratings, {CLIP: reading()}, {RIG: GRAMS}, "base@1")
    assert len(kept.pairs.yes) == 1
    assert [each.rating for each in left] == [each.id for each in ratings[1:]]
    reasons = [each.reason for each in left]
    assert "has not been read by this model" in reasons[0]
    assert "rig another is not known" in reasons[1]
    assert "no face within" in reasons[2]


def test_nothing_to_learn_from_is_said_with_the_reasons() -> None:
    with pytest.raises(ValueError, match=r"nothing to learn from in 1 ratings: clip .* has not been read"):
        frozen([rating(1, clip="cd" * 32)], {CLIP: reading()}, {RIG: GRAMS}, "base@1")
    with pytest.raises(ValueError, match="no choice among them"):
        freeze(rating(1, outcome=Outcome.SKIP))


def test_numbers_that_are_none_are_refused() -> None:
    kept = freeze(rating(1))
    broken = kept.pairs.first.copy()
    broken[0, 3] = np.nan
    with pytest.raises(ValueError, match="first holds 1 numbers that are none"):
        replace(kept.pairs, first=broken)
    values = np.full((1, 52), np.inf, np.float32)
    with pytest.raises(ValueError, match="corrections holds 52 numbers that are none"):
        replace(kept.corrections, moments=kept.pairs.moments, values=values, touched=values > 0)


def by(rater: str, count: int, performer: str = "", start: int = 0) -> list[Rating]:
    return [rating(100 + start + number, rater=rater, performer=performer) for number in range(count)]


def of(*performers: str) -> list[Rating]:
    faces = [by("Ann", 10, performer, 20 * number) for number, performer in enumerate(performers)]
    return [each for face in faces for each in face]


def test_only_what_three_people_say_may_become_shared() -> None:
    ann, ben, cid = (by(name, 10, start=20 * number) for number, name in enumerate(("Ann", "Ben", "Cid")))
    assert may_become_shared(freeze(*ann, *ben, *cid))
    assert not may_become_shared(freeze(*ann, *ben))
    assert not may_become_shared(freeze(*ann, *ben, *cid[:9]))
    assert not may_become_shared(freeze(*ann, *ben, *cid, weights={"Cid": 0.0}))


def test_one_rater_of_three_performers_may_too_if_they_are_known() -> None:
    assert may_become_shared(freeze(*of("P", "Q", "R")))
    assert not may_become_shared(freeze(*of("P", "Q", "")))
