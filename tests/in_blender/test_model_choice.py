"""The model that the artist chooses is kept by its name, and asked for only where it is offered."""

from dataclasses import replace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.backend_client.fake_client import INFO, FakeClient
from blender_addon.backend_client.port import Model
from blender_addon.contract import arkit, curves
from blender_addon.scene.request import request_from
from blender_addon.session import session

BASE = Model("superface-base", "SuperFace", "GPL-3.0-or-later")
BASELINE = Model("mediapipe-baseline", "MediaPipe", "Apache-2.0")


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    """The scene's settings, with a clip chosen and the add-on switched on."""
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path / "superface"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="blender_addon")
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"the fake does not look")
    bpy.context.scene.superface.video = str(clip)
    yield bpy.context.scene.superface
    bpy.ops.preferences.addon_disable(module="blender_addon")


def connect(*models):
    still = curves.curves_from_values(np.zeros((3, len(arkit.CHANNELS)), np.float32), 30.0)
    info = replace(INFO, models=models, active_model=models[0].id)
    session().dial = lambda address: FakeClient(still, info)
    bpy.ops.superface.backend_connect()
    bpy.ops.superface.wait(seconds=20)


def asked_for():
    return request_from(bpy.context.scene).model_id


def test_without_a_choice_the_backend_chooses(chosen):
    assert (chosen.model, asked_for()) == ("USUAL", "")
    connect(BASE, BASELINE)
    assert (chosen.model, asked_for()) == ("USUAL", "")


def test_each_model_of_the_backend_can_be_chosen(chosen):
    connect(BASE, BASELINE)
    for model in (BASELINE, BASE):
        chosen.model = model.id
        assert (chosen.model, asked_for()) == (model.id, model.id)
    chosen.model = "USUAL"
    assert asked_for() == ""


def test_a_choice_outlasts_a_backend_that_does_not_offer_it(chosen):
    connect(BASE, BASELINE)
    chosen.model = BASE.id
    connect(BASELINE)
    assert (chosen.model, asked_for()) == ("USUAL", "")
    connect(BASELINE, BASE)
    assert (chosen.model, asked_for()) == (BASE.id, BASE.id)


def test_what_is_not_offered_cannot_be_chosen(chosen):
    connect(BASELINE)
    with pytest.raises(TypeError, match="superface-base"):
        chosen.model = BASE.id
