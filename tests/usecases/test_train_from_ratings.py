"""From answers to a version on trial; whatever goes wrong, what is in use stays as it was."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from backend.core.expression_distribution import ExpressionDistribution
from backend.core.ratings import Outcome, Rating
from backend.core.readings import Reading
from backend.core.versions import State
from backend.errors import DiskFull, NothingToLearn, RequestInvalid, SuperFaceError, TrainingError
from backend.ports import never
from backend.usecases.decide_versions import Choice, Decided
from backend.usecases.train_from_ratings import (
    BETWEEN,
    RatingCount,
    TrainEvent,
    TrainOrder,
    TrainProgress,
    TrainResult,
    Trial,
)
from tests.core.rated import rating, rig_sight
from tests.usecases.fake_training import BASE, FakeLauncher, FakeLearning, report

CLIPS = tuple(digit * 64 for digit in "abcdef")
ANN = TrainOrder(profile="Ann")


def reading(frames: int = 300) -> Reading:
    random = np.random.default_rng(0).uniform(0.1, 0.9, (3, frames, 52)).astype(np.float32)
    scale = np.full(52, 0.02, np.float32)
    return Reading(
        np.arange(frames) / 30, ExpressionDistribution(*random, scale),
        ExpressionDistribution(*(0.1 * random[:, 0]), scale), 1.0,
    )  # fmt: skip


def answers(count: int, first: int = 0, **changes: object) -> list[Rating]:
    """About the lower face, spread over all clips."""
    return [
        rating(number, clip=CLIPS[number % 6], seconds=(0.1 * (number % 90),), region="lower", **changes)
        for number in range(first, first + count)
    ]


def learning(ratings: Iterable[Rating], **changes: object) -> FakeLearning:
    made = FakeLearning(launcher=FakeLauncher(**changes))
    made.ratings.append([rig_sight(rig="rig-1"), *ratings])
    for clip in CLIPS:
        made.readings.keep(clip, BASE, reading())
    return made


def trained(of: FakeLearning, order: TrainOrder = ANN) -> list[TrainEvent]:
    return list(of.train(order, "", never))


def result_of(events: list[TrainEvent]) -> TrainResult:
    assert isinstance(events[-1], TrainResult)
    return events[-1]


def count_of(events: list[TrainEvent]) -> RatingCount:
    (count,) = [event for event in events if isinstance(event, RatingCount)]
    return count


def test_what_is_learnt_is_on_trial_with_its_evidence_and_what_is_used_stays() -> None:
    of = learning(answers(90))
    first = result_of(trained(of)).version
    assert first is not None
    of.decide(Decided(Choice.USE, first.id, ("lower",), "Ann"))
    of.ratings.append(answers(30, first=90))
    events = trained(of)
    second = result_of(events).version
    assert second is not None
    assert second.parent == first.id
    assert (second.profile, second.base, set(second.regions)) == ("Ann", BASE, {"lower"})
    states = {card.version.id: card.regions[0].state for card in of.versions().cards}
    assert states == {first.id: State.CURRENT, second.id: State.CANDIDATE}
    assert {"agreement", "held_out_pairs", "choices_foretold"} <= set(second.regions["lower"])
    assert [card.name for card in of.versions().cards] == ["Ann 1", "Ann 2"]


def test_nothing_is_learnt_from_what_it_is_judged_by() -> None:
    of = learning(answers(90))
    count = count_of(trained(of))
    (given,) = of.launcher.given
    assert count.learnt + count.held_out == 90
    assert len(given.pairs.yes) == count.learnt
    assert len(set(given.clips)) == 4
    assert count.held_out == 30


def test_with_few_clips_what_lies_between_is_counted_apart() -> None:
    one_clip = [replace(each, clip=CLIPS[0]) for each in answers(90)]
    count = count_of(trained(learning(one_clip)))
    assert count.left_out[BETWEEN] > 0
    assert count.learnt + count.held_out + sum(count.left_out.values()) == 90


def test_progress_rises_and_trials_are_told() -> None:
    events = trained(learning(answers(90)))
    fractions = [event.fraction for event in events if isinstance(event, TrainProgress)]
    assert fractions == sorted(fractions)
    assert next(event.tried for event in events if isinstance(event, Trial)) == "groups, penalty 0"


def test_only_the_ratings_that_are_asked_for_are_learnt_from() -> None:
    of = learning([*answers(60), *answers(60, first=60, rater="Bob", performer="Cleo")])
    trained(of, replace(ANN, rater="Bob"))
    trained(of, replace(ANN, performer="Cleo"))
    assert [given.raters for given in of.launcher.given] == [("Bob",), ("Bob",)]
    with pytest.raises(NothingToLearn, match="no ratings by Dora"):
        trained(of, replace(ANN, rater="Dora"))


def test_too_few_answers_are_refused_with_how_many_more_it_takes() -> None:
    of = learning(answers(24))
    with pytest.raises(NothingToLearn, match="16 about the lower face; it takes 20") as refusal:
        trained(of)
    assert "4 more pairs of the lower face" in refusal.value.advice
    assert of.launcher.given == []


def test_unknown_clips_and_rigs_are_left_out_with_the_reason() -> None:
    of = learning([*answers(90), *answers(5, first=90, rig="rig-9")])
    of.readings.kept.pop((CLIPS[0], BASE))
    count = count_of(trained(of))
    assert {reason.split(" ")[0] for reason in count.left_out} == {"clip", "what"}
    assert sum(count.left_out.values()) >= 15


def test_clips_that_only_another_model_has_read_teach_nothing() -> None:
    of = learning(answers(90))
    of.readings.kept = {(clip, "another@1"): kept for (clip, _), kept in of.readings.kept.items()}
    with pytest.raises(NothingToLearn, match="has not been read by this model") as refusal:
        trained(of)
    assert "Retarget these clips" in refusal.value.advice


def test_ratings_that_say_nothing_teach_nothing() -> None:
    with pytest.raises(NothingToLearn, match="no choice among them"):
        trained(learning(answers(90, outcome=Outcome.SKIP)))


def test_what_one_person_likes_needs_a_profile_and_three_peoples_taste_does_not() -> None:
    with pytest.raises(RequestInvalid, match="fewer than three people") as refusal:
        trained(learning(answers(90)), TrainOrder())
    assert "profile" in refusal.value.advice
    three = [
        each
        for number, rater in enumerate(("Ann", "Bob", "Cleo"))
        for each in answers(60, first=60 * number, rater=rater)
    ]
    version = result_of(trained(learning(three), TrainOrder())).version
    assert version is not None
    assert version.profile == ""
    assert set(version.raters) == {"Ann", "Bob", "Cleo"}


def test_where_no_change_suits_best_nothing_is_kept_and_that_is_said() -> None:
    of = learning(answers(90), learnt=None, told=report(lower="no change"))
    done = result_of(trained(of))
    assert done.version is None
    assert "nothing is kept" in done.remarks[0]
    assert of.versions().cards == ()


@pytest.mark.parametrize("error", [TrainingError("it broke"), NothingToLearn("all answers are ties")])
def test_a_training_that_fails_leaves_the_shelf_as_it_was(error: SuperFaceError) -> None:
    of = learning(answers(90), error=error)
    with pytest.raises(TrainingError):
        trained(of)
    assert of.shelf.files == {}
    assert of.shelf.decided == []


def test_a_full_disk_is_said_and_leaves_the_shelf_as_it_was() -> None:
    of = learning(answers(90))
    of.shelf.error = DiskFull("no room")
    with pytest.raises(DiskFull):
        trained(of)
    assert of.shelf.files == {}


def test_cancelled_it_ends_without_a_result() -> None:
    of = learning(answers(90))
    events = list(of.train(ANN, "", lambda: bool(of.launcher.given)))
    assert not any(isinstance(event, TrainResult) for event in events)
    assert of.shelf.files == {}
