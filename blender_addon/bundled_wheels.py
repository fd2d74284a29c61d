"""Whether the packages the extension brings are the ones that Python really loads.

All extensions share one site-packages, and a package that another add-on has imported first stays the
one in use. Generated messages refuse an older protobuf with a traceback that helps nobody; so this is
asked first, and the folder and its owner are named.
"""

import importlib
import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

Version = tuple[int, ...]


@dataclass(frozen=True)
class Needed:
    """A package we import: the oldest version that works, and the first one that does not any more."""

    module: str
    package: str
    oldest: Version
    too_new: Version | None = None


# In step with the lower bounds of pyproject.toml. Messages made for protobuf 6 are read by 6 and 7.
NEEDED = (
    Needed("google.protobuf", "protobuf", (6, 30), (8,)),
    Needed("grpc", "grpcio", (1, 72, 2)),
)


def clash(needed: Sequence[Needed] = NEEDED) -> str | None:
    """What keeps the backend from being reached, for the artist to read; None when all is well."""
    for package in needed:
        try:
            module = importlib.import_module(package.module)
        except ImportError as err:
            return f"SuperFace's own {package.package} could not be loaded ({err}). Reinstall the extension."
        if not _works(package, getattr(module, "__version__", "")):
            return _complaint(package, module)
    return None


def _works(package: Needed, version: str) -> bool:
    number = _number(version)
    return package.oldest <= number and (package.too_new is None or number < package.too_new)


def _number(version: str) -> Version:
    """(6, 33, 1) from "6.33.1rc2"; empty, hence older than everything, where there is no number."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, match.group().split("."))) if match else ()


def _complaint(package: Needed, module: ModuleType) -> str:
    folder = Path(module.__file__).parent if module.__file__ else Path()
    wanted = ".".join(map(str, package.oldest)) + " or newer"
    if package.too_new:
        wanted += f", below {'.'.join(map(str, package.too_new))}"
    found = f"{package.package} {getattr(module, '__version__', 'of unknown version')} from {owner(folder)}"
    return f"SuperFace needs {package.package} {wanted}, but {found} is in use. {_advice(package)}"


def _advice(package: Needed) -> str:
    try:
        installed = importlib.metadata.version(package.package)
    except importlib.metadata.PackageNotFoundError:
        installed = ""
    if _works(package, installed):
        return f"{installed} is installed: restart Blender. If that does not help, disable that add-on."
    return "Update or disable the add-on it is from, then restart Blender."


def owner(folder: Path) -> str:
    """A package's folder, with the add-on it belongs to where its place in Blender's folders tells."""
    parts = folder.parts
    for home, below, kind in (("addons", 1, "add-on"), ("extensions", 2, "extension")):
        if home in parts:
            inside = parts[parts.index(home) + 1 :]
            if len(inside) > below and inside[0] != ".local":
                return f"the {kind} “{inside[below - 1]}” ({folder})"
    return str(folder)
