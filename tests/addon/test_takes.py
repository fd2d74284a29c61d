from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.contract import arkit, curves
from blender_addon.takes import RECORD, RECORDS, TakeFolder, TakeUnreadable

N = len(arkit.CHANNELS)


def some_curves(frames, first=0, seed=0):
    rng = np.random.default_rng(seed)
    return curves.ExpressionCurves(
        times=(first + np.arange(frames)) / 30,
        values=rng.random((frames, N), np.float32),
        confidence=rng.random((frames, N), np.float32),
        observed=rng.random((frames, N)) > 0.5,
        spread=rng.random((frames, N), np.float32),
        head_location=rng.random((frames, 3), np.float32),
        rate=30.0,
    )


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("times", "values", "confidence", "observed", "spread", "head_location")
    )


@pytest.fixture
def takes(tmp_path):
    return TakeFolder(tmp_path / "takes")


def test_a_take_reads_back_exactly(takes):
    take = takes.begin("clip", "/footage/clip.mp4", 30.0, expected=40)
    takes.append(take.id, some_curves(25))
    takes.append(take.id, some_curves(15, first=25))
    takes.finish(take, remarks=("the face was lost once",))
    again = TakeFolder(takes.folder)
    assert same(again.curves(take.id), curves.joined([some_curves(25), some_curves(15, first=25)]))
    assert again.facts(take.id).complete
    assert again.facts(take.id).remarks == ("the face was lost once",)


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_chunk_sizes_do_not_matter(tmp_path_factory, sizes):
    takes = TakeFolder(tmp_path_factory.mktemp("takes"))
    take = takes.begin("clip", "", 30.0)
    whole = some_curves(sum(sizes))
    first = 0
    for size in sizes:
        takes.append(take.id, whole.between(first, first + size))
        first += size
    assert same(takes.curves(take.id), whole)


def test_a_record_cut_short_by_a_crash_is_left_out(takes):
    take = takes.begin("clip", "", 30.0)
    takes.append(take.id, some_curves(10))
    path = takes.folder / take.id / "curves.bin"
    path.write_bytes(path.read_bytes()[: -RECORD.itemsize // 2])
    assert len(takes.curves(take.id)) == 9


def test_an_unfinished_take_is_listed_as_such(takes):
    take = takes.begin("clip", "", 30.0)
    takes.append(take.id, some_curves(3))
    (listed,) = takes.all()
    assert (listed.id, listed.complete) == (take.id, False)


def test_a_take_without_a_frame_says_so(takes):
    take = takes.begin("empty clip", "", 30.0)
    with pytest.raises(TakeUnreadable, match=r"cannot be read|no frame"):
        takes.curves(take.id)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "channels": ["a"]}'])
def test_a_damaged_or_foreign_header_is_refused_and_not_listed(takes, content):
    take = takes.begin("clip", "", 30.0)
    (takes.folder / take.id / "take.json").write_text(content)
    with pytest.raises(TakeUnreadable):
        takes.facts(take.id)
    assert takes.all() == []


def test_curves_with_damaged_numbers_are_refused(takes):
    take = takes.begin("clip", "", 30.0)
    takes.append(take.id, some_curves(3))
    (takes.folder / take.id / "curves.bin").write_bytes(b"\xff" * RECORD.itemsize)
    with pytest.raises(TakeUnreadable, match="cannot be read"):
        takes.curves(take.id)


def test_a_take_knows_how_long_it_is_without_being_read(takes):
    take = takes.begin("clip", "", 30.0)
    assert takes.facts(take.id).seconds == 0
    takes.append(take.id, some_curves(45))
    assert takes.facts(take.id).seconds == pytest.approx(takes.curves(take.id).seconds)


def test_a_take_from_before_spreads_were_kept_is_read_without_them(takes):
    take = replace(takes.begin("clip", "", 30.0), format=1)
    takes.keep(take)
    kept = some_curves(4)
    old = np.zeros(4, RECORDS[1])
    old["time"] = kept.times
    for name in ("values", "confidence", "observed", "head_location"):
        old[name] = getattr(kept, name)
    (takes.folder / take.id / "curves.bin").write_bytes(old.tobytes())
    assert same(takes.curves(take.id), replace(kept, spread=np.zeros_like(kept.spread)))
    assert takes.facts(take.id).seconds == pytest.approx(4 / 30)
