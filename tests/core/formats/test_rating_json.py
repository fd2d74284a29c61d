import base64
import json

import numpy as np
import pytest
from hypothesis import given

from backend.core.formats.rating_json import (
    LONGEST_LINE,
    fact_from_json,
    fact_from_line,
    fact_to_json,
    fact_to_line,
)
from backend.core.ratings import MOST_FRAMES, Correction, Fact, Rating
from backend.core.rig_sights import RigSight
from tests.core.rated import facts, rating, retraction, rig_sight, take


@given(facts)
def test_a_fact_reads_back_as_the_very_same(fact: Fact) -> None:
    line = fact_to_line(fact)
    back = fact_from_line(line)
    assert type(back) is type(fact)
    assert fact_to_line(back) == line
    assert "\n" not in line
    if isinstance(fact, Rating):
        assert back.pair_id == fact.pair_id
        for one, other in zip(back.candidates, fact.candidates, strict=True):
            assert one.coefficients.dtype == np.float32
            np.testing.assert_array_equal(one.coefficients, other.coefficients)
        assert {
            name: getattr(back, name) for name in ("id", "outcome", "gold", "seconds", "shown_order")
        } == {name: getattr(fact, name) for name in ("id", "outcome", "gold", "seconds", "shown_order")}
    if isinstance(fact, RigSight):
        assert back.id == fact.id
        for one, other in ((back.upper, fact.upper), (back.lower, fact.lower)):
            assert one.dtype == np.float32
            np.testing.assert_array_equal(one, other)


def test_a_sight_takes_little_room() -> None:
    assert len(fact_to_line(rig_sight())) < 16_000


def test_the_largest_rating_there_can_be_fits_into_a_line() -> None:
    times = tuple(n / 240 for n in range(MOST_FRAMES))
    takes = tuple(take(n, MOST_FRAMES) for n in range(4))
    values = takes[0].coefficients
    correction = Correction(0, values, values * np.float32(-1e-30))
    big = rating(candidates=takes, seconds=times, shown_order=(3, 2, 1, 0), correction=correction)
    assert len(fact_to_line(big)) < LONGEST_LINE / 2


def test_what_is_not_needed_may_be_left_out() -> None:
    stored = fact_to_json(rating())
    for name in ("pair_id", "camera", "strength", "gold", "correction", "performer", "replays"):
        stored.pop(name)
    assert fact_from_json(json.loads(json.dumps(stored))).id == rating().id


def changed(**changes: object) -> str:
    return json.dumps(json.loads(fact_to_line(rating())) | changes)


def candidate(**changes: object) -> str:
    stored = json.loads(fact_to_line(rating()))
    stored["candidates"][0] |= changes
    return json.dumps(stored)


def sight(**changes: object) -> str:
    return json.dumps(json.loads(fact_to_line(rig_sight())) | changes)


HALF = 1378 * 4  # bytes
BAD_LINES = {
    "": "no JSON",
    "{": "no JSON",
    "[" * 100_000: "no JSON",
    "9" * 5000: "no JSON",
    "x" * (LONGEST_LINE + 1): "characters",
    "[]": "no JSON object",
    "null": "no JSON object",
    "{}": "version",
    '{"version": 2, "kind": "rating"}': "newer",
    '{"version": 1, "kind": "applause"}': "applause",
    '{"version": 1, "kind": "rating"}': "lacks id",
    '{"version": 1, "kind": "retraction"}': "lacks id, rating",
    changed(pair_id="0" * 64): "pair_id",
    changed(mood="good"): "mood",
    changed(id=1): "id is 1",
    changed(outcome="both"): "both",
    changed(outcome=None): "outcome",
    changed(seconds=1.5): "seconds is no list",
    changed(seconds=["1.5"]): "expected a number",
    changed(seconds=[True]): "expected a number",
    changed(shown_at="today"): "shown_at",
    changed(shown_at=10**400): "beyond all numbers",
    changed(replays=1.5): "whole number",
    changed(strength=True): "whole number",
    changed(candidates={}): "candidates is no list",
    changed(candidates=[1, 2]): "a candidate is no JSON object",
    changed(correction={"candidate": 0}): "a correction lacks",
    candidate(coefficients=[]): "different lengths, or none",
    candidate(coefficients=[[0.1], [0.1, 0.2]]): "different lengths",
    candidate(coefficients=[[0.1] * 51]): "shape",
    candidate(coefficients=[[float("nan")] * 52]): "NaN is no number",
    candidate(coefficients=[[1e300] * 52]): "outside 0..1",
    candidate(coefficients=[["0.1"] * 52]): "expected a number",
    candidate(post_processing=[]): "post_processing",
    candidate(post_processing={"smoothing": True}): "smoothing",
    candidate(colour="red"): "colour",
    '{"version": 1, "kind": "rig_sight"}': "lacks rig, upper, lower, triangles",
    sight(id="0"): "id is '0', what it is made of gives",
    sight(rig=None): "rig is None",
    sight(triangles="many"): "whole number",
    sight(upper=[0.0] * 1378): "upper cannot be read: upper is",
    sight(upper="ÄÖÜ"): "upper cannot be read",
    sight(lower="not base64"): "lower cannot be read",
    sight(upper=""): "upper has 0 numbers",
    sight(upper=base64.b64encode(bytes(HALF + 1)).decode()): "upper cannot be read",
    sight(lower=base64.b64encode(bytes(HALF + 4)).decode()): "lower has 1379 numbers",
    sight(lower=base64.b64encode(b"\xff" * HALF).decode()): "no numbers",
    sight(colour="red"): "colour",
}


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:20])
def test_a_bad_line_says_what_is_wrong(line: str) -> None:
    with pytest.raises(ValueError, match=BAD_LINES[line].replace(".", r"\.")):
        fact_from_line(line)


def test_a_retraction_has_no_takes() -> None:
    assert set(fact_to_json(retraction(rating()))) == {
        "kind", "version", "id", "rating", "rater", "session", "retracted_at", "client_version"
    }  # fmt: skip
