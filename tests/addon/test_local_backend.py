"""The set-up and the life of a local backend, with a stand-in for the backend's process."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from blender_addon import backend_set_up
from blender_addon.backend_home import Home, LocalBackendError
from blender_addon.backend_set_up import set_up, suitable_python
from blender_addon.child_process import command_line
from blender_addon.local_backend import LocalBackend, end_stale

PRETENDER = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "token").write_text("a-token-of-some-length")
said = {"address": "127.0.0.1:50999", "port": 50999, "pid": 1, "token_file": str(folder / "token")}
print(json.dumps(said), flush=True)
sys.stdin.buffer.read()
"""


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "a folder with spaces" / "backend")


@pytest.fixture
def pretender(tmp_path, home):
    home.folder.mkdir(parents=True)
    script = home.folder / "pretender.py"
    script.write_text(PRETENDER)
    return [sys.executable, str(script), str(tmp_path)]


def never():
    return threading.Event()


def gone(pid, seconds=10.0):
    deadline = time.monotonic() + seconds
    while command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not command_line(pid)


def test_it_says_where_it_listens_and_brings_the_token(home, pretender):
    local = LocalBackend(home)
    (address,) = local.start(never(), pretender)
    assert (address.host, address.port, address.token) == ("127.0.0.1", 50999, "a-token-of-some-length")
    assert local.alive
    local.stop()
    assert not local.alive
    assert not list(home.folder.glob("*.pid"))


def test_it_ends_by_itself_when_it_is_let_go(home, pretender):
    local = LocalBackend(home)
    list(local.start(never(), pretender))
    local.let_go()
    local._process.wait(10)
    assert not local.alive


def test_it_ends_when_the_program_that_started_it_is_killed(tmp_path, home, pretender, repository):
    starter = textwrap.dedent(
        f"""
        import sys, threading
        from pathlib import Path
        sys.path.insert(0, {str(repository)!r})
        from blender_addon.backend_home import Home
        from blender_addon.local_backend import LocalBackend
        local = LocalBackend(Home(Path({str(home.folder)!r})))
        list(local.start(threading.Event(), {pretender!r}))
        print(local._process.pid, flush=True)
        threading.Event().wait()
        """
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as parent:
        backend_pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(backend_pid)


def test_a_process_that_ignores_its_input_is_made_to_end(home):
    deaf = [
        sys.executable,
        "-c",
        PRETENDER.replace("sys.stdin.buffer.read()", "import time; time.sleep(600)"),
    ]
    local = LocalBackend(home)
    list(local.start(never(), [*deaf, str(home.folder)]))
    pid = local._process.pid
    local.stop(seconds=0.2)
    assert gone(pid)


def test_a_process_that_ends_while_starting_is_reported_with_its_last_words(home):
    command = [sys.executable, "-c", "raise SystemExit('no model file here')"]
    with pytest.raises(LocalBackendError, match="no model file here") as told:
        list(LocalBackend(home).start(never(), command))
    assert str(home.log) in told.value.advice


def test_a_start_that_is_cancelled_leaves_nothing_running(home):
    cancel = never()
    cancel.set()
    local = LocalBackend(home)
    assert list(local.start(cancel, [sys.executable, "-c", "import time; time.sleep(600)"])) == []
    assert not local.alive


@pytest.mark.parametrize(
    "said", ["hello", "{}", '{"address": "x:1", "port": 1, "token_file": "/nowhere"}', "[]"]
)
def test_an_answer_that_makes_no_sense_is_shown(home, said):
    command = [sys.executable, "-c", f"print({said!r}, flush=True); input()"]
    local = LocalBackend(home)
    with pytest.raises(LocalBackendError, match="instead of where it listens"):
        list(local.start(never(), command))
    local.stop()


def test_a_backend_whose_blender_is_gone_is_ended(home, pretender):
    with subprocess.Popen(pretender, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as stale:
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        (home.folder / "backend-1.pid").write_text(json.dumps({"pid": stale.pid, "owner": dead.pid}))
        assert end_stale(home) == [stale.pid]
    assert not list(home.folder.glob("*.pid"))


def test_the_backend_of_another_running_blender_is_left_alone(home, pretender):
    with (
        subprocess.Popen(pretender, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as other,
        subprocess.Popen(
            [sys.executable, "-c", "print(flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as blender,
    ):
        blender.stdout.readline()  # the system names a process only once it runs
        (home.folder / "backend-1.pid").write_text(json.dumps({"pid": other.pid, "owner": blender.pid}))
        assert end_stale(home) == []
        assert other.poll() is None
        other.kill()
        blender.kill()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"pid": "x", "owner": 1}'])
def test_a_damaged_pid_file_is_removed_and_nothing_ended(home, content):
    home.folder.mkdir(parents=True)
    (home.folder / "backend-1.pid").write_text(content)
    assert end_stale(home) == []
    assert not list(home.folder.glob("*.pid"))


def test_a_process_id_given_out_again_is_not_ended(home):
    home.folder.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        (home.folder / "backend-1.pid").write_text(json.dumps({"pid": innocent.pid, "owner": dead.pid}))
        assert end_stale(home) == []
        innocent.kill()


def test_without_network_and_without_wheels_nothing_is_begun(home, tmp_path):
    wheel = tmp_path / "superface-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    with pytest.raises(LocalBackendError, match="may not use the network"):
        list(set_up(home, wheel, never(), online=False))
    assert not home.folder.exists()


def test_no_suitable_python_is_said_with_advice(tmp_path):
    with pytest.raises(LocalBackendError, match=r"between 3\.11 and 3\.14") as told:
        suitable_python([str(tmp_path / "no-python-here")])
    assert "Install" in told.value.advice


def test_a_full_disk_is_noticed_before_anything_is_begun(home, tmp_path, monkeypatch):
    wheel = tmp_path / "superface-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    monkeypatch.setattr(backend_set_up, "set_up_bytes", lambda *_: 1e18)
    with pytest.raises(LocalBackendError, match="are needed"):
        list(set_up(home, wheel, never(), online=True))


def test_a_package_that_is_not_in_the_folder_of_wheels_is_named(home, tmp_path, own_python):
    wheel = tmp_path / "superface-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"this is no wheel")
    with pytest.raises(LocalBackendError, match="exit code"):
        list(set_up(home, wheel, never(), online=False, wheels=tmp_path, candidates=own_python))
    assert not home.is_ready()


def test_a_cancelled_set_up_is_not_ready_and_goes_on_later(home, tmp_path, own_python):
    wheel = tmp_path / "superface-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"this is no wheel")
    cancel = never()
    for step in set_up(home, wheel, cancel, online=False, wheels=tmp_path, candidates=own_python):
        if step.stage == 2:
            cancel.set()
    assert not home.is_ready()
    again = set_up(home, wheel, never(), online=False, wheels=tmp_path, candidates=own_python)
    assert next(again).stage == 2  # the environment is not made twice
    again.close()


@pytest.fixture
def own_python():
    return [sys.executable]


def test_the_environment_of_blenders_python_does_not_reach_the_backend(home, tmp_path):
    script = "import json, os; print(json.dumps(sorted(os.environ))); input()"
    said = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", **os.environ}
    local = LocalBackend(home)
    with pytest.raises(LocalBackendError, match="instead of where it listens"):
        list(local.start(never(), [sys.executable, "-c", script], said))
    (answer,) = home.folder.glob("serving-*.json")
    assert not {"PYTHONHOME", "PYTHONPATH"} & set(json.loads(answer.read_text()))
    local.stop()
