"""Sets are read back as written, and refused when their truth is not the committed one."""

import dataclasses

import numpy as np
import pytest

from benchmarks.accuracy_sets import folders, read
from tests.benchmarks.accuracy_fakes import small_set, written
from training.test_plans import Plan, WrongTruth


def plan_with(sha256):
    return {"small": Plan("small", "anny", 1, 100_000, 4, truth=sha256)}


def test_a_set_is_read_as_it_was_written(tmp_path):
    test_set = small_set()
    folder, sha256 = written(test_set, tmp_path)
    again = read(folder, plan_with(sha256))
    for field in dataclasses.fields(again):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(test_set, field.name))
    assert list(folders(tmp_path)) == [folder]


def test_another_truth_than_the_committed_one_is_refused(tmp_path):
    folder, sha256 = written(small_set(), tmp_path)
    other, _ = written(dataclasses.replace(small_set(seed=1)), tmp_path / "other")
    read(folder, plan_with(sha256))
    with pytest.raises(WrongTruth, match="small: its truth is not the one committed"):
        read(other, plan_with(sha256))


def test_a_set_cut_off_by_a_crash_is_refused(tmp_path):
    folder, sha256 = written(small_set(), tmp_path)
    whole = (folder / "sights.npz").read_bytes()
    (folder / "sights.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="holds no whole test set"):
        read(folder, plan_with(sha256))


def test_fewer_people_keep_their_own_neutrals():
    kept = small_set().of_people(2)
    assert len(np.unique(kept.identity)) == 2
    assert (kept.kind[kept.neutral] == "neutral").all()
    np.testing.assert_array_equal(kept.identity[kept.neutral], kept.identity)
    np.testing.assert_array_equal(kept.identity[kept.nearly_neutral], kept.identity)
