"""What an artist reads about a training and its evidence."""

import math

import pytest

from blender_addon import shelf_words
from blender_addon.backend_client.versions import (
    Agreement,
    LeftOut,
    RatingCount,
    TrainResult,
    Trial,
    VersionCard,
    VersionRegion,
)
from blender_addon.contract import duels, versions

ADA = VersionCard(
    "1f" * 16,
    "Ada 3",
    "superface-base@1f0c",
    (VersionRegion("upper", versions.State.CANDIDATE), VersionRegion("lower", versions.State.CURRENT)),
    profile="Ada",
    raters={"Ben": 2, "Ada": 94},
    pairs=92,
    corrections=4,
)


def test_answers_are_counted_with_those_that_judge_and_those_left_out() -> None:
    said = shelf_words.counted(RatingCount(96, 24, 4))
    assert said == "Learns from 96 answers, 4 of them corrected by hand; 24 others judge what comes of it."
    assert "by hand" not in shelf_words.counted(RatingCount(96, 24, 0))
    assert (
        shelf_words.left_out(LeftOut("its footage is not here", 7)) == "7 not used: its footage is not here"
    )


def test_a_trial_says_how_often_and_how_well_it_foretells() -> None:
    said = shelf_words.foretold(Trial("upper", "group, penalty 3", 0.6, math.log(1.08), 0.66))
    assert said == (
        "Eyes and brows: makes 66 % of the choices that it has not seen, each 8 % more likely than with no "
        "change (group, penalty 3)"
    )


def test_a_trial_that_was_only_compared_says_only_that() -> None:
    said = shelf_words.foretold(Trial("lower", "affine", 0.6, math.log(0.9)))
    assert said == "Mouth and jaw: 10 % less likely than with no change (affine)"


def test_a_result_says_what_is_tried_and_that_nothing_in_use_changes() -> None:
    said = shelf_words.came_of_it(TrainResult(ADA))
    assert said.startswith("Ada 3 is on trial: eyes and brows and mouth and jaw.")
    assert "What is in use stays" in said
    assert "Nothing was kept" in shelf_words.came_of_it(TrainResult(None))


def test_a_card_says_whose_style_it_is_and_who_taught_it() -> None:
    said = shelf_words.learnt_from(ADA)
    assert said == "Style of Ada, from 92 choices and 4 corrections by Ada, Ben"


@pytest.mark.parametrize(
    ("state", "verdict", "said"),
    [
        (versions.State.CANDIDATE, duels.Verdict.WAIT, "Mouth and jaw: on trial"),
        (versions.State.CANDIDATE, duels.Verdict.OFFER, "Mouth and jaw: offered"),
        (versions.State.CURRENT, duels.Verdict.OFFER, "Mouth and jaw: in use"),
        (versions.State.RETIRED, duels.Verdict.OFFER, "Mouth and jaw: retired"),
        (None, duels.Verdict.WAIT, "Mouth and jaw: not decided"),
    ],
)
def test_each_half_says_how_it_stands(
    state: versions.State | None, verdict: duels.Verdict, said: str
) -> None:
    assert shelf_words.standing(VersionRegion("lower", state, verdict=verdict)) == said


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((0.01, 0.1), "24 answers kept aside are each 5 % more likely by it."),
        ((-0.01, 0.1), "24 answers kept aside are each 5 % more likely by it, which may be chance."),
        (None, "of too few clips to prove anything."),
    ],
)
def test_agreement_with_old_answers_claims_no_more_than_it_shows(
    interval: tuple[float, float] | None, said: str
) -> None:
    assert shelf_words.agrees(Agreement(math.log(1.05), interval, 24)).endswith(said)
