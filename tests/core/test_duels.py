from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.duels import APART, Duel, Verdict, fresh, heads, mixed, score, sides, standing
from backend.core.evidence import OFFERED, Score
from backend.core.ratings import Outcome, Rating
from backend.core.ratings import standing as standing_ratings
from tests.core.duelled import BASE, NEW, duel
from tests.core.rated import an_id, rating, retraction, take


def of(*ratings: Rating) -> Score:
    return score(ratings, NEW, BASE, "upper")


def asked_anew(seed: int = 0, wanted: int = 8, **changes: object) -> list[Duel]:
    rng = np.random.default_rng(seed)
    seconds = np.arange(240) / 24
    usual = {
        "seen": np.ones(240), "threshold": 0.006, "seconds": seconds, "allowed": np.ones(240, bool),
        "asked": (),
    }  # fmt: skip
    return fresh(**usual | changes, wanted=wanted, rng=rng)


def test_what_cannot_be_told_apart_or_was_learnt_from_is_not_asked() -> None:
    seen = np.where(np.arange(240) % 2, 0.02, 0.0059)
    allowed = np.arange(240) < 100
    frames = [each.frame for each in asked_anew(seen=seen, allowed=allowed)]
    assert frames
    assert all(frame % 2 and frame < 100 for frame in frames)
    assert asked_anew(seen=np.zeros(240)) == []


@given(st.integers(0, 99), st.integers(0, 40), st.lists(st.floats(0, 10), max_size=5))
def test_no_two_moments_are_neighbours_and_none_is_asked_twice(
    seed: int, wanted: int, asked: list[float]
) -> None:
    found = asked_anew(seed, wanted, asked=asked)
    assert len(found) <= wanted
    moments = [*(each.frame / 24 for each in found), *asked]
    for number, each in enumerate(found):
        others = moments[:number] + moments[number + 1 :]
        assert all(abs(each.frame / 24 - other) >= APART for other in others)


def test_the_same_seed_asks_the_same_and_another_something_else() -> None:
    assert asked_anew(1) == asked_anew(1)
    assert asked_anew(1) != asked_anew(2)


def test_sides_are_coins() -> None:
    thrown = sides(4000, np.random.default_rng(0))
    assert abs(thrown.mean() - 0.5) < 0.03
    assert abs((thrown[1:] == thrown[:-1]).mean() - 0.5) < 0.03


@given(st.lists(st.integers()), st.lists(st.integers()), st.integers(0, 99))
def test_a_session_holds_everything_in_its_order(ordinary: list[int], duels: list[int], seed: int) -> None:
    plain, marked = [("plain", each) for each in ordinary], [("duel", each) for each in duels]
    session = mixed(plain, marked, np.random.default_rng(seed))
    assert [each for each in session if each[0] == "plain"] == plain
    assert [each for each in session if each[0] == "duel"] == marked


def test_duels_stand_anywhere_in_a_session() -> None:
    first = {mixed(["plain"] * 3, ["duel"], np.random.default_rng(seed)).index("duel") for seed in range(40)}
    assert first == {0, 1, 2, 3}


@pytest.mark.parametrize("new_left", [True, False])
def test_a_duel_is_won_by_the_take_and_not_by_its_side(new_left: bool) -> None:
    assert of(duel(1, new_left, Outcome.A), duel(2, new_left, Outcome.B)) == Score(1, 1)


def test_ties_are_counted_apart_and_both_bad_and_skips_not_at_all() -> None:
    silent = [duel(2, outcome=Outcome.BOTH_BAD), duel(3, outcome=Outcome.SKIP)]
    assert of(duel(1, outcome=Outcome.TIE), *silent) == Score(0, 0, 1)


def test_only_duels_of_these_two_in_this_region_count() -> None:
    first = duel(1)
    plain = tuple(replace(each, drawn="prediction") for each in first.candidates)
    other = tuple(replace(each, model_id="model-3") for each in first.candidates[:1]) + first.candidates[1:]
    four = (*first.candidates, take(8), take(9))
    others = [
        duel(2, region="lower"),
        duel(3, candidates=plain),
        duel(4, candidates=other),
        duel(5, candidates=four, shown_order=(0, 1, 2, 3)),
        duel(6, gold=Outcome.A),
        rating(7),
    ]
    assert of(*others) == Score()


def test_a_pair_counts_once_however_often_it_is_asked_and_whoever_answers() -> None:
    first = duel(1)
    again = replace(first, id=an_id(2), repeat_of=first.id, shown_order=(1, 0))
    unsaid = replace(first, id=an_id(3), outcome=Outcome.B)
    bob = replace(first, id=an_id(4), rater="Bob", outcome=Outcome.B)
    assert of(first, again, unsaid, bob) == Score(1, 0)


def test_a_pair_that_was_skipped_first_counts_once_it_is_answered() -> None:
    first = duel(1, outcome=Outcome.SKIP)
    assert of(first, replace(first, id=an_id(2), outcome=Outcome.A)) == Score(1, 0)


def test_what_was_taken_back_does_not_count() -> None:
    assert of(*standing_ratings([duel(1), duel(2), retraction(duel(1))])) == Score(1, 0)


def test_pressing_the_left_key_only_wins_where_the_new_one_stands_left() -> None:
    thrown = sides(300, np.random.default_rng(3))
    pressed = [duel(n, left, Outcome.A if left else Outcome.B) for n, left in enumerate(thrown.tolist())]
    found = of(*pressed)
    assert (found.wins, found.losses) == (int(thrown.sum()), int((~thrown).sum()))
    assert standing("upper", found).verdict is Verdict.WAIT


def test_evidence_waits_then_offers_then_promotes() -> None:
    verdicts = [standing("upper", Score(wins, 5)).verdict for wins in range(40)]
    assert verdicts == sorted(verdicts, key=list(Verdict).index)
    assert set(verdicts) == set(Verdict)
    for each in (standing("upper", Score(n, 0)) for n in range(30)):
        assert (each.evidence >= OFFERED) == (each.verdict is not Verdict.WAIT) == (each.pairs_to_offer == 0)


def test_a_further_try_needs_more_than_the_first() -> None:
    found = Score(30, 10)
    first, second = standing("upper", found), standing("upper", found, [Score(20, 30)])
    assert standing("upper", found, lineage=2).evidence == pytest.approx(first.evidence / 3)
    assert second.evidence < first.evidence
    assert first.pairs_to_promote is not None
    assert second.pairs_to_promote is not None
    assert second.pairs_to_promote > first.pairs_to_promote


def test_a_region_that_fails_keeps_its_old_head() -> None:
    current = {"upper": "model-0", "lower": BASE}
    standings = [standing("upper", Score(90, 10)), standing("lower", Score(10, 20))]
    assert heads(current, NEW, standings) == {"upper": NEW, "lower": BASE}
    assert heads(current, NEW, []) == current
