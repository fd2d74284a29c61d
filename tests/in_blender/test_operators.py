"""What an artist presses, pressed: from the first-run path to every way it can go wrong."""

import threading

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.backend_client.errors import BackendAbsent, ConnectionLost, TokenRefused
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.port import RestMoment
from blender_addon.contract import arkit, curves
from blender_addon.session import CONNECT, START, session
from blender_addon.states import BackendState, JobState
from blender_addon.takes import TakeFolder

FRAMES = 90


@pytest.fixture
def blender(tmp_path, monkeypatch):
    """The add-on switched on in an empty file at 30 frames a second."""
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path / "superface"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="blender_addon")
    bpy.context.scene.render.fps = 30
    yield bpy.ops.superface
    bpy.ops.preferences.addon_disable(module="blender_addon")


@pytest.fixture
def performance():
    values = np.zeros((FRAMES, len(arkit.CHANNELS)), np.float32)
    swing = np.sin(np.linspace(0, 3 * np.pi, FRAMES)) ** 2
    for channel in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight"):
        values[:, arkit.INDEX[channel]] = 0.9 * swing
    values[:, arkit.INDEX["headYaw"]] = 0.3 * swing
    return curves.curves_from_values(values, 30.0)


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"the fake does not look")
    return path


def connect(fake):
    session().dial = lambda address: fake
    bpy.ops.superface.backend_connect()
    bpy.ops.superface.wait(seconds=20)


@pytest.fixture
def ready(blender, performance, clip):
    """A head, a connected fake backend and a chosen clip."""
    blender.add_arkit_head()
    fake = FakeClient(performance)
    connect(fake)
    bpy.context.scene.superface.video = str(clip)
    return fake


def head():
    return bpy.data.objects["SuperFace Head"]


def fcurves(owner):
    from blender_addon.scene.fcurves import curves_of

    return {curve.data_path: curve for curve in curves_of(owner)}


def written(channel):
    curve = fcurves(head().data.shape_keys)[f'key_blocks["{channel}"].value']
    return np.array([point.co[1] for point in curve.keyframe_points])


def nothing_written():
    keys = head().data.shape_keys
    return keys.animation_data is None or keys.animation_data.action is None


class Rendering:
    """Blender with F12 pressed; without a window a render blocks, so that nobody could ask."""

    def __init__(self):
        self.data, self.app, self.jobs = bpy.data, self, {"RENDER"}

    def is_job_running(self, job):
        return job in self.jobs


def pump(until, timeout=20):
    return session().background.pump(until, timeout)


# The way through


def test_three_buttons_bring_a_clip_onto_the_head(ready, blender, performance):
    blender.retarget()
    blender.wait(seconds=20)
    assert session().job.state is JobState.WRITTEN
    assert written("jawOpen") == pytest.approx(performance.channel("jawOpen"), abs=1e-5)
    assert len(fcurves(head().data.shape_keys)) == 52
    assert ready.requests[0].clip.path.name == "clip.mp4"


def test_the_head_turns_what_carries_it(ready, blender):
    blender.retarget()
    blender.wait(seconds=20)
    turned = fcurves(head().parent)
    assert any(path.startswith("rotation") for path in turned)


def test_a_rest_that_was_found_is_looked_at_and_confirmed(ready, blender):
    ready.rest, scene = RestMoment(1.0, 0.05), bpy.context.scene
    blender.retarget()
    blender.wait(seconds=20)
    assert session().job.take.rest == 1.0
    blender.neutral_show()
    assert scene.frame_current == scene.superface.start_frame + 30
    blender.neutral_confirm()
    assert (scene.superface.use_neutral, scene.superface.neutral_seconds) == (True, 1.0)
    blender.retarget()
    blender.wait(seconds=20)
    assert ready.requests[-1].neutral.seconds == (1.0,)


def test_the_current_frame_becomes_the_neutral(ready, blender):
    scene = bpy.context.scene
    chosen = scene.superface
    with pytest.raises(RuntimeError, match="Retarget the clip once"):
        blender.neutral_here()
    chosen.use_range, chosen.start_seconds, chosen.end_seconds = True, 0.5, 2.0
    blender.retarget()
    blender.wait(seconds=20)
    scene.frame_set(chosen.start_frame + 15)
    blender.neutral_here()
    assert (chosen.use_neutral, chosen.neutral_seconds) == (True, pytest.approx(1.0))
    scene.frame_set(chosen.start_frame + 500)
    with pytest.raises(RuntimeError, match="outside of the take"):
        blender.neutral_here()
    with pytest.raises(RuntimeError, match="no face at rest was looked for"):
        blender.neutral_show()


def test_a_frame_of_another_clip_is_no_neutral(ready, blender, tmp_path):
    blender.retarget()
    blender.wait(seconds=20)
    (tmp_path / "other.mp4").write_bytes(b"another")
    bpy.context.scene.superface.video = str(tmp_path / "other.mp4")
    for choose in (blender.neutral_here, blender.neutral_confirm):
        with pytest.raises(RuntimeError, match="Choose a take of this footage"):
            choose()


def test_every_choice_of_the_panel_reaches_the_backend(ready, blender):
    chosen = bpy.context.scene.superface
    chosen.use_range, chosen.start_seconds, chosen.end_seconds = True, 0.5, 2.0
    chosen.use_crop, chosen.crop = True, (0.25, 0.0, 0.75, 1.0)
    chosen.use_face, chosen.face = True, (0.5, 0.25)
    chosen.use_neutral, chosen.neutral_seconds, chosen.performer = True, 0.75, "Ada"
    chosen.mirrored, chosen.smoothing, chosen.couple_mouth_close = True, 0.25, False
    blender.retarget()
    blender.wait(seconds=20)
    (request,) = ready.requests
    assert (request.start_seconds, request.end_seconds, request.mirrored_footage) == (0.5, 2.0, True)
    assert (request.crop.left, request.crop.right, request.face) == (0.25, 0.75, (0.5, 0.25))
    assert (request.neutral.seconds, request.neutral.performer) == ((0.75,), "Ada")
    assert (request.cleanup.smoothing, request.cleanup.couple_mouth_close) == (0.25, False)


def test_an_image_sequence_is_sent_in_the_order_of_its_numbers(ready, blender, tmp_path):
    for number in (1, 2, 10):
        (tmp_path / f"shot_{number}.png").write_bytes(b"")
    (tmp_path / "other_3.png").write_bytes(b"")
    chosen = bpy.context.scene.superface
    chosen.source, chosen.first_image, chosen.image_rate = "SEQUENCE", str(tmp_path / "shot_2.png"), 25.0
    blender.retarget()
    blender.wait(seconds=20)
    frames = ready.requests[0].clip
    assert [path.name for path in frames.paths] == ["shot_1.png", "shot_2.png", "shot_10.png"]
    assert frames.rate == 25.0


def test_one_retarget_is_one_undo_step(ready, blender):
    bpy.ops.ed.undo_push(message="before")
    blender.retarget()
    blender.wait(seconds=20)
    bpy.ops.ed.undo_push(message="SuperFace Retarget")
    bpy.ops.ed.undo()
    assert nothing_written()
    bpy.ops.ed.redo()
    assert len(written("jawOpen")) == FRAMES


def test_a_changed_gain_is_applied_again_without_a_backend(ready, blender):
    blender.retarget()
    blender.wait(seconds=20)
    before = written("jawOpen")
    blender.backend_stop()
    blender.wait(seconds=20)
    next(row for row in bpy.context.scene.superface.channels if row.name == "jawOpen").gain = 0.5
    blender.take_apply()
    blender.wait(seconds=20)
    assert written("jawOpen") == pytest.approx(before / 2, abs=1e-5)
    assert len(ready.requests) == 1


def test_takes_are_read_and_listed_beside_blender_never_in_it(ready, blender, tmp_path, monkeypatch):
    readers = set()
    for name in ("curves", "facts", "all", "append"):
        plain = getattr(TakeFolder, name)

        def noting(*given, plain=plain):
            readers.add(threading.current_thread())
            return plain(*given)

        monkeypatch.setattr(TakeFolder, name, noting)
    blender.retarget()
    blender.wait(seconds=20)
    blender.take_apply()
    blender.wait(seconds=20)
    blender.take_export(filepath=str(tmp_path / "take.csv"))
    blender.wait(seconds=20)
    blender.take_import(filepath=str(tmp_path / "take.csv"))
    blender.wait(seconds=20)
    assert bpy.context.scene.superface.take in session().known_takes
    assert readers
    assert threading.main_thread() not in readers


def test_a_take_is_read_again_at_the_rate_the_scene_has_by_then(ready, blender):
    blender.retarget()
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Edit mode"):
        blender.wait(seconds=20)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.scene.render.fps = 60
    blender.wait(seconds=20)
    assert len(written("jawOpen")) == 2 * FRAMES


def test_what_was_refused_is_written_once_another_place_is_chosen(ready, blender):
    chosen = bpy.context.scene.superface
    chosen.write = "REPLACE"
    blender.retarget()
    blender.wait(seconds=20)
    fcurves(head().data.shape_keys)['key_blocks["jawOpen"].value'].keyframe_points[10].co[1] = 0.123
    blender.take_apply()
    with pytest.raises(RuntimeError, match="edited by hand"):
        blender.wait(seconds=20)
    chosen.write = "NEW"
    blender.wait(seconds=20)
    assert session().job.state is JobState.WRITTEN


def test_a_region_switched_off_is_not_written(ready, blender):
    bpy.context.scene.superface.regions -= {"MOUTH"}
    blender.retarget()
    blender.wait(seconds=20)
    paths = fcurves(head().data.shape_keys)
    assert 'key_blocks["eyeBlinkLeft"].value' in paths
    assert 'key_blocks["jawOpen"].value' not in paths


def test_a_live_link_csv_goes_out_and_comes_back_without_a_backend(ready, blender, tmp_path):
    blender.retarget()
    blender.wait(seconds=20)
    before = written("jawOpen")
    blender.take_export(filepath=str(tmp_path / "take.csv"))
    blender.backend_stop()
    blender.wait(seconds=20)
    blender.take_import(filepath=str(tmp_path / "take.csv"))
    blender.wait(seconds=20)
    blender.take_apply()
    blender.wait(seconds=20)
    assert written("jawOpen") == pytest.approx(before, abs=1e-5)


def test_a_preset_brings_settings_onto_another_head(ready, blender, tmp_path):
    rows = bpy.context.scene.superface.channels
    rows[0].gain, rows[0].curve = 1.25, "0 0, 0.5 0.25, 1 1"
    blender.preset_save(filepath=str(tmp_path / "preset.json"))
    rows[0].gain, rows[0].curve = 1.0, ""
    blender.preset_load(filepath=str(tmp_path / "preset.json"))
    assert (rows[0].gain, rows[0].curve) == (1.25, "0 0, 0.5 0.25, 1 1")


def test_a_faceit_profile_goes_out_and_comes_back(ready, blender, tmp_path):
    rows = bpy.context.scene.superface.channels
    rows[0].gain = 1.25
    blender.faceit_export(filepath=str(tmp_path / "faceit.json"))
    rows[0].gain = 1.0
    head().select_set(True)
    blender.faceit_import(filepath=str(tmp_path / "faceit.json"))
    assert rows[0].gain == 1.25


def test_eyes_named_as_the_viewer_sees_them_are_told(ready, blender, capfd):
    chosen = bpy.context.scene.superface
    for name, x in (("Eye.R", 0.03), ("Eye.L", -0.03)):
        eye = bpy.data.objects.new(name, None)
        bpy.context.collection.objects.link(eye)
        eye.location.x = x
    bpy.context.view_layer.update()
    for role, name, told in (("RIGHT_EYE", "Eye.R", False), ("LEFT_EYE", "Eye.L", True)):
        chosen.pivot_object = bpy.data.objects[name]
        blender.rig_pivot(role=role)
        assert ("left eye lies on the right" in capfd.readouterr().out) is told


def test_limits_that_make_no_sense_are_left_as_they_were(ready):
    row = bpy.context.scene.superface.channels[0]
    row.high = -1.0
    row.curve = "nonsense"
    assert (row.high, row.curve) == (1.0, "")


# What goes wrong


def test_without_a_backend_there_is_nothing_to_press(blender):
    blender.add_arkit_head()
    with pytest.raises(RuntimeError, match="poll"):
        blender.retarget()


@pytest.mark.parametrize(
    "error", [BackendAbsent("Nobody answers.", "Start it."), TokenRefused("Wrong token.", "Copy it.")]
)
def test_a_failed_connection_says_what_to_do(blender, performance, error):
    with pytest.raises(RuntimeError, match=f"{error.message} {error.advice}"):
        connect(FakeClient(performance, error=error))
    assert session().link.state is BackendState.FAILED


def test_another_machine_is_not_contacted_while_online_access_is_off(blender, performance):
    bpy.context.preferences.addons["blender_addon"].preferences.host = "render.example"
    fake = FakeClient(performance)
    session().dial = lambda address: fake
    with pytest.raises(RuntimeError, match="online access is off"):
        blender.backend_connect()
    assert not session().background.running(CONNECT)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"video": ""}, "No video is chosen"),
        ({"video": "/nowhere/clip.mp4"}, "There is no file"),
        ({"source": "CLIP"}, "No movie clip is chosen"),
        ({"source": "SEQUENCE"}, "No image is chosen"),
        ({"use_range": True, "start_seconds": 2.0, "end_seconds": 1.0}, "before it starts"),
        ({"use_crop": True, "crop": (0.5, 0.0, 0.5, 1.0)}, "crop is empty"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_before_anything_is_sent(ready, blender, choice, message):
    for name, value in choice.items():
        setattr(bpy.context.scene.superface, name, value)
    with pytest.raises(RuntimeError, match=message):
        blender.retarget()
    assert ready.requests == []


def test_a_backend_killed_in_mid_clip_leaves_the_scene_and_offers_what_came(ready, blender):
    ready.error, ready.error_after = ConnectionLost("The backend is gone.", "Start it again."), 60
    blender.retarget()
    with pytest.raises(RuntimeError, match="60 frames were received"):
        blender.wait(seconds=20)
    assert session().job.state is JobState.FAILED
    assert nothing_written()
    blender.take_apply(take=session().job.take.id)
    blender.wait(seconds=20)
    assert len(written("jawOpen")) == 60


def test_a_cancelled_retarget_leaves_the_scene_and_keeps_the_take(ready, blender):
    ready.pause = 0.05
    blender.retarget()
    assert pump(lambda: session().job.frames_received > 0)
    blender.retarget_cancel()
    blender.wait(seconds=20)
    assert session().job.state is JobState.CANCELLED
    assert nothing_written()
    (take,) = session().known_takes.values()
    assert take.complete is False


def test_a_rig_deleted_in_mid_clip_keeps_the_result_waiting(ready, blender):
    blender.retarget()
    bpy.data.objects.remove(head())
    with pytest.raises(RuntimeError, match="deleted"):
        blender.wait(seconds=20)
    assert session().job.state is JobState.WAITING
    assert not blender.retarget_overwrite.poll(), "to overwrite would not bring it back"


def test_another_file_opened_in_mid_clip_is_not_written(ready, blender):
    blender.retarget()
    bpy.ops.wm.read_homefile(use_empty=True)
    blender.add_arkit_head()
    with pytest.raises(RuntimeError, match="belongs to"):
        blender.wait(seconds=20)
    assert nothing_written()


def test_a_result_waits_for_object_mode_and_is_then_written(ready, blender):
    blender.retarget()
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Edit mode"):
        blender.wait(seconds=20)
    bpy.ops.object.mode_set(mode="OBJECT")
    blender.wait(seconds=20)
    assert session().job.state is JobState.WRITTEN


def test_undo_in_mid_clip_does_no_harm(ready, blender):
    bpy.ops.ed.undo_push(message="before")
    bpy.context.scene.superface.start_frame = 11
    bpy.ops.ed.undo_push(message="after")
    blender.retarget()
    bpy.ops.ed.undo()
    blender.wait(seconds=20)
    assert session().job.state is JobState.WRITTEN
    assert bpy.context.scene.superface.start_frame == 1


def test_keys_edited_by_hand_are_asked_about(ready, blender):
    chosen = bpy.context.scene.superface
    chosen.write = "REPLACE"
    blender.retarget()
    blender.wait(seconds=20)
    curve = fcurves(head().data.shape_keys)['key_blocks["jawOpen"].value']
    curve.keyframe_points[10].co[1] = 0.123
    for journey in (blender.take_apply, blender.retarget):
        journey()
        with pytest.raises(RuntimeError, match="edited by hand"):
            blender.wait(seconds=20)
        assert written("jawOpen")[10] == pytest.approx(0.123)
    assert blender.retarget_overwrite.poll()
    blender.retarget_overwrite()
    blender.wait(seconds=20)
    assert written("jawOpen")[10] != pytest.approx(0.123)


def test_without_any_take_there_is_nothing_to_apply(blender):
    with pytest.raises(RuntimeError, match="There is no take yet: retarget a clip or import"):
        blender.take_apply()


def test_applying_no_take_says_what_to_do(ready, blender):
    blender.retarget()
    blender.wait(seconds=20)
    bpy.context.scene.superface.take = ""
    with pytest.raises(RuntimeError, match="No take is chosen"):
        blender.take_apply()


def test_a_result_waits_for_the_end_of_a_render(ready, blender, monkeypatch):
    from blender_addon.scene import guards

    blender.retarget()
    rendering = Rendering()
    monkeypatch.setattr(guards, "bpy", rendering)
    with pytest.raises(RuntimeError, match="is rendering"):
        blender.wait(seconds=20)
    assert nothing_written()
    rendering.jobs.clear()
    blender.wait(seconds=20)
    assert session().job.state is JobState.WRITTEN


def test_a_mesh_without_keys_says_so(blender):
    bpy.ops.mesh.primitive_cube_add()
    with pytest.raises(RuntimeError, match="No shape key of Cube"):
        blender.rig_find()


def cube_with(names):
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.object
    for name in ("Basis", *names):
        key = cube.shape_key_add(name=name, from_mix=False)
        if name != "Basis":
            key.data[0].co.x += 1
    return cube


def test_ten_of_fifty_two_are_counted_and_the_rest_named(blender):
    cube_with(arkit.COEFFICIENTS[:10])
    blender.rig_find()
    assert len(session().rig.moving) == 10
    assert len(session().rig.missing) == 42


def test_foreign_names_are_listed_and_nothing_is_claimed(blender):
    cube_with(["Angry", "Sad"])
    with pytest.raises(RuntimeError, match="No shape key"):
        blender.rig_find()
    assert [key.key for key in session().rig.unmatched] == ["Angry", "Sad"]


def test_a_file_of_somebody_else_contacts_and_starts_nothing(ready, blender, tmp_path):
    blend, typed = tmp_path / "theirs.blend", "a-secret-nobody-sees"
    bpy.context.preferences.addons["blender_addon"].preferences.token = typed
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=False)
    kept = blend.read_bytes()
    assert str(bpy.context.scene.superface.video).encode() in kept
    assert b"127.0.0.1" not in kept
    assert typed.encode() not in kept
    bpy.ops.preferences.addon_disable(module="blender_addon")
    bpy.ops.preferences.addon_enable(module="blender_addon")
    dialled = []
    session().dial = dialled.append
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    assert not session().background.running(CONNECT)
    assert not session().background.running(START)
    assert not dialled
    assert len(bpy.context.scene.superface.channels) == 52


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "Timecode,BlendshapeCount,JawOpen\nx,1,NaN\n"])
def test_a_csv_that_is_none_is_refused_with_its_name(ready, blender, tmp_path, content):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    blender.take_import(filepath=str(path))
    with pytest.raises(RuntimeError, match=r"bad\.csv"):
        blender.wait(seconds=20)


def test_diagnostics_name_versions_and_hold_no_token(ready, blender):
    from blender_addon.operators.backend import diagnostics

    typed = "a-secret-nobody-sees"
    bpy.context.preferences.addons["blender_addon"].preferences.token = typed
    connect(FakeClient(ready.curves))
    assert bpy.app.version_string in diagnostics()
    assert typed not in diagnostics()


def test_set_up_without_a_bundled_backend_says_where_it_looked(blender):
    with pytest.raises(RuntimeError, match="backend_wheel"):
        blender.backend_set_up()


def test_a_wiggle_restores_its_value(ready, blender):
    from blender_addon.scene import wiggle

    key = head().data.shape_keys.key_blocks["jawOpen"]
    key.value = 0.25
    blender.rig_wiggle(channel="jawOpen")
    wiggle.show(wiggle.PERIOD / 2)
    assert key.value > 0.9
    wiggle.stop()
    assert key.value == 0.25


def test_switched_off_in_mid_clip_nothing_stays_running(ready, blender):
    ready.pause = 0.05
    blender.retarget()
    background = session().background
    bpy.ops.preferences.addon_disable(module="blender_addon")
    assert not background.running()
    assert ready.closed.is_set()
    bpy.ops.preferences.addon_enable(module="blender_addon")
