"""An artist's sitting: what is asked, what is kept, what can be taken back."""

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.answers import Answers
from blender_addon.contract import ratings
from blender_addon.sitting import About, Question, Sitting, consistency
from tests.core.seen import a_clip, some_sight

A, B, TIE, BAD, SKIP = (ratings.Outcome(word) for word in ("A", "B", "tie", "both_bad", "skip"))
ABOUT = About("ab" * 32, "rig", "superface-base@1", "Ann", "0.1.0", start=2.0)


class Clock:
    """Two seconds an answer."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


def a_sitting(facts: list[ratings.Fact] | None = None, **settings: object) -> Sitting:
    sitting = Sitting(ABOUT, a_clip(), some_sight(), facts or [], clock=Clock(), **settings)  # type: ignore[arg-type]
    assert sitting.prepare()
    sitting.go_on()
    return sitting


def rate(sitting: Sitting, count: int, outcome: ratings.Outcome = A) -> list[ratings.Rating]:
    told = []
    for _ in range(count):
        assert sitting.prepare()
        told.append(sitting.answer(outcome))
    return told


def test_the_next_question_is_ready_before_this_one_is_answered() -> None:
    sitting = a_sitting()
    assert sitting.prepare()
    ready = sitting.ready
    sitting.answer(A)
    assert sitting.now is ready
    assert sitting.ready is None


def test_a_rating_says_all_that_was_shown_and_when() -> None:
    sitting = a_sitting()
    asked = sitting.now
    assert asked is not None
    sitting.flips = 3
    told = sitting.answer(B, strength=2)
    assert (told.candidates, told.shown_order, told.region) == (asked.candidates, asked.order, asked.region)
    assert (told.clip, told.rig, told.rater, told.session) == (ABOUT.clip, "rig", "Ann", sitting.id)
    assert (told.outcome, told.strength, told.flips) == (B, 2, 3)
    assert told.seconds == pytest.approx((2.0 + asked.frame / 30,))
    assert told.answered_at > told.shown_at


def test_halves_of_the_face_take_turns_and_sides_are_shuffled() -> None:
    told = rate(a_sitting(), 30, TIE)
    fresh = [one for one in told if not one.repeat_of]
    assert {one.region for one in fresh} == {"upper", "lower"}
    assert {one.shown_order for one in fresh} == {(0, 1), (1, 0)}


def test_who_asks_for_one_half_is_asked_about_that_alone() -> None:
    assert {one.region for one in rate(a_sitting(halves=("upper",)), 3)} == {"upper"}


def test_some_questions_come_again_with_sides_swapped() -> None:
    told = rate(a_sitting(), 50)
    by_id = {one.id: one for one in told}
    repeats = [one for one in told if one.repeat_of]
    assert 3 <= len(repeats) <= 8
    for again in repeats:
        first = by_id[again.repeat_of]
        assert again.pair_id == first.pair_id
        assert again.shown_order == tuple(reversed(first.shown_order))
        assert told.index(again) - told.index(first) > 5
    assert len({one.repeat_of for one in repeats}) == len(repeats)
    assert consistency(told) == (len(repeats), len(repeats))  # always A, wherever it stood


def test_taking_back_asks_the_same_again_and_leaves_what_was_ready_for_later() -> None:
    sitting = a_sitting()
    asked = sitting.now
    assert asked is not None
    rating = rate(sitting, 1)[0]
    retraction = sitting.take_back()
    assert retraction is not None
    assert retraction.rating == rating.id
    assert sitting.told == []
    assert sitting.now is not None
    assert (sitting.now.candidates, sitting.now.order) == (asked.candidates, asked.order)
    assert sitting.take_back() is None


def test_a_later_sitting_goes_on_where_this_one_ended() -> None:
    first = a_sitting()
    rate(first, 4)
    second = a_sitting(list(first.facts))
    assert len(second.told) == 4
    assert second.id != first.id
    asked = {(one.region, one.seconds) for one in first.told}
    assert second.now is not None
    assert (second.now.region, second.now.seconds) not in asked


def test_whoever_sees_no_difference_is_shown_wider_ones() -> None:
    sitting = a_sitting()

    def apart(question: Question) -> float:
        one, other = (candidate.coefficients[0] for candidate in question.candidates)
        return float(sitting.seen.difference(question.region, one - other))

    seen = []
    for _ in range(6):
        sitting.prepare()
        if sitting.now is None:
            sitting.go_on()
        assert sitting.now is not None
        seen.append(apart(sitting.now))
        sitting.answer(SKIP)
    assert min(seen[1:3]) >= 1.5 * (1.5 * 0.006)
    assert np.median(seen[3:]) > 1.5**2 * (1.5 * 0.006)


def test_two_bad_takes_give_way_to_others_of_the_same_moment() -> None:
    sitting = a_sitting()
    before = sitting.now
    assert before is not None
    sitting.prepare()
    sitting.answer(BAD)
    assert sitting.prepare()
    after = sitting.ready if sitting.now is None else sitting.now
    assert sitting.ready is not None
    assert before.frame in (sitting.ready.frame, after.frame if after else -1)


def test_a_moment_that_the_artist_asks_for_is_next() -> None:
    sitting = a_sitting()
    sitting.prepare()
    sitting.ask_about(60)
    sitting.prepare()
    assert sitting.ready is not None
    assert sitting.ready.frame == 60


def test_where_nothing_can_be_asked_nothing_else_is_asked_in_its_place() -> None:
    sitting = a_sitting()
    sitting.ask_about(44)  # the face rests
    assert not sitting.prepare()
    assert sitting.prepare()  # and then goes on as usual


def test_loops_show_the_moments_around_and_are_rated_as_a_whole() -> None:
    sitting = a_sitting(loops=True)
    told = sitting.answer(A)
    assert 10 <= len(told.seconds) <= 19
    assert all(len(one.coefficients) == len(told.seconds) for one in told.candidates)


def test_the_same_model_clip_and_answers_give_the_same_questions() -> None:
    one, other = (rate(a_sitting(), 12) for _ in range(2))
    assert [rating.pair_id for rating in one] == [rating.pair_id for rating in other]


def test_pairs_a_minute_are_those_of_this_sitting() -> None:
    sitting = a_sitting()
    assert sitting.pairs_a_minute == 0
    rate(sitting, 5)
    assert 20 < sitting.pairs_a_minute < 60


def test_a_face_that_never_moves_leaves_nothing_to_ask() -> None:
    still = a_clip().with_values(np.zeros((90, 61)))
    sitting = Sitting(ABOUT, still, some_sight(), [])
    assert not sitting.prepare()
    assert sitting.go_on() is None
    with pytest.raises(ValueError, match="nothing was asked"):
        sitting.answer(A)


def test_answers_of_a_clip_and_rig_are_there_again_and_a_line_cut_short_is_not(tmp_path) -> None:
    answers = Answers(tmp_path / "answers")
    told = rate(a_sitting(), 3)
    for rating in told:
        answers.keep(ABOUT.clip, ABOUT.rig, rating)
    assert [fact.id for fact in answers.told(ABOUT.clip, ABOUT.rig)] == [rating.id for rating in told]
    assert answers.told(ABOUT.clip, "another") == []
    (path,) = (tmp_path / "answers").iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    assert len(answers.told(ABOUT.clip, ABOUT.rig)) == 2
    answers.keep(ABOUT.clip, ABOUT.rig, replace(told[0], id=told[2].id))
    assert len(answers.told(ABOUT.clip, ABOUT.rig)) == 3
