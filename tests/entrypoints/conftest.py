from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.fake_application import FakeWork
from tests.entrypoints.loopback import Loopback, serving, settings_in


@pytest.fixture
def loopback(tmp_path: Path) -> Iterator[Loopback]:
    with serving(settings_in(tmp_path), FakeWork()) as running:
        yield running
