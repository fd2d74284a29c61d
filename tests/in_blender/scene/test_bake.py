"""A take on a rig: the right frames, the right keys, and on real heads the right side of the face."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from backend.core.curves import ExpressionCurves, curves_from_values
from blender_addon.mapping import EyeSettings, Mapping, mapping_for
from blender_addon.rig_matching import match_rig
from blender_addon.scene import head_and_eyes, shape_keys
from blender_addon.scene.bake import Placement, bake, scene_rate, would_overwrite
from blender_addon.scene.fcurves import NotWritable, curves_of, read_keys
from protos import arkit
from tests.in_blender.scene.seeing import lifted, vertices


def take_of(rate: float = 24.0, frames: int = 2, **channels: Any) -> ExpressionCurves:
    """Rows that hold, for each channel, a number throughout or one number a frame."""
    values = np.zeros((frames, len(arkit.CHANNELS)), np.float32)
    for name, value in channels.items():
        values[:, arkit.INDEX[name]] = value
    return curves_from_values(values, rate)


def mapping_of(*objects: Any) -> Mapping:
    return mapping_for(match_rig(shape_keys.read_rig(objects)))


def scene() -> Any:
    return bpy.context.scene


def frames_of(owner: Any) -> list[float]:
    return list(read_keys(next(iter(curves_of(owner))))["co"][:, 0])


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (30, 1.001), (60, 1.0), (25, 1.0)])
def test_a_take_lies_on_whole_frames_at_its_own_speed(make_face: Any, fps: int, base: float) -> None:
    face = make_face(["jawOpen"])
    scene().render.fps, scene().render.fps_base = fps, base
    seconds = np.arange(300) / 59.94
    take = take_of(59.94, 300, jawOpen=seconds / 6)
    baked = bake(scene(), mapping_of(face), take, Placement(start=101))
    frames = frames_of(face.data.shape_keys)
    assert frames == list(range(101, 101 + len(frames)))
    assert (baked.first, baked.last) == (frames[0], frames[-1])
    curve = next(iter(curves_of(face.data.shape_keys)))
    for second in (1.0, 3.0, 4.5):
        frame = 101 + second * scene_rate(scene())
        assert curve.evaluate(frame) == pytest.approx(second / 6, abs=3e-3)


def test_a_blink_survives_a_slower_scene(make_face: Any) -> None:
    face = make_face(["eyeBlinkLeft"])
    blink = np.zeros(120)
    blink[61:64] = 0.4, 0.85, 0.4
    bake(scene(), mapping_of(face), take_of(60, 120, eyeBlinkLeft=blink), Placement())
    assert read_keys(next(iter(curves_of(face.data.shape_keys))))["co"][:, 1].max() > 0.7


def test_only_the_range_asked_for_is_written(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    mapping = mapping_of(face)
    bake(scene(), mapping, take_of(frames=50, jawOpen=0.2), Placement(start=1))
    bake(scene(), mapping, take_of(frames=50, jawOpen=0.8), Placement(start=1, replace=(10, 20)))
    assert [round(float(lifted(face, f)[0]), 3) for f in (9, 10, 20, 21)] == [0.2, 0.8, 0.8, 0.2]


def test_only_the_regions_asked_for_are_written(make_face: Any) -> None:
    face = make_face(["jawOpen", "eyeBlinkLeft", "browInnerUp"])
    mapping = mapping_of(face)
    bake(scene(), mapping, take_of(jawOpen=0.2, eyeBlinkLeft=0.2, browInnerUp=0.2), Placement())
    before = {c.data_path: read_keys(c) for c in curves_of(face.data.shape_keys)}
    upper = replace(mapping, regions=frozenset({"EYES", "BROWS"}))
    bake(scene(), upper, take_of(jawOpen=0.9, eyeBlinkLeft=0.9, browInnerUp=0.9), Placement())
    np.testing.assert_allclose(lifted(face, 1), [0.2, 0.9, 0.9], atol=1e-6)
    for curve in curves_of(face.data.shape_keys):
        if "jawOpen" in curve.data_path:
            after = read_keys(curve)
            assert all(after[name].tobytes() == before[curve.data_path][name].tobytes() for name in after)


def test_mapping_again_replaces_what_was_written_before(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    mapping, take = mapping_of(face), take_of(jawOpen=0.4)
    bake(scene(), mapping, take, Placement())
    assert would_overwrite(scene(), mapping, take, Placement()) == []
    bake(scene(), mapping.changed("jawOpen", gain=2.0), take, Placement())
    assert lifted(face, 1)[0] == pytest.approx(0.8)


def test_hand_made_keys_are_asked_about_unless_the_action_is_new(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    mapping, take = mapping_of(face), take_of(jawOpen=0.4)
    bake(scene(), mapping, take, Placement())
    next(iter(curves_of(face.data.shape_keys))).keyframe_points[0].co.y = 0.7
    assert len(would_overwrite(scene(), mapping, take, Placement())) == 1
    assert would_overwrite(scene(), mapping, take, Placement(new_action=True)) == []


def test_a_head_and_a_driven_key_on_one_object_share_its_new_action(make_face: Any) -> None:
    """Two sources write to one datablock; the second new action must not throw the first away."""
    face = make_face(["jawOpen"])
    face["slider"] = 0.0
    driver = face.data.shape_keys.driver_add('key_blocks["jawOpen"].value').driver
    variable = driver.variables.new()
    variable.name = "var"
    variable.targets[0].id, variable.targets[0].data_path = face, '["slider"]'
    driver.expression = "var"
    mapping = mapping_for(match_rig(shape_keys.read_rig([face])), take_offers=True)
    pivot = head_and_eyes.pivot_at_rest(face)
    mapping = replace(mapping, head=replace(mapping.head, pivot=pivot))
    bake(scene(), mapping, take_of(jawOpen=0.6, headYaw=0.3), Placement(new_action=True))
    assert {c.data_path for c in curves_of(face)} == {'["slider"]', "rotation_euler"}
    scene().frame_set(1)
    assert face.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(0.6)


def test_fewer_keys_miss_the_curve_by_no_more_than_said(make_face: Any) -> None:
    face = make_face(["jawOpen", "eyeBlinkLeft"])
    wave = 0.5 + 0.5 * np.sin(np.arange(240) / 9)
    take = take_of(24, 240, jawOpen=wave, eyeBlinkLeft=0.3)
    baked = bake(scene(), mapping_of(face), take, Placement(start=1, tolerance=0.02))
    assert baked.keys < 120
    jaw = next(c for c in curves_of(face.data.shape_keys) if "jawOpen" in c.data_path)
    missed = [jaw.evaluate(1 + i) - wave[i] for i in range(240)]
    assert np.abs(missed).max() <= 0.02 + 1e-4


def test_a_key_that_is_gone_is_said_and_the_rest_is_written(make_face: Any) -> None:
    face = make_face(["jawOpen", "eyeBlinkLeft"])
    mapping = mapping_of(face)
    face.shape_key_remove(face.data.shape_keys.key_blocks["eyeBlinkLeft"])
    baked = bake(scene(), mapping, take_of(jawOpen=0.5), Placement())
    assert baked.absent == ("Face · eyeBlinkLeft",)
    assert baked.curves == 1


def test_a_rig_that_is_gone_is_refused_and_nothing_is_written(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    mapping = mapping_of(face)
    bpy.data.objects.remove(face)
    with pytest.raises(NotWritable, match="Rig panel"):
        bake(scene(), mapping, take_of(jawOpen=0.5), Placement())
    assert len(bpy.data.actions) == 0


def test_a_locked_curve_is_refused_unless_the_action_is_new(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    mapping = mapping_of(face)
    bake(scene(), mapping, take_of(jawOpen=0.5), Placement())
    next(iter(curves_of(face.data.shape_keys))).lock = True
    with pytest.raises(NotWritable, match="unlock"):
        bake(scene(), mapping, take_of(jawOpen=0.9), Placement())
    assert lifted(face, 1)[0] == pytest.approx(0.5)
    bake(scene(), mapping, take_of(jawOpen=0.9), Placement(new_action=True))
    assert lifted(face, 1)[0] == pytest.approx(0.9)


def test_one_refusal_leaves_every_other_part_untouched(make_face: Any) -> None:
    face, teeth = make_face(["jawOpen"], "Face"), make_face(["jawOpen"], "Teeth")
    mapping = mapping_of(face, teeth)
    bake(scene(), mapping, take_of(jawOpen=0.5), Placement())
    data = teeth.data.shape_keys.animation_data
    track = data.nla_tracks.new()
    track.strips.new("strip", 1, data.action)
    data.action = None
    track.select = track.strips[0].select = True
    data.nla_tracks.active = track
    data.use_tweak_mode = True
    with pytest.raises(NotWritable, match="tweak"):
        bake(scene(), mapping, take_of(jawOpen=0.9), Placement())
    assert lifted(face, 1)[0] == pytest.approx(0.5)


# The right side of real heads. Both look towards −y after import, so the performer's left is +x.
MOVES = {
    "eyeBlinkLeft": ("x", +1), "eyeBlinkRight": ("x", -1), "mouthSmileRight": ("x", -1),
    "mouthSmileLeft": ("x", +1), "browOuterUpLeft": ("x", +1), "noseSneerRight": ("x", -1),
}  # fmt: skip


def moved(face: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) rest and displacement for one channel at 1, through a bake."""
    bake(scene(), mapping_of(face), take_of(**{name: [0.0, 1.0]}), Placement(start=1))
    rest = vertices(face, 1)
    return rest, vertices(face, 2) - rest


def centre_of_movement(face: Any, name: str) -> np.ndarray:
    rest, shift = moved(face, name)
    weight = np.linalg.norm(shift, axis=1)
    assert weight.max() > 0, f"{name} moves nothing"
    return (rest * weight[:, None]).sum(axis=0) / weight.sum()


def mean_shift(face: Any, name: str) -> np.ndarray:
    _, shift = moved(face, name)
    far = np.linalg.norm(shift, axis=1)
    return shift[far > 0.5 * far.max()].mean(axis=0)


@pytest.fixture(params=["face_cap", "mpfb"])
def real_face(request: pytest.FixtureRequest, shared_data: Path) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def face_cap(shared_data: Path) -> Any:
    if not hasattr(bpy.ops.wm, "fbx_import") or bpy.app.version < (4, 5):
        pytest.skip("this Blender cannot read ASCII FBX (4.5 and later can)")
    bpy.ops.wm.fbx_import(filepath=str(shared_data / "rigs" / "FaceCapHeadGeneric.fbx"))
    return bpy.data.objects["head"]


@pytest.fixture
def mpfb(shared_data: Path) -> Any:
    """z up, facing −y: (x, y, z) of the file becomes (x, −z, y)."""
    with np.load(shared_data / "heads" / "mpfb_head_arkit.npz") as head:
        neutral, deltas = head["neutral"], head["deltas"].astype(np.float32)
        names, triangles = list(head["names"]), head["tris"].tolist()
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float32)
    mesh = bpy.data.meshes.new("mpfb")
    mesh.from_pydata((neutral @ turn).tolist(), [], triangles)
    face = bpy.data.objects.new("mpfb", mesh)
    scene().collection.objects.link(face)
    face.shape_key_add(name="Basis")
    for name, delta in zip(names, deltas, strict=True):
        block = face.shape_key_add(name=str(name), from_mix=False)
        block.points.foreach_set("co", ((neutral + delta) @ turn).astype(np.float32).ravel())
    return face


@pytest.mark.parametrize("name", list(MOVES))
def test_a_sided_channel_moves_its_own_side(real_face: Any, name: str) -> None:
    _, sign = MOVES[name]
    assert np.sign(centre_of_movement(real_face, name)[0]) == sign


def test_a_left_wink_closes_the_left_eye_and_not_the_right(real_face: Any) -> None:
    rest, shift = moved(real_face, "eyeBlinkLeft")
    size = np.linalg.norm(shift, axis=1)
    beside_the_nose = 0.3 * rest[:, 0].max()
    left, right = rest[:, 0] > beside_the_nose, rest[:, 0] < -beside_the_nose
    assert size[left].max() > 20 * size[right].max()


@pytest.mark.parametrize(("name", "axis", "sign"), [
    ("jawLeft", 0, +1), ("jawRight", 0, -1), ("mouthLeft", 0, +1), ("mouthRight", 0, -1),
    ("jawOpen", 2, -1), ("jawForward", 1, -1), ("browInnerUp", 2, +1), ("mouthSmileRight", 2, +1),
])  # fmt: skip
def test_a_directed_channel_moves_its_own_way(real_face: Any, name: str, axis: int, sign: int) -> None:
    assert np.sign(mean_shift(real_face, name)[axis]) == sign


def test_a_mirrored_performance_moves_the_other_side(mpfb: Any) -> None:
    mapping = replace(mapping_of(mpfb), mirror=True)
    bake(scene(), mapping, take_of(eyeBlinkLeft=[0.0, 1.0]), Placement(start=1))
    rest = vertices(mpfb, 1)
    size = np.linalg.norm(vertices(mpfb, 2) - rest, axis=1)
    assert rest[np.argmax(size), 0] < 0


def test_the_face_cap_head_says_that_its_tongue_does_not_move(face_cap: Any) -> None:
    match = match_rig(shape_keys.read_rig([face_cap]))
    assert match.stuck == ("tongueOut",)
    assert len(match.moving) == 51
    assert match.missing == match.unmatched == ()


def test_yaw_left_turns_the_real_head_to_its_left(face_cap: Any) -> None:
    turn = bpy.data.objects["grp_transform"]
    mapping = Mapping(head=replace(Mapping().head, pivot=head_and_eyes.pivot_at_rest(turn)))
    rest = vertices(face_cap)
    nose = int(np.argmin(rest[:, 1]))
    bake(scene(), mapping, take_of(headYaw=-0.5), Placement(start=1))
    assert vertices(face_cap, 1)[nose, 0] > rest[nose, 0] + 0.01


def test_looking_up_turns_both_real_eyes_up_and_leaves_the_keys_alone(face_cap: Any) -> None:
    """The two groups are named as the viewer sees them; pivots are told apart by place."""
    named_left = head_and_eyes.pivot_at_rest(bpy.data.objects["grp_eyeLeft"])
    named_right = head_and_eyes.pivot_at_rest(bpy.data.objects["grp_eyeRight"])
    assert head_and_eyes.eyes_swapped(named_left, named_right)
    eyes = EyeSettings(by="PIVOTS", left=named_right, right=named_left)
    mapping = replace(mapping_of(face_cap), eyes=eyes)
    pupils = {}
    for name in ("eyeLeft", "eyeRight"):
        rest = vertices(bpy.data.objects[name])
        pupils[name] = (int(np.argmin(rest[:, 1])), rest)
    up = {"leftEyePitch": -0.3, "rightEyePitch": -0.3, "eyeLookUpLeft": 0.8, "eyeLookUpRight": 0.8}
    bake(scene(), mapping, take_of(**up), Placement(start=1))
    for name, (pupil, rest) in pupils.items():
        shift = vertices(bpy.data.objects[name], 1)[pupil] - rest[pupil]
        assert shift[2] > 0.002
        assert abs(shift[0]) < 1e-4
    keys = face_cap.data.shape_keys.key_blocks
    assert keys["eyeLookUp_L"].value == keys["eyeLookUp_R"].value == 0.0
