import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.evidence import (
    MOST_PAIRS,
    OFFERED,
    PROMOTED,
    STAKED,
    Score,
    evidence,
    log_money,
    pairs_needed,
    stake,
)

counts = st.integers(0, 200)
scores = st.builds(Score, counts, counts, counts)


def money(wins: int, losses: int) -> float:
    return math.exp(log_money(wins, losses))


def exactly(wins: int, losses: int) -> Fraction:
    """2^(n+1) ∫ p^wins (1−p)^losses dp from ½ to 1, with the brackets of (1−p)^losses multiplied out."""
    whole = Fraction(0)
    for k in range(losses + 1):
        power = wins + k + 1
        term = Fraction(math.comb(losses, k), power) * (1 - Fraction(1, 2**power))
        whole += -term if k % 2 else term
    return 2 ** (wins + losses + 1) * whole


@given(st.integers(0, 40), st.integers(0, 40))
def test_money_is_the_integral(wins: int, losses: int) -> None:
    assert money(wins, losses) == pytest.approx(float(exactly(wins, losses)), rel=1e-9)


def test_nobody_has_won_before_the_first_answer() -> None:
    assert money(0, 0) == 1.0
    assert (money(1, 0), money(0, 1)) == pytest.approx((1.5, 0.5))


@given(counts, counts)
def test_a_coin_neither_wins_nor_loses_on_average(wins: int, losses: int) -> None:
    after = (money(wins + 1, losses) + money(wins, losses + 1)) / 2
    assert after == pytest.approx(money(wins, losses), rel=1e-9)


@given(counts, counts)
def test_a_win_never_speaks_against_nor_a_loss_for_the_new_one(wins: int, losses: int) -> None:
    assert money(wins, losses + 1) < money(wins, losses) < money(wins + 1, losses)


def test_thousands_of_answers_are_no_trouble() -> None:
    assert log_money(5000, 0) == pytest.approx(5001 * math.log(2) - math.log(5001), rel=1e-9)
    assert -20 < log_money(0, 5000) < 0
    assert evidence(Score(5000, 0), 0.1) < math.inf


@given(st.lists(scores, max_size=20))
def test_a_purse_never_grows_and_is_never_empty(earlier: list[Score]) -> None:
    stakes = [stake(earlier[:count], 2) for count in range(len(earlier) + 1)]
    assert stakes[0] == STAKED / 4
    for before, after in pairwise(stakes):
        assert before * (1 - STAKED) <= after * (1 + 1e-12)
        assert after <= before


def test_what_a_version_has_won_is_not_staked_on_the_next() -> None:
    assert stake([Score(100, 0)], 1) == stake([], 1) == STAKED / 2
    assert stake([Score(0, 100)], 1) == pytest.approx(STAKED / 2 * (1 - STAKED), rel=1e-2)
    assert stake([Score(0, 0, 50)], 1) == stake([], 1)


@given(st.integers(1, 4), st.integers(1, 300))
def test_all_lineages_of_all_regions_share_one_purse(regions: int, lineages: int) -> None:
    purses = [regions * stake([], regions, lineage) / STAKED for lineage in range(1, lineages + 1)]
    assert sum(purses) == pytest.approx(1 - 1 / (lineages + 1))


def test_ten_lineages_of_a_hundred_coins_each_promote_none_in_a_thousand() -> None:
    """Ten tries of 60 answers each, looked at after every one. Where promotion is due at 1,000, of 1,000
    lineages half a one is to be expected at most; where an offer is due at 20, twenty-five.
    """
    rng, lineages, tries, answers = np.random.default_rng(5), 1000, 10, 60
    table = np.array([[log_money(w, n - w) if w <= n else 0 for w in range(61)] for n in range(61)])
    best = np.zeros(lineages)
    for lineage in range(lineages):
        earlier: list[Score] = []
        for _ in range(tries):
            wins = np.concatenate([[0], np.cumsum(rng.random(answers) < 0.5)])
            reached = table[np.arange(answers + 1), wins].max() + math.log(stake(earlier, 1))
            best[lineage] = max(best[lineage], math.exp(reached))
            earlier.append(Score(int(wins[-1]), answers - int(wins[-1])))
    assert np.count_nonzero(best >= PROMOTED) <= 2
    assert 0 < np.count_nonzero(best >= OFFERED) <= 35


def test_a_better_one_gets_there() -> None:
    assert evidence(Score(45, 15), stake([], 2)) > OFFERED
    assert evidence(Score(90, 30), stake([], 2)) > PROMOTED


def test_how_many_pairs_are_needed_falls_with_each_win() -> None:
    needed = [pairs_needed(Score(3 * n, n), 0.25, OFFERED) for n in range(1, 20)]
    assert needed[0] is not None
    assert all(a >= b for a, b in pairwise(needed))
    assert needed[-1] == 0


def test_the_pairs_that_are_needed_suffice_if_answers_go_on_as_they_went() -> None:
    score = Score(12, 6)
    more = pairs_needed(score, 0.25, PROMOTED)
    assert more is not None
    enough = Score(12 + round(more * 2 / 3), 6 + more - round(more * 2 / 3))
    assert evidence(enough, 0.25) >= PROMOTED
    fewer = 9 * more // 10
    assert evidence(Score(12 + round(fewer * 2 / 3), 6 + fewer - round(fewer * 2 / 3)), 0.25) < PROMOTED


def test_ties_only_make_for_more_pairs() -> None:
    plain, tied = (pairs_needed(Score(12, 6, ties), 0.25, OFFERED) for ties in (0, 18))
    assert plain is not None
    assert tied is not None
    assert abs(tied - 2 * plain) <= 1


@pytest.mark.parametrize("score", [Score(), Score(5, 5), Score(2, 9), Score(0, 0, 30), Score(501, 500)])
def test_where_nothing_speaks_for_the_new_one_no_number_is_told(score: Score) -> None:
    assert pairs_needed(score, 0.25, OFFERED) is None


@given(scores, st.floats(0.001, 1))
def test_no_more_pairs_are_told_than_anybody_looks_ahead(score: Score, staked: float) -> None:
    needed = pairs_needed(score, staked, PROMOTED)
    assert needed is None or 0 <= needed <= MOST_PAIRS
