"""A set-up for real: environment, packages from a folder, verification, start, handshake, end."""

import subprocess
import sys
import threading

import pytest

import build_addon
from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.local_backend import Home, LocalBackend, command_line, set_up


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_addon.backend_wheel(tmp_path_factory.mktemp("backend-wheel"))


@pytest.fixture(scope="module")
def wheels(wheel, repository):
    """All that the backend needs, in a folder; kept in .cache for the next run."""
    folder = repository / ".cache" / "backend-wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    own = ["--find-links", str(folder), "--dest", str(folder), f"superface[backend] @ {wheel.as_uri()}"]
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([*command, *own], check=True)
    return folder


@pytest.fixture(scope="module")
def done(wheel, wheels, tmp_path_factory):
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
    assert list(dict.fromkeys(step.stage for step in steps)) == [1, 2, 3]
    assert home.is_current(wheel)
    assert list(set_up(home, wheel, threading.Event(), online=False, wheels=wheels)) == []


def test_nothing_is_installed_into_the_python_that_makes_the_environment(done):
    _, _, before, after = done
    assert before == after


def test_what_was_set_up_starts_answers_and_ends(done, tmp_path, monkeypatch):
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path))
    local = LocalBackend(done[0])
    (address,) = local.start(threading.Event())
    pid = local._process.pid
    client = GrpcClient(address)
    assert client.info().active_model
    client.close()
    local.stop()
    assert not command_line(pid)
