"""What was believed of a clip comes back as it was, grows by what is read later, and takes bounded space."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.adapters.reading_folder import ReadingFolder
from backend.core.expression_distribution import ExpressionDistribution
from backend.core.readings import Reading
from backend.errors import DiskFull
from backend.ports import ReadingStore
from tests.usecases.fakes import FakeReadings

CLIP, BASE = "ab" * 32, "superface-base@1"
SCALE = np.full(52, 0.02, np.float32)


def reading(first: float = 0.0, frames: int = 30, seed: int = 0) -> Reading:
    rng = np.random.default_rng(seed)
    active, value, spread = rng.uniform(0.1, 1, (3, frames, 52)).astype(np.float32)
    rest = ExpressionDistribution(*rng.uniform(0.1, 1, (3, 52)).astype(np.float32), SCALE)
    seconds = first + np.arange(frames) / 30
    return Reading(seconds, ExpressionDistribution(active, value, spread, SCALE), rest, 1.25)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ReadingStore:
    return ReadingFolder(tmp_path / "readings") if request.param == "folder" else FakeReadings()


def test_what_is_kept_comes_back_to_the_last_bit(store: ReadingStore) -> None:
    assert store.read(CLIP, BASE) is None
    kept = reading()
    store.keep(CLIP, BASE, kept)
    found = store.read(CLIP, BASE)
    assert found is not None
    assert found.gate == 1.25
    np.testing.assert_array_equal(found.seconds, kept.seconds)
    for part in ("active", "value", "spread"):
        np.testing.assert_array_equal(getattr(found.belief, part), getattr(kept.belief, part))
        np.testing.assert_array_equal(
            np.broadcast_to(getattr(found.rest, part), (30, 52)), np.tile(getattr(kept.rest, part), (30, 1))
        )
    np.testing.assert_array_equal(found.belief.rest, SCALE)


def test_other_clips_and_other_weights_are_apart(store: ReadingStore) -> None:
    store.keep(CLIP, BASE, reading())
    assert store.read("cd" * 32, BASE) is None
    assert store.read(CLIP, "superface-base@2") is None


def test_what_is_read_later_takes_the_place_of_its_span_alone(store: ReadingStore) -> None:
    before, later = reading(), reading(first=0.5, frames=30, seed=1)
    store.keep(CLIP, BASE, before)
    store.keep(CLIP, BASE, later)
    found = store.read(CLIP, BASE)
    assert found is not None
    assert len(found.seconds) == 15 + 30
    np.testing.assert_array_equal(found.belief.value[:15], before.belief.value[:15])
    np.testing.assert_array_equal(found.belief.value[15:], later.belief.value)
    np.testing.assert_array_equal(found.rest.value[14], before.rest.value)
    np.testing.assert_array_equal(found.rest.value[15], later.rest.value)


def test_what_was_written_longest_ago_goes_when_space_runs_out(tmp_path: Path) -> None:
    store = ReadingFolder(tmp_path, most_bytes=3 * 25_000)
    for number in range(6):
        store.keep(f"{number}" * 64, BASE, reading(seed=number))
    left = [number for number in range(6) if store.read(f"{number}" * 64, BASE) is not None]
    assert left
    assert left == list(range(6))[-len(left) :]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3 * 25_000


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    store = ReadingFolder(tmp_path)
    store.keep(CLIP, BASE, reading())
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    assert store.read(CLIP, BASE) is None
    store.keep(CLIP, BASE, reading())
    assert store.read(CLIP, BASE) is not None


def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "readings").write_text("a file")
    with pytest.raises(DiskFull, match="cannot be written"):
        ReadingFolder(tmp_path / "readings").keep(CLIP, BASE, reading())


def test_a_reading_that_makes_no_sense_cannot_be() -> None:
    fine = reading()
    with pytest.raises(ValueError, match="must rise"):
        replace(fine, seconds=fine.seconds[::-1])
    with pytest.raises(ValueError, match="none"):
        replace(fine, belief=replace(fine.belief, value=np.full((30, 52), np.nan)))
