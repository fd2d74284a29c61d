"""Where each part of the CC0 head lies in its texture, and which point of it each texel shows.

The skin is unrolled from a cylinder, the front half over three quarters of the width, because a face
tracker looks there; MakeHuman's own layout would leave 40 texels to an eye. The lowest sixth of the
texture holds the small parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Part = Literal["skin", "mouth", "sockets", "left eye", "right eye", "teeth", "tongue", "lashes"]

SIZE = 1024  # texels a side
SKIN_BOTTOM = 1 / 6  # v below which the small parts lie
AXIS_Z = 0.35  # the cylinder's axis stands at x = 0, z = AXIS_Z (decimetres)
FRONT_SHARE = 0.75  # of the width, for the front half

# u, v of the lower left corner and the side of each small part's square
BOXES: dict[str, tuple[float, float, float]] = {
    "left eye": (0.01, 0.01, 0.14),
    "right eye": (0.17, 0.01, 0.14),
    "teeth": (0.33, 0.01, 0.14),
    "tongue": (0.49, 0.01, 0.14),
    "lashes": (0.65, 0.01, 0.10),
    "mouth": (0.77, 0.01, 0.10),
    "sockets": (0.89, 0.01, 0.10),
}


def atlas_uv(vertices: Floats, quads: Ints, part: NDArray[np.str_]) -> Floats:
    """(F, 4, 2) texture coordinates; u passes 1 where the skin's seam at the back is crossed."""
    uv = np.zeros((*quads.shape, 2))
    for name in np.unique(part):
        faces = part == name
        corners = vertices[quads[faces]]
        uv[faces] = _unrolled(corners, vertices) if name == "skin" else _boxed(str(name), corners)
    return uv


def _unrolled(corners: Floats, vertices: Floats) -> Floats:
    turn = np.arctan2(corners[..., 0], corners[..., 2] - AXIS_Z) / np.pi
    t = np.abs(turn)
    share = FRONT_SHARE / 2
    away = np.where(t < 0.5, t * 2 * share, share + (t - 0.5) * 2 * (0.5 - share))
    u = 0.5 + np.sign(turn) * away
    crossing = np.ptp(u, axis=1, keepdims=True) > 0.5
    u = np.where(crossing & (u < 0.5), u + 1, u)
    low, high = vertices[:, 1].min(), vertices[:, 1].max()
    v = SKIN_BOTTOM + 0.005 + (corners[..., 1] - low) / (high - low) * (0.99 - SKIN_BOTTOM)
    return np.stack([u, v], axis=-1)


def _boxed(name: str, corners: Floats) -> Floats:
    """Eyeballs by the angle from the gaze, their hind half shrunk to the rim; the rest flat."""
    left, bottom, side = BOXES[name]
    middle = (corners.min(axis=(0, 1)) + corners.max(axis=(0, 1))) / 2
    offset = corners - middle
    if name.endswith("eye"):
        across = np.hypot(offset[..., 0], offset[..., 1])
        angle = np.minimum(np.arctan2(across, offset[..., 2]) / (np.pi / 2), 1)
        scale = (angle / np.maximum(across, 1e-9))[..., None] * 0.5
        flat = offset[..., :2] * scale
    else:
        flat = offset[..., [0, 2]] if name == "tongue" else offset[..., :2]
        flat = flat / (2 * np.abs(flat).max(axis=(0, 1)))
    return np.asarray(np.array([left, bottom]) + side * (flat + 0.5))


@dataclass(frozen=True, eq=False)
class Texel:
    """What the texels show; rows from the top. Where nothing is shown, part is -1.

    part (S, S) index into the part names; position (S, S, 3) dm; makehuman_uv (S, S, 2)
    """

    part: NDArray[np.int8]
    position: Floats
    makehuman_uv: Floats


def shown(vertices: Floats, quads: Ints, part: Ints, uv: Floats, makehuman_uv: Floats) -> Texel:
    """Rasterises the atlas; where the unrolled skin overlaps itself the outermost layer counts."""
    out = Texel(np.full((SIZE, SIZE), -1, np.int8), np.zeros((SIZE, SIZE, 3)), np.zeros((SIZE, SIZE, 2)))
    depth = np.full((SIZE, SIZE), -np.inf)
    attributes = np.concatenate([vertices[quads], makehuman_uv], axis=-1)
    for corners in ([0, 1, 2], [0, 2, 3]):
        for triangle, values, index in zip(uv[:, corners], attributes[:, corners], part, strict=True):
            for rows, columns, weights in _covered(triangle):
                value = weights @ values
                far = np.hypot(value[:, 0], value[:, 2] - AXIS_Z)
                nearer = far > depth[rows, columns]
                rows, columns, value = rows[nearer], columns[nearer], value[nearer]
                depth[rows, columns] = far[nearer]
                out.part[rows, columns] = index
                out.position[rows, columns] = value[:, :3]
                out.makehuman_uv[rows, columns] = value[:, 3:]
    return out


def _covered(triangle: Floats) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Texels of one triangle (3, 2) with barycentric weights (N, 3); generous by a texel."""
    xy = triangle * SIZE - 0.5
    low, high = np.floor(xy.min(axis=0)).astype(int), np.ceil(xy.max(axis=0)).astype(int)
    x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    edges = np.array([xy[1] - xy[0], xy[2] - xy[0]]).T
    if abs(np.linalg.det(edges)) < 1e-9:
        return
    solved = np.linalg.solve(edges, np.stack([x.ravel() - xy[0, 0], y.ravel() - xy[0, 1]]))
    weights = np.stack([1 - solved.sum(axis=0), *solved], axis=1)
    reach = 1.0 / np.sqrt(abs(np.linalg.det(edges)))
    inside = weights.min(axis=1) > -min(reach, 0.5)
    rows = np.clip(SIZE - 1 - y.ravel()[inside], 0, SIZE - 1)
    clipped = np.clip(weights[inside], 0, 1)
    yield rows, x.ravel()[inside] % SIZE, clipped / clipped.sum(axis=1, keepdims=True)
