"""A package of another add-on that was imported first is named, never met in a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from blender_addon.bundled_wheels import NEEDED, Needed, clash, owner

QUESTION = "from blender_addon.bundled_wheels import clash; print(clash())"


def clash_with(package: Path, repository: Path) -> str:
    """The answer of a fresh Python in which `package` comes first on the path."""
    path = f"import sys; sys.path.insert(0, {str(package)!r}); "
    command = [sys.executable, "-c", path + QUESTION]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout.strip()


def fake_protobuf(folder: Path, version: str) -> Path:
    (folder / "google" / "protobuf").mkdir(parents=True)
    (folder / "google" / "protobuf" / "__init__.py").write_text(f"__version__ = {version!r}\n")
    return folder


def test_what_we_install_with_does_not_clash() -> None:
    assert clash() is None


def test_an_older_protobuf_of_another_extension_is_named(tmp_path: Path, repository: Path) -> None:
    package = fake_protobuf(tmp_path / "extensions" / "user_default" / "mocap_plus" / "vendor", "4.25.3")
    said = clash_with(package, repository)
    assert "needs protobuf 6.30 or newer" in said
    assert "protobuf 4.25.3" in said
    assert "the extension “mocap_plus”" in said
    assert str(package / "google" / "protobuf") in said


def test_where_the_right_one_is_installed_a_restart_is_advised(tmp_path: Path, repository: Path) -> None:
    assert "restart Blender" in clash_with(fake_protobuf(tmp_path, "5.29.0"), repository)


def test_a_protobuf_too_new_for_our_messages_is_named(tmp_path: Path, repository: Path) -> None:
    assert "protobuf 8.0.0" in clash_with(fake_protobuf(tmp_path, "8.0.0"), repository)


def test_a_package_that_cannot_be_loaded_is_named(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "grpc").mkdir()
    (tmp_path / "grpc" / "__init__.py").write_text("raise ImportError('wrong machine')\n")
    assert "grpcio could not be loaded (wrong machine)" in clash_with(tmp_path, repository)


def test_a_package_without_a_version_counts_as_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "versionless_package.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    said = clash([Needed("versionless_package", "versionless", (1,))])
    assert said is not None
    assert "of unknown version" in said


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/b/scripts/addons/faceit/lib/google/protobuf", "the add-on “faceit”"),
        ("/b/extensions/blender_org/mocap/lib/google/protobuf", "the extension “mocap”"),
        ("/b/extensions/.local/lib/python3.11/site-packages/google/protobuf", "/b/extensions/.local"),
        ("/usr/lib/python3/dist-packages/google/protobuf", "/usr/lib"),
    ],
)
def test_the_owner_of_a_folder_is_read_from_blenders_layout(folder: str, expected: str) -> None:
    assert owner(Path(folder)).startswith(str(Path(expected)) if expected.startswith("/") else expected)


def test_the_bounds_are_those_of_the_project(repository: Path) -> None:
    project = (repository / "pyproject.toml").read_text(encoding="utf-8")
    for needed in NEEDED:
        oldest = ".".join(map(str, needed.oldest))
        below = f",<{needed.too_new[0]}" if needed.too_new else ""
        assert f'"{needed.package}>={oldest}{below}"' in project
