from pathlib import Path

import pytest

from blender_addon.image_sequences import numbered


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    for name in ("v2_9.png", "v2_10.png", "v2_11.png", "v3_10.png", "v2_10.jpg", "v2_x.png"):
        (tmp_path / name).touch()
    return tmp_path


def test_a_sequence_is_what_differs_in_its_last_number_by_that_number(shots: Path) -> None:
    sequence = numbered(shots / "v2_10.png", 24.0)
    assert [path.name for path in sequence.paths] == ["v2_9.png", "v2_10.png", "v2_11.png"]
    assert sequence.rate == 24.0


def test_an_image_without_a_number_stands_alone(tmp_path: Path) -> None:
    assert numbered(tmp_path / "still.png", 24.0).paths == (tmp_path / "still.png",)
