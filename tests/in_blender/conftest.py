"""The zip, built once for all tests that install it."""

import os
import sys
from pathlib import Path

import pytest

import build_addon


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installable zip for this machine; its wheels are kept in .cache/wheels."""
    return build_addon.build(out=tmp_path_factory.mktemp("zip"))


class EndWithoutCleaningUp:
    """Blender 4.2 as a module crashes when Python ends, once any add-on had a property with a callback."""

    status = 0

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.status = int(exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.status)


@pytest.fixture(scope="session", autouse=True)
def _no_crash_at_exit(request: pytest.FixtureRequest) -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")
    if bpy.app.version < (4, 3):
        request.config.pluginmanager.register(EndWithoutCleaningUp())
