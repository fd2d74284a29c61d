"""A small network and sights of nobody, for tests that have torch."""

from typing import Any

import numpy as np
import pytest

from backend.core.face_views import ATLAS_SHAPE


@pytest.fixture
def network() -> Any:
    torch = pytest.importorskip("torch")
    from backend.predictor.network import Design, ExpressionNetwork

    torch.manual_seed(0)
    return ExpressionNetwork(Design((4, 4, 8), features=10, hidden=16, depth=1)).eval()


@pytest.fixture
def sight() -> Any:
    pytest.importorskip("torch")
    from backend.predictor.sights import sights_of

    rng = np.random.default_rng(1)
    atlas = rng.integers(0, 255, (3, *ATLAS_SHAPE, 3), np.uint8)
    shape, angles, teacher = (rng.random((3, *size), np.float32) for size in ((478, 3), (3,), (52,)))
    return sights_of(atlas, shape, angles, teacher)
