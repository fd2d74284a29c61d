"""Faces painted on paper: skin, brows, lips, lids, beard, hair, as one looks at a face from the front.

A skin is a picture over the mean head's x and y (centimetres), so one skin fits every person of a source.
Where brows and lips lie is known from the landmarks found on that head (marks.py). Skins are numbers: the
same number is the same skin on every machine.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from backend.core.face_views import LIPS

LEFT, TOP = -9.6, 11.0  # centimetres on the mean head of the picture's top left corner
SCALE = 20.0  # pixels a centimetre
SIZE = (384, 480)  # pixels, width and height
RIGHT, DOWN = np.eye(2)
Numbers = NDArray[np.float64]
Skin = NDArray[np.uint8]  # (480, 384, 4): red, green, blue, and how much it is hair

# Rings and lines of MediaPipe's landmarks.
LIP_LINE = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_LIDS = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (263, 466, 388, 387, 386, 385, 384, 398, 362))
LOWER_LIDS = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (263, 249, 390, 373, 374, 380, 381, 382, 362))
BROWS = (
    ((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)),
    ((300, 293, 334, 296, 336), (276, 283, 282, 295, 285)),
)
JAW = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
)  # fmt: skip
NOSE_BASE, CHEEKS, NOSE_TIP = 2, (50, 280), 1
BLOTCHES = ((4, 0.5), (12, 0.3), (40, 0.2))  # cells across a skin, and their share

TONES = np.array([
    (250, 218, 196), (240, 200, 172), (228, 180, 150), (214, 162, 130), (194, 140, 106),
    (166, 114, 82), (134, 88, 60), (104, 66, 46), (76, 48, 36), (54, 36, 28),
], np.float64)  # fmt: skip
HAIRS = np.array([
    (16, 13, 12), (28, 21, 18), (48, 34, 26), (74, 50, 34), (110, 78, 50), (158, 118, 74), (196, 164, 116),
    (128, 58, 30), (150, 146, 140), (214, 210, 202),
], np.float64)  # fmt: skip


@dataclass(frozen=True)
class _Traits:
    """Colours in sRGB, 0..255."""

    tone: Numbers
    hair: Numbers
    bald: bool


def painted_skin(number: int, marks: NDArray[np.float32]) -> Skin:
    """Skin `number` for a source with marks (478, 3)."""
    rng = np.random.default_rng([number, 0x5C])
    at = (marks[:, :2].astype(np.float64) - [LEFT, TOP]) * [SCALE, -SCALE]
    traits = _traits(rng)
    skin = _toned(at, traits.tone, rng)
    skin = _over(skin, _lip_colour(traits.tone, rng), _lips(at, rng))
    for shade, mask in _around_eyes(at, traits, rng):
        skin = _over(skin, shade, mask)
    if rng.random() < 0.4:
        skin = _over(skin, traits.hair * rng.uniform(0.6, 1.0), _beard(at, rng))
    brow = traits.hair * rng.uniform(0.55, 0.95) if traits.hair.mean() < 150 else traits.tone * 0.6
    skin = _over(skin, brow, _brows(at, rng))
    hair = _hair(at, traits.bald, rng)
    strands = traits.hair * (1 + 0.35 * _noise(rng, (8, 90))[..., None])
    if rng.random() < 0.08:  # a cap in its place
        strands = rng.uniform(0, 255, 3) * (1 + 0.06 * _noise(rng, (60, 48))[..., None])
    skin = _over(skin, strands, hair)
    return np.dstack([np.clip(skin, 0, 255), hair * 255]).round().astype(np.uint8)


def _traits(rng: np.random.Generator) -> _Traits:
    place = rng.uniform(0, len(TONES) - 1)
    tone = np.array([np.interp(place, np.arange(len(TONES)), channel) for channel in TONES.T])
    tone = tone * rng.normal(1, [0.03, 0.02, 0.03])
    usual = 4 if place > 4.5 else len(HAIRS)  # darker skins with darker hair, mostly
    hair = HAIRS[rng.integers(usual if rng.random() < 0.9 else len(HAIRS))] * rng.normal(1, 0.08, 3)
    return _Traits(tone, hair, bool(rng.random() < 0.15))


def _toned(at: Numbers, tone: Numbers, rng: np.random.Generator) -> Numbers:
    """(H, W, 3): tone with blotches, pores, freckles, blush, a redder nose, lines beside the mouth."""
    blotches = np.sum([_noise(rng, (n, n)) * share for n, share in BLOTCHES], axis=0)
    skin = tone * (1 + rng.uniform(0.02, 0.10) * blotches[..., None] * [0.7, 1.0, 1.1])
    skin = skin * (1 + rng.uniform(0.01, 0.06) * _noise(rng, (240, 192))[..., None])
    flush = tone * [1.0, 0.72, 0.70]
    blush = rng.uniform(0, 0.6)
    for cheek in CHEEKS:
        skin = _over(skin, flush, blush * _spot(at[cheek], rng.uniform(26, 46)))
    skin = _over(skin, flush, rng.uniform(0, 0.5) * _spot(at[NOSE_TIP], 24))
    if rng.random() < 0.3:
        spots = (_noise(rng, (120, 96)) > rng.uniform(1.2, 2.0)) * _spot(at[NOSE_TIP], 110)
        skin = _over(skin, tone * [0.75, 0.62, 0.55], 0.6 * spots)
    if rng.random() < 0.4:
        skin = _over(skin, tone * 0.72, rng.uniform(0.1, 0.5) * _folds(at, rng))
    return skin


def _folds(at: Numbers, rng: np.random.Generator) -> Numbers:
    """Lines from the wings of the nose past the corners of the mouth, and across the forehead."""
    lines = [[at[i] for i in ring] for ring in ((129, 203, 206, 216), (358, 423, 426, 436))]
    if rng.random() < 0.5:
        for lift in rng.uniform(20, 70, 3):
            lines.append([at[i] - lift * DOWN for i in (105, 66, 107, 9, 336, 296, 334)])
    return _lines([np.array(line) for line in lines], 2, blur=rng.uniform(1.0, 2.5))


def _lip_colour(tone: Numbers, rng: np.random.Generator) -> Numbers:
    if rng.random() < 0.2:  # lipstick
        return rng.uniform([110, 10, 20], [225, 110, 120])
    return tone * rng.uniform([0.72, 0.48, 0.48], [0.96, 0.78, 0.80])


def _lips(at: Numbers, rng: np.random.Generator) -> Numbers:
    edge = at[LIPS]
    centre = edge.mean(axis=0)
    grown = centre + (edge - centre) * rng.uniform([0.96, 0.85], [1.03, 1.12])
    mask = _filled(grown, blur=rng.uniform(0.7, 2.0))
    line = _lines([at[list(LIP_LINE)]], 1.5, blur=0.8)
    return rng.uniform(0.45, 1.0) * mask * (1 - 0.25 * line)


def _around_eyes(at: Numbers, traits: _Traits, rng: np.random.Generator) -> list[tuple[Numbers, Numbers]]:
    """(colour, mask) of shade in the sockets, shadow, and the dark lines of the lashes."""
    out = []
    shade = traits.tone * rng.uniform([0.6, 0.52, 0.52], [0.95, 0.9, 0.9])
    if rng.random() < 0.12:
        shade = rng.uniform(40, 200, 3)
    strength, spread = rng.uniform(0.1, 0.7), rng.uniform(14, 26)
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        centre = at[list(upper + lower)].mean(axis=0)
        out.append((shade, strength * _spot(centre, spread, [1.5, 0.8])))
    dark = np.minimum(traits.hair, 60.0)
    thick, lower_share = rng.uniform(1.2, 3.2), rng.uniform(0, 0.7)
    upper_mask = _lines([at[list(lid)] for lid in UPPER_LIDS], thick, blur=0.8)
    lower_mask = _lines([at[list(lid)] for lid in LOWER_LIDS], 1.2, blur=0.8)
    return [*out, (dark, rng.uniform(0.5, 1.0) * upper_mask), (dark, lower_share * lower_mask)]


def _brows(at: Numbers, rng: np.random.Generator) -> Numbers:
    """Hairs along two arcs, some faint, some bushy."""
    thick, lift = rng.uniform(0.5, 1.5), rng.uniform(-3, 4)
    count, width, slant = int(rng.uniform(60, 260)), int(rng.integers(1, 3)), rng.uniform(0.4, 1.4)

    def hairs(pen: ImageDraw.ImageDraw) -> None:
        for upper, lower in BROWS:
            top, bottom = at[list(upper)], at[list(lower)]
            middle, half = (top + bottom) / 2 - lift * DOWN, np.abs(top - bottom)[:, 1].mean() / 2 * thick
            along = rng.uniform(0, 1, count)
            place = np.stack([np.interp(along * 4, np.arange(5), axis) for axis in middle.T], axis=1)
            taper = np.interp(along, [0, 0.3, 1], [0.35, 0.9, 1.0])
            roots = place + np.stack([np.zeros(count), rng.uniform(-1, 1, count) * half * taper], axis=1)
            outwards = np.sign(middle[0, 0] - middle[-1, 0])
            for root in roots:
                tip = root + outwards * rng.uniform(4, 9) * RIGHT - slant * rng.uniform(0, 7) * DOWN
                pen.line([tuple(root), tuple(tip)], 255, width)

    return rng.uniform(0.35, 1.0) * _drawn(hairs, blur=rng.uniform(0.6, 1.6))


def _beard(at: Numbers, rng: np.random.Generator) -> Numbers:
    """Stubble to full beard: on jaw and chin, over the upper lip, or both; never on the lips."""
    where = rng.choice(["both", "jaw", "lip"], p=[0.6, 0.15, 0.25])
    corners, nose = at[[61, 291]], at[NOSE_BASE]
    jaw = at[list(JAW)]
    reach = rng.uniform(0.35, 1.0)

    def area(pen: ImageDraw.ImageDraw) -> None:
        if where != "lip":
            inner = [
                corners[1] + 10 * RIGHT + 4 * DOWN,
                at[17] + 6 * DOWN,
                corners[0] - 10 * RIGHT + 4 * DOWN,
            ]
            lower = [p for p in jaw if p[1] > corners[0, 1] - 60 * reach]
            down = [p + 22 * DOWN for p in lower]
            pen.polygon([*map(tuple, down), *map(tuple, inner)], 255)
        if where != "jaw":
            beside = 6 * RIGHT
            lip = (nose + 4 * DOWN, corners[1] + beside, at[0], corners[0] - beside)
            pen.polygon([tuple(p) for p in lip], 255)

    mask = _drawn(area, blur=rng.uniform(3, 9))
    lips = _filled(at[LIPS], blur=1.5)
    grain = np.clip(0.6 + 0.5 * _noise(rng, (160, 130)), 0, 1)
    return rng.uniform(0.15, 0.95) * mask * grain * (1 - lips)


def _hair(at: Numbers, bald: bool, rng: np.random.Generator) -> Numbers:
    """Above a hairline that comes down at the temples, perhaps with a fringe or long sides; or a cap."""
    columns = np.arange(SIZE[0])
    across = np.abs(columns - SIZE[0] / 2) / SCALE  # centimetres from the middle
    brow = (at[[105, 334], 1]).mean()
    height = rng.uniform(3.2, 6.0) if rng.random() < 0.75 else rng.uniform(0.3, 3.0)
    line = brow - SCALE * height
    temples = line + SCALE * np.interp(across, [0, 4.5, 6.6, 7.4, 9.6], [0, 0.6, 2.2, 6.0, 10.0])
    jagged = rng.uniform(2, 14) * _noise(rng, (1, int(rng.integers(20, 90))))[0]
    edge = temples + jagged
    if bald:
        edge = np.full_like(edge, -50.0)
    softness = rng.uniform(2, 10)
    mask = np.clip((edge[None] - np.arange(SIZE[1])[:, None]) / softness, 0, 1)
    if rng.random() < 0.25 and not bald:  # long hair at the sides
        sides = np.clip((across - rng.uniform(6.0, 7.6)) * SCALE / softness, 0, 1)
        mask = np.maximum(mask, sides[None] * (np.arange(SIZE[1]) > line)[:, None])
    return np.asarray(mask, np.float64)


def _over(under: Numbers, colour: Numbers, mask: Numbers) -> Numbers:
    share = mask[..., None]
    return np.asarray(under + (colour - under) * share, np.float64)


def _spot(centre: Numbers, radius: float, stretch: tuple[float, float] | list[float] = (1.0, 1.0)) -> Numbers:
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    away = ((columns - centre[0]) / stretch[0]) ** 2 + ((rows - centre[1]) / stretch[1]) ** 2
    return np.asarray(np.exp(-away / (2 * (radius / 1.5) ** 2)), np.float64)


def _noise(rng: np.random.Generator, grid: tuple[int, int]) -> Numbers:
    """(H, W) about normal, smooth over a grid of (rows, columns) cells."""
    cells = Image.fromarray(rng.normal(0, 1, grid).astype(np.float32))
    return np.asarray(cells.resize(SIZE, Image.Resampling.BICUBIC), np.float64)


def _drawn(draw: Callable[[ImageDraw.ImageDraw], None], blur: float) -> Numbers:
    """(H, W) 0..1, what is drawn in white."""
    picture = Image.new("L", SIZE)
    draw(ImageDraw.Draw(picture))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)), np.float64) / 255


def _filled(corners: Numbers, blur: float) -> Numbers:
    return _drawn(lambda pen: pen.polygon([tuple(corner) for corner in corners], 255), blur)


def _lines(lines: list[Numbers], width: float, blur: float) -> Numbers:
    def draw(pen: ImageDraw.ImageDraw) -> None:
        for line in lines:
            pen.line([tuple(point) for point in line], 255, round(width), joint="curve")

    return _drawn(draw, blur)
