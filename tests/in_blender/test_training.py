"""Panel 5, pressed and read: train, use, take back, hand on."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.backend_client.errors import NothingToLearn, RequestRefused
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.versions import Agreement, LeftOut, VersionRegion, VersionStep
from blender_addon.contract import arkit, curves, duels, versions
from blender_addon.session import session
from blender_addon.states import TrainingState


@pytest.fixture
def blender(tmp_path, monkeypatch):
    """The add-on switched on in an empty file."""
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path / "superface"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="blender_addon")
    bpy.context.preferences.addons["blender_addon"].preferences.rater = "Ada"
    yield bpy.ops.superface
    bpy.ops.preferences.addon_disable(module="blender_addon")


@pytest.fixture
def fake():
    values = np.zeros((10, len(arkit.CHANNELS)), np.float32)
    return FakeClient(curves.curves_from_values(values, 30.0))


@pytest.fixture
def ready(blender, fake):
    """A connected backend, and something rated."""
    session().dial = lambda address: fake
    blender.backend_connect()
    blender.wait(seconds=20)
    session().has_answers = True
    return fake


def trained(blender):
    blender.train()
    blender.wait(seconds=20)
    return session().shelf.known.versions[-1].id


def state(version, region):
    (card,) = (card for card in session().shelf.known.versions if card.id == version)
    return next(half.state for half in card.regions if half.region == region)


class Drawn:
    """A layout that remembers what it says and offers; every part of it is the whole."""

    def __init__(self):
        self.texts, self.buttons = [], []

    def label(self, text="", icon="NONE"):
        self.texts.append(text)

    def progress(self, factor=0.0, text=""):
        self.texts.append(text)

    def prop(self, owner, name, text=""):
        assert name in owner.bl_rna.properties

    def operator(self, name, text="", icon="NONE"):
        operator = getattr(bpy.types, f"SUPERFACE_OT_{name.partition('.')[2]}")
        self.buttons.append(name)
        return SimpleNamespace(bl_label=operator.bl_label)

    def separator(self):
        pass

    def itself(self, align=False):
        return self

    row = column = box = itself

    @property
    def text(self):
        return " ".join(self.texts)


def drawn(name):
    panel, layout = getattr(bpy.types, f"VIEW3D_PT_superface_{name}"), Drawn()
    wide = SimpleNamespace(
        scene=bpy.context.scene,
        region=SimpleNamespace(width=5000),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
    )
    panel.draw(SimpleNamespace(layout=layout), wide)
    return layout


def test_without_a_backend_or_ratings_the_button_says_what_is_missing(blender, fake):
    with pytest.raises(RuntimeError, match="poll"):
        blender.train()
    assert "No backend is connected: see panel 1" in drawn("train").text
    session().dial = lambda address: fake
    blender.backend_connect()
    blender.wait(seconds=20)
    assert "Nothing was rated on this machine yet: see panel 4" in drawn("train").text
    session().has_answers = True
    assert blender.train.poll()


def test_training_asks_for_the_style_that_was_chosen(ready, blender):
    chosen = bpy.context.scene.superface
    trained(blender)
    chosen.style = "EVERYBODY"
    trained(blender)
    blender.add_arkit_head()
    chosen.style = "RIG"
    trained(blender)
    mine, everybody, rig = ready.shelf.trainings
    assert (mine.rater, mine.profile, mine.rig) == ("Ada", "Ada", "")
    assert (everybody.rater, everybody.profile, everybody.rig) == ("", "", "")
    assert (rig.rater, len(rig.rig), rig.profile) == ("", 64, f"rig {rig.rig[:8]}")


def test_a_style_of_the_rig_needs_a_rig(ready, blender):
    bpy.context.scene.superface.style = "RIG"
    assert not blender.train.poll()
    assert "No rig is found yet" in drawn("train").text


def test_a_training_shows_how_far_it_is_and_then_what_came_of_it(ready, blender):
    ready.pause = 0.05
    ready.shelf.count = replace(ready.shelf.count, left_out=(LeftOut("its footage is not here", 7),))
    blender.train()
    assert session().background.pump(lambda: session().shelf.job.best, 20)
    meanwhile = drawn("train")
    assert "Trying the upper face" in meanwhile.text
    assert meanwhile.buttons == ["superface.train_cancel"]
    blender.wait(seconds=20)
    after = drawn("train").text
    assert "Learns from 96 answers" in after
    assert "7 not used: its footage is not here" in after
    assert "Ada 1 is on trial" in after


def test_a_cancelled_training_says_how_to_go_on(ready, blender):
    ready.pause = 0.05
    blender.train()
    assert session().background.pump(lambda: session().shelf.job.count, 20)
    blender.train_cancel()
    blender.wait(seconds=20)
    assert session().shelf.job.state is TrainingState.CANCELLED
    assert "Train again to go on from there." in drawn("train").text
    assert blender.train.poll()


def test_a_training_that_is_refused_is_reported_with_its_advice(ready, blender):
    ready.error = RequestRefused("There are only 12 answers.", "Rate 8 more.")
    blender.train()
    with pytest.raises(RuntimeError, match=r"only 12 answers\. Rate 8 more"):
        blender.wait(seconds=20)


def test_too_few_answers_are_no_failure_but_say_how_many_more(ready, blender):
    ready.error, ready.error_after = NothingToLearn("Too few answers.", "Rate 8 more pairs."), 1
    blender.train()
    blender.wait(seconds=20)
    shown = drawn("train")
    assert "Nothing to learn yet" in shown.texts
    assert "Rate 8 more pairs." in shown.text
    assert "superface.train" in shown.buttons


def test_a_half_is_used_and_taken_back_with_one_click_each(ready, blender):
    version = trained(blender)
    blender.version_use(version=version, region="lower")
    blender.wait(seconds=20)
    assert state(version, "lower") is versions.State.CURRENT
    assert state(version, "upper") is versions.State.CANDIDATE
    shown = drawn("versions")
    assert "Mouth and jaw: in use" in shown.texts
    assert "superface.version_roll_back" in shown.buttons
    blender.version_roll_back(version=version, region="lower")
    blender.wait(seconds=20)
    assert state(version, "lower") is versions.State.RETIRED
    blender.version_retire(version=version, region="upper")
    blender.wait(seconds=20)
    assert state(version, "upper") is versions.State.RETIRED
    assert ready.shelf.decided[0] == (VersionStep.USE, version, ("lower",), "Ada")


def test_what_the_evidence_says_stands_beside_each_half(ready, blender):
    version = trained(blender)
    offered = VersionRegion(
        "lower",
        None,
        Agreement(0.05, (0.01, 0.09), 24),
        verdict=duels.Verdict.OFFER,
        says="preferred in 30 of 40 fresh pairs: it seems better",
    )
    ready.shelf.judged = {(version, "lower"): offered}
    blender.versions_look()
    blender.wait(seconds=20)
    shown = drawn("versions")
    assert "Mouth and jaw: offered" in shown.texts
    assert "Preferred in 30 of 40 fresh pairs" in shown.text
    assert "24 answers kept aside are each 5 % more likely by it." in shown.text
    assert "Eyes and brows: on trial" in shown.texts
    assert "No fresh pair was rated yet" in shown.text


def test_only_what_is_not_proved_is_asked_about(ready, blender):
    from blender_addon.operators.train import SUPERFACE_OT_version_use

    version, asked = trained(blender), []
    offered = VersionRegion("lower", None, verdict=duels.Verdict.OFFER)
    ready.shelf.judged = {(version, "lower"): offered}
    blender.versions_look()
    blender.wait(seconds=20)

    def confirm(operator, event, message, **words):
        asked.append(message)
        return {"RUNNING_MODAL"}

    def pressed(region):
        operator = SimpleNamespace(version=version, region=region, execute=lambda context: {"FINISHED"})
        context = SimpleNamespace(window_manager=SimpleNamespace(invoke_confirm=confirm))
        return SUPERFACE_OT_version_use.invoke(operator, context, None)

    assert (pressed("lower"), asked) == ({"FINISHED"}, [])
    assert (pressed("upper"), asked) == ({"RUNNING_MODAL"}, ["No fresh pair was rated yet"])


def test_what_was_retired_lies_apart(ready, blender):
    first = trained(blender)
    assert not bpy.types.VIEW3D_PT_superface_retired.poll(bpy.context)
    trained(blender)
    assert state(first, "lower") is versions.State.RETIRED
    assert bpy.types.VIEW3D_PT_superface_retired.poll(bpy.context)
    assert "Ada 1" in drawn("retired").texts
    assert "Ada 1" not in drawn("versions").texts


def test_a_version_goes_out_as_a_file_and_comes_back(ready, blender, tmp_path):
    version, path = trained(blender), tmp_path / "ada.superface"
    blender.version_export(filepath=str(path), version=version)
    blender.wait(seconds=20)
    assert path.is_file()
    ready.shelf.cards.clear()
    blender.version_import(filepath=str(path))
    blender.wait(seconds=20)
    assert [card.id for card in session().shelf.known.versions] == [version]


def test_a_file_that_is_no_version_is_refused_and_nothing_changes(ready, blender, tmp_path):
    trained(blender)
    before = session().shelf.known
    (tmp_path / "bad.superface").write_bytes(b"no version")
    blender.version_import(filepath=str(tmp_path / "bad.superface"))
    with pytest.raises(RuntimeError, match="Choose another file"):
        blender.wait(seconds=20)
    assert session().shelf.known is before


def test_nothing_can_be_decided_without_a_backend(ready, blender):
    version = trained(blender)
    blender.backend_stop()
    blender.wait(seconds=20)
    with pytest.raises(RuntimeError, match="poll"):
        blender.version_use(version=version, region="lower")


def test_a_retarget_is_read_in_the_chosen_style_or_tries_a_version(ready, blender, tmp_path):
    version = trained(blender)
    blender.add_arkit_head()
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"the fake does not look")
    bpy.context.scene.superface.video = str(clip)
    blender.retarget()
    blender.wait(seconds=20)
    bpy.context.scene.superface.style = "EVERYBODY"
    blender.retarget(version=version)
    blender.wait(seconds=20)
    mine, tried = ready.requests
    assert (mine.profile, mine.version) == ("Ada", "")
    assert (tried.profile, tried.version) == ("", version)
