"""A preview shows and leaves no trace."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.mapping import Binding, mapping_for
from blender_addon.rig_matching import Target, match_rig
from blender_addon.scene import shape_keys, wiggle
from tests.in_blender.scene.seeing import lifted

AT_REST = 0.1234567


@pytest.fixture
def face(make_face: Any) -> Any:
    face = make_face(["jawOpen", "eyeBlinkLeft"])
    face.data.shape_keys.key_blocks["jawOpen"].value = AT_REST
    return face


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    wiggle.register()
    yield
    wiggle.unregister()


def bindings(face: Any) -> list[Binding]:
    mapping = mapping_for(match_rig(shape_keys.read_rig([face])))
    return [b for b in mapping.bindings if b.channel == "jawOpen"]


def value(face: Any) -> float:
    return float(face.data.shape_keys.key_blocks["jawOpen"].value)


def test_strength_begins_and_ends_at_nothing_and_peaks_between() -> None:
    assert wiggle.strength(0) == wiggle.strength(wiggle.PERIOD * wiggle.TIMES) == wiggle.strength(-1) == 0
    assert wiggle.strength(wiggle.PERIOD / 2) == pytest.approx(1)


def test_the_key_moves_and_comes_back_to_the_bit(face: Any) -> None:
    before = value(face)
    assert wiggle.start(bindings(face)) == 1
    assert wiggle.show(wiggle.PERIOD / 2) == wiggle.TICK
    assert lifted(face)[0] == pytest.approx(1.0)
    assert wiggle.show(wiggle.PERIOD * wiggle.TIMES) is None
    assert value(face) == before


def test_saving_puts_values_back_first(face: Any, tmp_path: Path) -> None:
    before = value(face)
    wiggle.start(bindings(face))
    wiggle.show(wiggle.PERIOD / 2)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert value(bpy.data.objects["Face"]) == before


def test_a_second_wiggle_ends_the_first(face: Any) -> None:
    before = value(face)
    wiggle.start(bindings(face))
    wiggle.show(wiggle.PERIOD / 2)
    wiggle.start(bindings(face))
    wiggle.stop()
    assert value(face) == before


def test_another_file_of_the_same_names_is_left_alone(face: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    wiggle.unregister()
    wiggle.start(bindings(face))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    wiggle.show(wiggle.PERIOD / 2)
    assert value(bpy.data.objects["Face"]) == pytest.approx(AT_REST)
    wiggle.stop()
    wiggle.register()


def test_a_rig_deleted_meanwhile_harms_nothing(face: Any) -> None:
    wiggle.start(bindings(face))
    bpy.data.objects.remove(face)
    assert wiggle.show(0.2) == wiggle.TICK
    assert wiggle.show(99.0) is None


def test_properties_of_every_kind_come_back(face: Any) -> None:
    face["slider"], face["steps"] = 0.25, 3
    some = [
        Binding("jawOpen", Target("Face", path, index, "OBJECT"), high=5.0, gain=5.0)
        for path, index in (('["slider"]', 0), ('["steps"]', 0), ("location", 2))
    ]
    assert wiggle.start(some) == 3
    wiggle.show(wiggle.PERIOD / 2)
    assert (face["slider"], face["steps"], face.location.z) == (5.0, 5, 5.0)
    wiggle.stop()
    assert (face["slider"], face["steps"], face.location.z) == (0.25, 3, 0.0)
