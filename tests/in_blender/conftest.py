"""The zip, built once for all tests that install it."""

from pathlib import Path

import pytest

import build_addon


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installable zip for this machine; its wheels are kept in .cache/wheels."""
    return build_addon.build(out=tmp_path_factory.mktemp("zip"))
