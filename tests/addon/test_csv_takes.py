"""Live Link Face CSV in and out of the takes on disk, also where file or disk are not as they should be."""

import errno
import threading
from pathlib import Path

import numpy as np
import pytest

from blender_addon import csv_takes
from blender_addon.contract import arkit, curves
from blender_addon.takes import TakeFacts, TakeFolder, TakeUnreadable

NEVER = threading.Event()


@pytest.fixture
def takes(tmp_path: Path) -> TakeFolder:
    return TakeFolder(tmp_path / "takes")


@pytest.fixture
def take(takes: TakeFolder) -> TakeFacts:
    values = np.linspace(0, 0.9, 90 * len(arkit.CHANNELS), dtype=np.float32).reshape(90, -1)
    begun = takes.begin("clip", "/footage/clip.mp4", 30.0)
    takes.append(begun.id, curves.curves_from_values(values, 30.0))
    return takes.finish(begun)


def export(takes: TakeFolder, take: TakeFacts, path: Path) -> None:
    assert list(csv_takes.exported(takes, take.id, path)(NEVER)) == [path]


def test_a_take_goes_out_and_comes_back(takes: TakeFolder, take: TakeFacts, tmp_path: Path) -> None:
    path = tmp_path / "take.csv"
    export(takes, take, path)
    (back,) = csv_takes.imported(takes, path, 0.0)(NEVER)
    np.testing.assert_allclose(takes.curves(back.id).values, takes.curves(take.id).values, atol=1e-5)
    assert (back.name, back.complete) == ("take", True)


def test_a_full_disk_leaves_the_file_that_was_there(
    takes: TakeFolder, take: TakeFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "take.csv"
    path.write_text("an earlier take")

    def half(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", half)
        with pytest.raises(OSError, match="No space left"):
            export(takes, take, path)
    assert path.read_text() == "an earlier take"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["take.csv"]


def test_letters_of_another_encoding_do_no_harm(takes: TakeFolder, take: TakeFacts, tmp_path: Path) -> None:
    path = tmp_path / "take.csv"
    export(takes, take, path)
    first, *rows = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first + b",\xe9t\xe9", *(row + b",0" for row in rows)]))
    (back,) = csv_takes.imported(takes, path, 0.0)(NEVER)
    assert back.expected == 90


@pytest.mark.parametrize("content", [None, b"", b"\xff\xd8\xff\xe0 a picture", b"\x00" * 3000])
def test_what_is_no_take_is_refused_with_its_name_and_what_to_do(
    takes: TakeFolder, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "other.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TakeUnreadable, match=r"other\.csv.*(Choose|Export)"):
        list(csv_takes.imported(takes, path, 0.0)(NEVER))
    assert takes.all() == []
