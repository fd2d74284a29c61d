"""The built zip is what Blender wants, and does in it what the repository does."""

import json
import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import build_addon
from protos import fingerprint

pytest.importorskip("bpy", reason="needs Blender as a Python module")

BUNDLED = ("grpc", "google", "protobuf", "pil", "pillow", "typing_extensions", "superface", "__editable__")


def extension_tool(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Blender's own command line for extensions, which needs no Blender running."""
    import bpy

    tool = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    return subprocess.run(
        [sys.executable, str(tool), *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def only_blender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This environment's packages without those that the extension brings."""
    folder = tmp_path_factory.mktemp("only-blender")
    for packages in filter(
        Path.is_dir, map(Path, site.getsitepackages())
    ):  # Debian names some that are not there
        for entry in packages.iterdir():
            if not entry.name.lower().startswith(BUNDLED) and entry.suffix != ".pth":
                (folder / entry.name).symlink_to(entry)
    return folder


@pytest.fixture(scope="session")
def seen(extension_zip: Path, only_blender: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What install_extension.py saw in a Blender with an empty home."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-S", str(Path(__file__).with_name("install_extension.py")), str(extension_zip)],
        env={**os.environ, "HOME": str(home), "USERPROFILE": str(home), "PYTHONPATH": str(only_blender)},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    assert lines, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return dict(json.loads(lines[0].removeprefix("SEEN ")))


def test_blenders_own_tool_accepts_the_zip(extension_zip: Path) -> None:
    checked = extension_tool("validate", extension_zip)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("target", build_addon.PLATFORMS)
def test_blenders_own_tool_accepts_each_platforms_manifest(target: str, tmp_path: Path) -> None:
    wheels = [Path(wheel.name) for wheel in build_addon.locked_wheels() if wheel.fits(target)]
    contents = dict(build_addon.sources())
    contents["blender_manifest.toml"] = build_addon.manifest(target, wheels).encode()
    build_addon.write_zip(tmp_path / "superface.zip", contents)
    checked = extension_tool("validate", tmp_path / "superface.zip")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_zip_carries_the_backends_own_wheel_out_of_blenders_reach(extension_zip: Path) -> None:
    with zipfile.ZipFile(extension_zip) as archive:
        names = archive.namelist()
        listed = archive.read("blender_manifest.toml").decode()
    own = [name for name in names if name.startswith("backend_wheel/")]
    assert own == [f"backend_wheel/superface-{build_addon.version()}-py3-none-any.whl"]
    assert "superface-" not in listed
    assert {f"./{name}" for name in names if name.startswith("wheels/")} == {
        line.strip(' ",') for line in listed.splitlines() if ".whl" in line
    }


def test_it_installs_and_switches_on(seen: dict[str, Any]) -> None:
    assert seen["installed"] == ["FINISHED"]
    assert seen["enabled"]
    assert seen["on"][0]["classes"]
    assert seen["on"][0]["scene"] == ["superface"]


def test_switched_off_it_leaves_nothing_and_comes_back_whole_twice(seen: dict[str, Any]) -> None:
    assert seen["off"] == [seen["before"]] * 2
    assert seen["on"] == [seen["on"][0]] * 3


def test_grpc_protobuf_and_pillow_are_the_bundled_ones(seen: dict[str, Any]) -> None:
    assert seen["clash"] is None
    for file in seen["files"].values():
        assert ".local" in Path(file).parts


def test_inside_the_zip_the_contract_is_the_same_and_nothing_is_absolute(seen: dict[str, Any]) -> None:
    assert seen["fingerprint"] == fingerprint.contract_fingerprint()
    assert seen["absolute"] == []
