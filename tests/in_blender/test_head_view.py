"""What an artist is shown of a rig: the same picture for the same face, and differences where they belong."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.mapping import mapping_for
from blender_addon.rig_matching import match_rig
from blender_addon.scene import shape_keys
from blender_addon.scene.heads import add_arkit_head
from blender_addon.scene.surfaces import Seen, look_at
from blender_addon.surface import expressions
from blender_addon.viewport.head_view import HeadView, on_screen, picture_of, sheet
from protos import arkit

SIDE = 192


@pytest.fixture
def seen() -> Seen:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    head = add_arkit_head(bpy.context)
    found = look_at(bpy.context, mapping_for(match_rig(shape_keys.read_rig([head]))))
    wake_the_graphics_card()
    return found


@pytest.fixture
def paper() -> Iterator[Any]:
    made = sheet(SIDE)
    yield made
    made.free()


def wake_the_graphics_card() -> None:
    """Without a window Blender has none until a picture was rendered."""
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    bpy.ops.render.render()


def shot(seen: Seen, paper: Any, **values: float) -> np.ndarray:
    """(SIDE, SIDE, 3), top row first."""
    row = np.zeros((1, 52))
    for name, value in values.items():
        row[0, arkit.INDEX[name]] = value
    (vertices,) = seen.face.at(expressions(row))
    HeadView(seen).draw(vertices, paper)
    return picture_of(paper)[::-1, :, :3].copy()


def test_expressions_are_seen_where_they_are(seen: Seen, paper: Any) -> None:
    rest = shot(seen, paper)
    np.testing.assert_array_equal(shot(seen, paper), rest)
    assert rest.std() > 0.05  # a head before a background
    for name, rows in (("jawOpen", slice(SIDE // 2, None)), ("browInnerUp", slice(None, SIDE // 2))):
        changed = np.abs(shot(seen, paper, **{name: 1.0}) - rest).max(axis=2) > 0.05
        assert changed.sum() > 50
        assert changed[rows].sum() > 0.9 * changed.sum()


def test_gaze_is_visible(seen: Seen, paper: Any) -> None:
    left = shot(seen, paper, eyeLookOutLeft=1.0, eyeLookInRight=1.0)
    right = shot(seen, paper, eyeLookInLeft=1.0, eyeLookOutRight=1.0)
    assert (np.abs(left - right).max(axis=2) > 0.1).sum() > 30


def test_the_whole_head_is_in_the_picture_and_its_left_is_on_the_viewers_right(
    seen: Seen, paper: Any
) -> None:
    rest = shot(seen, paper)
    edge = np.concatenate([rest[0], rest[:, 0], rest[:, -1]])
    assert np.abs(edge - edge[0]).max() < 0.02
    winks = np.abs(shot(seen, paper, eyeBlinkLeft=1.0) - rest).max(axis=2) > 0.1
    assert np.argwhere(winks)[:, 1].mean() > SIDE / 2
    face = seen.face
    eyes = on_screen(face.frame, face.view, face.frame.eyes[None])[0]
    assert eyes[0] == pytest.approx(0.5, abs=0.02)
    assert 0.5 < eyes[1] < 0.8
