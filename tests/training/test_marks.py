"""Landmarks found on a head lie on it where a face has them."""

from pathlib import Path

import numpy as np
import pytest

from backend.adapters.litert_tracker import load_networks
from backend.ports import FaceNetworks
from training.anny_heads import AnnyHeads
from training.heads import HeadSource
from training.ict_heads import IctHeads
from training.marks import marks_of

NOSE_TIP, CHIN, UPPER_LIP, LOWER_LIP, RIGHT_BROW, LEFT_BROW, LEFT_IRIS = 1, 152, 0, 17, 105, 334, 473


@pytest.fixture(scope="module")
def networks(landmarker_task: bytes) -> FaceNetworks:
    return load_networks(landmarker_task)


@pytest.fixture(scope="module")
def ict(shared_data: Path) -> IctHeads:
    return IctHeads(shared_data / "heads" / "ict_facekit_reduced.npz")


@pytest.mark.parametrize("name", ["anny", "ict"])
def test_marks_lie_where_a_face_has_them(
    name: str, networks: FaceNetworks, anny: AnnyHeads, request: pytest.FixtureRequest
) -> None:
    source: HeadSource = request.getfixturevalue(name)
    marks, head = marks_of(source, networks), source.head(0)
    assert marks.shape == (478, 3)
    x, y, z = marks.T
    assert abs(x[NOSE_TIP]) < 0.5
    assert z[NOSE_TIP] > np.quantile(z, 0.97)
    assert y[CHIN] < y[LOWER_LIP] < y[UPPER_LIP] < y[NOSE_TIP] < 0 < y[LEFT_BROW]
    assert x[RIGHT_BROW] < 0 < x[LEFT_BROW]
    assert np.linalg.norm(marks[LEFT_IRIS, :2] - head.eyeballs[0].centre[:2]) < 0.4
    away = np.linalg.norm(marks[:, None] - head.rest[None], axis=-1).min(axis=1)
    assert away.max() < 1.0  # between vertices, never off the surface
