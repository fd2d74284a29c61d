"""Blender's one file per platform: the add-on, the contract, the quiet core and their wheels in a zip.

    python build_addon.py                    # for the machine this runs on
    python build_addon.py --all --out dist   # windows-x64, linux-x64, macos-arm64, macos-x64

The zip holds
  *.py, assets/, panels/, …   blender_addon/ as it is
  shared/                     protos/ and backend/core/, beside us in the repository, inside us here
  wheels/                     unmodified, listed in the manifest: Blender installs those that fit
  backend_wheel/              the backend itself; its set-up installs it outside of Blender

One rule holds for every file in it: `from protos… import` and `from backend… import` become relative
imports from `shared`. Wheels are those of wheels.lock (sha256 and file name, as `sha256sum -c` reads
it); `python build_addon.py --refresh-lock` writes that file anew from what PyPI offers today.
The same sources give the same bytes.
"""

import argparse
import ast
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
LOCK = HERE / "wheels.lock"
CACHE = HERE / ".cache" / "wheels"

# pip's names for Blender's platforms, oldest system first.
PLATFORMS: dict[str, tuple[str, ...]] = {
    "windows-x64": ("win_amd64",),
    "linux-x64": ("manylinux2014_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64"),
    "macos-arm64": ("macosx_11_0_arm64", "macosx_11_0_universal2", "macosx_10_9_universal2"),
    "macos-x64": ("macosx_10_13_x86_64", "macosx_10_15_x86_64", "macosx_11_0_x86_64"),
}
PYTHONS = ("3.11", "3.13", "3.14")  # Blender 4.2 to 5.0, 5.1 and later, Linux distributions' own
# protobuf of the major version that the messages were generated for: the next one warns at each import.
PACKAGES = ("grpcio", "pillow", "protobuf>=6.30,<7", "typing_extensions")

SHARED = ("protos", "backend/__init__.py", "backend/core")
SHARED_ROOTS = ("protos", "backend")
TRAINER = ("__init__.py", "preference_*.py", "rendered_rows.py")  # what the backend starts of training
NOT_SHIPPED = ("__pycache__", "generate.py", "*.pyc", "*.pyi", "*.proto")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


class BuildError(Exception):
    """The zip would not work; the message says which file and why."""


@dataclass(frozen=True)
class Wheel:
    """One line of wheels.lock."""

    sha256: str
    name: str

    @property
    def requirement(self) -> str:
        """What pip calls it, "grpcio==1.85.1"."""
        package, version, *_ = self.name.split("-")
        return f"{package}=={version}"

    @property
    def tags(self) -> tuple[str, str, str]:
        """Python, ABI and (dotted) platform tag."""
        python, abi, system = self.name.removesuffix(".whl").split("-")[-3:]
        return python, abi, system

    def fits(self, target: str) -> bool:
        """Whether it runs on a Blender platform, a key of PLATFORMS."""
        system = self.tags[2]
        os_name, machine = target.split("-")
        heads = {"windows": "win", "linux": "manylinux", "macos": "macosx"}
        machines = {"x64": ("x86_64", "amd64"), "arm64": ("arm64",)}[machine]
        endings = (*machines, "universal2") if os_name == "macos" else machines
        return system == "any" or (system.startswith(heads[os_name]) and system.endswith(endings))


def build(target: str | None = None, out: Path = HERE / "dist", wheel_cache: Path = CACHE) -> Path:
    """The installable zip for one key of PLATFORMS (None: this machine's) in folder `out`.

    Fetches locked wheels that `wheel_cache` lacks. Raises BuildError.
    """
    target = target or this_platform()
    wheels = [fetched(wheel, wheel_cache) for wheel in locked_wheels() if wheel.fits(target)]
    contents = dict(sources())
    contents["blender_manifest.toml"] = manifest(target, wheels).encode()
    contents |= {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels}
    with tempfile.TemporaryDirectory() as scratch:
        own = backend_wheel(Path(scratch))
        contents[f"backend_wheel/{own.name}"] = own.read_bytes()
    out.mkdir(parents=True, exist_ok=True)
    zipped = out / f"superface-{version()}-{target}.zip"
    write_zip(zipped, contents)
    return zipped


def version() -> str:
    """The add-on's version, from its manifest."""
    text = (HERE / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["version"])


def this_platform() -> str:
    """The key of PLATFORMS for the machine this runs on; BuildError where Blender has none."""
    systems = {"Windows": "windows", "Linux": "linux", "Darwin": "macos"}
    machines = {"amd64": "x64", "x86_64": "x64", "arm64": "arm64", "aarch64": "arm64"}
    found = f"{systems.get(platform.system())}-{machines.get(platform.machine().lower())}"
    if found not in PLATFORMS:
        here = f"{platform.system()} on {platform.machine()}"
        raise BuildError(f"no zip is made for {here}; choose from {', '.join(PLATFORMS)}")
    return found


# --- our own files ---------------------------------------------------------------------------------------


def sources() -> Iterator[tuple[str, bytes]]:
    """(name in the zip, content) of the add-on and of what it shares with the backend."""
    found = dict(_own_files())
    for name, content in found.items():
        if name.endswith(".py"):
            try:
                content = relocated(content.decode(), PurePosixPath(name), found.keys()).encode()
            except BuildError as err:
                raise BuildError(f"{name}: {err}") from err
        yield name, content


def _own_files() -> Iterator[tuple[str, bytes]]:
    for path in shipped(HERE / "blender_addon"):
        yield path.relative_to(HERE / "blender_addon").as_posix(), path.read_bytes()
    yield "shared/__init__.py", b'"""What add-on and backend share; see build_addon.py."""\n'
    for part in SHARED:
        for path in shipped(HERE / part):
            yield f"shared/{path.relative_to(HERE).as_posix()}", path.read_bytes()


def shipped(root: Path) -> list[Path]:
    """Files at or below `root` that belong into a zip, sorted."""
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
    return [
        path
        for path in files
        if not any(part.match(pattern) for pattern in NOT_SHIPPED for part in map(PurePosixPath, path.parts))
    ]


def relocated(source: str, name: PurePosixPath, names: Iterable[str]) -> str:
    """`source` of the zip's file `name` with imports from protos and backend made relative.

    `names` are all files of the zip: an import of something else raises BuildError, as does
    `import protos…`, which has no relative form.
    """
    lines = source.encode().splitlines(keepends=True)  # ast counts columns in bytes
    present = set(names)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in SHARED_ROOTS:
                    raise BuildError(
                        f"line {node.lineno}: write `from … import` instead of `import {alias.name}`"
                    )
        if isinstance(node, ast.ImportFrom) and not node.level and _is_shared(node.module):
            row, column = node.lineno - 1, node.col_offset
            lines[row] = lines[row][:column] + _relative(node, lines[row][column:], name, present)
    return b"".join(lines).decode()


def _is_shared(module: str | None) -> bool:
    return module is not None and module.split(".")[0] in SHARED_ROOTS


def _relative(node: ast.ImportFrom, statement: bytes, name: PurePosixPath, present: set[str]) -> bytes:
    inside = PurePosixPath("shared", *str(node.module).split("."))
    if not {f"{inside}.py", f"{inside}/__init__.py"} & present:
        raise BuildError(f"line {node.lineno}: {node.module} is not in the zip")
    up = "." * len(name.parts)
    return re.sub(rb"^from\s+\S+", f"from {up}shared.{node.module}".encode(), statement, count=1)


def manifest(target: str, wheels: Iterable[Path]) -> str:
    """blender_manifest.toml with the platform and its wheels, which stand before the first table."""
    text = (HERE / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8")
    top, tables = text.split("\n[", 1)
    listed = "".join(f'  "./wheels/{wheel.name}",\n' for wheel in wheels)
    return f'{top}platforms = ["{target}"]\nwheels = [\n{listed}]\n\n[{tables}'


def write_zip(path: Path, contents: dict[str, bytes]) -> None:
    """A zip whose bytes depend on the contents alone."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents[name])


# --- wheels ----------------------------------------------------------------------------------------------


def locked_wheels() -> list[Wheel]:
    """All wheels of wheels.lock."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return [Wheel(*line.split()) for line in lines if line and not line.startswith("#")]


def fetched(wheel: Wheel, cache: Path) -> Path:
    """A wheel's file in `cache`, downloaded when absent; BuildError when it is not the locked one."""
    path = cache / wheel.name
    if not path.exists():
        python, abi, system = wheel.tags
        digits = re.sub(r"\D", "", python)
        python_version = f"{digits[0]}.{digits[1:] or PYTHONS[0][2:]}"
        download(cache, [wheel.requirement], system.split("."), python_version, abi)
    if not path.exists():
        raise BuildError(f"PyPI no longer offers {wheel.name}; run `python build_addon.py --refresh-lock`")
    if _sha256(path) != wheel.sha256:
        raise BuildError(f"{path} is not the file that wheels.lock names; delete it and build again")
    return path


def download(
    folder: Path, packages: Iterable[str], systems: Iterable[str], python: str, abi: str = ""
) -> None:
    """Let pip put wheels for another system and Python into `folder`, without what they depend on."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    command += ["--implementation", "cp", "--python-version", python]
    command += [f"--platform={system}" for system in systems if system != "any"]
    command += [f"--abi={abi}"] if abi not in ("", "none") else []
    _run([*command, *packages])


def backend_wheel(out: Path) -> Path:
    """The backend's own wheel, built from a copy so that nothing of an earlier build gets in."""
    tree = out / "source"
    for name in SHARED_ROOTS:
        shutil.copytree(HERE / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "training").mkdir()
    for part in (path for pattern in TRAINER for path in (HERE / "training").glob(pattern)):
        shutil.copy2(part, tree / "training")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(HERE / name, tree)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    _run([*command, "--wheel-dir", str(out), str(tree)], SOURCE_DATE_EPOCH="315532800")
    return next(out.glob("*.whl"))


def refresh_lock() -> None:
    """Write wheels.lock from the newest wheels on PyPI."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for systems in PLATFORMS.values():
            for python in PYTHONS:
                download(folder, PACKAGES, systems, python)
        lines = [f"{_sha256(path)}  {path.name}\n" for path in sorted(folder.glob("*.whl"))]
    LOCK.write_text(
        "# Written by `python build_addon.py --refresh-lock`.\n" + "".join(lines), encoding="utf-8"
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _run(command: list[str], **environment: str) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildError(f"{' '.join(command)}\n{done.stderr.strip()}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="may be given more than once")
    parser.add_argument("--all", action="store_true", help="one zip for every platform")
    parser.add_argument("--out", type=Path, default=HERE / "dist", help="folder for the zips")
    parser.add_argument("--wheel-cache", type=Path, default=CACHE, help="folder where fetched wheels stay")
    parser.add_argument("--refresh-lock", action="store_true", help="write wheels.lock anew and end")
    options = parser.parse_args()
    try:
        if options.refresh_lock:
            refresh_lock()
            return
        for target in list(PLATFORMS) if options.all else options.platform or [None]:
            zipped = build(target, options.out, options.wheel_cache)
            print(f"{zipped}  {zipped.stat().st_size / 1e6:.1f} MB")
    except BuildError as err:
        sys.exit(f"build_addon: {err}")


if __name__ == "__main__":
    main()
