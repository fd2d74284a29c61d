"""What is read from a scene is what would really happen to a key there."""

from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.mapping import binding_for, mapping_for
from blender_addon.rig_matching import KeyInfo, Trouble, key_path, match_rig
from blender_addon.scene import fcurves, shape_keys, targets
from protos import arkit
from tests.in_blender.scene.seeing import lifted


def read_one(face: Any, name: str = "jawOpen") -> KeyInfo:
    return next(info for info in shape_keys.read_rig([face]) if info.key == name)


def trouble_with(face: Any) -> set[Trouble]:
    return {finding.trouble for finding in match_rig(shape_keys.read_rig([face])).findings}


def test_a_healthy_face_has_no_findings(make_face: Any) -> None:
    match = match_rig(shape_keys.read_rig([make_face(arkit.COEFFICIENTS)]))
    assert match.moving == arkit.COEFFICIENTS
    assert match.findings == match.unmatched == ()


def test_the_reference_key_is_not_a_key(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    face.data.shape_keys.reference_key.name = "jawForward"
    assert [info.key for info in shape_keys.read_rig([face])] == ["jawOpen"]


def test_a_mesh_without_shape_keys_and_a_camera_are_read_as_nothing() -> None:
    plain = bpy.data.objects.new("Plain", bpy.data.meshes.new("Plain"))
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    assert shape_keys.read_rig([plain, camera]) == []
    assert shape_keys.faces_in([plain, camera]) == []


def test_the_face_with_most_keys_comes_first(make_face: Any) -> None:
    teeth = make_face(arkit.COEFFICIENTS[:12], "Teeth")
    face = make_face(arkit.COEFFICIENTS, "Face")
    prop = make_face(["open", "closed"], "Door")
    assert shape_keys.faces_in([prop, teeth, face]) == [face, teeth]


def test_an_empty_key_is_found(make_face: Any) -> None:
    face = make_face(["jawOpen", "tongueOut"], still=["tongueOut"])
    match = match_rig(shape_keys.read_rig([face]))
    assert match.moving == ("jawOpen",)
    assert match.stuck == ("tongueOut",)


def test_objects_that_share_a_mesh_are_keyed_once(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    twin = bpy.data.objects.new("Twin", face.data)
    keys = match_rig(shape_keys.read_rig([face, twin])).keys["jawOpen"]
    assert [key.object for key in keys] == ["Face"]


def _mute(face: Any) -> None:
    face.data.shape_keys.key_blocks["jawOpen"].mute = True


def _pin(face: Any) -> None:
    face.show_only_shape_key = True


def _make_absolute(face: Any) -> None:
    face.data.shape_keys.use_relative = False


def _drive(face: Any) -> None:
    face.data.shape_keys.driver_add(key_path("jawOpen")).driver.expression = "0.5"


def _lock(face: Any) -> None:
    face.data.shape_keys.key_blocks["jawOpen"].lock_shape = True


def _narrow(face: Any) -> None:
    face.data.shape_keys.key_blocks["jawOpen"].slider_max = 0.5


def _key(face: Any) -> Any:
    face.data.shape_keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    return next(iter(fcurves.curves_of(face.data.shape_keys)))


def _mute_curve(face: Any) -> None:
    _key(face).mute = True


def _lock_curve(face: Any) -> None:
    _key(face).lock = True


@pytest.mark.parametrize(
    ("spoil", "trouble"),
    [
        (_mute, Trouble.MUTED),
        (_pin, Trouble.PINNED),
        (_make_absolute, Trouble.ABSOLUTE),
        (_drive, Trouble.DRIVEN),
        (_lock, Trouble.LOCKED),
        (_narrow, Trouble.LIMITED),
        (_mute_curve, Trouble.CURVE_MUTED),
        (_lock_curve, Trouble.CURVE_LOCKED),
    ],
)
def test_whatever_stops_a_key_is_found(make_face: Any, spoil: Any, trouble: Trouble) -> None:
    face = make_face(["jawOpen"])
    assert trouble_with(face) == set()
    spoil(face)
    assert trouble_with(face) == {trouble}


def test_a_muted_driver_stops_nothing(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    driver = face.data.shape_keys.driver_add(key_path("jawOpen"))
    driver.mute = True
    assert trouble_with(face) == set()


def drive(face: Any, source: Any, path: str, expression: str = "var") -> None:
    driver = face.data.shape_keys.driver_add(key_path("jawOpen")).driver
    variable = driver.variables.new()
    variable.name = "var"
    variable.targets[0].id = source
    variable.targets[0].data_path = path
    driver.expression = expression


def armature(bone: str = "jaw") -> Any:
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones.new(bone).tail = (0.0, 0.0, 1.0)
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


@pytest.mark.parametrize("expression", ["var", "var * 4", "1 - var", "(var - 0.25) / 2"])
def test_keying_the_drivers_source_moves_the_driven_key(make_face: Any, expression: str) -> None:
    face = make_face(["jawOpen"])
    slider = bpy.data.objects.new("Slider", None)
    bpy.context.scene.collection.objects.link(slider)
    slider["open"] = 0.0
    drive(face, slider, '["open"]', expression)
    match = match_rig(shape_keys.read_rig([face]))
    binding = mapping_for(match, take_offers=True).bindings[0]
    for wanted in (0.0, 0.3, 1.0):
        targets.write_value(binding.target, float(binding.applied(wanted)))
        assert lifted(face)[0] == pytest.approx(wanted, abs=1e-5)


def test_a_bone_behind_a_driver_is_offered(make_face: Any) -> None:
    face, rig = make_face(["jawOpen"]), armature()
    driver = face.data.shape_keys.driver_add(key_path("jawOpen")).driver
    variable = driver.variables.new()
    variable.type, variable.name = "TRANSFORMS", "var"
    listened = variable.targets[0]
    listened.id, listened.bone_target = rig, "jaw"
    listened.transform_type, listened.transform_space = "LOC_Y", "LOCAL_SPACE"
    driver.expression = "var * 10"
    offer = match_rig(shape_keys.read_rig([face])).offers[0].offer
    assert offer is not None
    assert (offer.target.path, offer.target.index) == ('pose.bones["jaw"].location', 1)
    targets.write_value(offer.target, 0.05)
    assert lifted(face)[0] == pytest.approx(0.5)


def test_a_driver_of_two_things_has_no_offer(make_face: Any) -> None:
    face, rig = make_face(["jawOpen"]), armature()
    drive(face, rig, "location.x")
    face.data.shape_keys.animation_data.drivers[0].driver.variables.new()
    assert match_rig(shape_keys.read_rig([face])).offers == ()


@pytest.mark.parametrize("name", ['jaw"Open', "jaw\\Open", "口", 'a"]["b'])
def test_odd_names_are_quoted_as_blender_does(make_face: Any, name: str) -> None:
    face = make_face([name])
    info = read_one(face, name)
    assert info.target.path == f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
    assert targets.value_exists(info.target)


def test_slider_limits_become_the_bindings_limits(make_face: Any) -> None:
    face = make_face(["jawOpen"])
    _narrow(face)
    binding = binding_for("jawOpen", read_one(face))
    assert (binding.low, binding.high) == (0.0, 0.5)
