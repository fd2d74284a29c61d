"""Rotations for heads and eyes: right, and without jumps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.curves import ExpressionCurves, curves_from_values
from backend.core.faces import rotation_from_angles
from blender_addon import pivots
from blender_addon.pivots import UNTURNED, Pivot
from protos import arkit

angle = st.floats(-1.5, 1.5)
triples = st.lists(st.tuples(angle, angle, angle), min_size=1, max_size=8).map(np.array)
PLAIN = Pivot("Head", frame=UNTURNED)


def matrix(q: np.ndarray) -> np.ndarray:
    """(3, 3) of a unit quaternion, column by column."""
    return np.column_stack([pivots.turned(q, np.eye(3)[i : i + 1])[0] for i in range(3)])


def performed(angles: np.ndarray, stem: str = "head") -> ExpressionCurves:
    values = np.zeros((len(angles), len(arkit.CHANNELS)), np.float32)
    for i, name in enumerate(("Yaw", "Pitch", "Roll")):
        values[:, arkit.INDEX[f"{stem}{name}"]] = angles[:, i]
    return curves_from_values(values, 24.0)


@given(triples)
def test_the_rotation_is_the_one_the_backend_means(angles: np.ndarray) -> None:
    rotations = pivots.head_motion(performed(angles), PLAIN).rotations
    for row, expected in zip(rotations, angles, strict=True):
        np.testing.assert_allclose(matrix(row), rotation_from_angles(*expected), atol=1e-5)


@pytest.mark.parametrize("facing", list(pivots.FACINGS))
def test_a_facing_says_where_the_face_looks(facing: str) -> None:
    looks = matrix(np.array(pivots.FACINGS[facing])) @ [0, 0, 1]
    axis = "XYZ".index(facing[1])
    expected = np.zeros(3)
    expected[axis] = 1 if facing[0] == "+" else -1
    np.testing.assert_allclose(looks, expected, atol=1e-12)


@pytest.mark.parametrize("facing", ["-Y", "+Y", "+X", "-X"])
def test_sideways_facings_keep_z_up(facing: str) -> None:
    up = matrix(np.array(pivots.FACINGS[facing])) @ [0, 1, 0]
    np.testing.assert_allclose(up, [0, 0, 1], atol=1e-12)


@given(triples)
def test_the_reverse_undoes(angles: np.ndarray) -> None:
    q = pivots.head_motion(performed(angles), PLAIN).rotations
    np.testing.assert_allclose(pivots.product(q, pivots.conjugate(q)), [UNTURNED] * len(q), atol=1e-9)


@given(triples)
def test_at_its_neutral_the_head_rests(angles: np.ndarray) -> None:
    rest = (0.5, 0.5, -0.5, 0.5)
    pivot = Pivot("Head", rest=rest)
    last = len(angles) - 1
    rotations = pivots.head_motion(performed(angles), pivot, neutral=last / 24).rotations
    assert abs(rotations[last] @ rest) == pytest.approx(1.0)


def test_gain_multiplies_angles() -> None:
    angles = np.array([[0.2, 0.1, 0.3]])
    once = pivots.eye_motion(performed(angles, "leftEye"), "left", PLAIN, gain=2.0)
    twice = pivots.eye_motion(performed(2 * angles, "leftEye"), "left", PLAIN)
    np.testing.assert_allclose(once.rotations, twice.rotations, atol=1e-6)


def test_signs_follow_on() -> None:
    turn = np.linspace(0, 4 * np.pi, 50)
    q = pivots.about(2, turn)
    q[10:20] *= -1
    steps = np.sum(pivots.continuous(q)[1:] * pivots.continuous(q)[:-1], axis=1)
    assert steps.min() > 0.9


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_axis_angle_swings_through_zero_without_turning_over(axis: int) -> None:
    swing = 2.5 * np.sin(np.linspace(0, 12, 200))
    found = pivots.axis_angles(pivots.about(axis, swing))
    assert np.abs(np.diff(found, axis=0)).max() < 0.3
    np.testing.assert_allclose(np.abs(found[:, 0]), np.abs(swing), atol=1e-5)


@given(triples)
def test_an_axis_angle_means_the_same_rotation(angles: np.ndarray) -> None:
    q = pivots.head_motion(performed(angles), PLAIN).rotations
    found = pivots.axis_angles(q)
    again = np.column_stack([np.cos(found[:, 0] / 2), np.sin(found[:, 0] / 2)[:, None] * found[:, 1:]])
    np.testing.assert_allclose(np.abs(np.sum(q * again, axis=1)), 1.0, atol=1e-6)


def test_location_is_counted_from_the_neutral_frame_in_the_pivots_units() -> None:
    take = performed(np.zeros((3, 3)))
    take = replace(take, head_location=np.array([[0, 0, -1], [0.1, 0, -1], [0.1, 0.2, -1]], np.float32))
    pivot = Pivot("Head", frame=UNTURNED, rest_location=(5.0, 0.0, 0.0), unit=10.0)
    places = pivots.head_motion(take, pivot, location=True, neutral=1 / 24).locations
    np.testing.assert_allclose(places, [[4, 0, 0], [5, 0, 0], [5, 2, 0]], atol=1e-5)


def test_without_location_the_head_stays_in_place() -> None:
    assert pivots.head_motion(performed(np.zeros((2, 3))), PLAIN).locations is None
