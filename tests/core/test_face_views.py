"""Views lie where the head is and stay there while the face moves."""

import numpy as np
import pytest

from backend.core.face_views import (
    ATLAS_SHAPE,
    HEIGHT,
    SEEN_IN,
    VIEWS,
    columns,
    face_frame,
    on_views,
    view_frame,
)
from backend.core.faces import rotation_from_angles
from backend.core.head_pose import VERTICAL_VIEW, FaceGeometry

SIZE = (640, 480)
FAR = 1.0  # pixels a centimetre, where perspective, which views leave aside, hardly matters
RNG = np.random.default_rng(0)
POINTS = RNG.normal(0, [5, 6, 2], (468, 3))
POINTS[[33, 133, 362, 263]] = [[-4.5, 3, 3], [-1.8, 3, 3.4], [1.8, 3, 3.4], [4.5, 3, 3]]
GEOMETRY = FaceGeometry(POINTS, np.where(np.arange(468) % 12 == 1, 1.0, 0.0))


def seen(points: np.ndarray, yaw: float = 0.0, roll: float = 0.0, scale: float = 12.0) -> np.ndarray:
    """Landmarks (478, 3) of points (468, 3) through the lens of head_pose, at `scale` pixels a centimetre."""
    focal = SIZE[1] / 2 / np.tan(VERTICAL_VIEW / 2)
    away = focal / scale
    turned = points @ rotation_from_angles(yaw, 0, roll).T.astype(np.float64)
    flat = focal * turned[:, :2] / (away - turned[:, 2:])
    drawn = np.column_stack([flat, scale * turned[:, 2]]) * [1, -1, -1]
    landmarks = np.concatenate([drawn, np.tile(drawn[:1], (10, 1))]) + np.array([320, 240, 0])
    return landmarks.astype(np.float32)


def test_the_atlas_holds_the_views_side_by_side() -> None:
    assert ATLAS_SHAPE == (HEIGHT, 416)
    assert columns(0) == slice(0, 128)
    assert columns(3) == slice(320, 416)


def test_an_eye_lies_in_the_middle_of_its_view_and_below_its_middle() -> None:
    frame = face_frame(seen(POINTS, scale=FAR), SIZE, GEOMETRY)
    for view, corners in ((1, [33, 133]), (2, [362, 263])):
        middle = seen(POINTS, scale=FAR)[corners, :2].mean(axis=0)
        linear, offset = frame.maps[view][:, :2], frame.maps[view][:, 2]
        x, y = np.linalg.solve(linear, middle - offset)
        assert x == pytest.approx(47.5, abs=2)
        assert 48 < y < 68


@pytest.mark.parametrize("roll", [-0.5, 0.0, 0.4])
def test_views_turn_with_the_head(roll: float) -> None:
    frame = face_frame(seen(POINTS, roll=roll), SIZE, GEOMETRY)
    rightwards = frame.maps[0][:, 0]
    assert np.arctan2(-rightwards[1], rightwards[0]) == pytest.approx(roll, abs=0.005)
    assert frame.angles[2] == pytest.approx(roll, abs=0.005)


def test_a_view_is_as_wide_in_the_picture_as_its_centimetres() -> None:
    frame = face_frame(seen(POINTS, scale=12.0), SIZE, GEOMETRY)
    for view, of_view in zip(VIEWS, frame.maps, strict=True):
        assert np.linalg.norm(of_view[:, 0]) * view.width == pytest.approx(12.0 * view.span, rel=0.02)


def test_lips_that_move_sideways_do_not_take_their_view_along() -> None:
    lips = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
    free = [i for i in lips if GEOMETRY.weights[i] == 0]
    moved = POINTS.copy()
    moved[free] += [1.5, 0, 0]
    still = face_frame(seen(POINTS), SIZE, GEOMETRY)
    pulled = face_frame(seen(moved), SIZE, GEOMETRY)
    assert np.abs(still.maps[0][0] - pulled.maps[0][0]).max() < 0.5
    assert np.abs(pulled.shape[free, 0] - still.shape[free, 0] - 1.5).max() < 0.05


@pytest.mark.parametrize("roll", [0.0, 0.4])
def test_landmarks_lie_on_the_views_where_the_maps_say(roll: float) -> None:
    landmarks = seen(POINTS, yaw=0.1, roll=roll, scale=FAR)
    frame = face_frame(landmarks, SIZE, GEOMETRY)
    upright, anchors = view_frame(frame.shape, frame.angles)
    lie = np.einsum("ij,kj->ki", upright, frame.shape - anchors[SEEN_IN])
    np.testing.assert_allclose(lie, on_views(landmarks[:, :2], frame.maps), atol=0.15)


def test_every_landmark_is_seen_by_a_view_and_sides_by_their_own() -> None:
    assert SEEN_IN.shape == (478,)
    assert list(SEEN_IN[[61, 291, 33, 263, 468, 473, 152]]) == [0, 0, 1, 2, 1, 2, 3]
