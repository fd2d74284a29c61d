"""Heads and eyes turn the way the performer's did, whatever the rig's axes and rotation mode."""

from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from mathutils import Euler, Matrix

from backend.core.curves import ExpressionCurves, curves_from_values
from backend.core.faces import rotation_from_angles
from blender_addon.mapping import EyeSettings, HeadSettings, Mapping
from blender_addon.pivots import FACINGS
from blender_addon.scene import head_and_eyes
from blender_addon.scene.bake import Placement, bake
from blender_addon.scene.fcurves import curves_of
from protos import arkit

MODES = ["QUATERNION", "XYZ", "ZXY", "YZX", "AXIS_ANGLE"]
# yaw, pitch, roll in radians: each alone, then together, then far round
ANGLES = np.array(
    [[0, 0, 0], [0.5, 0, 0], [0, 0.4, 0], [0, 0, 0.3], [-0.6, 0.3, -0.2], [1.4, -0.5, 0.6], [3.0, 0.1, 0.0]]
)


def performed(angles: np.ndarray = ANGLES, stem: str = "head") -> ExpressionCurves:
    """One frame a row, at the scene's 24 frames a second."""
    values = np.zeros((len(angles), len(arkit.CHANNELS)), np.float32)
    for i, angle in enumerate(("Yaw", "Pitch", "Roll")):
        values[:, arkit.INDEX[f"{stem}{angle}"]] = angles[:, i]
    return curves_from_values(values, 24.0)


def linked(name: str, data: Any = None) -> Any:
    ob = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(ob)
    return ob


def a_crooked_object(mode: str) -> tuple[Any, str]:
    """Its parent is turned and scaled, and it does not rest at zero itself."""
    parent = linked("Parent")
    parent.rotation_euler, parent.scale = (0.4, -1.0, 2.0), (0.01,) * 3
    ob = linked("Head")
    ob.parent = parent
    ob.matrix_parent_inverse = Euler((0.3, 0.2, 0.1)).to_matrix().to_4x4()
    ob.rotation_mode = mode
    ob.matrix_basis = Euler((0.1, 0.7, -0.4)).to_matrix().to_4x4()
    return ob, ""


def a_crooked_bone(mode: str) -> tuple[Any, str]:
    """A child bone with a roll, lying anyhow, in an armature that is turned."""
    rig = linked("Rig", bpy.data.armatures.new("Rig"))
    rig.rotation_euler, rig.scale = (0.5, 0.1, -2.2), (2.0,) * 3
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    neck = rig.data.edit_bones.new("neck")
    neck.tail = (0.3, 0.2, 1.0)
    bone = rig.data.edit_bones.new("head")
    bone.head, bone.tail, bone.roll, bone.parent = (0.3, 0.2, 1.0), (0.1, -0.8, 1.5), 0.8, neck
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.pose.bones["head"].rotation_mode = mode
    return rig, "head"


def world(ob: Any, bone: str, frame: int) -> Matrix:
    bpy.context.scene.frame_set(frame)
    seen = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return seen.matrix_world @ seen.pose.bones[bone].matrix if bone else seen.matrix_world.copy()


def turn_since_rest(ob: Any, bone: str, frame: int, rest: Matrix) -> np.ndarray:
    return np.array((world(ob, bone, frame).to_quaternion() @ rest.to_quaternion().inverted()).to_matrix())


def in_world(facing: str, rotation: np.ndarray) -> np.ndarray:
    from mathutils import Quaternion

    axes = np.array(Quaternion(FACINGS[facing]).to_matrix())
    return axes @ rotation @ axes.T


@pytest.mark.parametrize("facing", list(FACINGS))
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", [a_crooked_object, a_crooked_bone])
def test_the_head_turns_as_the_performer_did(make: Any, mode: str, facing: str) -> None:
    ob, bone = make(mode)
    rest = world(ob, bone, 1)
    pivot = head_and_eyes.pivot_at_rest(ob, bone, facing)
    mapping = Mapping(head=HeadSettings(pivot=pivot))
    bake(bpy.context.scene, mapping, performed(), Placement(start=1))
    for row, angles in enumerate(ANGLES):
        turned = turn_since_rest(ob, bone, 1 + row, rest)
        np.testing.assert_allclose(turned, in_world(facing, rotation_from_angles(*angles)), atol=2e-5)


def test_yaw_is_to_the_performers_right_pitch_down_and_roll_to_the_right_shoulder() -> None:
    """The same in words, for a head that looks towards −y: its right is −x."""
    ob = linked("Head")
    mapping = Mapping(head=HeadSettings(pivot=head_and_eyes.pivot_at_rest(ob)))
    bake(bpy.context.scene, mapping, performed(), Placement(start=1))
    nose, crown = np.array([0, -1, 0]), np.array([0, 0, 1])
    turned = [np.array(world(ob, "", frame).to_3x3()) for frame in (2, 3, 4)]
    assert (turned[0] @ nose)[0] < -0.4
    assert (turned[1] @ nose)[2] < -0.3
    assert (turned[2] @ crown)[0] < -0.2


@pytest.mark.parametrize("mode", MODES)
def test_nothing_jumps_between_frames(mode: str) -> None:
    ob, bone = a_crooked_bone(mode)
    t = np.linspace(0, 1, 120)[:, None]
    angles = np.hstack([5.0 * np.sin(6 * t), 1.2 * np.sin(9 * t), 3.0 * np.sin(4 * t)])
    mapping = Mapping(head=HeadSettings(pivot=head_and_eyes.pivot_at_rest(ob, bone)))
    bake(bpy.context.scene, mapping, performed(angles), Placement(start=1))
    for curve in curves_of(ob):
        values = np.array([point.co.y for point in curve.keyframe_points])
        assert np.abs(np.diff(values)).max() < 1.6, curve.data_path


@pytest.mark.parametrize("make", [a_crooked_object, a_crooked_bone])
def test_the_neutral_frame_leaves_the_head_at_rest(make: Any) -> None:
    ob, bone = make("QUATERNION")
    rest = world(ob, bone, 1)
    pivot = head_and_eyes.pivot_at_rest(ob, bone)
    mapping = Mapping(head=HeadSettings(pivot=pivot, neutral=4 / 24))
    bake(bpy.context.scene, mapping, performed(), Placement(start=1))
    np.testing.assert_allclose(turn_since_rest(ob, bone, 5, rest), np.eye(3), atol=1e-5)
    neutral, seen = rotation_from_angles(*ANGLES[4]), rotation_from_angles(*ANGLES[1])
    expected = in_world("-Y", neutral.T @ seen)
    np.testing.assert_allclose(turn_since_rest(ob, bone, 2, rest), expected, atol=2e-5)


@pytest.mark.parametrize("make", [a_crooked_object, a_crooked_bone])
def test_the_head_moves_by_metres_from_where_it_rests(make: Any) -> None:
    from dataclasses import replace

    ob, bone = make("XYZ")
    rest = np.array(world(ob, bone, 1).translation)
    take = performed(np.zeros((2, 3)))
    take = replace(take, head_location=np.array([[0, 0, -0.5], [0.1, 0.2, -0.2]], np.float32))
    pivot = head_and_eyes.pivot_at_rest(ob, bone)
    bake(bpy.context.scene, Mapping(head=HeadSettings(pivot=pivot, location=True)), take, Placement(start=1))
    np.testing.assert_allclose(np.array(world(ob, bone, 1).translation), rest, atol=1e-5)
    moved = np.array(world(ob, bone, 2).translation) - rest
    # to the performer's left, up, and towards the camera, which is where a head facing −y looks
    np.testing.assert_allclose(moved, [0.1, -0.3, 0.2], atol=1e-5)


def test_without_location_nothing_but_rotation_is_keyed() -> None:
    ob = linked("Head")
    bake(
        bpy.context.scene,
        Mapping(head=HeadSettings(pivot=head_and_eyes.pivot_at_rest(ob))),
        performed(),
        Placement(),
    )
    assert {curve.data_path for curve in curves_of(ob)} == {"rotation_euler"}


def test_each_eye_turns_by_its_own_channels() -> None:
    left, right = linked("Left"), linked("Right")
    eyes = EyeSettings(
        by="PIVOTS", left=head_and_eyes.pivot_at_rest(left), right=head_and_eyes.pivot_at_rest(right)
    )
    bake(bpy.context.scene, Mapping(eyes=eyes), performed(stem="leftEye"), Placement(start=1))
    assert world(left, "", 2).to_euler().z == pytest.approx(-0.5)  # clockwise from above: to the right
    assert world(right, "", 2).to_euler().z == pytest.approx(0.0)


def test_a_part_written_again_fits_what_was_written_before() -> None:
    """Far round, one rotation has many Euler angles; the same one must be chosen."""
    ob = linked("Head")
    angles = np.zeros((60, 3))
    angles[:, 0] = np.linspace(0, 5, 60)
    mapping = Mapping(head=HeadSettings(pivot=head_and_eyes.pivot_at_rest(ob)))
    bake(bpy.context.scene, mapping, performed(angles), Placement(start=1))
    bake(bpy.context.scene, mapping, performed(angles), Placement(start=1, replace=(50, 55)))
    turn = [c.evaluate(f) for c in curves_of(ob) if c.array_index == 2 for f in range(1, 61)]
    np.testing.assert_allclose(turn, -angles[:, 0], atol=1e-4)


def test_a_switched_off_head_is_left_alone() -> None:
    ob, other = linked("Head"), linked("Other")
    mapping = Mapping(
        head=HeadSettings(pivot=head_and_eyes.pivot_at_rest(ob)),
        eyes=EyeSettings(by="PIVOTS", left=head_and_eyes.pivot_at_rest(other)),
        regions=frozenset({"EYES"}),
    )
    bake(bpy.context.scene, mapping, performed(), Placement())
    assert ob.animation_data is None
    assert other.animation_data is not None


def test_eyes_named_as_the_viewer_sees_them_are_noticed() -> None:
    one, other = linked("eyeLeft"), linked("eyeRight")
    one.location.x, other.location.x = -0.03, 0.03
    bpy.context.view_layer.update()
    left, right = head_and_eyes.pivot_at_rest(one), head_and_eyes.pivot_at_rest(other)
    assert head_and_eyes.eyes_swapped(left, right)
    assert not head_and_eyes.eyes_swapped(right, left)
