"""The same buttons against a real server in a process of its own, which can be killed."""

import json
import os
import subprocess
import sys

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from blender_addon.session import session
from blender_addon.states import BackendState, JobState
from blender_addon.stills import Stills


class Server:
    """tests/entrypoints/fake_application.py as a process, ended with the test."""

    def __init__(self, repository, folder, pause=0.0):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.entrypoints.fake_application", str(folder), str(pause)],
            cwd=repository,
            env={**os.environ, "PYTHONPATH": str(repository)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = json.loads(self.process.stdout.readline())
        self.port, self.token_file = said["port"], said["token_file"]

    def end(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def blender(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path / "superface"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="blender_addon")
    bpy.context.scene.render.fps = 30
    yield bpy.ops.superface
    bpy.ops.preferences.addon_disable(module="blender_addon")


@pytest.fixture
def serve(repository, tmp_path):
    running = []

    def start(pause=0.0):
        running.append(Server(repository, tmp_path, pause))
        return running[-1]

    yield start
    for server in running:
        server.end()


def connect(server, token=None):
    chosen = bpy.context.preferences.addons["blender_addon"].preferences
    chosen.host, chosen.port = "127.0.0.1", server.port
    with open(server.token_file, encoding="ascii") as file:  # noqa: PTH123
        chosen.token = token or file.read()
    bpy.ops.superface.backend_connect()
    bpy.ops.superface.wait(seconds=30)


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"video")
    return path


def written():
    keys = bpy.data.objects["SuperFace Head"].data.shape_keys
    return keys.animation_data is not None and keys.animation_data.action is not None


def test_a_clip_goes_through_a_real_server_onto_the_head(blender, serve, clip):
    blender.add_arkit_head()
    connect(serve())
    bpy.context.scene.superface.video = str(clip)
    blender.retarget()
    blender.wait(seconds=30)
    assert session().job.state is JobState.WRITTEN
    assert session().job.remarks == ("2 faces",)
    assert session().job.take.rest == 1.25
    assert written()


def test_a_wrong_token_is_found_at_once(blender, serve):
    with pytest.raises(RuntimeError, match=r"(?i)token"):
        connect(serve(), token="not-the-token-of-this-backend")  # noqa: S106
    assert session().link.state is BackendState.FAILED


def test_a_backend_that_is_not_there_is_said_with_advice(blender, serve):
    server = serve()
    server.end()
    with pytest.raises(RuntimeError, match=r"127\.0\.0\.1"):
        connect(server)


def test_a_server_killed_in_mid_clip_leaves_the_scene_and_what_came(blender, serve, clip):
    blender.add_arkit_head()
    server = serve(pause=0.2)
    connect(server)
    bpy.context.scene.superface.video = str(clip)
    blender.retarget()
    assert session().background.pump(lambda: session().job.frames_received > 0, 30)
    server.end()
    with pytest.raises(RuntimeError, match="frames were received"):
        blender.wait(seconds=30)
    assert not written()
    blender.take_apply(take=session().job.take.id)
    blender.wait(seconds=30)
    assert written()


def test_a_cancel_reaches_a_real_server(blender, serve, clip):
    blender.add_arkit_head()
    connect(serve(pause=0.2))
    bpy.context.scene.superface.video = str(clip)
    blender.retarget()
    assert session().background.pump(lambda: session().job.frames_received > 0, 30)
    blender.retarget_cancel()
    blender.wait(seconds=30)
    assert session().job.state is JobState.CANCELLED
    assert not written()


def test_pictures_of_a_take_come_in_beside_it(blender, serve, clip):
    connect(serve())
    bpy.context.scene.superface.video = str(clip)
    bpy.context.scene.superface.mirrored = True
    blender.add_arkit_head()
    blender.retarget()
    blender.wait(seconds=30)
    stills = Stills(session().takes, session().job.take)
    assert stills.take.mirrored
    client = session().dial(session().link.address)
    ended = []
    session().background.start("stills", stills.fetching(client, [0.5, 1.0]), lambda _: None, ended.append)
    assert session().background.pump(lambda: bool(ended), 30)
    client.close()
    assert ended == [None]
    assert stills.nearest(0.51).read_bytes() == b"still of 0.5 s"
