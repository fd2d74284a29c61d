"""Keyframes in bulk: what is written is what moves, and what is not ours stays as it is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.rig_matching import key_path
from blender_addon.scene.fcurves import (
    NotWritable,
    Track,
    Writing,
    curves_of,
    hand_made,
    read_keys,
    write_tracks,
)
from tests.in_blender.scene.seeing import lifted

JAW, BLINK = key_path("jawOpen"), key_path("eyeBlinkLeft")


@pytest.fixture
def face(make_face: Any) -> Any:
    return make_face(["jawOpen", "eyeBlinkLeft"])


def ramp(path: str = JAW, first: int = 1, last: int = 10, top: float = 0.9) -> Track:
    frames = np.arange(first, last + 1, dtype=np.float64)
    return Track(path, 0, frames, np.linspace(0.0, top, len(frames)))


def write(face: Any, *tracks: Track, **how: Any) -> Any:
    first = min(t.frames[0] for t in tracks)
    last = max(t.frames[-1] for t in tracks)
    return write_tracks(face.data.shape_keys, tracks, Writing(first, last, **how))


def curve(face: Any, path: str = JAW) -> Any:
    return next(c for c in curves_of(face.data.shape_keys) if c.data_path == path)


def bits(keys: dict[str, np.ndarray], rows: np.ndarray) -> dict[str, bytes]:
    return {name: array[rows].tobytes() for name, array in keys.items()}


@pytest.mark.parametrize("interpolation", ["LINEAR", "BEZIER", "CONSTANT"])
def test_the_rig_moves_as_written(face: Any, interpolation: str) -> None:
    write(face, ramp(), ramp(BLINK, top=0.3), interpolation=interpolation)
    np.testing.assert_allclose(lifted(face, 10), [0.9, 0.3], atol=1e-6)
    np.testing.assert_allclose(lifted(face, 1), [0.0, 0.0], atol=1e-6)


def test_bezier_keys_do_not_overshoot(face: Any) -> None:
    values = np.array([0, 0, 1, 1, 0.2, 0.2, 0.8])
    write(face, Track(JAW, 0, np.arange(1.0, 8.0), values), interpolation="BEZIER")
    between = np.array([curve(face).evaluate(f) for f in np.linspace(1, 7, 200)])
    assert between.min() >= -1e-6
    assert between.max() <= 1 + 1e-6


@pytest.mark.parametrize("interpolation", ["LINEAR", "BEZIER"])
def test_keys_outside_the_range_stay_bit_identical(face: Any, interpolation: str) -> None:
    keys = face.data.shape_keys
    for frame in (-20, -5, 3, 6, 30, 41):
        keys.key_blocks["jawOpen"].value = (frame % 7) / 7
        keys.key_blocks["jawOpen"].keyframe_insert("value", frame=frame)
    points = curve(face).keyframe_points
    points[1].handle_right_type = "FREE"
    points[1].handle_right = (-2.0, 0.77)
    points[4].interpolation, points[4].easing = "ELASTIC", "EASE_IN_OUT"
    points[4].amplitude, points[4].type = 1.5, "EXTREME"
    before = read_keys(curve(face))

    write(face, ramp(), interpolation=interpolation)

    after = read_keys(curve(face))
    frames = after["co"][:, 0]
    outside = (frames < 1) | (frames > 10)
    assert np.count_nonzero(~outside) == 10
    was = (before["co"][:, 0] < 1) | (before["co"][:, 0] > 10)
    assert bits(after, outside) == bits(before, was)
    np.testing.assert_allclose([curve(face).evaluate(f) for f in (1, 10)], [0.0, 0.9], atol=1e-6)


def test_curves_that_are_not_written_stay_bit_identical(face: Any) -> None:
    write(face, ramp(BLINK))
    before = read_keys(curve(face, BLINK))
    write(face, ramp(JAW))
    after = read_keys(curve(face, BLINK))
    everything = np.ones(len(before["co"]), bool)
    assert bits(after, everything) == bits(before, everything)


def test_writing_again_uses_the_same_action_and_adds_no_layer(face: Any) -> None:
    first = write(face, ramp())
    second = write(face, ramp(top=0.5))
    assert first == second
    assert len(bpy.data.actions) == 1
    assert len(list(curves_of(face.data.shape_keys))) == 1
    assert lifted(face, 10)[0] == pytest.approx(0.5)


def test_an_action_somebody_else_assigned_is_used(face: Any) -> None:
    keys = face.data.shape_keys
    keys.animation_data_create().action = bpy.data.actions.new("Mine")
    assert write(face, ramp()).name == "Mine"
    assert lifted(face, 10)[0] == pytest.approx(0.9)


def test_a_new_action_keeps_the_old_one(face: Any, tmp_path: Path) -> None:
    old = write(face, ramp())
    new = write(face, ramp(top=0.4), new_action=True, action_name="Take 2")
    assert new != old
    assert new.name == "Take 2"
    name = old.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    assert name in bpy.data.actions
    assert lifted(bpy.data.objects["Face"], 10)[0] == pytest.approx(0.4)


def test_two_rigs_do_not_share_an_action(make_face: Any) -> None:
    one, other = make_face(["jawOpen"], "One"), make_face(["jawOpen"], "Other")
    write(one, ramp(top=0.9))
    write(other, ramp(top=0.1))
    assert lifted(one, 10)[0] == pytest.approx(0.9)
    assert lifted(other, 10)[0] == pytest.approx(0.1)


def test_tweak_mode_is_refused_with_advice_and_nothing_is_written(face: Any) -> None:
    keys = face.data.shape_keys
    action = write(face, ramp())
    data = keys.animation_data
    track = data.nla_tracks.new()
    track.strips.new("strip", 1, action)
    data.action = None
    track.select = data.nla_tracks[0].strips[0].select = True
    data.nla_tracks.active = track
    data.use_tweak_mode = True
    assert data.use_tweak_mode
    before = [read_keys(c)["co"].tobytes() for c in curves_of(keys)]
    with pytest.raises(NotWritable, match="Tab"):
        write(face, ramp(top=0.1))
    assert [read_keys(c)["co"].tobytes() for c in curves_of(keys)] == before


def test_what_superface_wrote_is_not_taken_for_handwork(face: Any, tmp_path: Path) -> None:
    write(face, ramp(), interpolation="BEZIER")
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 1, 10) == ()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    assert hand_made(bpy.data.objects["Face"].data.shape_keys, {(JAW, 0)}, 1, 10) == ()


def _moved(face: Any) -> None:
    curve(face).keyframe_points[4].co.y += 0.01


def _removed(face: Any) -> None:
    curve(face).keyframe_points.remove(curve(face).keyframe_points[4])


def _added(face: Any) -> None:
    curve(face).keyframe_points.insert(5.5, 0.3)


def _eased(face: Any) -> None:
    curve(face).keyframe_points[4].interpolation = "CONSTANT"


@pytest.mark.parametrize("edit", [_moved, _removed, _added, _eased])
def test_an_edit_by_hand_is_noticed(face: Any, edit: Any) -> None:
    write(face, ramp(), ramp(BLINK))
    edit(face)
    found = hand_made(face.data.shape_keys, {(JAW, 0), (BLINK, 0)}, 1, 10)
    assert found == (JAW,)


def test_an_edit_outside_the_range_is_nobodys_business(face: Any) -> None:
    write(face, ramp(last=40))
    curve(face).keyframe_points[-1].co.y = 0.11
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 50, 60) == ()
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 1, 40) == (JAW,)


def test_an_edit_stays_known_when_only_a_part_is_replaced(face: Any) -> None:
    write(face, ramp(last=40))
    curve(face).keyframe_points[-1].co.y = 0.11
    write(face, ramp(first=10, last=20))
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 10, 20) == ()
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 30, 40) == (JAW,)


def test_replacing_a_part_leaves_the_rest_as_ours(face: Any) -> None:
    write(face, ramp(last=40))
    write(face, ramp(first=10, last=20, top=0.2))
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 1, 40) == ()


def test_an_artists_own_keys_are_handwork(face: Any) -> None:
    face.data.shape_keys.key_blocks["jawOpen"].keyframe_insert("value", frame=5)
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 1, 10) == (JAW,)
    assert hand_made(face.data.shape_keys, {(JAW, 0)}, 6, 10) == ()
