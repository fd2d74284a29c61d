"""What goes into the zip, and what the one import rule does to it."""

import ast
import tomllib
from pathlib import Path, PurePosixPath

import pytest

import backend
import build_addon
from build_addon import BuildError, Wheel, relocated

ZIP = {
    "contract.py",
    "shared/protos/arkit.py",
    "shared/backend/core/curves.py",
    "shared/backend/core/__init__.py",
}


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("contract.py", "from protos import arkit", "from .shared.protos import arkit"),
        ("a/b.py", "from protos.arkit import POSE", "from ..shared.protos.arkit import POSE"),
        ("shared/backend/core/curves.py", "from protos import arkit", "from ....shared.protos import arkit"),
        ("contract.py", "from  backend.core  import curves", "from .shared.backend.core  import curves"),
        (
            "contract.py",
            "def f():\n    from protos import arkit\n",
            "def f():\n    from .shared.protos import arkit\n",
        ),
        ("contract.py", "x = 'ä'; from protos import arkit", "x = 'ä'; from .shared.protos import arkit"),
        ("contract.py", "from protos import (\n    arkit,\n)", "from .shared.protos import (\n    arkit,\n)"),
    ],
)
def test_imports_of_shared_code_become_relative(name: str, source: str, expected: str) -> None:
    assert relocated(source, PurePosixPath(name), ZIP | {"shared/protos/__init__.py"}) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from .protos import arkit\n",
        "import numpy\n",
        '"""from protos import arkit"""\n',
        "# from protos import arkit\n",
        "from protos_of_others import x\n",
    ],
)
def test_everything_else_stays_as_it_is(source: str) -> None:
    assert relocated(source, PurePosixPath("contract.py"), ZIP) == source


def test_an_import_of_what_is_not_in_the_zip_stops_the_build() -> None:
    with pytest.raises(BuildError, match=r"line 2: backend\.ports is not in the zip"):
        relocated("\nfrom backend.ports import Clip\n", PurePosixPath("contract.py"), ZIP)


def test_an_import_that_has_no_relative_form_stops_the_build() -> None:
    with pytest.raises(BuildError, match=r"instead of `import backend\.core\.curves`"):
        relocated("import backend.core.curves\n", PurePosixPath("contract.py"), ZIP)


def test_nothing_absolute_of_ours_is_left_in_the_zip() -> None:
    for name, content in build_addon.sources():
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(content)):
                if isinstance(node, ast.ImportFrom) and not node.level:
                    assert str(node.module).split(".")[0] not in ("backend", "protos", "blender_addon"), name


def test_only_what_the_extension_needs_is_in_the_zip() -> None:
    names = [name for name, _ in build_addon.sources()]
    assert {"__init__.py", "contract.py", "shared/protos/arkit.py", "shared/backend/core/curves.py"} <= set(
        names
    )
    assert not [name for name in names if "__pycache__" in name or "test" in name or "generate.py" in name]
    assert not [name for name in names if name.startswith("shared/backend/") and name.count("/") == 2][1:]


@pytest.mark.parametrize("target", build_addon.PLATFORMS)
def test_each_platform_has_its_wheels_for_each_python(target: str) -> None:
    wheels = [wheel for wheel in build_addon.locked_wheels() if wheel.fits(target)]
    packages = sorted((wheel.requirement.split("==")[0], wheel.tags[0]) for wheel in wheels)
    pythons = ["cp311", "cp313", "cp314"]
    assert [p for p in packages if p[0] == "grpcio"] == [("grpcio", python) for python in pythons]
    assert [p for p in packages if p[0] == "pillow"] == [("pillow", python) for python in pythons]
    assert [p[0] for p in packages if p[0] not in ("grpcio", "pillow")] == ["protobuf", "typing_extensions"]


def test_a_wheel_fits_the_systems_its_name_says() -> None:
    def fitting(tag: str) -> list[str]:
        return [t for t in build_addon.PLATFORMS if Wheel("", f"grpcio-1-cp311-cp311-{tag}.whl").fits(t)]

    assert fitting("win_amd64") == ["windows-x64"]
    assert fitting("manylinux2014_x86_64.manylinux_2_17_x86_64") == ["linux-x64"]
    assert fitting("macosx_11_0_universal2") == ["macos-arm64", "macos-x64"]
    assert fitting("macosx_10_10_x86_64") == ["macos-x64"]
    assert fitting("any") == list(build_addon.PLATFORMS)


def test_a_wheel_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "grpcio-1-cp311-cp311-win_amd64.whl").write_bytes(b"something else")
    with pytest.raises(BuildError, match=r"not the file that wheels\.lock names"):
        build_addon.fetched(Wheel("0" * 64, "grpcio-1-cp311-cp311-win_amd64.whl"), tmp_path)


def test_the_manifest_names_version_platform_and_wheels() -> None:
    made = tomllib.loads(build_addon.manifest("linux-x64", [Path("a-1-py3-none-any.whl")]))
    assert made["version"] == backend.__version__
    assert made["platforms"] == ["linux-x64"]
    assert made["wheels"] == ["./wheels/a-1-py3-none-any.whl"]
    assert set(made["permissions"]) == {"files", "network"}


def test_the_same_contents_make_the_same_bytes(tmp_path: Path) -> None:
    contents = {"b.py": b"x = 1\n" * 100, "a/c.whl": b"\0" * 50}
    build_addon.write_zip(tmp_path / "one.zip", contents)
    build_addon.write_zip(tmp_path / "two.zip", dict(reversed(contents.items())))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
