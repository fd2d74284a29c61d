"""Linked rigs are refused with advice; overridden ones keep their keys through saving and opening again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from backend.core.curves import curves_from_values
from blender_addon.mapping import mapping_for
from blender_addon.rig_matching import match_rig
from blender_addon.scene import guards, shape_keys
from blender_addon.scene.bake import Placement, bake
from blender_addon.scene.fcurves import NotWritable
from protos import arkit
from tests.in_blender.scene.seeing import lifted


@pytest.fixture
def library(make_face: Any, tmp_path: Path) -> Path:
    path = tmp_path / "library.blend"
    make_face(["jawOpen", "eyeBlinkLeft"])
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return path


def linked(library: Path) -> Any:
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["Face"]
    face = wanted.objects[0]
    bpy.context.scene.collection.objects.link(face)
    return face


def overridden(library: Path) -> Any:
    face = linked(library)
    own = face.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    bpy.context.view_layer.update()
    return own


def bake_half(face: Any, jaw: float = 0.5) -> None:
    values = np.zeros((2, len(arkit.CHANNELS)), np.float32)
    values[:, arkit.INDEX["jawOpen"]] = jaw
    mapping = mapping_for(match_rig(shape_keys.read_rig([face])))
    bake(bpy.context.scene, mapping, curves_from_values(values, 24.0), Placement())


def reopened(tmp_path: Path) -> Any:
    path = str(tmp_path / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    return bpy.data.objects["Face", None]


def test_a_linked_rig_is_refused_with_advice(library: Path) -> None:
    face = linked(library)
    assert "Library Override" in (shape_keys.why_linked(face) or "")
    assert "Library Override" in (guards.why_not_now(guards.place_of(bpy.context.scene, [face])) or "")
    with pytest.raises(NotWritable, match="override"):
        bake_half(face)
    assert len(bpy.data.actions) == 0


def test_an_overridden_rig_keeps_its_keys_after_reopening(library: Path, tmp_path: Path) -> None:
    face = overridden(library)
    assert shape_keys.why_linked(face) is None
    bake_half(face)
    assert lifted(face, 1)[0] == pytest.approx(0.5)
    assert lifted(reopened(tmp_path), 1)[0] == pytest.approx(0.5)


def test_an_overridden_rig_takes_another_take_after_reopening(library: Path, tmp_path: Path) -> None:
    bake_half(overridden(library))
    bake_half(reopened(tmp_path), jaw=0.9)
    assert lifted(reopened(tmp_path), 1)[0] == pytest.approx(0.9)


def test_a_local_object_with_a_linked_mesh_is_refused_with_advice(library: Path) -> None:
    face = bpy.data.objects.new("Mine", linked(library).data)
    assert "Make Local" in (shape_keys.why_linked(face) or "")
    with pytest.raises(NotWritable):
        bake_half(face)
