"""Frozen ratings come back as they were, under the same hash, or are refused with the reason."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors")

from backend.adapters.frozen_file import read_frozen, write_frozen
from backend.core.frozen_ratings import (
    FrozenCorrections,
    FrozenPairs,
    FrozenRatings,
    Moments,
)
from backend.errors import RatingsUnreadable


def moments(answers: int) -> Moments:
    rng = np.random.default_rng(answers)
    one = np.zeros(answers, np.int64)
    beliefs = rng.random((2, 3, 2 * answers, 52), np.float32)
    return Moments(
        rng.random(2 * answers), *beliefs, np.arange(answers).repeat(2), one, one, one, one, one,
        rng.random(answers, np.float32),
    )  # fmt: skip


@pytest.fixture
def ratings() -> FrozenRatings:
    rng = np.random.default_rng(0)
    takes = rng.random((2, 8, 52), np.float32)
    pairs = FrozenPairs(
        moments(4), *takes, np.array([1, 0.5, 1, 1], np.float32), np.array([-1, 0, -1, 2], np.int64)
    )
    made = FrozenCorrections(moments(3), rng.random((6, 52), np.float32), rng.random((6, 52)) > 0.5)
    grams = rng.random((1, 2, 52, 52), np.float32)
    scale = np.full(52, 0.02, np.float32)
    return FrozenRatings("base@1", scale, 1.25, grams, ("clip",), ("",), ("Änn",), ("rig",), pairs, made)


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return one == other


def test_they_come_back_as_they_were_under_their_hash(ratings: FrozenRatings, tmp_path: Path) -> None:
    data = write_frozen(ratings, tmp_path / "frozen.safetensors")
    again, hashed = read_frozen(tmp_path / "frozen.safetensors")
    assert same(again, ratings)
    assert hashed == data


def test_other_ratings_have_another_hash(ratings: FrozenRatings, tmp_path: Path) -> None:
    path = tmp_path / "frozen.safetensors"
    assert write_frozen(ratings, path) == write_frozen(ratings, path)
    other = replace(ratings, raters=("Ben",))
    assert write_frozen(ratings, path) != write_frozen(other, path)


@pytest.mark.parametrize("kept", [0, 40, 5000])
def test_a_file_that_was_cut_off_is_refused(ratings: FrozenRatings, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "frozen.safetensors"
    write_frozen(ratings, path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RatingsUnreadable, match="cut off"):
        read_frozen(path)


def test_one_changed_byte_is_noticed(ratings: FrozenRatings, tmp_path: Path) -> None:
    path = tmp_path / "frozen.safetensors"
    write_frozen(ratings, path)
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    with pytest.raises(RatingsUnreadable, match="changed after they were written"):
        read_frozen(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RatingsUnreadable, match=r"none\.safetensors"):
        read_frozen(tmp_path / "none.safetensors")
