"""A small network and sights of nobody, for tests that have torch."""

from typing import Any

import pytest

from backend.core.face_views import ATLAS_SHAPE


@pytest.fixture
def network() -> Any:
    torch = pytest.importorskip("torch")
    from backend.predictor.network import Design, ExpressionNetwork

    torch.manual_seed(0)
    return ExpressionNetwork(Design((4, 4, 8, 8), features=10, landmarks=6, hidden=16, depth=1)).eval()


@pytest.fixture
def sight() -> Any:
    torch = pytest.importorskip("torch")
    from backend.predictor.network import Sight

    torch.manual_seed(1)
    return Sight(torch.rand(3, 3, *ATLAS_SHAPE), torch.rand(3, 478, 3), torch.rand(3, 3), torch.rand(3, 52))
