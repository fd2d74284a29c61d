"""A studio, and what is done before its camera."""

from collections.abc import Iterator

import numpy as np
import pytest

from backend.adapters.litert_tracker import load_networks
from training.anny_heads import AnnyHeads
from training.performers import Performance, performed
from training.studio import Studio

from .filming import SKINS


@pytest.fixture(scope="module")
def studio(anny: AnnyHeads, landmarker_task: bytes) -> Iterator[Studio]:
    with Studio([anny], load_networks(landmarker_task), SKINS) as made:
        yield made


@pytest.fixture(scope="module")
def performance() -> Performance:
    return performed(6, np.random.default_rng(3))
