import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.faces import angles_from_rotation, rotation_from_angles
from backend.core.head_pose import VERTICAL_VIEW, FaceGeometry, head_pose, pose_and_shape, procrustes

SIZE = (640, 480)
angle = st.floats(-0.8, 0.8)
rng = np.random.default_rng(5)
# A face-like dome of 478 points in centimetres: wider than deep, bulging towards the camera.
SPREAD = rng.uniform([-7, -8], [7, 8], (478, 2))
DOME = np.column_stack([SPREAD, 7 - 0.06 * (SPREAD**2).sum(axis=1)])
GEOMETRY = FaceGeometry(DOME[:468], np.ones(468))


def seen(rotation, location, points=DOME):
    """Landmarks in pixels, depth in the scale of x, as a camera with the assumed lens sees the points."""
    camera = points @ np.asarray(rotation, np.float64).T / 100 + location
    away = -camera[:, 2]
    focal = SIZE[1] / 2 / np.tan(VERTICAL_VIEW / 2)
    x = SIZE[0] / 2 + focal * camera[:, 0] / away
    y = SIZE[1] / 2 - focal * camera[:, 1] / away
    z = focal * (away - away.mean()) / away.mean()
    return np.column_stack([x, y, z]).astype(np.float32)


@given(angle, angle, angle)
def test_a_turned_head_comes_back_with_its_angles(yaw, pitch, roll):
    pose = head_pose(seen(rotation_from_angles(yaw, pitch, roll), [0.02, -0.03, -1.5]), SIZE, GEOMETRY)
    np.testing.assert_allclose(angles_from_rotation(pose.rotation), (yaw, pitch, roll), atol=0.03)


def test_a_head_comes_back_where_it_stands():
    where = [0.1, -0.05, -0.8]
    pose = head_pose(seen(np.eye(3), where), SIZE, GEOMETRY)
    np.testing.assert_allclose(pose.location, where, atol=0.02)


def test_a_head_twice_as_far_is_found_twice_as_far():
    near, far = (head_pose(seen(np.eye(3), [0, 0, -z]), SIZE, GEOMETRY).location[2] for z in (0.6, 1.2))
    assert far / near == pytest.approx(2, rel=0.03)


def test_the_performers_left_is_right_in_the_picture():
    pose = head_pose(seen(rotation_from_angles(-0.5, 0, 0), [0, 0, -1]), SIZE, GEOMETRY)
    nose = pose.rotation @ [0, 0, 1]
    assert nose[0] > 0.4  # negative yaw: towards the performer's left


def test_the_shape_is_free_of_the_pose():
    _, shape = pose_and_shape(seen(rotation_from_angles(0.3, -0.2, 0.1), [0, 0, -2]), SIZE, GEOMETRY)
    np.testing.assert_allclose(shape, DOME, atol=0.4)


@given(angle, angle, angle, st.floats(0.1, 10), st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_procrustes_undoes_a_similarity(yaw, pitch, roll, scale, offset):
    rotation = rotation_from_angles(yaw, pitch, roll).astype(np.float64)
    target = scale * DOME @ rotation.T + offset
    got = procrustes(DOME, target, rng.uniform(0.1, 1, len(DOME)))
    np.testing.assert_allclose(got[0], scale, rtol=1e-5)
    np.testing.assert_allclose(got[1], rotation, atol=1e-5)
    np.testing.assert_allclose(got[2], offset, atol=1e-3)


def test_procrustes_never_mirrors():
    _, rotation, _ = procrustes(DOME, DOME * [-1, 1, 1], np.ones(len(DOME)))
    assert np.linalg.det(rotation) == pytest.approx(1)
