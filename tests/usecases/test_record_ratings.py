import pytest

from backend.core.ratings import Outcome
from backend.errors import DiskFull
from backend.usecases.record_ratings import record_ratings
from tests.core.rated import rating, retraction
from tests.usecases.fake_ratings import FakeRatings


def test_what_makes_sense_is_kept_and_the_rest_is_named_in_order() -> None:
    store = FakeRatings()
    told = [ValueError("no id"), rating(1), ValueError("no takes"), retraction(rating(1))]
    assert record_ratings(told, store) == ["no id", "", "no takes", ""]
    assert list(store.facts) == [rating(1).id, retraction(rating(1)).id]


def test_telling_it_again_does_no_harm() -> None:
    store = FakeRatings()
    assert record_ratings([rating(1)], store) == record_ratings([rating(1)], store) == [""]
    assert store.count() == 1


def test_a_second_answer_under_one_id_is_named_and_the_first_stays() -> None:
    store = FakeRatings()
    first, other = rating(1), rating(1, outcome=Outcome.TIE)
    why_first, why_other = record_ratings([first, other], store)
    assert why_first == ""
    assert first.id in why_other
    assert store.facts[first.id] is first


def test_two_artists_on_one_pair_both_count() -> None:
    store = FakeRatings()
    bob = rating(2, rater="Bob", candidates=rating(1).candidates)
    assert record_ratings([rating(1), bob], store) == ["", ""]
    assert rating(1).pair_id == bob.pair_id


def test_where_nothing_can_be_written_nothing_is_said_to_be_kept() -> None:
    store = FakeRatings(error=DiskFull("full"))
    with pytest.raises(DiskFull):
        record_ratings([rating(1)], store)


def test_nothing_told_is_nothing_kept() -> None:
    assert record_ratings([], FakeRatings()) == []
