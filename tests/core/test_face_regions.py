from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.face_regions import (
    DETECTOR_SIZE,
    Detection,
    Region,
    anchors,
    decode,
    landmarks_in_picture,
    looks,
    one_per_face,
    region_of_detection,
    region_of_landmarks,
)

lengths = st.integers(8, 4000)


def detection(x, y, size, score=0.9):
    half = size / 2
    box = np.array([x - half, y - half, x + half, y + half])
    return Detection(box, np.array([[x - half / 2, y], [x + half / 2, y]]), score)


def test_there_is_an_anchor_for_every_output_of_the_detector():
    assert anchors().shape == (896, 2)
    np.testing.assert_allclose(anchors()[0], 0.5 / 16)
    np.testing.assert_allclose(anchors()[-1], 7.5 / 8)


def test_a_raw_box_lands_on_its_place_in_the_picture():
    boxes = np.zeros((896, 16), np.float32)
    scores = np.full(896, -5, np.float32)
    boxes[0, :4] = (60, 60, 32, 16)  # centre 60 pixels from the first anchor, which is at 4
    boxes[0, 4:8] = (50, 60, 70, 60)
    scores[0] = 5
    (found,) = decode(boxes, scores, Region(1000, 500, 256, 256), threshold=0.5)
    np.testing.assert_allclose(found.box, [968, 484, 1032, 516])
    np.testing.assert_allclose(found.eyes, [[980, 500], [1020, 500]])
    assert found.score == pytest.approx(1 / (1 + np.exp(-5)))


def test_overlapping_detections_become_their_weighted_mean():
    (face,) = one_per_face([detection(100, 100, 50, score=0.6), detection(104, 100, 50, score=0.9)])
    assert (face.box[0] + face.box[2]) / 2 == pytest.approx((100 * 0.6 + 104 * 0.9) / 1.5)
    assert face.score == 0.9


def test_faces_apart_stay_apart_best_first():
    faces = one_per_face(
        [detection(50, 50, 40, 0.6), detection(200, 50, 40, 0.8), detection(200, 200, 40, 0.7)]
    )
    assert [face.score for face in faces] == [0.8, 0.7, 0.6]


@given(
    st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(1, 1e3), st.floats(1, 1e3), st.floats(-np.pi, np.pi)
)
def test_a_regions_middle_is_its_centre_and_its_bounds_hold_its_corners(x, y, width, height, rotation):
    region = Region(x, y, width, height, rotation)
    square = region.to_picture()
    np.testing.assert_allclose(square @ [0.5, 0.5, 1], [x, y], atol=1e-6)
    low, high = region.bounds()
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        place = square @ [*corner, 1]
        assert np.all(low < place)
        assert np.all(place < high)


@given(st.floats(-1.4, 1.4), st.floats(20, 300), st.floats(-50, 700))
def test_the_next_region_is_upright_for_the_face_and_half_as_large_again(roll, size, x):
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = 0.5
    points[33, :2], points[263, :2] = (0.25, 0.5), (0.75, 0.5)  # outer eye corners
    face = landmarks_in_picture(points, Region(x, 100, size, size, roll))
    region = region_of_landmarks(face)
    assert region.rotation == pytest.approx(roll, abs=1e-3)
    assert (region.x, region.y) == pytest.approx((x, 100), abs=1e-2)
    assert region.width == region.height == pytest.approx(1.5 * np.ptp(face[:, :2], axis=0).max(), rel=1e-4)


def test_a_detection_is_looked_at_with_a_margin_along_its_eyes():
    tilted = Detection(np.array([10, 20, 50, 60.0]), np.array([[20, 30], [40, 50.0]]), 0.9)
    region = region_of_detection(tilted)
    assert (region.x, region.y, region.width, region.height) == (30, 40, 60, 60)
    assert region.rotation == pytest.approx(np.pi / 4)


@given(lengths, lengths)
def test_every_look_covers_the_picture(width, height):
    for look in looks(width, height):
        for axis, length in (("x", width), ("y", height)):
            spans = sorted({(getattr(r, axis) - r.width / 2, getattr(r, axis) + r.width / 2) for r in look})
            assert spans[0][0] <= 1e-6
            assert spans[-1][1] >= length - 1e-6
            assert all(b[0] <= (a[0] + a[1]) / 2 + 1e-6 for a, b in pairwise(spans))


def test_small_pictures_are_not_looked_at_more_closely_than_they_are():
    assert min(r.width for look in looks(200, 180) for r in look) >= DETECTOR_SIZE
