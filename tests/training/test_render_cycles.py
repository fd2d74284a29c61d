"""The other renderer: whole pictures, the truth before them, and a run that goes on where it stopped."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from training.anny_heads import AnnyHeads
from training.cycles_plan import Plan, planned

pytest.importorskip("bpy", reason="needs Blender as a Python module")
render_cycles: ModuleType = pytest.importorskip("training.render_cycles")


@pytest.fixture(scope="module")
def cast(anny: AnnyHeads, landmarker_task: bytes) -> dict:
    from backend.adapters.litert_tracker import load_networks
    from training.marks import marks_of

    return {anny.name: (anny, marks_of(anny, load_networks(landmarker_task)))}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(["anny"], people=1, frames=2, seed=5)


@pytest.fixture(scope="module")
def folder(plan: Plan, cast: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("cycles")
    render_cycles.keep_truth(plan, made)
    assert list(render_cycles.render(plan, cast, made, seed=5, size=64, samples=1)) == [0, 1]
    return made


def read(folder: Path, row: int) -> np.ndarray:
    return np.asarray(Image.open(render_cycles.picture_path(folder, row)), np.float32)


def test_a_picture_for_every_row_and_nothing_half_written(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["00000.png", "00001.png", "truth.npz"]
    assert read(folder, 0).shape == (64, 64, 3)
    assert read(folder, 0).std() > 10
    assert np.abs(read(folder, 0) - read(folder, 1)).max() > 20


def test_what_is_missing_is_rendered_as_it_was(folder: Path, plan: Plan, cast: dict) -> None:
    before = read(folder, 1)
    render_cycles.picture_path(folder, 1).unlink()
    assert list(render_cycles.render(plan, cast, folder, seed=5, size=64, samples=1)) == [1]
    np.testing.assert_allclose(read(folder, 1), before, atol=2)
    assert list(render_cycles.render(plan, cast, folder, seed=5, size=64, samples=1)) == []


def test_pictures_of_others_are_not_mixed_in(folder: Path, plan: Plan) -> None:
    render_cycles.keep_truth(plan, folder)
    with pytest.raises(ValueError, match="other people or another seed"):
        render_cycles.keep_truth(planned(["anny"], 1, 2, seed=6), folder)
