"""Buffers hold what lies where: part, place, normal and depth of a surface that is known."""

from collections.abc import Iterator

import numpy as np
import pytest

from training.camera import Camera
from training.rasterise import NOTHING, WHOLE, Buffers, Pane, Rasteriser, normals_of

AHEAD = np.column_stack([np.eye(3), [0, 0, -50]]).astype(np.float32)
# Two squares that face the camera: the nearer one covers the right half of the farther one.
SQUARE = np.array([[-5, -5, 0], [5, -5, 0], [5, 5, 0], [-5, 5, 0]], np.float32)
VERTICES = np.concatenate([SQUARE, SQUARE * [0.5, 1, 1] + [2.5, 0, 10]]).astype(np.float32)
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
PART = np.array([0, 0, 0, 0, 3, 3, 3, 3], np.uint8)


@pytest.fixture(scope="module")
def seen() -> Iterator[Buffers]:
    with Rasteriser(64) as rasteriser:
        yield rasteriser.draw(VERTICES, TRIANGLES, PART, VERTICES, AHEAD, focal=5.0)


def test_the_nearer_surface_hides_the_farther(seen: Buffers) -> None:
    assert seen.part[32, 20] == 0
    assert seen.part[32, 44] == 3
    assert seen.part[2, 2] == NOTHING


def test_depth_is_in_centimetres(seen: Buffers) -> None:
    assert seen.depth[32, 20] == pytest.approx(50, abs=1e-3)
    assert seen.depth[32, 44] == pytest.approx(40, abs=1e-3)


def test_rows_run_from_the_top_and_columns_to_the_right(seen: Buffers) -> None:
    assert seen.paint[20, 20, 1] > seen.paint[44, 20, 1]
    assert seen.paint[32, 24, 0] > seen.paint[32, 18, 0]


def test_normals_face_the_camera(seen: Buffers) -> None:
    np.testing.assert_allclose(seen.normal[32, 44], [0, 0, 1], atol=1e-5)


def test_a_turned_surface_has_a_turned_normal() -> None:
    slope = SQUARE.copy()
    slope[:, 2] = slope[:, 0]
    normal = normals_of(slope, TRIANGLES[:2])
    np.testing.assert_allclose(normal, np.tile([-(0.5**0.5), 0, 0.5**0.5], (4, 1)), atol=1e-6)


def test_a_pane_shows_its_part_of_the_picture() -> None:
    camera = Camera(AHEAD, 5.0, 64)
    view = np.array([[0.5, 0, 30.0], [0, 0.5, 10.0]], np.float32)  # twice as large, from pixel (30, 10)
    panes = [Pane(0, 0, 64, 64, WHOLE), Pane(64, 8, 32, 48, camera.window(view, 32, 48))]
    with Rasteriser(96, 64) as rasteriser:
        both = rasteriser.draw(VERTICES, TRIANGLES, PART, VERTICES, AHEAD, 5.0, panes)
    x, y = 20, 30
    in_whole = view @ [x, y, 1]
    near = both.paint[int(in_whole[1]), int(in_whole[0])]
    np.testing.assert_allclose(both.paint[8 + y, 64 + x], near, atol=0.2)
    assert (both.part[:8, 64:] == NOTHING).all()
    np.testing.assert_allclose(camera.pixels(near[None])[0, :2], in_whole, atol=1.0)
