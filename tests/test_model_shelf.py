"""Which model runs where, and what is said where ours cannot."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as sample_images

from backend import model_shelf
from backend.adapters.model_assets import FACE_LANDMARKER
from backend.bootstrap import make_application
from backend.core.curves import ExpressionCurves, joined
from backend.core.formats.version_json import version_to_text
from backend.entrypoints.command_line import run
from backend.errors import ModelDamaged, ModelMissing
from backend.model_shelf import BASELINE, SUPERFACE_BASE, bases, chosen, shelf, usable
from backend.ports import never
from backend.settings import Settings
from backend.usecases.choose_versions import ModelChoice
from backend.usecases.retarget_order import CurveChunk, RetargetOrder, Summary
from tests.core.learnt import learnt, version


@pytest.fixture
def ours(untrained_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_shelf, "WEIGHTS", untrained_weights)


@pytest.fixture
def settings(landmarker_task: bytes, tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.model_cache.mkdir(parents=True)
    (settings.model_cache / FACE_LANDMARKER.name).write_bytes(landmarker_task)
    return settings


def without(*packages: str) -> object:
    return lambda name: None if name in packages else find_spec(name)


def test_without_weights_the_baseline_runs_and_the_reason_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(model_shelf, "WEIGHTS", tmp_path / "superface-base.safetensors")
    assert usable() == (BASELINE,)
    assert chosen("").model == BASELINE
    with pytest.raises(ModelMissing, match="superface-base cannot run here") as refusal:
        chosen("superface-base")
    assert BASELINE.id in refusal.value.advice
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path))
    assert run(["models"]) == 0
    assert "its weights, superface-base.safetensors, are not in this installation" in capsys.readouterr().out


@pytest.mark.usefixtures("ours")
@pytest.mark.parametrize("absent", [("torch",), ("safetensors",), ("torch", "safetensors")])
def test_without_torch_the_baseline_runs_and_the_size_of_torch_is_said(
    absent: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_shelf, "find_spec", without(*absent))
    assert usable() == (BASELINE,)
    with pytest.raises(ModelMissing, match=", ".join(absent)) as refusal:
        chosen(SUPERFACE_BASE.id)
    assert "200 MB" in refusal.value.advice


@pytest.mark.usefixtures("ours")
def test_with_weights_and_torch_ours_runs_unless_the_baseline_is_named() -> None:
    assert usable() == (SUPERFACE_BASE, BASELINE)
    assert chosen("").model == SUPERFACE_BASE
    assert chosen(BASELINE.id).model == BASELINE
    assert not any(each.lacking for each in shelf())


@pytest.mark.usefixtures("ours")
def test_a_torch_that_cannot_be_loaded_is_said_with_a_way_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    monkeypatch.setitem(sys.modules, "backend.predictor.torch_predictor", None)
    application = make_application(settings)
    used = application.choose(ModelChoice())
    with pytest.raises(ModelMissing, match="torch cannot be used") as refusal:
        list(application.retarget(application.open_clip(clip), RetargetOrder(), used, never))
    assert BASELINE.id in refusal.value.advice


def test_torch_is_not_imported_before_it_is_needed() -> None:
    looked = """
import sys
from pathlib import Path
from backend import bootstrap, model_shelf
from backend.settings import Settings
bootstrap.make_application(Settings(home=Path("nowhere")))
model_shelf.chosen("mediapipe-baseline")
print("torch" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Half a second of one face that moves a little across the picture."""
    folder = tmp_path / "face"
    folder.mkdir()
    for number in range(12):
        moved = np.roll(sample_images.astronaut(), number, axis=1)[:360, 40:400]
        Image.fromarray(moved).save(folder / f"{number:04}.png")
    return folder


def retarget(settings: Settings, clip: Path, model: str, **order: object) -> tuple[ExpressionCurves, Summary]:
    application = make_application(settings)
    orders = RetargetOrder(**order)  # type: ignore[arg-type]
    events = list(
        application.retarget(
            application.open_clip(clip), orders, application.choose(ModelChoice(model)), never
        )
    )
    summary = events[-1]
    assert isinstance(summary, Summary)
    return joined(event.curves for event in events if isinstance(event, CurveChunk)), summary


@pytest.mark.usefixtures("ours")
def test_a_clip_goes_through_our_model_with_a_rest_that_was_found(settings: Settings, clip: Path) -> None:
    curves, summary = retarget(settings, clip, "")
    baseline, plain = retarget(settings, clip, BASELINE.id)
    assert curves.observed[:, :52].all()
    assert np.abs(curves.values[:, :52] - baseline.values[:, :52]).max() > 0.05
    assert ["at rest was taken from 0:00." in remark for remark in summary.remarks] == [True]
    assert plain.remarks == ()


@pytest.mark.usefixtures("ours")
def test_a_performers_rest_belongs_to_the_model_that_described_it(settings: Settings, clip: Path) -> None:
    named, _ = retarget(settings, clip, "", neutral_seconds=(0.1,), performer="Ann")
    again, summary = retarget(settings, clip, "", performer="Ann")
    np.testing.assert_allclose(again.values, named.values, atol=1e-5)
    assert summary.remarks == ()
    _, refused = retarget(settings, clip, BASELINE.id, performer="Ann")
    assert ["another model" in remark for remark in refused.remarks] == [True]


@pytest.mark.usefixtures("ours")
def test_a_live_stream_is_read_by_our_model(settings: Settings) -> None:
    reader = make_application(settings).start_live(SUPERFACE_BASE.id, 0.0)
    curves = reader.read(np.ascontiguousarray(sample_images.astronaut()), 0.0, False).curves
    assert curves.observed[:, :52].all()
    assert np.ptp(curves.values[:, :52]) > 0


@pytest.mark.usefixtures("ours")
def test_a_version_that_could_not_be_applied_is_not_brought_in(settings: Settings) -> None:
    learning = make_application(settings).learning
    (base,) = bases()
    nonsense = version_to_text(version(1, base=base), learnt(1)).encode()
    with pytest.raises(ModelDamaged, match="no correction can be read"):
        learning.bring_in(nonsense, "Bob")
    assert learning.versions().cards == ()
