import numpy as np
import pytest
from skimage import data as sample_images

from backend.adapters.litert_tracker import LiteRtTracker, load_networks
from backend.core.face_views import ATLAS_SHAPE, VIEWS, columns, face_frame
from backend.predictor.face_atlas import face_atlas


def ramp(height: int, width: int) -> np.ndarray:
    """Red counts columns, green rows."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.arange(width)
    picture[..., 1] = np.arange(height)[:, None]
    return picture


def maps(scale: float, x: float, y: float, turned: float = 0.0) -> np.ndarray:
    """Every view's first pixel at (x, y), `scale` pixels of the picture for each of its own."""
    c, s = np.cos(turned) * scale, np.sin(turned) * scale
    return np.array([[[c, -s, x], [s, c, y]]] * len(VIEWS), np.float32)


def test_a_map_of_one_to_one_copies_pixels() -> None:
    atlas = face_atlas(ramp(200, 250), maps(1.0, 20, 30))
    assert atlas.shape == (*ATLAS_SHAPE, 3)
    for number, view in enumerate(VIEWS):
        np.testing.assert_array_equal(atlas[:, columns(number)], ramp(200, 250)[30:126, 20 : 20 + view.width])


@pytest.mark.parametrize("scale", [0.3, 0.8, 1.4, 1.9])
def test_a_view_pixel_shows_where_the_map_leads(scale: float) -> None:
    atlas = face_atlas(ramp(256, 256), maps(scale, 10, 12, turned=0.1)).astype(float)
    x, y = 60, 40
    expected = maps(scale, 10, 12, turned=0.1)[0] @ [x, y, 1]
    np.testing.assert_allclose(atlas[y, x, :2], expected, atol=1.0)


def test_shrinking_keeps_the_place() -> None:
    wide = np.kron(ramp(200, 250), np.ones((6, 6, 1), np.uint8))  # a pixel of ramp is now 6 × 6
    atlas = face_atlas(wide, maps(6.0, 6 * 20 + 2.5, 6 * 30 + 2.5)).astype(float)
    np.testing.assert_allclose(atlas[5:90, 5:90], ramp(200, 250)[35:120, 25:110], atol=1.0)


def test_a_fine_pattern_in_a_large_face_becomes_its_mean() -> None:
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[:, ::2] = 200
    inside = face_atlas(stripes, maps(8.0, 300, 50, turned=0.2))[:, columns(1)]
    assert np.all(np.abs(inside.astype(int) - 100) <= 2)


def test_beyond_the_picture_it_is_black() -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    atlas = face_atlas(white, maps(1.0, -50, -50))
    assert not atlas[:40, :40].any()
    assert np.all(atlas[55:90, 55:90] == 255)
    assert not face_atlas(white, maps(1.0, 500, 500)).any()
    assert not face_atlas(white, maps(1.0, -500, -500)).any()


def test_a_mirrored_view_of_a_picture_will_do() -> None:
    picture = ramp(150, 250)
    mirrored = picture[:, ::-1]
    np.testing.assert_array_equal(
        face_atlas(mirrored, maps(1.0, 9, 9)), face_atlas(np.ascontiguousarray(mirrored), maps(1.0, 9, 9))
    )


def test_a_face_looks_the_same_small_and_large(landmarker_task: bytes) -> None:
    networks = load_networks(landmarker_task)
    portrait = sample_images.astronaut()[:300, 50:350]
    face = LiteRtTracker(networks).track(portrait, 0.0)
    assert face is not None
    large = np.kron(portrait, np.ones((4, 4, 1), np.uint8))
    frame = face_frame(face.landmarks, (300, 300), networks.geometry)
    shifted = (face.landmarks + np.float32([0.5, 0.5, 0])) * 4 - np.float32([0.5, 0.5, 0])
    again = face_frame(shifted, (1200, 1200), networks.geometry)
    one, other = face_atlas(portrait, frame.maps), face_atlas(large, again.maps)
    assert np.abs(one.astype(int) - other.astype(int)).mean() < 4
