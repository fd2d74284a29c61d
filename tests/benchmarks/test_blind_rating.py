"""Frames to rate differ from each other, sides are hidden, and answers count as given."""

import json

import numpy as np

from benchmarks import blind_rating
from benchmarks.blind_rating import Shown, main, scored, shared_out, varied
from protos import arkit
from training.heads import StoredHead


def test_the_frames_that_differ_most_are_taken_first():
    shapes = np.zeros((100, 478, 3))
    shapes[10:20, 0], shapes[50:60, 1], shapes[80, 2] = 5, 3, np.nan
    first, second = varied(shapes, 2)
    assert 10 <= first < 20
    assert 50 <= second < 60


def test_neighbours_and_lost_faces_are_not_shown():
    shapes = np.random.default_rng(0).normal(size=(40, 4, 3))
    shapes[7] = np.nan
    rows = varied(shapes, 40, apart=3)
    assert 7 not in rows
    assert min(np.diff(sorted(rows))) >= 3
    assert len(rows) >= 8
    assert varied(np.full((5, 4, 3), np.nan), 3) == []
    assert varied(np.zeros((5, 4, 3)), 3) == []


def test_every_clip_has_its_turn():
    one, other = (
        [Shown(name, i, np.zeros((1, 1, 3)), {}) for i in range(n)] for name, n in (("a", 5), ("b", 2))
    )
    assert [(s.clip, s.frame) for s in shared_out([one, other], 5)] == [
        ("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2),
    ]  # fmt: skip
    assert shared_out([], 5) == []


def test_ties_count_half_whichever_side_was_ours():
    key = {"1": True, "2": False, "3": True, "4": False}
    said = scored({"1": "A", "2": "B", "3": "=", "4": "A"}, key)
    assert (said["ours"], said["ties"], said["baseline"]) == (2, 1, 1)
    assert said["share"] == 0.625
    assert 0 < said["low"] < 0.625 < said["high"] < 1


def test_an_answer_that_is_missing_is_named(tmp_path, capsys):
    for name, content in (("answers", {"1": "A", "2": ""}), ("key", {"1": True, "2": True}), ("frames", {})):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    assert main(["score", str(tmp_path)]) == 1
    assert "not answered with A, B or =: 2" in capsys.readouterr().err
    (tmp_path / "answers.json").write_text(json.dumps({"1": "A", "2": "="}))
    assert main(["score", str(tmp_path), "--json", str(tmp_path / "out.json")]) == 0
    assert json.loads((tmp_path / "out.json").read_text())["rater"] == "author"


def test_sides_change_places_with_the_key(shared_data):
    smile = np.zeros(52, np.float32)
    smile[arkit.INDEX["mouthSmileLeft"]] = 1
    shown = [Shown("a", 0, np.zeros((224, 224, 3), np.uint8), {"ours": smile, "MediaPipe": 0 * smile})]
    head = StoredHead(shared_data / "heads" / "mpfb_head_arkit.npz").head(0)
    one, other = (np.asarray(blind_rating.pages(shown, [first], head)[0]) for first in (True, False))
    side = blind_rating.SIDE
    ours, theirs = (slice(30, side), slice(side, 2 * side)), (slice(30, side), slice(2 * side, 3 * side))
    np.testing.assert_array_equal(one[ours], other[theirs])
    np.testing.assert_array_equal(one[theirs], other[ours])
    assert (one[ours] != one[theirs]).any()
