from collections.abc import Callable
from pathlib import Path

import pytest

from backend import whole_file
from backend.whole_file import write_new, write_whole


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_a_file_is_there_as_a_whole_and_nothing_beside_it(
    tmp_path: Path, write: Callable[[Path, bytes], None]
) -> None:
    write(tmp_path / "new" / "file.json", b"all of it")
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == {
        "file.json": b"all of it"
    }


def test_one_takes_the_place_of_the_old_file_and_the_other_refuses_to(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_whole(path, b"first")
    with pytest.raises(FileExistsError):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"
    write_whole(path, b"second")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"second"]


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_where_it_cannot_be_flushed_the_old_file_stays_and_nothing_half_is_left(
    tmp_path: Path, write: Callable[[Path, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.json").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    for name in ("old.json", "new.json"):
        with pytest.raises(OSError, match="No space"):
            write(tmp_path / name, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("old.json", b"old")]
