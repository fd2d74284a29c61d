"""From answers to a correction: it finds what was meant, keeps to its half, and refuses what says nothing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("safetensors")

from backend.adapters.frozen_file import write_frozen
from backend.core.correction import BeliefCorrection
from backend.core.frozen_ratings import FrozenRatings
from backend.core.muscle_groups import JUDGED
from backend.predictor.correction_file import load_correction
from training.preference_evidence import NothingToLearn
from training.preference_optimise import Configuration, Learnt, optimised
from training.rendered_rows import RenderedRows, write_rendered

from .answering import (
    GATE,
    SCALE,
    at_rest,
    beliefs,
    corrected,
    frozen_of,
    no_corrections,
    predicted,
    rated,
    smiling_wider,
    with_pairs,
)

SETTINGS = Configuration("", "", "ideal point", 0.02, 0.2, 0)
UPPER, LOWER = JUDGED["upper"], JUDGED["lower"]
SMILE, BROWS = [23, 24], [41, 42, 43, 44, 45]


def learn(ratings: FrozenRatings, rendered: RenderedRows | None = None, **settings: Any) -> Learnt:
    return optimised(ratings, rendered, replace(SETTINGS, **settings), lambda _, work: work(), lambda _: None)


def missed(learnt: Learnt, ideal: Callable[[np.ndarray], np.ndarray] = smiling_wider) -> tuple[float, float]:
    """Distance to the ideal on faces that were never rated, before and after."""
    correction = learnt.correction or BeliefCorrection.none()
    rows = RenderedRows("base@1", beliefs(np.random.default_rng(99), 200), at_rest(200), np.zeros((200, 52)))
    belief, rest = rows.believed(SCALE)
    wanted = ideal(belief.point(GATE))
    after = correction.corrected(belief, rest).point(GATE)
    return tuple(
        float(np.sqrt(((each - wanted) ** 2).sum(axis=1)).mean()) for each in (belief.point(GATE), after)
    )


def test_many_choices_lead_to_what_the_rater_likes() -> None:
    learnt = learn(rated(1000))
    before, after = missed(learnt)
    assert after < 0.65 * before
    belief, rest = rated(100, seed=9).pairs.moments.believed(SCALE)
    moved = learnt.correction.corrected(belief, rest).point(GATE) - belief.point(GATE)
    assert moved[:, SMILE].mean() > 0.02
    assert moved[:, BROWS].mean() < -0.02
    assert all(half["agreement"] > half["base"]["agreement"] for half in learnt.report["halves"].values())


def test_more_choices_lead_closer() -> None:
    reached = [missed(learn(rated(count)))[1] for count in (100, 400, 2000)]
    assert reached == sorted(reached, reverse=True)


def test_a_few_corrections_lead_there_too() -> None:
    before, after = missed(learn(corrected(30)))
    assert after < 0.5 * before


def test_loops_are_learnt_from_as_one_answer_each() -> None:
    before, after = missed(learn(rated(600, rows=6)))
    assert after < 0.8 * before


@pytest.mark.parametrize("method", ["dpo", "winners only"])
def test_other_methods_stand_behind_the_same_interface(method: str) -> None:
    before, after = missed(learn(rated(1000), method=method))
    assert after < before


def test_choices_about_one_half_leave_the_other_as_it_was_to_the_last_bit() -> None:
    upper_alone = learn(rated(300, regions=("upper",)))
    both = rated(600)
    rows = RenderedRows("base@1", beliefs(np.random.default_rng(7), 50), at_rest(50), np.zeros((50, 52)))
    belief, rest = rows.believed(SCALE)
    after = upper_alone.correction.corrected(belief, rest).point(GATE)
    np.testing.assert_array_equal(after[:, LOWER], belief.point(GATE)[:, LOWER])
    assert np.abs(after - belief.point(GATE))[:, UPPER].max() > 0.02
    other_answers = both.pairs.first.copy()
    other_answers[both.pairs.moments.region == both.pairs.moments.region[1]] *= 0.9  # of the lower face
    one, two = (learn(each).correction for each in (both, with_pairs(both, first=other_answers)))
    for name in ("gain", "offset", "shift", "mixes"):
        np.testing.assert_array_equal(getattr(one, name)[UPPER], getattr(two, name)[UPPER])
        assert not np.array_equal(getattr(one, name)[LOWER], getattr(two, name)[LOWER]) or name == "mixes"


@pytest.mark.parametrize("seed", range(4))
def test_answers_thrown_by_a_coin_teach_next_to_nothing(seed: int) -> None:
    ratings = rated(400, seed=seed)
    heads = np.random.default_rng(seed).random(400) < 0.5
    first, second = ratings.pairs.first, ratings.pairs.second
    swapped = [np.where(heads[:, None], *takes) for takes in ((first, second), (second, first))]
    before, after = missed(learn(with_pairs(ratings, first=swapped[0], second=swapped[1])))
    assert after > 0.93 * before


def test_a_rater_who_likes_it_as_it_is_changes_next_to_nothing() -> None:
    content, other = (learn(rated(400, **ideal)) for ideal in ({"ideal": lambda point: point}, {}))
    moved = [max(each.report["style"]["visible_percent"].values()) for each in (content, other)]
    assert moved[0] < 0.7 * moved[1]


def test_the_same_ratings_and_seed_give_the_same_correction() -> None:
    one, two = (learn(rated(200), seed=3).correction for _ in range(2))
    for name, numbers in vars(one).items():
        np.testing.assert_array_equal(numbers, getattr(two, name))


def test_what_it_costs_against_rendered_truth_is_told_apart_from_style() -> None:
    parts = beliefs(np.random.default_rng(5), 100)
    plain = RenderedRows("base@1", parts, at_rest(100), np.zeros((100, 52), np.float32))
    truth = np.asarray(plain.believed(SCALE)[0].point(GATE), np.float32)
    report = learn(rated(1000), replace(plain, truth=truth), replay=0.0).report
    assert report["rendered_truth"]["base"]["visible_percent"] == pytest.approx(0, abs=1e-4)
    assert report["rendered_truth"]["corrected"]["visible_percent"] > 0.3
    assert report["style"]["visible_percent"]["upper"] > 0.1
    replayed = learn(rated(1000), replace(plain, truth=truth), replay=5.0).report
    cost = [each["rendered_truth"]["corrected"]["visible_percent"] for each in (report, replayed)]
    assert cost[1] < 0.8 * cost[0]


def test_too_few_answers_are_said_to_be() -> None:
    with pytest.raises(NothingToLearn, match="upper face: 9 answers that count, at least 20 are needed"):
        learn(rated(18))


def test_a_half_with_too_few_answers_is_left_and_the_other_learnt() -> None:
    learnt = learn(rated(400, regions=("lower",) * 39 + ("upper",)))
    assert "10 answers that count" in learnt.report["left"]["upper"]
    assert set(learnt.report["halves"]) == {"lower"}


def test_ties_alone_say_nothing() -> None:
    ratings = rated(100)
    with pytest.raises(NothingToLearn, match="all 50 answers are ties"):
        learn(with_pairs(ratings, yes=np.full(100, 0.5, np.float32)))


def test_answers_within_a_moment_cannot_be_judged() -> None:
    ratings = rated(100, clips=1)
    moments = replace(ratings.pairs.moments, seconds=np.full(100, 1.0))
    with pytest.raises(NothingToLearn, match="within 3 s of one clip"):
        learn(with_pairs(ratings, moments=moments))


def test_one_clip_is_split_into_blocks() -> None:
    before, after = missed(learn(rated(1000, clips=1)))
    assert after < 0.8 * before


@pytest.mark.parametrize("regions", [("full",), ("eyes", "brows", "mouth")])
def test_whole_faces_and_parts_of_them_are_learnt_from_too(regions: tuple[str, ...]) -> None:
    learnt = learn(rated(900, regions=regions))
    before, after = missed(learnt)
    assert after < 0.8 * before
    assert set(learnt.report["halves"]) == {"upper", "lower"}


def test_a_rater_who_contradicts_himself_is_not_heard() -> None:
    ratings = rated(100)
    pairs = ratings.pairs
    again = np.arange(20)
    first = np.concatenate([pairs.first, pairs.second[again]])
    second = np.concatenate([pairs.second, pairs.first[again]])
    moments, old = pairs.moments, np.r_[np.arange(100), again]
    of_rows = {name: getattr(moments, name)[old] for name in ("seconds", "clip", "region", "rig", "weight")}
    longer = replace(
        moments, **of_rows, belief=moments.belief[:, old], rest_belief=moments.rest_belief[:, old],
        owner=np.arange(120), performer=np.zeros(120, np.int64), rater=np.zeros(120, np.int64),
    )  # fmt: skip
    repeats = np.r_[np.full(100, -1), again]
    contrary = replace(pairs, moments=longer, first=first, second=second, yes=np.ones(120), repeat_of=repeats)
    with pytest.raises(NothingToLearn, match="0 answers that count"):
        learn(frozen_of(contrary, no_corrections(6), 6))
    steady = replace(contrary, first=np.concatenate([pairs.first, pairs.first[again]]),
                     second=np.concatenate([pairs.second, pairs.second[again]]))  # fmt: skip
    assert learn(frozen_of(steady, no_corrections(6), 6)).report["unheard"] == []


def started(frozen: Path, run: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "training.preference_optimise", str(frozen), "--run", str(run), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(frozen: Path, run: Path, *more: str) -> tuple[int, list[dict[str, Any]], str]:
    out, err = (process := started(frozen, run, *more)).communicate(timeout=120)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frozen") / "ratings.safetensors"
    write_frozen(rated(400), path)
    return path


def test_it_tells_what_it_tries_and_leaves_a_correction_that_names_its_data(
    frozen: Path, tmp_path: Path
) -> None:
    status, lines, _ = ended(frozen, tmp_path / "run")
    assert status == 0
    assert lines[-1] == {"done": True, "changed": True, "may_become_shared": False}
    tried = [line for line in lines if "penalty" in line.get("tried", "")]
    assert {"loss", "gain", "agreement"} <= set(tried[0])
    correction, facts = load_correction(tmp_path / "run" / "correction.safetensors", "base@1")
    assert correction.gain.any()
    assert len(facts["configuration"]["data"]) == 64
    assert facts["raters"] == ["Ann"]
    assert facts["halves"]["lower"]["answers"] == 200


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_cancelled_or_killed_it_goes_on_where_it_was(frozen: Path, tmp_path: Path, number: int) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    ended(frozen, whole)
    process = started(frozen, cut)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == (130 if number == signal.SIGTERM else -number)
    assert not (cut / "correction.safetensors").exists()
    known = json.loads((cut / "state.json").read_text())
    assert len(known) >= 5
    status, lines, _ = ended(frozen, cut)
    assert status == 0
    assert not known.keys() & {line.get("tried") for line in lines}
    assert (cut / "correction.safetensors").read_bytes() == (whole / "correction.safetensors").read_bytes()


def test_a_folder_of_another_training_is_left_alone(frozen: Path, tmp_path: Path) -> None:
    assert ended(frozen, tmp_path)[0] == 0
    before = (tmp_path / "correction.safetensors").read_bytes()
    status, _, err = ended(frozen, tmp_path, "--seed", "1")
    assert status == 1
    assert "other ratings or settings" in err
    assert (tmp_path / "correction.safetensors").read_bytes() == before


def test_ratings_of_another_predictor_are_refused_and_both_are_named(frozen: Path, tmp_path: Path) -> None:
    status, _, err = ended(frozen, tmp_path / "run", "--base", "base@2")
    assert status == 1
    assert "holds what base@1 believed, not base@2" in err
    assert not (tmp_path / "run").exists()
    rows = RenderedRows("base@3", beliefs(np.random.default_rng(0), 2), at_rest(2), np.zeros((2, 52)))
    write_rendered(rows, tmp_path / "rendered")
    assert "not base@3" in ended(frozen, tmp_path / "run", "--rendered", str(tmp_path / "rendered"))[2]


def test_damaged_files_are_refused_and_nothing_is_begun(frozen: Path, tmp_path: Path) -> None:
    broken = tmp_path / "ratings.safetensors"
    broken.write_bytes(frozen.read_bytes()[:-40])
    status, _, err = ended(broken, tmp_path / "run")
    assert status == 1
    assert "cannot be read" in err
    assert "Freeze the ratings again" in err
    assert not (tmp_path / "run").exists()


def test_what_says_nothing_leaves_no_correction(tmp_path: Path) -> None:
    write_frozen(rated(10), tmp_path / "few")
    status, _, err = ended(tmp_path / "few", tmp_path / "run")
    assert status == 3
    assert "at least 20 are needed" in err
    assert not (tmp_path / "run" / "correction.safetensors").exists()


def test_the_prediction_of_these_tests_is_the_one_that_is_learnt_on() -> None:
    ratings = rated(40)
    belief, _ = ratings.pairs.moments.believed(SCALE)
    np.testing.assert_allclose(predicted(ratings.pairs.moments), belief.point(GATE))
