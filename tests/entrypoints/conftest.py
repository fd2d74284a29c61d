import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.fake_application import FakeWork
from tests.entrypoints.loopback import Loopback, serving, settings_in


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """`superface serve` logs to the standard error of its day, which is gone after the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def loopback(tmp_path: Path) -> Iterator[Loopback]:
    with serving(settings_in(tmp_path), FakeWork()) as running:
        yield running
