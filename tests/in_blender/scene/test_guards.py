"""A result is written into the scene it was made for, and only when that may be touched."""

from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.scene import guards


@pytest.fixture
def face(make_face: Any) -> Any:
    return make_face(["jawOpen"])


def place(*objects: Any) -> guards.Place:
    return guards.place_of(bpy.context.scene, objects)


def test_an_untouched_scene_may_be_written(face: Any) -> None:
    assert guards.why_not_now(place(face)) is None


def test_renaming_and_saving_do_not_lose_the_rig(face: Any, tmp_path: Path) -> None:
    here = place(face)
    face.name = "Renamed"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert guards.why_not_now(here) is None
    assert guards.objects_of(here) == [face]


def test_another_file_is_not_written_even_when_names_agree(face: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    here = place(face)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert "shot.blend" in (guards.why_not_now(here) or "")
    assert guards.scene_of(here) is None
    assert guards.objects_of(here) == []


def test_a_deleted_rig_is_named(face: Any) -> None:
    here = place(face)
    bpy.data.objects.remove(face)
    assert (guards.why_not_now(here) or "").startswith("Face was deleted")


def test_edit_mode_is_waited_for(face: Any) -> None:
    here = place(face)
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Object Mode" in (guards.why_not_now(here) or "")
    bpy.ops.object.mode_set(mode="OBJECT")
    assert guards.why_not_now(here) is None
