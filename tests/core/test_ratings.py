import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.ratings import (
    MOST_FRAMES,
    Candidate,
    Correction,
    Outcome,
    Rating,
    Retraction,
    Wanted,
    standing,
)
from tests.core.rated import an_id, rating, ratings, retraction, take

NAN = float("nan")


def values(fill: float, frames: int = 1) -> np.ndarray:
    return np.full((frames, 52), fill, np.float32)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": "17"}, "UUID"),
        ({"id": an_id(10).upper().replace("0", "A")}, "UUID"),
        ({"repeat_of": "yesterday"}, "repeat_of"),
        ({"clip": ""}, "clip"),
        ({"rig": "x" * 201}, "rig"),
        ({"rater": "\0"}, "rater"),
        ({"rater": "\ud800"}, "rater"),
        ({"session": ""}, "session"),
        ({"client_version": ""}, "client_version"),
        ({"camera": "x" * 201}, "camera"),
        ({"region": "nose"}, "nose"),
        ({"candidates": (take(1),)}, "1 candidates"),
        ({"candidates": tuple(map(take, range(5)))}, "5 candidates"),
        ({"shown_order": (0, 0)}, "shown_order"),
        ({"shown_order": (0,)}, "shown_order"),
        ({"seconds": ()}, "0 times"),
        ({"seconds": (1.0, 2.0)}, "1 frames for 2 times"),
        ({"seconds": (2.0, 1.0), "candidates": (take(1, 2), take(2, 2))}, "rising"),
        ({"seconds": (NAN,)}, "rising"),
        ({"seconds": (-1.0,)}, "rising"),
        ({"outcome": Outcome.C}, "outcome is C"),
        ({"gold": Outcome.D}, "gold is D"),
        ({"gold": Outcome.SKIP}, "gold is skip"),
        ({"strength": 4}, "strength"),
        ({"replays": -1}, "replays"),
        ({"flips": 2**32}, "flips"),
        ({"shown_at": NAN}, "shown_at"),
        ({"answered_at": float("inf")}, "answered_at"),
        ({"answered_at": -1.0}, "answered_at"),
        ({"correction": Correction(2, values(0), values(0))}, "candidate 2, of 2"),
        ({"correction": Correction(0, values(0, 2), values(0, 2))}, "2 frames for 1 times"),
    ],
)
def test_a_rating_that_makes_no_sense_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        rating(**changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"coefficients": values(NAN)}, "no numbers"),
        ({"coefficients": values(1.01)}, r"outside 0\.\.1"),
        ({"coefficients": values(-0.01)}, r"outside 0\.\.1"),
        ({"coefficients": values(0.5, 0)}, "shape"),
        ({"coefficients": values(0.5, MOST_FRAMES + 1)}, "shape"),
        ({"coefficients": np.zeros((1, 61), np.float32)}, "shape"),
        ({"model_id": ""}, "model_id"),
        ({"drawn": ""}, "drawn"),
        ({"direction": "x" * 201}, "direction"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": NAN}, "temperature"),
        ({"post_processing": {"smoothing": NAN}}, "smoothing"),
        ({"post_processing": {"": 1.0}}, "post-processing"),
        ({"post_processing": {str(n): 1.0 for n in range(33)}}, "33 settings"),
    ],
)
def test_a_candidate_that_makes_no_sense_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Candidate(**{"coefficients": values(0.5), "model_id": "m", "drawn": "sample", **changes})


@pytest.mark.parametrize(
    ("coefficients", "mapped"),
    [
        (values(NAN), values(0)),
        (values(2), values(0)),
        (values(0), values(NAN)),
        (values(0), values(np.inf)),
        (values(0), values(0, 2)),
    ],
)
def test_a_correction_without_numbers_is_refused(coefficients: np.ndarray, mapped: np.ndarray) -> None:
    with pytest.raises(ValueError, match="correction"):
        Correction(0, coefficients, mapped)


def test_a_corrected_key_may_leave_the_range_once_it_is_mapped() -> None:
    assert Correction(0, values(1), values(-1.5)).mapped[0, 0] == -1.5


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": "x"}, "id"),
        ({"rating": "x"}, "rating"),
        ({"rater": ""}, "rater"),
        ({"retracted_at": NAN}, "at"),
    ],
)
def test_a_retraction_that_makes_no_sense_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        retraction(rating(), **changes)


@given(ratings(), st.randoms(use_true_random=False))
def test_a_pair_is_the_same_whoever_is_asked_on_which_rig_in_which_order(one: Rating, random) -> None:
    order = list(range(len(one.candidates)))
    random.shuffle(order)
    candidates = tuple(one.candidates[place] for place in order)
    other = rating(
        2, candidates=candidates, clip=one.clip, seconds=one.seconds, region=one.region,
        rater="someone else", rig="another", shown_order=tuple(order), outcome=Outcome.TIE,
    )  # fmt: skip
    assert other.pair_id == one.pair_id


@pytest.mark.parametrize(
    "changes",
    [{"clip": "another"}, {"seconds": (1.6,)}, {"region": "lower"}, {"candidates": (take(2), take(4))}],
)
def test_another_moment_region_or_take_is_another_pair(changes: dict[str, object]) -> None:
    assert rating(**changes).pair_id != rating().pair_id


def test_an_answer_means_the_take_and_not_its_letter() -> None:
    first, second = take(1), take(2)
    one = rating(candidates=(first, second), outcome=Outcome.A)
    swapped = rating(candidates=(second, first), outcome=Outcome.B)
    assert one.meaning(one.outcome) == swapped.meaning(swapped.outcome)
    assert one.meaning(Outcome.A) != swapped.meaning(Outcome.A)
    assert (one.chosen, swapped.chosen, rating(outcome=Outcome.TIE).chosen) == (0, 1, None)
    assert len({one.meaning(each) for each in Outcome if each not in ("C", "D")}) == 5


def test_a_clock_set_back_leaves_the_rating_and_no_time() -> None:
    assert rating(shown_at=10.0, answered_at=12.0).seconds_taken == 2.0
    assert rating(shown_at=10.0, answered_at=5.0).seconds_taken is None


def test_what_was_taken_back_no_longer_stands_even_if_that_came_first() -> None:
    first, second, third = rating(1), rating(2), rating(3)
    assert standing([first, retraction(first), second]) == [second]
    assert standing([retraction(third), first, third]) == [first]


def test_nobody_takes_back_what_another_said() -> None:
    assert standing([rating(1), retraction(rating(1), rater="Bob")]) != []


def test_a_retraction_may_name_a_rating_that_never_comes() -> None:
    assert standing([retraction(rating(9)), rating(1)])[0].id == an_id(1)


def test_a_word_left_empty_fits_all() -> None:
    assert Wanted().fits(rating())
    assert Wanted(rater="Ann", region="upper").fits(rating())
    assert not Wanted(rater="Ann", region="lower").fits(rating())
    for name in vars(Wanted()):
        assert not Wanted(**{name: "another"}).fits(rating())


def test_facts_of_any_kind_have_an_id() -> None:
    assert isinstance(retraction(rating(1)), Retraction)
    assert retraction(rating(1)).id != rating(1).id
