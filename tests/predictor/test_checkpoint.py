from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from safetensors.torch import load_file, save_file  # noqa: E402 - torch is an extra

from backend import whole_file  # noqa: E402
from backend.core import face_views  # noqa: E402
from backend.errors import ModelDamaged, ModelMissing  # noqa: E402
from backend.predictor.checkpoint import load_network, save_network  # noqa: E402
from backend.predictor.network import ExpressionNetwork, Sight  # noqa: E402
from protos import arkit  # noqa: E402


@pytest.fixture
def stored(network: ExpressionNetwork, tmp_path: Path) -> Path:
    network.gate.fill_(2.5)
    save_network(network, tmp_path / "weights.safetensors", {"seed": 7})
    return tmp_path / "weights.safetensors"


def test_a_network_comes_back_as_it_was_with_its_calibration_and_facts(
    network: ExpressionNetwork, sight: Sight, stored: Path
) -> None:
    again, facts = load_network(stored)
    assert facts == {"seed": 7}
    assert again.design == network.design
    assert float(again.gate) == 2.5
    assert torch.equal(again.describe(sight), network.describe(sight))


def test_the_hash_is_the_files_own(network: ExpressionNetwork, stored: Path) -> None:
    digest = save_network(network, stored, {})
    load_network(stored, digest)
    with pytest.raises(ModelDamaged, match="hash"):
        load_network(stored, "0" * 64)


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"none\.safetensors"):
        load_network(tmp_path / "none.safetensors")


@pytest.mark.parametrize("kept", [0, 4, 300, 20_000])
def test_a_file_that_was_cut_off_is_refused(stored: Path, kept: int) -> None:
    stored.write_bytes(stored.read_bytes()[:kept])
    with pytest.raises(ModelDamaged, match="cut off"):
        load_network(stored)


def test_weights_for_other_names_are_refused(
    network: ExpressionNetwork, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arkit, "COEFFICIENTS", ("jawOpen",))
    with pytest.raises(ModelDamaged, match="other coefficients"):
        load_network(stored)


def test_weights_for_other_views_are_refused(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_views, "VERSION", face_views.VERSION + 1)
    with pytest.raises(ModelDamaged, match="views"):
        load_network(stored)


def test_safetensors_of_something_else_are_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelDamaged, match="other coefficients"):
        load_network(tmp_path / "other.safetensors")


def test_a_tensor_of_another_shape_is_refused(stored: Path) -> None:
    from safetensors import safe_open

    with safe_open(stored, "pt") as file:
        header = file.metadata()
    tensors = load_file(stored)
    tensors["read.bias"] = torch.zeros(3)
    save_file(tensors, stored, header)
    with pytest.raises(ModelDamaged, match="design"):
        load_network(stored)


def test_a_full_disk_leaves_the_old_weights(
    network: ExpressionNetwork, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        save_network(network, stored, {"seed": 8})
    assert stored.read_bytes() == before
    assert list(stored.parent.iterdir()) == [stored]
