from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.versions import NOTHING_LEARNT, Place, Shelf, State, Step, Version, shelf
from tests.core.learnt import BASE, decision, version, versions

HERE = Place(BASE, "", "upper")
ONE, TWO, THREE = (version(number).id for number in (1, 2, 3))
NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"base": ""}, "base"),
        ({"profile": "x" * 201}, "profile"),
        ({"content": "abc"}, "content is 'abc', expected a sha256"),
        ({"data": "Z" * 64}, "data"),
        ({"regions": {}}, "one of the regions"),
        ({"regions": {"nose": {}}}, "no region 'nose'"),
        ({"channels": {"nose": {}}}, "no channel 'nose'"),
        ({"metrics": {"gain": NAN}}, "gain is nan"),
        ({"regions": {"upper": {"gain": NAN}}}, "gain is nan"),
        ({"settings": {"penalty": float("inf")}}, "penalty is inf"),
        ({"raters": {"Ann": -1}}, "'Ann' gave -1"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        version(**changes)


@given(versions, versions)
def test_the_same_card_has_the_same_id_and_another_another(one: Version, other: Version) -> None:
    assert one.id != other.id or one == other
    assert replace(one).id == one.id
    assert one.id.isalnum()
    assert len(one.id) == 32


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"region": "nose"}, "nose"),
        ({"by": ""}, "by"),
        ({"why": ""}, "why"),
        ({"at": NAN}, "at is nan"),
        ({"version": NOTHING_LEARNT}, "candidate names no version"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        decision(**changes)


def after(*steps: tuple[Step, str]) -> Shelf:
    return shelf([decision(step, version=version_id) for step, version_id in steps], HERE)


def test_before_anything_is_decided_the_base_is_used() -> None:
    assert (after().current, after().candidate, after().lineage) == (NOTHING_LEARNT, NOTHING_LEARNT, 1)
    assert after().state(ONE) is None


def test_the_newest_candidate_is_on_trial_and_those_before_it_are_its_lineage() -> None:
    found = after((Step.CANDIDATE, ONE), (Step.CANDIDATE, TWO), (Step.OFFERED, TWO))
    assert (found.candidate, found.tries) == (TWO, (ONE, TWO))
    assert [found.state(each) for each in (ONE, TWO, THREE)] == [State.RETIRED, State.CANDIDATE, None]


def test_who_becomes_current_ends_the_lineage() -> None:
    found = after((Step.CANDIDATE, ONE), (Step.CANDIDATE, TWO), (Step.CURRENT, TWO))
    assert (found.current, found.candidate, found.tries, found.lineage) == (TWO, NOTHING_LEARNT, (), 2)
    assert found.state(ONE) is State.RETIRED


def test_rolling_back_leads_to_what_was_used_before_step_by_step() -> None:
    used = [(Step.CANDIDATE, ONE), (Step.CURRENT, ONE), (Step.CANDIDATE, TWO), (Step.CURRENT, TWO)]
    once = after(*used, (Step.ROLLED_BACK, ONE))
    twice = after(*used, (Step.ROLLED_BACK, ONE), (Step.ROLLED_BACK, NOTHING_LEARNT))
    assert (once.current, once.state(TWO), once.lineage) == (ONE, State.RETIRED, 4)
    assert (twice.current, twice.state(ONE)) == (NOTHING_LEARNT, State.RETIRED)
    assert after(*used).before == ONE
    assert after(*used, *[(Step.ROLLED_BACK, ONE)] * 5).current == NOTHING_LEARNT


def test_a_person_may_choose_a_retired_one() -> None:
    found = after((Step.CANDIDATE, ONE), (Step.RETIRED, ONE), (Step.CURRENT, ONE))
    assert (found.current, found.state(ONE)) == (ONE, State.CURRENT)


def test_who_is_retired_is_on_trial_no_more_and_its_try_still_counts() -> None:
    found = after((Step.CANDIDATE, ONE), (Step.RETIRED, ONE))
    assert (found.candidate, found.tries, found.state(ONE)) == (NOTHING_LEARNT, (ONE,), State.RETIRED)


def test_what_is_used_is_not_retired_but_rolled_back() -> None:
    assert after((Step.CURRENT, ONE), (Step.RETIRED, ONE)).state(ONE) is State.CURRENT


@given(st.lists(st.tuples(st.sampled_from(Step), st.sampled_from([ONE, TWO, THREE])), max_size=12))
def test_no_version_is_two_things_at_once_and_deciding_again_changes_nothing(
    steps: list[tuple[Step, str]],
) -> None:
    found = after(*steps)
    known = {version_id for step, version_id in steps if step not in (Step.OFFERED, Step.ROLLED_BACK)}
    assert {each for each in (ONE, TWO, THREE) if found.state(each)} == known
    states = [found.state(each) for each in known]
    assert states.count(State.CURRENT) <= 1
    assert states.count(State.CANDIDATE) <= 1
    assert found.candidate != found.current or not found.current
    for step in (Step.CURRENT, Step.CANDIDATE, Step.RETIRED, Step.OFFERED):
        once = found.after(step, ONE)
        assert once.after(step, ONE) == once


def test_regions_profiles_and_bases_are_decided_apart() -> None:
    some = [
        decision(Step.CURRENT, 1),
        decision(Step.CURRENT, 2, region="lower"),
        decision(Step.CURRENT, 3, profile="Ann"),
        decision(Step.CURRENT, 3, base="another"),
    ]
    places = [HERE, Place(BASE, "", "lower"), Place(BASE, "Ann", "upper"), Place("another", "", "upper")]
    assert [shelf(some, place).current for place in places] == [ONE, TWO, THREE, THREE]
    assert shelf(some, Place("another", "", "lower")).current == NOTHING_LEARNT
