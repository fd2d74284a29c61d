import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.core.preferences import dpo_rows, kto_rows, pairs, regression_rows
from backend.core.ratings import Correction, Outcome, Rating
from tests.core.rated import rating, ratings, take

FOUR = {"candidates": tuple(map(take, range(4))), "shown_order": (2, 0, 3, 1)}


def first_channel(rows: list[list[float]]) -> float:
    return np.float32(rows[0][0])


def test_the_chosen_take_is_better_than_each_other() -> None:
    (pair,) = pairs([rating(outcome=Outcome.B)])
    assert (pair.first, pair.second, pair.probability, pair.weight) == (1, 0, 1.0, 1.0)
    found = [(pair.first, pair.second) for pair in pairs([rating(outcome=Outcome.C, **FOUR)])]
    assert found == [(2, 0), (2, 1), (2, 3)]


def test_a_tie_is_as_likely_either_way() -> None:
    (pair,) = pairs([rating(outcome=Outcome.TIE)])
    assert pair.probability == 0.5
    assert len(list(pairs([rating(outcome=Outcome.TIE, **FOUR)]))) == 6


@given(st.lists(ratings(), max_size=6))
def test_neither_both_bad_nor_a_skip_nor_a_control_becomes_a_pair(given: list[Rating]) -> None:
    silent = (Outcome.BOTH_BAD, Outcome.SKIP)
    sources = {id(pair.rating) for pair in pairs(given)}
    expected = {id(each) for each in given if each.outcome not in silent and each.gold is None}
    assert sources == expected


def test_chosen_and_rejected_keep_their_numbers_and_where_they_come_from() -> None:
    one = rating(outcome=Outcome.B, strength=2, performer="Zoë")
    (row,) = dpo_rows([one, rating(2, outcome=Outcome.TIE)], {"Ann": 0.25})
    assert first_channel(row["chosen"]) == one.candidates[1].coefficients[0, 0]
    assert first_channel(row["rejected"]) == one.candidates[0].coefficients[0, 0]
    assert (row["weight"], row["strength"], row["rater"], row["performer"]) == (0.25, 2, "Ann", "Zoë")
    assert (row["rating"], row["pair_id"], row["clip"]) == (one.id, one.pair_id, one.clip)


def test_both_bad_gives_two_takes_that_are_not_wanted() -> None:
    labels = [row["label"] for row in kto_rows([rating(outcome=Outcome.BOTH_BAD)])]
    assert labels == [False, False]


def test_a_choice_gives_one_that_is_wanted_and_the_rest_that_are_not() -> None:
    rows = list(kto_rows([rating(outcome=Outcome.D, **FOUR)]))
    assert [row["label"] for row in rows] == [False, False, False, True]
    assert first_channel(rows[3]["coefficients"]) == take(3).coefficients[0, 0]


def test_ties_skips_and_controls_label_nothing() -> None:
    silent = [rating(outcome=Outcome.TIE), rating(outcome=Outcome.SKIP), rating(gold=Outcome.A)]
    assert list(kto_rows(silent)) == []


def test_a_correction_teaches_whatever_the_answer_was() -> None:
    values = np.full((1, 52), 0.5, np.float32)
    corrected = rating(outcome=Outcome.BOTH_BAD, correction=Correction(1, values, values * 2))
    (row,) = regression_rows([rating(2), corrected])
    assert first_channel(row["shown"]) == corrected.candidates[1].coefficients[0, 0]
    assert (row["corrected"][0][0], row["mapped"][0][0]) == (0.5, 1.0)


@given(st.lists(ratings(), max_size=4))
def test_every_row_can_be_written_as_json(given: list[Rating]) -> None:
    for rows in (dpo_rows, kto_rows, regression_rows):
        for row in rows(given):
            assert json.loads(json.dumps(row, allow_nan=False)) == row
