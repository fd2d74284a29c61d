from pathlib import Path

import pytest

from backend.adapters.picture_sequence import find_sequence, names_sequence, single_picture
from backend.errors import ClipMissing, ClipUnreadable


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


def found(path: Path) -> list[str]:
    return [picture.name for picture in find_sequence(path).paths]


@pytest.mark.parametrize("pattern", ["", "shot_####.png", "shot_%04d.png", "shot_%d.png", "shot_0002.png"])
def test_a_folder_a_pattern_or_one_picture_name_the_sequence(tmp_path: Path, pattern: str) -> None:
    touch(tmp_path, "shot_0001.png", "shot_0002.png", "shot_0010.png", "notes.txt", "thumb.png")
    assert found(tmp_path / pattern) == ["shot_0001.png", "shot_0002.png", "shot_0010.png"]


def test_numbers_count_not_letters(tmp_path: Path) -> None:
    touch(tmp_path, "a10.png", "a9.png", "a100.png")
    assert found(tmp_path) == ["a9.png", "a10.png", "a100.png"]


def test_only_the_last_number_runs(tmp_path: Path) -> None:
    touch(tmp_path, "v2_0001.png", "v2_0002.png", "v3_0001.png")
    assert found(tmp_path / "v2_0001.png") == ["v2_0001.png", "v2_0002.png"]


def test_a_missing_number_is_a_gap_in_time(tmp_path: Path) -> None:
    touch(tmp_path, "a1001.exr", "a1002.exr", "a1005.exr")
    assert find_sequence(tmp_path).times(2.0) == (0.0, 0.5, 2.0)


def test_signs_of_patterns_in_a_name_are_taken_literally(tmp_path: Path) -> None:
    touch(tmp_path, "take (1)[x]+01.png", "take (1)[x]+02.png")
    assert found(tmp_path / "take (1)[x]+##.png") == ["take (1)[x]+01.png", "take (1)[x]+02.png"]


def test_a_file_with_a_hash_sign_in_its_name_is_one_file(tmp_path: Path) -> None:
    touch(tmp_path, "take #1.mp4")
    assert not names_sequence(tmp_path / "take #1.mp4")


def test_a_folder_with_two_sequences_asks_which(tmp_path: Path) -> None:
    touch(tmp_path, "left_01.png", "right_01.png")
    with pytest.raises(ClipUnreadable, match=r"left_#\.png, right_#\.png"):
        find_sequence(tmp_path)


@pytest.mark.parametrize("name", ["", "shot_####.png", "gone/shot_##.png", "shot_0001.png", "face.png"])
def test_nothing_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ClipMissing):
        find_sequence(tmp_path / name)


def test_a_single_picture_is_a_sequence_of_one(tmp_path: Path) -> None:
    assert single_picture(tmp_path / "x.png").times(24.0) == (0.0,)
