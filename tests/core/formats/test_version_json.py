import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.curves import names_fingerprint
from backend.core.formats.version_json import (
    decisions_from_text,
    decisions_to_text,
    version_from_text,
    version_to_text,
)
from backend.core.versions import Decision, Version
from tests.core.learnt import decision, decisions, learnt, sha256, version, versions


@given(versions, st.binary(max_size=40))
def test_a_version_reads_back_as_the_very_same(card: Version, content: bytes) -> None:
    card = replace(card, content=sha256(content))
    text = version_to_text(card, content)
    assert version_from_text(text) == (card, content)
    assert version_to_text(*version_from_text(text)) == text
    assert text.isascii()


@given(st.lists(decisions, max_size=4))
def test_decisions_read_back_as_the_very_same(some: list[Decision]) -> None:
    assert decisions_from_text(decisions_to_text(some)) == some


def test_a_card_is_not_kept_beside_another_content() -> None:
    with pytest.raises(ValueError, match="what was learnt has the hash"):
        version_to_text(version(1), learnt(2))


def changed(**changes: object) -> str:
    return json.dumps(json.loads(version_to_text(version(), learnt())) | changes)


def card(**changes: object) -> str:
    told = json.loads(version_to_text(version(), learnt()))
    return json.dumps(told | {"card": told["card"] | changes})


WHOLE = version_to_text(version(), learnt())
OTHER = json.loads(version_to_text(version(2), learnt(2)))
BAD = {
    "": "no JSON",
    WHOLE[: len(WHOLE) // 2]: "no JSON",
    "[" * 100_000: "no JSON",
    "[]": "no JSON object",
    "{}": "it is 'None None', expected 'superface version 1'",
    changed(kind="model"): "it is 'model 1'",
    changed(version=2): "it is 'superface version 2'",
    changed(names="0" * 64): "other coefficients",
    changed(id="0" * 32): "changed or damaged",
    changed(id=None): "changed or damaged",
    changed(learnt=OTHER["learnt"]): "what was learnt has the hash",
    changed(learnt="%"): "learnt is no base64",
    changed(learnt=None): "learnt is None",
    changed(card=None): "the card is no JSON object",
    changed(card=OTHER["card"]): "changed or damaged",
    card(base="superface-base@other"): "changed or damaged",
    card(metrics={"visible_change": -0.9}): "changed or damaged",
    card(metrics={"visible_change": "much"}): "metrics visible_change is 'much'",
    card(metrics={"visible_change": float("nan")}): "NaN is no number",
    card(raters=[]): "raters is no JSON object",
    card(raters={"Ann": 1.5}): "whole number",
    card(settings={"seed": []}): "settings seed is",
    card(regions={"nose": {}}): "no region 'nose'",
    card(colour="red"): "a version has unknown fields: colour",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: BAD[text][:30])
def test_a_file_that_was_cut_off_edited_or_is_of_another_kind_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=BAD[text]):
        version_from_text(text)


def test_whole_numbers_stay_whole() -> None:
    card = version(metrics={"pairs": 3, "share": 3.0}, settings={"rounds": 2, "rate": 2.0})
    assert version_from_text(version_to_text(card, learnt())) == (card, learnt())


def test_the_fingerprint_is_that_of_the_names() -> None:
    assert json.loads(WHOLE)["names"] == names_fingerprint()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"step": "sold"}, "sold"),
        ({"at": "noon"}, "at is 'noon'"),
        ({"mood": "good"}, "mood"),
        ({"by": ""}, "by"),
    ],
)
def test_a_bad_decision_says_what_is_wrong(changes: dict[str, object], complaint: str) -> None:
    told = json.loads(decisions_to_text([decision()]))
    with pytest.raises(ValueError, match=complaint):
        decisions_from_text(json.dumps([told[0] | changes]))
