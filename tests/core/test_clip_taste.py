"""A clip is corrected by a few answers about it, each answer at its own moment."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.clip_taste import OPEN, answers_of, corrected, frame_of, learnt
from backend.core.ratings import Candidate, Correction, Outcome, Rating
from backend.core.takes import Proposer
from protos import arkit
from tests.core.rated import rating
from tests.core.seen import a_clip, some_sight

SMILES = [arkit.INDEX["mouthSmileLeft"], arkit.INDEX["mouthSmileRight"]]
MOVING = 11
START = 2.0  # seconds of the clip at which its curves begin


def shown(take: np.ndarray) -> Candidate:
    return Candidate(take.astype(np.float32)[None], "model-1", "direction")


def answered(number: int, frame: int, first: np.ndarray, second: np.ndarray, outcome: Outcome) -> Rating:
    return rating(
        number,
        region="lower",
        seconds=(START + frame / 30,),
        candidates=(shown(first), shown(second)),
        outcome=outcome,
    )


def rated_by(ideal: np.ndarray, count: int) -> list[Rating]:
    """Somebody without a doubt, asked about proposed pairs."""
    clip, sight = a_clip(), some_sight()
    start = learnt(clip, sight, [], reaches=OPEN)
    proposer = Proposer(start.taste, sight, start.sharpness)
    random, told = np.random.default_rng(0), []
    for number in range(count):
        frame = int(random.integers(3, 40))
        pair = proposer.pair(frame, "lower", number)
        if pair is None:
            continue
        first, second = (take.coefficients for take in pair.takes)
        off = [float(sight.difference("lower", take - ideal[frame])) for take in (first, second)]
        told.append(answered(number, frame, first, second, Outcome.A if off[0] < off[1] else Outcome.B))
    return told


def test_answers_bring_the_whole_clip_nearer_to_what_the_artist_wants() -> None:
    clip, sight = a_clip(), some_sight()
    said = np.clip(clip.values[:, :52].astype(np.float64), 0, 1)
    ideal = said.copy()
    ideal[:, SMILES] *= 0.7
    taste = learnt(clip, sight, rated_by(ideal, 60), START).taste
    before, after = (np.mean(sight.difference("lower", rows - ideal)) for rows in (said, taste.ideal))
    assert after < 0.85 * before


def test_no_answers_or_ties_alone_change_nothing() -> None:
    clip, sight = a_clip(), some_sight()
    said = np.clip(clip.values[:, :52].astype(np.float64), 0, 1)
    np.testing.assert_array_equal(learnt(clip, sight, []).taste.ideal, said)
    up, down = said[MOVING] + 0.05, said[MOVING] - 0.05
    ties = [answered(n, MOVING, np.clip(up, 0, 1), np.clip(down, 0, 1), Outcome.TIE) for n in range(8)]
    assert np.abs(learnt(clip, sight, ties, START).taste.ideal - said).max() < 0.03


def test_a_correction_is_where_the_artist_left_it_and_reaches_frames_alike() -> None:
    clip, sight = a_clip(), some_sight()
    said = np.clip(clip.values[MOVING, :52], 0, 1)
    wanted = said.copy()
    wanted[SMILES] = 0.6
    told = answered(1, MOVING, said, np.clip(said + 0.1, 0, 1), Outcome.A)
    told = replace(told, correction=Correction(0, wanted[None], wanted[None]))
    ideal = learnt(clip, sight, [told], START).taste.ideal
    assert ideal[MOVING, SMILES] == pytest.approx([0.6, 0.6], abs=0.05)
    assert np.all(ideal[MOVING + 2, SMILES] < said[SMILES] - 0.1)


def test_answers_find_their_frame_by_time_and_those_of_other_spans_are_left_out() -> None:
    clip, sight = a_clip(), some_sight()
    said = np.clip(clip.values[MOVING, :52], 0, 1)
    told = answered(1, MOVING, said, np.clip(said + 0.1, 0, 1), Outcome.A)
    assert frame_of(told, clip, START) == MOVING
    (answer,) = answers_of([told], clip, sight, 100.0, START)
    assert answer.frame == MOVING
    before = replace(told, seconds=(0.5,))
    ideal = learnt(clip, sight, [before] * 9, START).taste.ideal
    np.testing.assert_array_equal(ideal, learnt(clip, sight, []).taste.ideal)


def test_eyes_turn_as_far_as_their_channels_were_corrected_and_nothing_else_moves() -> None:
    clip = a_clip()
    ideal = np.clip(clip.values[:, :52].astype(np.float64), 0, 1)
    ideal[5, arkit.INDEX["eyeLookDownLeft"]] += 0.5
    after = corrected(clip, ideal)
    changed = np.argwhere(after.values != clip.values).tolist()
    assert changed == [[5, arkit.INDEX["eyeLookDownLeft"]], [5, arkit.INDEX["leftEyePitch"]]]
    assert after.channel("leftEyePitch")[5] == pytest.approx(0.5 * 0.61)


def test_answers_at_random_change_less_than_those_of_somebody_who_knows() -> None:
    clip, sight = a_clip(), some_sight()
    said = np.clip(clip.values[:, :52].astype(np.float64), 0, 1)
    ideal = said.copy()
    ideal[:, SMILES] *= 0.5
    known = rated_by(ideal, 60)

    def moved(told: list[Rating]) -> float:
        return float(np.mean(sight.difference("full", learnt(clip, sight, told, START).taste.ideal - said)))

    coins = (np.random.default_rng(seed).random(len(known)) < 0.5 for seed in range(6))
    thrown = [
        moved(
            [
                replace(one, outcome=Outcome.A if up else Outcome.B)
                for one, up in zip(known, coin, strict=True)
            ]
        )
        for coin in coins
    ]
    assert np.median(thrown) < 0.3 * moved(known)
