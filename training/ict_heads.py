"""People of ICT-FaceKit (MIT), from a reduced .npz that is named by path and not part of the repository.

Its eyeballs stay put when its eyeLook shapes move the lids; they turn as every head's here. It has no
tongueOut: the tongue, which its jawOpen carries, is pushed out between the lips by a shape of our own.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .heads import PART, Floats, Head, assembled, compact

RANGES = {
    "face": "skin", "head_and_neck": "skin", "mouth_socket": "mouth", "eye_socket_left": "sockets",
    "eye_socket_right": "sockets", "gums_and_tongue": "gums", "teeth": "upper teeth",
    "sclera_left": "left eye", "sclera_right": "right eye",
}  # fmt: skip
WITH_JAW = 0.5  # share of the largest movement above which a vertex belongs to the lower jaw
TONGUE_INSIDE = 0.75  # centimetres behind the lower teeth's outer face where the tongue begins
TONGUE_OUT = 3.2  # centimetres that the tip comes forward at 1
USED_MODES = 60  # identity modes; the rest move less than a millimetre


class IctHeads:
    """A HeadSource. Raises KeyError or ValueError when the file does not hold what it claims."""

    name = "ict"
    channels = arkit.COEFFICIENTS

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            part, has = _parts(stored)
            self._mean = stored["neutral"].astype(np.float32)
            self._modes = stored["identity_deltas"][:USED_MODES].astype(np.float32)
            mapping = stored["arkit_from_ict"].astype(np.float32)
            shapes = np.tensordot(mapping, stored["expression_deltas"].astype(np.float32), 1)
            names = list(stored["arkit_names"])
            shapes = shapes[[names.index(name) for name in arkit.COEFFICIENTS]]
            triangles = stored["tris"].astype(np.int64)
        moved = np.linalg.norm(shapes[arkit.INDEX["jawOpen"]], axis=1)
        lower = moved > WITH_JAW * moved.max()
        part[(part == PART["upper teeth"]) & lower] = PART["lower teeth"]
        tongue = _tongue(self._mean, part, lower)
        part[tongue] = PART["tongue"]
        shapes[arkit.INDEX["tongueOut"]] = _tongue_out(self._mean, tongue)
        self._triangles, kept = compact(triangles, has)
        self._part, self._mean = part[kept], self._mean[kept]
        self._modes, self._shapes = self._modes[:, kept], shapes[:, kept]
        self._paint = assembled(self._mean, self._triangles, self._part, self._mean, self._shapes, 1.0).rest

    def head(self, identity: int) -> Head:
        """The same person for the same identity, on every machine; 0 is the mean."""
        weights = np.random.default_rng([identity, 0x1C]).normal(size=len(self._modes))
        rest = self._mean + np.tensordot(weights * bool(identity), self._modes, 1)
        return assembled(rest.astype(np.float32), self._triangles, self._part, self._paint, self._shapes, 1.0)


def _parts(stored: np.lib.npyio.NpzFile) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Part of each vertex, and whether it is used: irises lie inside the corneas and are not."""
    ranges = {str(n): r for n, r in zip(stored["part_range_names"], stored["part_ranges"], strict=True)}
    part, has = np.zeros(len(stored["neutral"]), np.uint8), np.zeros(len(stored["neutral"]), bool)
    for name, ours in RANGES.items():
        first, last = ranges[name]
        part[first : last + 1], has[first : last + 1] = PART[ours], True
    return part, has


def _tongue(rest: Floats, part: NDArray[np.uint8], lower: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Vertices of the lower gums-and-tongue part that lie inside the arch of the lower teeth."""
    teeth = rest[part == PART["lower teeth"]]
    candidates = np.flatnonzero((part == PART["gums"]) & lower)
    across = np.linspace(0, np.abs(teeth[:, 0]).max(), 12)
    near = np.abs(np.abs(teeth[None, :, 0]) - across[:, None]) < 0.4
    arch = np.array([teeth[row, 2].max() if row.any() else teeth[:, 2].min() for row in near])
    x, z = np.abs(rest[candidates, 0]), rest[candidates, 2]
    inside = (z < np.interp(x, across, arch) - TONGUE_INSIDE) & (x < 0.75 * across[-1])
    top = rest[candidates, 1] > np.quantile(teeth[:, 1], 0.15)
    return np.asarray(candidates[inside & top])


def _tongue_out(rest: Floats, tongue: NDArray[np.int64]) -> Floats:
    """(V, 3): the tip comes forward over the lower lip, the root stays."""
    delta = np.zeros_like(rest)
    z = rest[tongue, 2]
    reach = ((z - z.min()) / np.ptp(z)) ** 1.5
    delta[tongue] = reach[:, None] * np.array([0.0, 0.6, TONGUE_OUT])
    return delta
