"""What Blender is asked once is what it would show, whatever moves the face; the scene stays as it was."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.mapping import EyeSettings, Mapping, mapping_for
from blender_addon.rig_matching import match_rig
from blender_addon.scene import shape_keys
from blender_addon.scene.head_and_eyes import pivot_at_rest
from blender_addon.scene.heads import add_arkit_head
from blender_addon.scene.surfaces import Seen, look_at, rig_hash
from blender_addon.surface import FaceUnseen, expressions
from protos import arkit


def mapping_of(*objects: Any) -> Mapping:
    return mapping_for(match_rig(shape_keys.read_rig(objects)))


def drawn(ob: Any) -> np.ndarray:
    """(V, 3) where Blender shows the object's vertices now."""
    bpy.context.view_layer.update()
    evaluated = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = np.empty((len(evaluated.data.vertices), 3), np.float32)
    evaluated.data.vertices.foreach_get("co", places.ravel())
    world = np.array(evaluated.matrix_world, np.float32)
    return places @ world[:3, :3].T + world[:3, 3]


def set_keys(ob: Any, **values: float) -> None:
    for name, value in values.items():
        ob.data.shape_keys.key_blocks[name].value = value


def one_row(**values: float) -> np.ndarray:
    row = np.zeros((1, 52))
    for name, value in values.items():
        row[0, arkit.INDEX[name]] = value
    return row


def state() -> list[Any]:
    """All that an artist could notice."""
    return [
        bpy.context.scene.frame_current,
        [(o.name, *o.rotation_quaternion, *o.rotation_euler, *o.location) for o in bpy.data.objects],
        [(key.name, [block.value for block in key.key_blocks]) for key in bpy.data.shape_keys],
        len(bpy.data.actions), len(bpy.data.meshes), len(bpy.data.images), len(bpy.data.cameras),
    ]  # fmt: skip


@pytest.fixture
def head() -> Any:
    return add_arkit_head(bpy.context)


SMILES = {"mouthSmileLeft": 0.8, "jawOpen": 0.4, "eyeBlinkRight": 1.0}


def test_a_blended_face_is_what_blender_shows(head: Any) -> None:
    seen = look_at(bpy.context, mapping_of(head))
    (blended,) = seen.face.at(expressions(one_row(**SMILES)))
    set_keys(head, **SMILES)
    np.testing.assert_allclose(blended, drawn(head), atol=1e-6)


def test_gains_and_limits_of_the_mapping_are_seen(head: Any) -> None:
    mapping = mapping_of(head).changed("jawOpen", gain=0.5).changed("mouthSmileLeft", high=0.3)
    seen = look_at(bpy.context, mapping)
    (blended,) = seen.face.at(expressions(one_row(**SMILES)))
    set_keys(head, jawOpen=0.2, mouthSmileLeft=0.3, eyeBlinkRight=1.0)
    np.testing.assert_allclose(blended, drawn(head), atol=1e-6)
    plain = look_at(bpy.context, mapping_of(head)).face.sight
    half = arkit.INDEX["jawOpen"]
    quarter = seen.face.sight.gram("lower")[half, half] / plain.gram("lower")[half, half]
    assert quarter == pytest.approx(0.25, rel=0.1)


def test_everything_is_afterwards_as_it_was_also_under_animation(head: Any) -> None:
    set_keys(head, jawOpen=0.37, mouthPucker=0.2)
    head.data.shape_keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    before = state()
    look_at(bpy.context, mapping_of(head))
    assert state() == before
    set_keys(head, jawOpen=0.37)
    assert drawn(head).shape == (len(head.data.vertices), 3)


def test_everything_is_as_it_was_also_where_it_fails(head: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from blender_addon.scene import surfaces

    set_keys(head, jawOpen=0.37)
    before = state()
    monkeypatch.setattr(surfaces, "_way", lambda *_: (_ for _ in ()).throw(FaceUnseen("half way")))
    with pytest.raises(FaceUnseen, match="half way"):
        look_at(bpy.context, mapping_of(head))
    assert state() == before


def test_what_a_driver_and_a_bone_move_is_seen_as_it_bends(head: Any) -> None:
    """A jaw bone turned by a property, as many rigs have it: the way is no straight line."""
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bone = armature.data.edit_bones.new("jaw")
    bone.head, bone.tail = (0, 0, 0.1), (0, -0.1, 0.1)
    bpy.ops.object.mode_set(mode="OBJECT")
    chin = bpy.data.objects.new("Chin", bpy.data.meshes.new("Chin"))
    chin.data.from_pydata([(0, -0.1, 0.05), (0.01, -0.1, 0.05), (0, -0.1, 0.04)], [], [(0, 1, 2)])
    bpy.context.collection.objects.link(chin)
    chin.parent, chin.parent_type, chin.parent_bone = armature, "BONE", "jaw"
    armature["open"] = 0.0
    armature.pose.bones["jaw"].rotation_mode = "XYZ"
    curve = armature.pose.bones["jaw"].driver_add("rotation_euler", 0)
    variable = curve.driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = armature, '["open"]'
    variable.name, curve.driver.expression = "open", "open * 0.8"
    mapping = mapping_of(head)
    jaw = next(b for b in mapping.bindings if b.channel == "jawOpen")
    target = replace(jaw.target, object="Rig", path='["open"]', holder="OBJECT")
    mapping = replace(mapping, bindings=(*mapping.bindings, replace(jaw, target=target)))
    seen = look_at(bpy.context, mapping)
    (blended,) = seen.face.at(expressions(one_row(jawOpen=0.75)))
    armature["open"] = 0.75
    armature.update_tag()
    set_keys(head, jawOpen=0.75)
    expected = drawn(chin)
    places = blended[[np.linalg.norm(blended - place, axis=1).argmin() for place in expected]]
    np.testing.assert_allclose(places, expected, atol=5e-4)


def test_eyes_that_turn_count_by_their_turn(head: Any) -> None:
    ball = bpy.data.objects.new("Eye", bpy.data.meshes.new("Eye"))
    ball.data.from_pydata([(0, -0.012, 0), (0.004, -0.012, 0), (0, -0.012, 0.004)], [], [(0, 1, 2)])
    ball.location = (0.03, -0.1, 0.13)
    bpy.context.collection.objects.link(ball)
    bpy.context.view_layer.update()
    pivot = pivot_at_rest(ball)
    mapping = replace(mapping_of(head), eyes=EyeSettings(by="PIVOTS", left=pivot))
    before = state()
    seen = look_at(bpy.context, mapping)
    assert state() == before
    (blended,) = seen.face.at(expressions(one_row(eyeLookInLeft=1.0)))
    moved = np.linalg.norm(blended - seen.face.surface.rest, axis=1)
    assert moved.max() == pytest.approx(2 * 0.0126 * np.sin(0.56 / 2), rel=0.15)
    towards = (blended - seen.face.surface.rest)[moved.argmax()]
    assert towards[0] < 0  # the performer's left eye looks in: to the performer's right


def test_a_face_is_looked_at_from_the_front_whichever_way_it_stands(head: Any) -> None:
    turn = head.parent
    turn.rotation_euler = (0, 0, np.pi / 2)
    bpy.context.view_layer.update()
    frame = look_at(bpy.context, mapping_of(head)).face.frame
    np.testing.assert_allclose(frame.forward, (1, 0, 0), atol=1e-6)
    np.testing.assert_allclose(frame.up, (0, 0, 1), atol=1e-6)
    mirrored = look_at(bpy.context, replace(mapping_of(head), mirror=True)).face.frame
    np.testing.assert_allclose(mirrored.forward, frame.forward)
    assert 0.05 < frame.between < 0.075


def test_halves_are_seen_apart_and_add_up(head: Any) -> None:
    sight = look_at(bpy.context, mapping_of(head)).face.sight
    jaw, brow = one_row(jawOpen=1.0)[0], one_row(browInnerUp=1.0)[0]
    assert sight.difference("lower", jaw) > 0.05
    assert sight.difference("upper", jaw) == 0
    assert sight.difference("upper", brow) > 0.006


def test_the_rigs_hash_changes_with_shapes_and_mapping_and_not_with_poses(head: Any) -> None:
    mapping = mapping_of(head)
    before = rig_hash(mapping)
    set_keys(head, jawOpen=1.0)
    head.location = (1, 2, 3)
    assert rig_hash(mapping) == before
    assert rig_hash(mapping.changed("jawOpen", gain=2.0)) != before
    head.data.shape_keys.key_blocks["jawOpen"].data[0].co.x += 0.01
    assert rig_hash(mapping) != before


def test_materials_say_how_parts_are_coloured_and_glass_is_left_out(head: Any) -> None:
    def triangles(seen: Seen) -> int:
        return sum(len(part.triangles) for part in seen.parts)

    mapping = mapping_of(head)
    whole = look_at(bpy.context, mapping)
    assert {part.image for part in whole.parts} == {"arkit_head.jpg"}
    assert triangles(whole) == len(whole.face.surface.triangles)
    cornea = next(m for m in head.data.materials if "left eye" in m.name)
    surface = next(node for node in cornea.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    surface.inputs["Alpha"].default_value = 0.0
    assert triangles(look_at(bpy.context, mapping)) < triangles(whole)


def test_a_hidden_rig_and_one_whose_mesh_changes_say_what_to_do(head: Any) -> None:
    mapping = mapping_of(head)
    head.hide_set(True)
    with pytest.raises(FaceUnseen, match="No mesh is visible") as told:
        look_at(bpy.context, mapping)
    assert "panel 2" in told.value.advice


def test_the_rigs_hash_is_the_same_in_every_process(head: Any) -> None:
    """Answers are found again by it after Blender has been closed."""
    mapping = mapping_of(head)
    code = (
        "import bpy, tests.in_blender.scene.test_surfaces as here\n"
        "bpy.ops.wm.read_factory_settings(use_empty=True)\n"
        "print(here.rig_hash(here.mapping_of(here.add_arkit_head(bpy.context))))"
    )
    root = Path(__file__).parents[3]
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.stdout.split()[-1:] == [rig_hash(mapping)], told.stderr
