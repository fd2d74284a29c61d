import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.adapters.calibration_folder import CalibrationFolder
from backend.core.calibration import Calibration
from backend.errors import DiskFull, RequestInvalid


def calibration(seed: int = 0) -> Calibration:
    numbers = np.random.default_rng(seed).random(58, np.float32)
    return Calibration(rest=numbers[:52], gaze=numbers[52:], model_id="some-model")


def test_an_unknown_performer_has_none(tmp_path: Path) -> None:
    assert CalibrationFolder(tmp_path / "new").read("Ann") is None


@given(name=st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_is_written_is_read_back_whatever_the_name(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = CalibrationFolder(Path(folder) / "calibrations")
        store.write(name, calibration(1))
        store.write(name, calibration(2))
        back = store.read(name)
        assert back is not None
        np.testing.assert_array_equal(back.rest, calibration(2).rest)
        assert back.model_id == "some-model"
        written = list(Path(folder).rglob("*"))
        assert [path.suffix for path in written if path.is_file()] == [".json"]
        assert len(written) == 2, "nothing lies outside the folder, no draft is left"


@pytest.mark.parametrize(("one", "other"), [("Ann", "ann"), ("Zoë", "Zoe"), ("a/b", "a-b"), ("李", "王")])
def test_names_stay_apart(tmp_path: Path, one: str, other: str) -> None:
    store = CalibrationFolder(tmp_path)
    store.write(one, calibration())
    assert store.read(other) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    store = CalibrationFolder(tmp_path)
    store.write("Ann", calibration())
    path = next(tmp_path.iterdir())
    path.write_text(text)
    with pytest.raises(RequestInvalid, match=path.name):
        store.read("Ann")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file stands where the folder should")
    with pytest.raises(DiskFull, match="Ann"):
        CalibrationFolder(tmp_path / "taken").write("Ann", calibration())
