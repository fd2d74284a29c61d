"""What each row reads, that all are scored on the same frames, and that no one's neutral is among these."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import accuracy_rows
from benchmarks.accuracy_headlines import HEADLINES, UNSEEN, NotMeasured, said, standing_in
from benchmarks.accuracy_measures import active_mae, coverage, mae, mean_r
from benchmarks.accuracy_report import described, headline, lines
from benchmarks.accuracy_rows import rows, scored
from benchmarks.accuracy_visible import Surfaces
from protos import arkit
from tests.benchmarks.accuracy_fakes import COUNT, HonestNetwork, small_set
from training.baselines import Baselines

NOWHERE = Surfaces({})


@pytest.fixture(scope="module")
def baselines():
    grid = np.linspace(0, 1, 201, dtype=np.float32)
    rising = np.tile(np.clip(2 * (grid - 0.1), 0, 1), (COUNT, 1))
    layer = (np.concatenate([2 * np.eye(COUNT), -2 * np.eye(COUNT)], axis=1), np.zeros(COUNT))
    return Baselines(np.full(COUNT, 0.2, np.float32), rising, np.tile(grid, (COUNT, 1)), (layer,))


def table(test_set, baselines=None, ours=None, others=None):
    read = rows(test_set, baselines, ours, others or {})
    return {row: scored(test_set, readings, NOWHERE) for row, readings in read}


def test_rows_read_what_they_are_named_after(baselines):
    by_row = table(small_set(), baselines)
    assert float(mae(by_row[accuracy_rows.ZERO])) == pytest.approx(by_row[accuracy_rows.ZERO].truth.mean())
    assert (by_row[accuracy_rows.MEAN].estimate == np.float32(0.2)).all()
    raw = by_row[accuracy_rows.RAW]
    np.testing.assert_allclose(raw.estimate, 0.1 + raw.truth / 2, atol=1e-6)
    relative = by_row[accuracy_rows.MINUS_NEUTRAL]
    assert float(mae(relative)) < float(mae(raw))
    assert (relative.estimate[relative.truth == 0] < 1e-6).all()
    assert float(mae(by_row[accuracy_rows.RAW_ISOTONIC])) == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(by_row[accuracy_rows.ISOTONIC].estimate, relative.estimate, atol=1e-6)
    assert float(mae(by_row[accuracy_rows.SMALL_NETWORK])) == pytest.approx(0, abs=1e-6)


def test_our_rows_differ_by_the_neutral_alone(baselines):
    network, test_set = HonestNetwork(), small_set()
    by_row = table(test_set, baselines, network)
    assert float(mae(by_row[accuracy_rows.TRUE])) == pytest.approx(0, abs=1e-6)
    assert float(mae(by_row[accuracy_rows.WITHOUT])) > 0.1
    assert float(mae(by_row[accuracy_rows.WRONG])) > 0
    true, without, wrong, found = network.rests
    assert without is None
    np.testing.assert_array_equal(true, test_set.teacher[test_set.neutral])
    np.testing.assert_array_equal(wrong, test_set.teacher[test_set.nearly_neutral])
    assert not (found == true).all(axis=1).any()


def test_a_found_neutral_is_one_a_performer(baselines):
    network, test_set = HonestNetwork(), small_set()
    table(test_set, baselines, network)
    found = network.rests[-1]
    for person in np.unique(test_set.identity):
        assert len(np.unique(found[test_set.identity == person], axis=0)) == 1


def test_all_rows_are_scored_on_the_same_frames_and_no_neutral_among_them(baselines):
    test_set = small_set()
    test_set.presence[3] = 0
    by_row = table(test_set, baselines, HonestNetwork())
    for of in by_row.values():
        np.testing.assert_array_equal(of.truth, test_set.truth[test_set.scored])
        assert set(of.kind) == {"single", "independent"}
    assert test_set.scored.sum() == 4 * 3 - 1


def test_a_person_whose_neutral_shows_no_face_is_left_out():
    test_set = small_set()
    test_set.presence[0] = 0
    assert not test_set.scored[:5].any()
    assert test_set.scored[5:].any()


def test_shuffling_destroys_what_a_network_knows(baselines):
    by_row = table(small_set(people=30), baselines, HonestNetwork())
    assert float(mean_r(by_row[accuracy_rows.TRUE])) > 0.99
    assert abs(float(mean_r(by_row[accuracy_rows.SHUFFLED]))) < 0.1
    assert abs(float(mean_r(by_row[accuracy_rows.SHUFFLED_WITHIN]))) < 0.5
    same = np.sort(by_row[accuracy_rows.SHUFFLED].estimate, axis=0)
    np.testing.assert_allclose(same, np.sort(by_row[accuracy_rows.TRUE].estimate, axis=0))


def test_beliefs_are_measured_where_there_are_any(baselines):
    by_row = table(small_set(), baselines, HonestNetwork())
    assert float(coverage(by_row[accuracy_rows.TRUE])) > 0.9
    assert "coverage80" in described(by_row[accuracy_rows.TRUE])["measures"]
    assert "coverage80" not in described(by_row[accuracy_rows.RAW])["measures"]


def test_headlines_come_from_the_sets_they_are_about(baselines):
    tables = {
        name: table(small_set(8, seed, name), baselines, HonestNetwork(), {"other": HonestNetwork()})
        for seed, name in enumerate(UNSEEN)
    }
    results = {row["name"]: row for row in (goal.row(tables) for goal in HEADLINES)}
    assert results["active_mae_ratio_unseen_identity"]["value"] == pytest.approx(0, abs=1e-3)
    assert results["active_mae_ratio_unseen_identity"]["met"]
    assert results["isolated_mean_r"]["value"] > 0.99
    assert "without the test sets unseen_head" in results["active_mae_ratio_unseen_head"]["skipped"]
    assert "visible_error_ratio_unseen_identity" in headline(results["visible_error_ratio_unseen_identity"])
    other = standing_in(tables, "other")
    assert float(active_mae(said(other, accuracy_rows.TRUE, UNSEEN))) < 1e-6
    with pytest.raises(NotMeasured, match="was not asked"):
        said(other, accuracy_rows.WITHOUT, UNSEEN)


def test_a_table_has_a_line_for_each_row(baselines):
    by_row = table(small_set(), baselines)
    printed = list(lines("small", {row: described(of) for row, of in by_row.items()}))
    assert len(printed) == 1 + len(by_row)
    assert printed[1].startswith("zero")


def test_a_covered_mouth_should_cost_the_lower_face_alone(baselines):
    free = table(small_set(8, 0, "mouth_free"), baselines, HonestNetwork())
    lower = np.array([arkit.region(name) not in arkit.UPPER_REGIONS for name in arkit.COEFFICIENTS])
    of = free[accuracy_rows.TRUE]
    covered = replace(of, confidence=of.confidence - 0.3 * lower)
    tables = {"mouth_free": free, "mouth_covered": {accuracy_rows.TRUE: covered}}
    results = {row["name"]: row for row in (goal.row(tables) for goal in HEADLINES)}
    assert results["covered_mouth_confidence_lost"]["value"] == pytest.approx(0.3)
    assert results["covered_mouth_upper_share"]["value"] == pytest.approx(0, abs=1e-9)
    both = {
        "mouth_free": free,
        "mouth_covered": {accuracy_rows.TRUE: replace(of, confidence=of.confidence - 0.3)},
    }
    assert not next(g for g in HEADLINES if g.name == "covered_mouth_upper_share").row(both)["met"]


def test_the_way_to_the_floor_is_all_of_it_once_ours_is_there(baselines):
    by_row = table(small_set(30, 0, "unseen_head"), baselines, HonestNetwork())
    goal = next(goal for goal in HEADLINES if goal.name == "gap_to_floor_unseen_head")
    ours = goal.row({"unseen_head": by_row})
    assert ours["value"] > 0.9
    worse = by_row | {accuracy_rows.TRUE: by_row[accuracy_rows.ISOTONIC]}
    assert goal.row({"unseen_head": worse})["value"] == pytest.approx(0)
