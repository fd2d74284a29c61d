"""Hair as strands: where it grows on a head, how it falls, and how brows, lashes and beards follow the skin.

Pure numpy in the common frame (centimetres, y up, face towards +z), so that it can be tested without Blender.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.core.face_views import LIPS

from .heads import PART, Head, Ints
from .rasterise import normals_of
from .skins import BROWS

Floats = NDArray[np.floating[Any]]

# MediaPipe's landmarks. The right side's and the left side's run alike, from the outer end inwards.
UPPER_LIDS = ([246, 161, 160, 159, 158, 157, 173], [466, 388, 387, 386, 385, 384, 398])
LOWER_LIDS = ([7, 163, 144, 145, 153, 154, 155], [249, 390, 373, 374, 380, 381, 382])
BEARD = (
    132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361,
    401, 435, 433, 432, 410, 391, 164, 165, 186, 212, 213, 215, 177,
)  # fmt: skip

# Height of the hairline above the eyes by the angle from the front about the skull's axis, (degrees, cm).
HAIRLINE = (
    (0, 5.8),
    (25, 6.0),
    (42, 4.8),
    (56, 3.2),
    (68, 0.3),
    (88, -0.5),
    (108, -1.0),
    (125, -5),
    (180, -8),
)
AXIS_Z = -7.5
CHUNK = 64


@dataclass(frozen=True, eq=False)
class Strands:
    """Hairs rooted in a head's surface.

    triangle  (S,) that the root lies in
    corners   (S, 3) shares of its corners in the root
    shape     (S, P, 3) points from the root, in the triangle's own axes
    """

    triangle: Ints
    corners: Floats
    shape: Floats

    def on(self, vertices: Floats, triangles: Ints) -> Floats:
        """(S, P, 3) the strands on a head with vertices (V, 3)."""
        posed = vertices[triangles[self.triangle]]
        root = np.einsum("sc,sci->si", self.corners, posed)
        return np.asarray(root[:, None] + np.einsum("spa,sai->spi", self.shape, axes_of(posed)), np.float32)


def rooted(triangle: Ints, corners: Floats, points: Floats, head: Head) -> Strands:
    """Strands whose points (S, P, 3) lie relative to their roots on the head at rest."""
    axes = axes_of(head.rest[head.triangles[triangle]])
    return Strands(triangle, corners, np.einsum("spi,sai->spa", points, axes))


def axes_of(corners: Floats) -> Floats:
    """(N, 3, 3) rows: along the first edge, across it, outwards, of triangles (N, 3, 3)."""
    along = _unit(corners[:, 1] - corners[:, 0])
    out = _unit(np.cross(along, corners[:, 2] - corners[:, 0]))
    return np.stack([along, np.cross(out, along), out], axis=1)


def under(points: Floats, head: Head) -> tuple[Ints, Floats]:
    """Triangle (N,) and shares of its corners (N, 3) of the skin that has points (N, 2) of the paint's
    plane, seen from the front; the nearest where there is none.
    """
    skin = np.flatnonzero((head.part == PART["skin"])[head.triangles].all(axis=1))
    corners = head.paint[head.triangles[skin]]
    a, b, c = (corners[:, i, :2] for i in range(3))
    area = _cross(b - a, c - a)
    front = (area > 1e-5) & (corners[..., 2].mean(axis=1) > AXIS_Z)
    skin, corners, area = skin[front], corners[front], area[front]
    found = [_within(points[i : i + CHUNK], corners, area) for i in range(0, len(points), CHUNK)]
    return skin[np.concatenate([row for row, _ in found])], np.concatenate([shares for _, shares in found])


def _within(points: Floats, corners: Floats, area: Floats) -> tuple[Ints, Floats]:
    a, b, c = (corners[None, :, i, :2] for i in range(3))
    p = points[:, None, :2]
    shares = np.stack([_cross(b - p, c - p), _cross(c - p, a - p), _cross(a - p, b - p)], axis=-1)
    shares /= area[None, :, None]
    outside = np.maximum(-shares, 0).sum(axis=-1) * np.sqrt(area)
    row = (outside * 100 - corners[None, ..., 2].mean(axis=-1) * (outside < 1e-6)).argmin(axis=1)
    inside = np.clip(shares[np.arange(len(points)), row], 0, 1)
    return row, (inside / inside.sum(axis=1, keepdims=True)).astype(np.float32)


def brows(head: Head, marks: Floats, rng: np.random.Generator) -> Strands:
    """Both eyebrows: hairs that point outwards, thinner at the ends."""
    count, thickness, length = rng.integers(90, 260), rng.uniform(0.45, 1.1), rng.uniform(0.55, 0.95)
    lift = rng.normal(0, 0.12)
    roots, ways = [], []
    for (upper, lower), side in zip(BROWS, (-1, 1), strict=True):
        along, across = rng.beta(1.1, 1.0, count), rng.beta(2, 2, count) - 0.5
        line = np.linspace(0, 1, len(upper))
        top, low = (
            np.stack([np.interp(along, line, marks[list(ids)][:, i]) for i in range(2)], 1)
            for ids in (upper, lower)
        )
        taper = np.clip(along / 0.35, 0.25, 1)[:, None]
        roots.append((top + low) / 2 + (top - low) * across[:, None] * thickness * taper + [0, lift])
        tilt = np.interp(along, [0, 0.7, 1], [-0.25, 0.25, 1.3])[:, None]
        ways.append(np.concatenate([np.full((count, 1), side), tilt - 0.5 * across[:, None]], axis=1))
    root, way = np.concatenate(roots), np.concatenate(ways) + rng.normal(0, 0.12, (2 * count, 2))
    triangle, corners = under(root, head)
    flat = np.column_stack([way, np.zeros(len(way))])
    return rooted(triangle, corners, _lying(flat, _outwards(head, triangle), length, 0.35, rng), head)


def lashes(head: Head, marks: Floats, rng: np.random.Generator) -> Strands:
    """Upper and lower lashes of both eyes, curved away from the eye."""
    length = rng.uniform(0.35, 0.6)
    roots, ways, sizes = [], [], []
    for lids, up, count, share in ((UPPER_LIDS, 1, 70, 1.0), (LOWER_LIDS, -1, 36, 0.5)):
        for ids in lids:
            along = np.sort(rng.uniform(0, 1, count))
            line = np.linspace(0, 1, len(ids))
            roots.append(np.stack([np.interp(along, line, marks[list(ids)][:, i]) for i in range(2)], axis=1))
            outer = np.sign(marks[ids[0], 0] - marks[ids[-1], 0]) * (0.5 - along)
            ways.append(np.stack([outer * 1.2, np.full(count, 0.3 * up), np.full(count, 1.0)], axis=1))
            sizes.append(np.full(count, length * share))
    triangle, corners = under(np.concatenate(roots), head)
    way = _unit(np.concatenate(ways) + rng.normal(0, 0.08, (len(triangle), 3)))
    t = np.linspace(0, 1, 5)[None, :, None]
    curl = np.concatenate(ways)[:, None] * [0, 1, 0] * t**2 * 0.7
    points = (way[:, None] * t + curl) * np.concatenate(sizes)[:, None, None]
    return rooted(triangle, corners, points.astype(np.float32), head)


def beard(head: Head, marks: Floats, rng: np.random.Generator) -> Strands:
    """Chin, cheeks and upper lip, outside of the lips themselves."""
    outline, lips = marks[list(BEARD), :2], marks[LIPS, :2]
    low, high = outline.min(axis=0), outline.max(axis=0)
    points = rng.uniform(low, high, (9000, 2))
    inside = _in_polygon(points, outline) & ~_in_polygon(points, lips * [1.04, 1] + [0, -0.02])
    triangle, corners = under(points[inside], head)
    way = np.column_stack(
        [rng.normal(0, 0.3, len(triangle)), np.full(len(triangle), -1), np.zeros(len(triangle))]
    )
    length = rng.uniform(0.25, 1.4)
    return rooted(triangle, corners, _lying(way, _outwards(head, triangle), length, 0.5, rng), head)


def hair_amount(paint: Floats, lifted: float = 0.0, receding: float = 0.0) -> Floats:
    """(N,) 0..1 by the place on the mean head: 0 below the hairline, 1 well inside."""
    angle = np.degrees(np.abs(np.arctan2(paint[:, 0], paint[:, 2] - AXIS_Z)))
    height = np.interp(angle, *np.array(HAIRLINE).T) + lifted
    height = height + receding * np.exp(-(((angle - 32) / 16) ** 2))
    return np.asarray(np.clip((paint[:, 1] - height) / 0.8, 0, 1))


def hair(head: Head, amount: Floats, style: str, rng: np.random.Generator, count: int = 5000) -> Strands:
    """Hair of the head in a style of STYLES, densest where `amount` (V,) is 1."""
    triangle, corners = _scattered(head, amount, count, rng)
    root = np.einsum("sc,sci->si", corners, head.rest[head.triangles[triangle]])
    least, most, lift, gravity, curl = STYLES[style]
    length = rng.uniform(least, most) * rng.uniform(0.75, 1.15, count)
    comb = _combed(root, rng)
    points = _fallen(root, _outwards(head, triangle), comb, length, lift, gravity, _skull(head, amount))
    if curl:
        points += _curls(points.shape, curl, rng)
    return rooted(triangle, corners, (points - root[:, None]).astype(np.float32), head)


# Least and most length (cm), how far it stands off, gravity, curl (cm).
STYLES = {
    "cropped": (0.5, 1.3, 0.8, 0.0, 0.0), "short": (2.5, 5.0, 0.35, 0.12, 0.05),
    "wavy": (8.0, 15.0, 0.3, 0.3, 0.25), "long": (18.0, 30.0, 0.2, 0.45, 0.08),
    "curly": (3.0, 6.0, 1.0, 0.05, 0.45),
}  # fmt: skip
POINTS = 10
FACE_EDGE = 6.4  # centimetres from the middle, inside which no hair hangs before the face


def _scattered(head: Head, amount: Floats, count: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    skin = np.flatnonzero((head.part == PART["skin"])[head.triangles].all(axis=1))
    corners = head.rest[head.triangles[skin]]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    weight = area * amount[head.triangles[skin]].mean(axis=1)
    triangle = rng.choice(skin, count, p=weight / weight.sum())
    return triangle, rng.dirichlet((1, 1, 1), count).astype(np.float32)


def _combed(root: Floats, rng: np.random.Generator) -> Floats:
    """(S, 3) the way that hair is combed: from a parting to the sides and back."""
    parting = rng.choice([-3.0, -2.0, 0.0, 2.0, 3.0])
    back = rng.uniform(0.1, 1.0)
    side = np.tanh((root[:, 0] - parting) / 1.5)
    way = np.column_stack(
        [side * rng.uniform(0.5, 1.2), np.full(len(root), -0.25), np.full(len(root), -back)]
    )
    brow = np.clip((root[:, 2:] + 5) / 4, 0, 1)  # what grows over the forehead is combed back
    return _unit(way + brow * [0, 0.6, -1.2] + rng.normal(0, 0.1, way.shape))


def _skull(head: Head, amount: Floats) -> tuple[Floats, Floats]:
    """Centre (3,) and radii (3,) of an ellipsoid about the hairy part of the head."""
    hairy = head.rest[(amount > 0.5) & (head.part == PART["skin"])]
    low, high = np.quantile(hairy, 0.01, axis=0), np.quantile(hairy, 0.99, axis=0)
    centre = np.array([0.0, high[1] - (high[2] - low[2]) * 0.48, (low[2] + high[2]) / 2])
    return centre, np.array([(high[0] - low[0]) / 2, high[1] - centre[1], (high[2] - low[2]) / 2])


def _fallen(
    root: Floats,
    out: Floats,
    comb: Floats,
    length: Floats,
    lift: float,
    gravity: float,
    skull: tuple[Floats, Floats],
) -> Floats:
    """(S, POINTS, 3) hairs that leave the skin outwards, lie down as combed, fall, and stay outside."""
    flat = _unit(comb - out * np.sum(comb * out, axis=1, keepdims=True))
    way = _unit(lift * out + (1 - min(lift, 0.9)) * flat)
    step = (length / (POINTS - 1))[:, None]
    points = [root]
    for i in range(1, POINTS):
        way = _unit(way + np.array([0, -gravity, 0]) + 0.2 * flat * (i < 4))
        points.append(_outside(points[-1] + step * way, skull, 0.25 + 0.03 * i))
    return np.stack(points, axis=1)


def _outside(points: Floats, skull: tuple[Floats, Floats], margin: float) -> Floats:
    centre, radii = skull
    scaled = (points - centre) / (radii + margin)
    inside = np.linalg.norm(scaled, axis=1, keepdims=True)
    points = np.where(inside < 1, centre + (points - centre) / np.maximum(inside, 0.3), points)
    hangs = (points[:, 1] < 3.5) & (points[:, 2] > -5)
    x = np.where(points[:, 0] < 0, -1, 1) * np.maximum(np.abs(points[:, 0]), FACE_EDGE)
    return np.column_stack([np.where(hangs, x, points[:, 0]), points[:, 1:]])


def _curls(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Floats:
    """Helices of any phase that grow along the strand."""
    t = np.linspace(0, 1, shape[1])
    phase = rng.uniform(0, 2 * np.pi, (shape[0], 1)) + t * rng.uniform(8, 16)
    swing = np.stack([np.cos(phase), np.sin(phase), np.sin(phase + 1)], axis=-1)
    return np.asarray(size * np.minimum(1, 4 * t)[None, :, None] * swing)


def _lying(way: Floats, out: Floats, length: float, lift: float, rng: np.random.Generator) -> Floats:
    """(S, 4, 3) short hairs that lean along `way` and stand off the skin a little."""
    flat = _unit(way - out * np.sum(way * out, axis=1, keepdims=True))
    t = np.linspace(0, 1, 4)[None, :, None]
    size = length * rng.uniform(0.6, 1.2, (len(way), 1, 1))
    return np.asarray(size * (flat[:, None] * t + lift * out[:, None] * (t - 0.6 * t**2)), np.float32)


def _outwards(head: Head, triangle: Ints) -> Floats:
    return np.asarray(normals_of(head.rest, head.triangles)[head.triangles[triangle]].mean(axis=1))


def _in_polygon(points: Floats, outline: Floats) -> NDArray[np.bool_]:
    """(N,) whether points (N, 2) lie inside: an odd number of edges is crossed on the way to the right."""
    a, b = outline, np.roll(outline, -1, axis=0)
    x, y = points[:, :1], points[:, 1:2]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(b[:, 1] == a[:, 1], 1e-9, b[:, 1] - a[:, 1])
    crosses = spans & (x < a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0]))
    return np.asarray(crosses.sum(axis=1) % 2 == 1)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))
