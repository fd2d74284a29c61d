from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.core.preferences import pairs
from backend.core.rater_quality import QualityReport, RaterQuality, Share, quality_report, told
from backend.core.ratings import Outcome, Rating
from tests.core.rated import an_id, rating

A, B, TIE, BOTH_BAD, SKIP = Outcome.A, Outcome.B, Outcome.TIE, Outcome.BOTH_BAD, Outcome.SKIP


def no_alpha(table: NDArray[np.float64]) -> float | None:
    return None


def report(ratings: list[Rating]) -> QualityReport:
    return quality_report(ratings, no_alpha)


def only(ratings: list[Rating]) -> RaterQuality:
    (one,) = report(ratings).raters
    return one


def again(first: Rating, outcome: Outcome, **changes: object) -> Rating:
    """The same pair with its sides and letters swapped; the outcome is in the new letters."""
    changes = {"id": an_id(1000 + int(first.id[-6:], 16)), "repeat_of": first.id, **changes}
    return replace(first, candidates=first.candidates[::-1], outcome=outcome, **changes)


def asked_twice(same: int, other: int) -> list[Rating]:
    """Chosen A each time; asked again in swapped letters, B is the same take and A the other."""
    firsts = [rating(number, shown_order=(number % 2, 1 - number % 2)) for number in range(same + other)]
    return firsts + [again(first, B if n < same else A) for n, first in enumerate(firsts)]


def test_the_interval_is_wilsons() -> None:
    low, high = Share(8, 10).interval
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert Share().interval == (0.0, 1.0)


def test_a_repeat_with_swapped_sides_is_compared_by_what_was_chosen() -> None:
    assert only(asked_twice(same=12, other=3)).repeats == Share(12, 15)


@pytest.mark.parametrize(
    ("first", "second", "hits"),
    [(TIE, TIE, 1.0), (TIE, A, 0.5), (BOTH_BAD, BOTH_BAD, 1.0), (BOTH_BAD, TIE, 0.0), (BOTH_BAD, A, 0.0)],
)
def test_the_five_answers_are_told_apart_in_repeats(first: Outcome, second: Outcome, hits: float) -> None:
    one = rating(outcome=first)
    assert only([one, again(one, second)]).repeats == Share(hits, 1)


def test_a_skip_is_no_answer() -> None:
    one = rating()
    assert only([one, again(one, SKIP), rating(2, outcome=SKIP, gold=A)]).repeats.of == 0


def test_a_repeat_of_nothing_known_or_of_another_pair_is_no_repeat() -> None:
    lost = again(rating(1), B)
    wrong = replace(rating(2), repeat_of=an_id(3))
    assert only([lost, wrong, rating(3)]).repeats.of == 0


def test_few_answers_condemn_nobody() -> None:
    for few in (asked_twice(same=0, other=9), [rating(n) for n in range(9)]):
        one = only(few)
        assert (one.weight, one.reasons) == (1.0, ())


def test_contradicting_oneself_counts_less_and_is_told() -> None:
    one = only(asked_twice(same=18, other=12))
    assert one.weight == pytest.approx((0.6 - 0.5) / (0.8 - 0.5))
    assert one.reasons == (
        "Counts 33%: asked again with sides swapped, the answer was the same only 18 of 30 times "
        "(80% are expected).",
    )


def test_coin_flips_count_nothing() -> None:
    assert only(asked_twice(same=40, other=40)).weight == 0.0


def test_wrong_answers_to_known_pairs_count_less() -> None:
    known = [rating(n, gold=A, outcome=A if n % 3 else B, shown_order=(n % 2, 1 - n % 2)) for n in range(60)]
    one = only(known)
    assert one.gold == Share(40, 60)
    assert one.weight == pytest.approx((40 / 60 - 0.5) / 0.35)


def test_one_side_chosen_whatever_stands_there_counts_nothing() -> None:
    left_key = [rating(n, shown_order=(n % 2, 1 - n % 2), outcome=B if n % 2 else A) for n in range(40)]
    one = only(left_key)
    assert one.left == Share(40, 40)
    assert one.weight == 0.0
    assert "the left one was chosen 40 of 40 times" in one.reasons[0]
    right_key = [replace(each, shown_order=each.shown_order[::-1]) for each in left_key]
    assert "the right one was chosen 40 of 40 times" in only(right_key).reasons[0]


def test_a_slight_lean_is_within_the_gate() -> None:
    leaning = [rating(n, shown_order=(0, 1) if n % 100 < 58 else (1, 0)) for n in range(400)]
    one = only(leaning)
    assert one.left.value == pytest.approx(0.58)
    assert one.weight == 1.0


def test_ties_and_grids_have_no_side() -> None:
    grid = rating(2, candidates=rating(2).candidates + rating(3).candidates, shown_order=(0, 1, 2, 3))
    assert only([rating(1, outcome=TIE), grid]).left.of == 0


def test_answers_too_quick_to_have_looked_count_less() -> None:
    quick = [
        rating(n, answered_at=1000.6, shown_order=(n % 2, 1 - n % 2), outcome=TIE if n % 2 else BOTH_BAD)
        for n in range(20)
    ]
    one = only(quick)
    assert one.seconds == pytest.approx(0.6)
    assert one.hasty == Share(20, 20)
    assert one.weight == pytest.approx(0.5)
    assert "0.6 s" in one.reasons[0]


def test_a_clock_set_back_times_nothing() -> None:
    one = only([rating(n, answered_at=10.0, outcome=TIE) for n in range(20)])
    assert (one.seconds, one.hasty.of, one.weight) == (None, 0, 1.0)
    mixed = report([rating(1), rating(2, answered_at=10.0)])
    assert "  Could not be timed 1 of 2 times: the clock was set back meanwhile." in told(mixed)


def test_the_worst_of_several_reasons_decides() -> None:
    bad = [replace(each, answered_at=1000.9) for each in asked_twice(same=30, other=30)]
    one = only(bad)
    assert len(one.reasons) == 2
    assert one.weight == 0.0


def test_a_weight_reaches_the_training_pairs_and_no_rating_is_dropped() -> None:
    doubtful = asked_twice(same=18, other=12)
    sure = [replace(rating(n), rater="Bob", id=an_id(5000 + n)) for n in range(9)]
    weights = report(doubtful + sure).weights
    weighed = list(pairs(doubtful + sure, weights))
    assert len(weighed) == 69
    assert {(pair.rating.rater, round(pair.weight, 2)) for pair in weighed} == {("Ann", 0.33), ("Bob", 1.0)}


def two_artists(outcomes: list[tuple[Outcome, Outcome]], **changes: object) -> list[Rating]:
    """The same pairs answered by two; Bob has them in swapped letters."""
    asked = []
    for number, (ann, bob) in enumerate(outcomes):
        one = rating(number, outcome=ann, **changes)
        swapped = replace(
            one, id=an_id(7000 + number), rater="Bob", candidates=one.candidates[::-1], outcome=bob
        )
        asked += [one, swapped]
    return asked


def test_agreement_is_by_region_and_by_rater() -> None:
    upper = two_artists([(A, B), (A, A), (TIE, TIE), (SKIP, A)])
    lower = [replace(each, region="lower") for each in two_artists([(A, TIE)])]
    found = report(upper + lower)
    by_region = {each.region: (each.pairs, each.agreement) for each in found.regions}
    assert by_region == {"upper": (3, Share(2, 3)), "lower": (1, Share(0.5, 1))}
    assert [each.others for each in found.raters] == [Share(2.5, 4), Share(2.5, 4)]


def test_the_table_for_alpha_does_not_hang_on_letters() -> None:
    tables = []

    def seen(table: NDArray[np.float64]) -> float | None:
        tables.append(table)
        return 0.5

    found = quality_report(two_artists([(A, B), (A, A), (TIE, BOTH_BAD)]), seen)
    (table,) = tables
    assert table.shape == (2, 3)
    assert table[0, 0] == table[1, 0]
    assert table[0, 1] != table[1, 1]
    assert table[:, 2].tolist() == [4, 5]
    assert found.regions[0].alpha == 0.5


def test_controls_and_second_answers_are_no_matter_of_opinion() -> None:
    controls = two_artists([(A, B), (A, A)], gold=A)
    assert [each.pairs for each in report(controls).regions] == [0]
    first = rating(1)
    bob = replace(first, id=an_id(50), rater="Bob")
    assert report([first, again(first, A), bob]).regions[0].agreement == Share(1, 1)


def test_all_is_told_in_sentences() -> None:
    ratings = asked_twice(same=18, other=12) + two_artists([(A, B)], gold=None)[1:]
    lines = "\n".join(told(quality_report(ratings, lambda table: None)))
    for sentence in (
        "Ann: 60 answers, each counts 33%",
        "  Counts 33%: asked again",
        "gave the same answer 18 of 30 times",
        "Bob: 1 answers, each counts 100%",
        "under a second 0 of 60 times",
        "upper: 1 pairs answered by several",
        "Krippendorff's alpha not defined",
    ):
        assert sentence in lines
    assert "no pair has been answered by two" in "\n".join(told(report([rating()])))


def test_nobody_has_rated() -> None:
    assert report([]) == QualityReport((), ())
