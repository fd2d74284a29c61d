from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.datasets import Part, Performer, part_of  # noqa: E402 - torch is an extra


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def performer(nearly: np.ndarray) -> Performer:
    unread: Any = None
    return Performer(unread, [], 0, neutral=rows(0, 1), nearly=nearly, others=np.arange(3, 20))


def test_nobody_is_judged_by_whom_it_was_trained_on() -> None:
    parts = [part_of(identity) for identity in range(1, 401)]
    assert parts.count(Part.TRAIN) == 380
    assert parts.count(Part.CALIBRATE) == parts.count(Part.JUDGE) == 10


def test_a_group_starts_with_a_neutral_picture_and_shows_none_twice() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        drawn = performer(rows(2)).drawn(8, random)
        assert drawn[0] in (0, 1)
        assert len(set(drawn.tolist())) == 8


def test_some_groups_hold_a_face_that_nearly_rests() -> None:
    random = np.random.default_rng(0)
    nearly = [2 in performer(rows(2)).drawn(8, random) for _ in range(400)]
    assert 0.2 < np.mean(nearly) < 0.4
    assert 2 not in performer(rows()).drawn(8, random)


def test_a_performer_with_few_pictures_still_fills_a_group() -> None:
    few = Performer(performer(rows()).shard, [], 0, rows(0), rows(), rows(5, 6))
    assert sorted(few.drawn(6, np.random.default_rng(0))[1:].tolist()).count(5) in (2, 3)
