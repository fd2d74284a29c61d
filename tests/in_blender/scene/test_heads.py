"""The CC0 head: every channel moves what its name says, on the performer's own side."""

from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.scene.heads import add_arkit_head
from protos import arkit

from .seeing import vertices

LEFT, UP, BACK = np.eye(3)[[0, 2, 1]]  # the performer's left is +x, the face looks towards −y

# Where the moved vertices go, on average, when one channel is at 1.
DIRECTIONS = {
    "jawOpen": -UP, "jawLeft": LEFT, "jawRight": -LEFT, "jawForward": -BACK,
    "mouthLeft": LEFT, "mouthRight": -LEFT, "tongueOut": -BACK, "cheekPuff": -BACK,
    "mouthSmileLeft": UP, "mouthSmileRight": UP, "mouthFrownLeft": -UP, "mouthFrownRight": -UP,
    "mouthStretchLeft": LEFT, "mouthStretchRight": -LEFT, "mouthDimpleLeft": LEFT, "mouthDimpleRight": -LEFT,
    "mouthPressLeft": UP, "mouthPressRight": UP, "mouthPucker": -BACK,
    "mouthUpperUpLeft": UP, "mouthUpperUpRight": UP, "mouthShrugUpper": UP, "mouthShrugLower": UP,
    "mouthLowerDownLeft": -UP, "mouthLowerDownRight": -UP,
    "eyeBlinkLeft": -UP, "eyeBlinkRight": -UP, "eyeWideLeft": UP, "eyeWideRight": UP,
    "eyeSquintLeft": UP, "eyeSquintRight": UP, "cheekSquintLeft": UP, "cheekSquintRight": UP,
    "browDownLeft": -UP, "browDownRight": -UP, "browInnerUp": UP,
    "browOuterUpLeft": UP, "browOuterUpRight": UP, "noseSneerLeft": UP, "noseSneerRight": UP,
}  # fmt: skip

GAZES = {
    "eyeLookUpLeft": UP, "eyeLookUpRight": UP, "eyeLookDownLeft": -UP, "eyeLookDownRight": -UP,
    "eyeLookOutLeft": LEFT, "eyeLookInRight": LEFT, "eyeLookInLeft": -LEFT, "eyeLookOutRight": -LEFT,
}  # fmt: skip


@pytest.fixture
def head() -> Any:
    return add_arkit_head(bpy.context)


def moved(head: Any, channel: str) -> np.ndarray:
    """(V, 3) metres, where the vertices go with one channel at 1."""
    rest = vertices(head)
    head.data.shape_keys.key_blocks[channel].value = 1.0
    after = vertices(head)
    head.data.shape_keys.key_blocks[channel].value = 0.0
    return after - rest


def part(head: Any, name: str) -> np.ndarray:
    """Vertex indices of the faces with one material."""
    slot = next(i for i, m in enumerate(head.data.materials) if m.name.endswith(name))
    return np.unique([v for p in head.data.polygons if p.material_index == slot for v in p.vertices])


def test_has_the_52_channels_at_rest_with_sliders_from_0_to_1(head: Any) -> None:
    keys = list(head.data.shape_keys.key_blocks)[1:]
    assert tuple(key.name for key in keys) == arkit.COEFFICIENTS
    assert {(key.value, key.slider_min, key.slider_max) for key in keys} == {(0.0, 0.0, 1.0)}


def test_is_as_large_as_a_head_and_stands_on_the_floor(head: Any) -> None:
    seen = vertices(head)
    wide, deep, high = np.ptp(seen, axis=0)
    assert 0.14 < wide < 0.19
    assert 0.17 < deep < 0.24
    assert 0.22 < high < 0.28
    assert seen[:, 2].min() == pytest.approx(0.0, abs=1e-3)


def test_looks_towards_minus_y_with_its_left_eye_at_plus_x(head: Any) -> None:
    seen = vertices(head)
    for name, side in (("left eye", 1), ("right eye", -1)):
        middle = seen[part(head, name)].mean(axis=0)
        assert middle[0] * side > 0.02
        assert middle[1] < seen[:, 1].min() + 0.2 * np.ptp(seen[:, 1])


def test_has_eyes_teeth_and_tongue_and_its_picture_travels_with_the_file(head: Any) -> None:
    for name in ("skin", "left eye", "right eye", "teeth", "tongue", "lashes"):
        assert len(part(head, name)) > 50
    assert all(image.packed_file for image in bpy.data.images if image.source == "FILE")


def test_every_channel_moves_something_and_nothing_far(head: Any) -> None:
    for channel in arkit.COEFFICIENTS:
        farthest = np.linalg.norm(moved(head, channel), axis=1).max()
        assert 0.002 < farthest < 0.045, channel


def test_a_channel_with_a_side_moves_its_own_side(head: Any) -> None:
    seen = vertices(head)
    for stem in arkit.PAIR_STEMS:
        for name, side in (("Left", 1), ("Right", -1)):
            how_far = np.linalg.norm(moved(head, stem + name), axis=1)
            assert side * np.average(seen[:, 0], weights=how_far) > 0.004, stem + name


@pytest.mark.parametrize("channel", DIRECTIONS)
def test_a_channel_moves_the_way_its_name_says(head: Any, channel: str) -> None:
    shift = moved(head, channel)
    moving = np.linalg.norm(shift, axis=1) > 1e-4
    assert shift[moving].mean(axis=0) @ DIRECTIONS[channel] > 1e-4


@pytest.mark.parametrize("channel", GAZES)
def test_eye_look_turns_the_eyeball_of_its_side_alone(head: Any, channel: str) -> None:
    own, other = ("left eye", "right eye") if channel.endswith("Left") else ("right eye", "left eye")
    shift, rest = moved(head, channel), vertices(head)
    eyeball = rest[part(head, own)]
    front = part(head, own)[eyeball[:, 1] < np.quantile(eyeball[:, 1], 0.2)]
    assert shift[front].mean(axis=0) @ GAZES[channel] > 0.003
    turned = (rest + shift)[part(head, own)]
    assert np.linalg.norm(turned.mean(axis=0) - eyeball.mean(axis=0)) < 2.5e-3
    radii = [np.linalg.norm(ball - ball.mean(axis=0), axis=1) for ball in (eyeball, turned)]
    assert np.allclose(*radii, rtol=0.12)
    assert not shift[part(head, other)].any()


def test_jaw_open_takes_lower_teeth_and_tongue_along_and_leaves_the_upper_teeth(head: Any) -> None:
    shift, rest = moved(head, "jawOpen"), vertices(head)
    teeth = part(head, "teeth")
    lower = teeth[shift[teeth, 2] < -0.005]
    still = teeth[np.abs(shift[teeth]).max(axis=1) < 1e-5]
    assert len(lower) == len(still) == len(teeth) / 2
    assert rest[lower, 2].mean() < rest[still, 2].mean()
    assert shift[part(head, "tongue"), 2].mean() < -0.005


def test_turning_the_parent_turns_the_head(head: Any) -> None:
    rest = vertices(head)
    head.parent.rotation_euler.z = np.pi / 2
    turned = vertices(head)
    assert turned[:, 0].argmax() == rest[:, 1].argmin()


def test_two_heads_do_not_share_their_keys(head: Any) -> None:
    second = add_arkit_head(bpy.context)
    second.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    assert head.data.shape_keys.key_blocks["jawOpen"].value == 0.0
