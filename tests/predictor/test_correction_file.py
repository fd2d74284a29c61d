"""A correction comes back as it was, or is refused with the reason."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors")
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from backend.core.correction import BeliefCorrection
from backend.errors import ModelDamaged, ModelMissing
from backend.predictor.correction_file import KIND, load_correction, save_correction
from backend.sealed_numbers import write_sealed
from protos import arkit

BASE = "superface-base@0123456789ab"
RNG = np.random.default_rng(0)
LEARNT = BeliefCorrection(*RNG.normal(size=(3, 52)), RNG.normal(size=(52, 4)), RNG.normal(size=(52, 4)))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "ann.safetensors"
    save_correction(LEARNT, BASE, path, {"level": "groups", "raters": ["Ann"]})
    return path


def header_of(path: Path) -> dict[str, str]:
    with safe_open(path, "np") as file:
        return dict(file.metadata())


def test_it_comes_back_as_it_was(stored: Path) -> None:
    again, facts = load_correction(stored, BASE)
    assert facts == {"base": BASE, "level": "groups", "raters": ["Ann"]}
    for name, numbers in vars(LEARNT).items():
        np.testing.assert_array_equal(getattr(again, name), numbers)


def test_the_same_correction_makes_the_same_file(stored: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.safetensors"
    save_correction(LEARNT, BASE, again, {"raters": ["Ann"], "level": "groups"})
    assert again.read_bytes() == stored.read_bytes()


def test_edited_numbers_are_refused(stored: Path) -> None:
    save_file(load_file(stored) | {"gain": LEARNT.gain * 1.01}, stored, header_of(stored))
    with pytest.raises(ModelDamaged, match="changed after they were written"):
        load_correction(stored, BASE)


def test_edited_facts_are_refused(stored: Path) -> None:
    told = {name: entry.replace("Ann", "Ben") for name, entry in header_of(stored).items()}
    save_file(load_file(stored), stored, told)
    with pytest.raises(ModelDamaged, match="changed after they were written"):
        load_correction(stored, BASE)


def test_a_correction_of_another_predictor_is_refused_and_that_one_is_named(stored: Path) -> None:
    with pytest.raises(ModelDamaged, match="learnt on superface-base@0123456789ab, not on mediapipe"):
        load_correction(stored, "mediapipe")


def test_a_correction_for_other_names_is_refused(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arkit, "COEFFICIENTS", ("jawOpen",))
    with pytest.raises(ModelDamaged, match="other coefficients"):
        load_correction(stored, BASE)


@pytest.mark.parametrize("kept", [0, 4, 300, 1500])
def test_a_file_that_was_cut_off_is_refused(stored: Path, kept: int) -> None:
    stored.write_bytes(stored.read_bytes()[:kept])
    with pytest.raises(ModelDamaged, match="cut off"):
        load_correction(stored, BASE)


@pytest.mark.parametrize("header", [None, {"superface": "{"}, {"superface": "3"}, {"superface": "{}"}])
def test_weights_of_something_else_are_refused(tmp_path: Path, header: dict[str, str] | None) -> None:
    save_file({"weight": np.zeros(2)}, tmp_path / "other.safetensors", header)
    with pytest.raises(ModelDamaged, match="no correction can be read"):
        load_correction(tmp_path / "other.safetensors", BASE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"none\.safetensors"):
        load_correction(tmp_path / "none.safetensors", BASE)


def test_numbers_that_are_none_or_missing_are_no_correction(stored: Path) -> None:
    numbers = vars(LEARNT) | {"shift": np.full(52, np.nan)}
    write_sealed(stored, KIND, {"base": BASE}, numbers)
    with pytest.raises(ModelDamaged, match="shift must be"):
        load_correction(stored, BASE)
    write_sealed(stored, KIND, {"base": BASE}, {"gain": LEARNT.gain})
    with pytest.raises(ModelDamaged, match="offset"):
        load_correction(stored, BASE)
