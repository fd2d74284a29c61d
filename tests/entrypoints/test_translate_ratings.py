"""The add-on's facts → messages → the backend's facts: nothing is lost or changed on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.formats.rating_json import fact_to_line
from backend.core.ratings import MOST_FRAMES, Correction, Fact
from backend.entrypoints import translate_ratings
from backend.errors import RequestInvalid
from blender_addon.backend_client import rating_messages
from protos.convention import FACTS_A_CALL, MESSAGE_BYTES
from protos.generated.superface.v1 import ratings_pb2
from tests.core.rated import facts, rating, retraction, rig_sight, take


def sent(fact: Fact) -> ratings_pb2.Fact:
    """As it arrives: through bytes."""
    return ratings_pb2.Fact.FromString(rating_messages.fact_message(fact).SerializeToString())


@given(facts)
def test_a_fact_arrives_as_the_very_same(fact: Fact) -> None:
    assert fact_to_line(translate_ratings.fact(sent(fact))) == fact_to_line(fact)


def test_the_largest_call_there_can_be_fits_into_a_message() -> None:
    takes = tuple(take(n, MOST_FRAMES) for n in range(4))
    correction = Correction(0, takes[0].coefficients, takes[1].coefficients)
    times = tuple(float(n) for n in range(MOST_FRAMES))
    big = rating(candidates=takes, seconds=times, shown_order=(0, 1, 2, 3), correction=correction)
    assert rating_messages.record_request([big] * FACTS_A_CALL).ByteSize() < MESSAGE_BYTES


def test_more_facts_than_fit_are_refused_as_a_whole() -> None:
    request = rating_messages.record_request([retraction(rating())] * (FACTS_A_CALL + 1))
    with pytest.raises(RequestInvalid, match="33 ratings in one call, at most 32"):
        translate_ratings.told(request)


def spoilt(**fields: object) -> ratings_pb2.Fact:
    message = sent(rating())
    for name, value in fields.items():
        message.rating.ClearField(name)
        message.rating.MergeFrom(ratings_pb2.Rating(**{name: value}))
    return message


def spoilt_sight(**fields: object) -> ratings_pb2.Fact:
    message = sent(rig_sight())
    for name, value in fields.items():
        message.rig_sight.ClearField(name)
        message.rig_sight.MergeFrom(ratings_pb2.RigSight(**{name: value}))
    return message


BAD = [
    (ratings_pb2.Fact(), "no rating, retraction or rig"),
    (ratings_pb2.Fact(rating=ratings_pb2.Rating()), "UUID|outcome"),
    (ratings_pb2.Fact(retraction=ratings_pb2.Retraction()), "UUID"),
    (spoilt(id="x"), "UUID"),
    (spoilt(outcome=0), "number 0"),
    (spoilt(outcome=99), "number 99"),
    (spoilt(gold=99), "number 99"),
    (spoilt(seconds=[1.0, 2.0]), "52 coefficients for 2 frames"),
    (spoilt(seconds=[]), "52 coefficients for 0 frames"),
    (spoilt(candidates=[]), "0 candidates"),
    (spoilt(candidates=[ratings_pb2.Candidate(coefficients=[float("nan")] * 52)] * 2), "no numbers"),
    (spoilt(strength=9), "strength"),
    (spoilt(shown_order=[0, 2]), "shown_order"),
    (spoilt(correction=ratings_pb2.Correction(coefficients=[0.5] * 52)), "0 coefficients for 1 frames"),
    (ratings_pb2.Fact(rig_sight=ratings_pb2.RigSight()), "upper has 0 numbers, expected 1378"),
    (spoilt_sight(id="x"), "id is 'x', what it is made of gives"),
    (spoilt_sight(rig="another"), "what it is made of gives"),
    (spoilt_sight(rig=""), "rig is ''"),
    (spoilt_sight(triangles=0), "triangles is 0"),
    (spoilt_sight(lower=[0.0] * 1377), "lower has 1377 numbers"),
    (spoilt_sight(upper=[float("nan")] * 1378), "upper has entries that are no numbers"),
    (spoilt_sight(upper=[-1.0] * 1378), "upper is no Gram matrix"),
]


@pytest.mark.parametrize(("message", "complaint"), BAD)
def test_what_makes_no_sense_is_told_and_holds_up_nothing(message: ratings_pb2.Fact, complaint: str) -> None:
    good = sent(rating(7))
    bad, fine = translate_ratings.told(ratings_pb2.RecordRequest(facts=[message, good]))
    assert isinstance(bad, ValueError)
    with pytest.raises(ValueError, match=complaint):
        raise bad
    assert fact_to_line(fine) == fact_to_line(rating(7))


@given(st.lists(st.tuples(facts, st.booleans()), max_size=4, unique_by=lambda pair: pair[0].id))
def test_the_answer_names_what_is_kept_and_what_is_not(given: list[tuple[Fact, bool]]) -> None:
    request = rating_messages.record_request([fact for fact, _ in given])
    answer = translate_ratings.answer(request, ["" if kept else "why not" for _, kept in given])
    told = rating_messages.recorded(answer)
    assert told.kept == {fact.id for fact, kept in given if kept}
    assert told.refused == {fact.id: "why not" for fact, kept in given if not kept}
    assert [refused.number for refused in answer.refused] == [
        number for number, (_, kept) in enumerate(given) if not kept
    ]
