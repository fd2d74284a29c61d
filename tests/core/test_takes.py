"""Pairs can be told apart, are plausible, and differ in one half of the face alone."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from backend.core.asking import half_to_ask, moment
from backend.core.clip_ground import ground_of
from backend.core.muscle_groups import HALVES
from backend.core.sight import VISIBLE
from backend.core.takes import DIRECTION, OTHER, PREDICTION, SAMPLE, Proposer, directions
from backend.core.taste import Taste, believed, preference
from protos import arkit
from tests.core.seen import a_clip, some_sight

SHARPNESS = 2500.0
MOVING = 11  # a frame of the clip that smiles


def proposer(**settings: object) -> Proposer:
    sight = some_sight()
    return Proposer(believed(ground_of(a_clip(), sight), []), sight, SHARPNESS, **settings)  # type: ignore[arg-type]


def many(of: Proposer, count: int = 120, region: str = "lower", frame: int = MOVING) -> list:
    return [pair for seed in range(count) if (pair := of.pair(frame, region, seed)) is not None]


@pytest.mark.parametrize("region", ["upper", "lower"])
def test_both_takes_are_visibly_different_and_only_in_the_half_that_is_asked_about(region: str) -> None:
    of = proposer()
    pairs = many(of, region=region)
    assert len(pairs) > 100
    ideal = of.taste.ideal[MOVING]
    for pair in pairs:
        first, second = (take.coefficients for take in pair.takes)
        assert pair.difference == pytest.approx(of.sight.difference(region, first - second))
        assert pair.difference >= 1.5 * VISIBLE
        for take in (first, second):
            np.testing.assert_array_equal(take[~HALVES[region]], ideal[~HALVES[region]])


def test_takes_lie_in_what_nine_of_ten_believed_values_do() -> None:
    of = proposer()
    ground = of.taste.ground
    for pair in many(of):
        for take in pair.takes:
            away = np.abs(take.coefficients - ground.said[MOVING])
            assert np.all(away <= 1.645 * ground.reach[MOVING] + 1e-9)
            assert np.all((take.coefficients >= 0) & (take.coefficients <= 1))


def test_half_of_the_pairs_have_a_name_and_the_prediction_is_in_less_than_half() -> None:
    pairs = many(proposer(), 300)
    named = sum(any(take.drawn == DIRECTION for take in pair.takes) for pair in pairs) / len(pairs)
    predicted = sum(any(take.drawn == PREDICTION for take in pair.takes) for pair in pairs) / len(pairs)
    assert 0.4 < named < 0.6
    assert 0.05 < predicted <= 0.5
    assert all(take.direction for pair in pairs for take in pair.takes if take.drawn == DIRECTION)


def test_another_estimator_gets_at_most_one_place() -> None:
    others = np.clip(proposer().taste.ground.said + 0.1, 0, 1)
    drawn = [Counter(take.drawn for take in pair.takes) for pair in many(proposer(others=others), 200)]
    assert {count[OTHER] for count in drawn} == {0, 1}
    assert all(count[SAMPLE] for count in drawn if count[OTHER])


def test_the_same_belief_frame_and_seed_give_the_same_pair() -> None:
    one, other = (proposer().pair(MOVING, "lower", 7) for _ in range(2))
    assert one is not None
    assert other is not None
    for a, b in zip(one.takes, other.takes, strict=True):
        np.testing.assert_array_equal(a.coefficients, b.coefficients)


def test_nothing_is_asked_where_nothing_can_be_seen_to_change() -> None:
    of = proposer()
    at_rest = int(np.flatnonzero(~of.taste.ground.said.any(axis=1))[0])
    assert many(of, 20, frame=at_rest) == []
    assert many(proposer(wider=1000.0), 20) == []


def test_wider_takes_are_further_apart() -> None:
    usual, wide = (np.median([pair.difference for pair in many(proposer(wider=w))]) for w in (1.0, 4.0))
    assert wide > usual


def test_directions_are_named_for_people() -> None:
    said = np.zeros(52)
    said[arkit.INDEX["mouthSmileLeft"]] = 0.5
    lower = [direction.name for direction in directions("lower", said)]
    assert {"smile, more or less", "mouth smile", "mouth smile, left", "mouth left", "jaw open"} <= set(lower)
    assert "jaw, more or less" not in lower
    assert not any("brow" in name for name in lower)
    assert all((direction.way[~HALVES["lower"]] == 0).all() for direction in directions("lower", said))


def settled_on(taste: Taste, frame: int, count: int) -> Taste:
    """After many answers about one frame."""
    sight, said = some_sight(), taste.ground.said[frame]
    random, answers = np.random.default_rng(3), []
    for _ in range(count):
        away = np.where(HALVES["lower"], random.normal(0, 0.1, 52), 0)
        answers.append(preference(frame, said + away, said - away, 0.5, sight.gram("lower"), SHARPNESS))
    return believed(taste.ground, answers)


def test_moments_are_neither_near_nor_like_those_asked_before_and_never_at_rest() -> None:
    of, random = proposer(), np.random.default_rng(0)
    said, asked = of.taste.ground.said, [MOVING]
    for _ in range(100):
        frame = moment(of.taste, of.sight, "lower", asked, 30.0, random)
        if frame is None:
            break
        assert min(abs(frame - other) for other in asked) >= 7
        assert min(of.sight.difference("full", said[frame] - said[other]) for other in asked) >= VISIBLE
        assert said[frame].any()
        asked.append(frame)
    assert 3 < len(asked) < 15
    assert frame is None


def test_what_is_settled_is_asked_about_less_often_than_what_is_not() -> None:
    of = proposer()
    taste = settled_on(of.taste, MOVING, 80)
    opens = [
        moment(taste, of.sight, "lower", [], 30.0, np.random.default_rng(seed)) >= 45 for seed in range(100)
    ]
    assert np.mean(opens) > 0.55


def test_moments_in_which_estimators_disagree_come_more_often() -> None:
    of = proposer()
    others = of.taste.ground.said.copy()
    others[50:60] += 0.3
    told = [
        moment(of.taste, of.sight, "lower", [], 30.0, np.random.default_rng(s), others) for s in range(200)
    ]
    alone = [moment(of.taste, of.sight, "lower", [], 30.0, np.random.default_rng(s)) for s in range(200)]
    share = [np.mean([50 <= frame < 60 for frame in frames]) for frames in (told, alone)]
    assert share[0] > share[1] + 0.1


def test_the_half_that_is_visibly_less_certain_is_asked_about_more_often_and_no_half_seldom() -> None:
    of = proposer()
    loud = of.taste.ground.reach.copy()
    loud[:, HALVES["lower"]] *= 20
    lopsided = believed(replace(of.taste.ground, reach=loud), [])
    random = np.random.default_rng(0)
    for taste, low, high in ((of.taste, 0.4, 0.75), (lopsided, 0.7, 0.8)):
        lower = np.mean([half_to_ask(taste, of.sight, random) == "lower" for _ in range(800)])
        assert low < lower < high
