import numpy as np
import pytest

torch = pytest.importorskip("torch")

from backend.adapters.litert_tracker import load_networks  # noqa: E402 - torch is an extra
from backend.core.face_views import ATLAS_SHAPE, MIRROR, SEEN_IN, columns  # noqa: E402
from backend.predictor.network import on_views  # noqa: E402
from backend.predictor.sights import sights_of  # noqa: E402
from protos import arkit  # noqa: E402

from .in_a_mirror import mirrored  # noqa: E402

UPPER_LIP, RIGHT_CORNER, LEFT_CORNER = 13, 61, 291  # of the mouth, in MediaPipe's numbering
SIDES = np.array([0, 2, 1, 3])  # the view that shows the other side


@pytest.fixture(scope="module")
def face(landmarker_task: bytes) -> np.ndarray:
    canonical = load_networks(landmarker_task).geometry.points
    irises = np.array([[side, 0.0, 5.0] for side in (-3.2, 3.2)]).repeat(5, axis=0)
    irises += np.tile([[0, 0, 0], [0.6, 0, 0], [0, 0.6, 0], [-0.6, 0, 0], [0, -0.6, 0]], (2, 1))
    return np.concatenate([canonical, irises]).astype(np.float32)


def test_every_landmark_has_its_partner_across_the_face(face: np.ndarray) -> None:
    np.testing.assert_array_equal(MIRROR[MIRROR], np.arange(478))
    np.testing.assert_allclose(face[MIRROR] * [-1, 1, 1], face, atol=1e-4)
    assert (MIRROR[UPPER_LIP], MIRROR[RIGHT_CORNER]) == (UPPER_LIP, LEFT_CORNER)
    np.testing.assert_array_equal(SEEN_IN[MIRROR], SIDES[SEEN_IN])


def frames(face: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    count = 3
    return {
        "atlas": rng.integers(0, 255, (count, *ATLAS_SHAPE, 3), np.uint8),
        "shape": face + rng.normal(0, 0.3, (count, 478, 3)).astype(np.float32),
        "points": rng.normal(0, 2, (count, 478, 2)).astype(np.float32),
        "angles": rng.normal(0, 0.3, (count, 3)).astype(np.float32),
        "teacher": rng.random((count, 52), np.float32),
        "coefficients": rng.random((count, 52), np.float32),
    }


def test_a_mirror_in_a_mirror_shows_what_was_there(face: np.ndarray) -> None:
    group = frames(face, np.random.default_rng(0))
    again = mirrored(mirrored(group))
    for name, column in group.items():
        np.testing.assert_array_equal(again[name], column)


def test_a_wink_changes_its_side_and_its_view(face: np.ndarray) -> None:
    group = frames(face, np.random.default_rng(0))
    seen = mirrored(group)
    right, left = (arkit.INDEX[f"eyeBlink{side}"] for side in ("Right", "Left"))
    np.testing.assert_array_equal(seen["coefficients"][:, left], group["coefficients"][:, right])
    right_view, left_view = (whole["atlas"][:, :, columns(n)] for n, whole in ((1, seen), (2, group)))
    np.testing.assert_array_equal(right_view, left_view[:, :, ::-1])


def test_landmarks_lie_on_the_mirrored_views_where_the_mirror_shows_them(face: np.ndarray) -> None:
    group = frames(face, np.random.default_rng(0))
    plain, other = (
        on_views(sights_of(g["atlas"], g["shape"], g["angles"], g["teacher"])).numpy()
        for g in (group, mirrored(group))
    )
    np.testing.assert_allclose(other, plain[:, MIRROR] * [-1, 1], atol=1e-4)
