"""Pictures side by side over the 3D viewport, with words: what a rating looks like. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import blf
import gpu
from gpu_extras.batch import batch_for_shader
from gpu_extras.presets import draw_texture_2d

Rect = tuple[float, float, float, float]  # left, bottom, width, height in pixels of the region
Colour = tuple[float, float, float, float]
BACK: Colour = (0.055, 0.06, 0.066, 1.0)
WORDS: Colour = (0.86, 0.87, 0.88, 1.0)
QUIET: Colour = (0.58, 0.60, 0.62, 1.0)
WARNS: Colour = (1.0, 0.72, 0.25, 1.0)
MARK: Colour = (0.35, 0.70, 1.0, 1.0)
TROUGH: Colour = (0.16, 0.17, 0.18, 1.0)
PAD = 14.0
_HEADER, _TITLE = 58.0, 26.0
_SLIDER = 24.0
# Our pictures are linear. Until 4.x all textures were taken for that, later Blenders want to be told.
_TELL = "is_scene_linear_with_rec709_srgb_target"
_LINEAR = {_TELL: True} if _TELL in signature(draw_texture_2d).parameters else {}
_SLIDERS = 0.32  # of the width


@dataclass(frozen=True)
class Tile:
    """One picture. marked: (left, bottom, right, top) of what is judged, 0..1 of the picture."""

    title: str
    picture: Any = None  # a GPUTexture
    marked: tuple[float, float, float, float] | None = None
    absent: str = ""  # what to say where there is no picture
    share: float = 1.0  # width / height of the picture
    size: float = 1.0  # of its side, beside the others'


@dataclass(frozen=True)
class Board:
    """All that is drawn. done: 0..1 of a bar; sliders: names with values 0..1, left of the tiles."""

    headline: str
    subline: str
    tiles: tuple[Tile, ...]
    footer: tuple[str, ...] = ()
    warning: str = ""
    done: float | None = None
    lines: tuple[str, ...] = ()  # over everything: help
    sliders: tuple[tuple[str, float], ...] = ()
    columns: int = 2  # of tiles beside the first one


@dataclass(frozen=True)
class Places:
    """Where things lie now, to find what the mouse is over."""

    tiles: tuple[Rect, ...] = ()
    sliders: tuple[Rect, ...] = ()

    def tile_at(self, x: float, y: float) -> int | None:
        """Its number; None beside all."""
        return _at(self.tiles, x, y)

    def slider_at(self, x: float, y: float) -> int | None:
        """Its number; None beside all."""
        return _at(self.sliders, x, y)


@dataclass
class Pen:
    """Draws onto the free part of a region: from (left, bottom), so many pixels, at the interface's scale."""

    left: float
    bottom: float
    width: float
    height: float
    scale: float = 1.0
    _flat: Any = field(default_factory=lambda: gpu.shader.from_builtin("UNIFORM_COLOR"))

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.bottom + self.height

    def box(self, rect: Rect, colour: Colour) -> None:
        left, bottom, width, height = rect
        right, top = left + width, bottom + height
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        self._shape("TRI_FAN", corners, colour)

    def frame(self, rect: Rect, colour: Colour, corner: float = 0.22) -> None:
        """Corners of a frame, so that it hides nothing."""
        left, bottom, width, height = rect
        right, top, across, up = left + width, bottom + height, corner * width, corner * height
        for x, y, dx, dy in (
            (left, bottom, across, up), (right, bottom, -across, up),
            (left, top, across, -up), (right, top, -across, -up),
        ):  # fmt: skip
            self._shape("LINE_STRIP", [(x + dx, y), (x, y), (x, y + dy)], colour)

    def words(self, text: str, x: float, y: float, size: float = 13.0, colour: Colour = WORDS) -> float:
        """From (x, y) on; how wide they are."""
        blf.size(0, size * self.scale)
        blf.color(0, *colour)
        blf.position(0, x, y, 0)
        blf.draw(0, text)
        return float(blf.dimensions(0, text)[0])

    def wide(self, text: str, size: float = 13.0) -> float:
        blf.size(0, size * self.scale)
        return float(blf.dimensions(0, text)[0])

    def _shape(self, kind: str, corners: Sequence[tuple[float, float]], colour: Colour) -> None:
        gpu.state.blend_set("ALPHA")
        self._flat.bind()
        self._flat.uniform_float("color", colour)
        batch_for_shader(self._flat, kind, {"pos": corners}).draw(self._flat)


def draw(board: Board, pen: Pen) -> Places:
    """Over the free part of the region; where things lie now."""
    pen.box((pen.left - 9999, pen.bottom - 9999, 29999, 29999), BACK)
    unit = pen.scale
    pen.words(board.headline, pen.left + PAD, pen.top - 28 * unit, 17)
    pen.words(board.subline, pen.left + PAD, pen.top - 48 * unit, 12, QUIET)
    if board.done is not None:
        _bar(pen, (pen.right - PAD - 160 * unit, pen.top - 24 * unit, 160 * unit, 6), board.done)
    floor = _footer(pen, board.footer)
    if board.warning:
        pen.words(board.warning, pen.left + PAD, floor + 6 * unit, 13, WARNS)
    bottom, top = floor + 24 * unit, pen.top - _HEADER * unit
    column = _SLIDERS * pen.width if board.sliders else 0.0
    sliders = _sliders(pen, board.sliders, (pen.left + PAD, bottom, column - PAD, top - bottom))
    free = (pen.left + column, bottom, pen.width - column, top - bottom)
    tiles = _tile_places(pen, board.tiles, board.columns, free)
    for tile, rect in zip(board.tiles, tiles, strict=True):
        _tile(pen, tile, rect)
    if board.lines:
        _help(pen, board.lines)
    gpu.state.blend_set("NONE")
    return Places(tuple(tiles), sliders)


def _tile_places(pen: Pen, tiles: Sequence[Tile], columns: int, within: Rect) -> list[Rect]:
    """The first one left, the others beside it in rows, all in the middle and as large as they can be."""
    if not tiles:
        return []
    left, bottom, width, height = within
    first, others = tiles[0].size, len(tiles) - 1
    columns = max(min(columns, others), 1)
    rows = max(-(-others // columns), 1)
    title = _TITLE * pen.scale + PAD
    side = min((width - PAD * (columns + 2)) / (first + columns), height / rows - title)
    left += (width - (first + columns) * side - columns * PAD) / 2
    middle = bottom + (height - title + PAD) / 2
    places = [(left, middle - first * side / 2, first * side, first * side)]
    left += first * side + PAD
    top = middle + (rows * (side + title) - title) / 2
    for number in range(others):
        row, column = divmod(number, columns)
        places.append((left + column * (side + PAD), top - side - row * (side + title), side, side))
    return places


def _tile(pen: Pen, tile: Tile, rect: Rect) -> None:
    left, bottom, width, height = rect
    pen.words(tile.title, left, bottom + height + 8 * pen.scale, 14)
    pen.box(rect, TROUGH)
    if tile.picture is None:
        pen.words(tile.absent, left + PAD, bottom + height / 2, 12, QUIET)
        return
    wide, high = (width, width / tile.share) if tile.share >= 1 else (height * tile.share, height)
    gpu.state.blend_set("NONE")
    place = (left + (width - wide) / 2, bottom + (height - high) / 2)
    draw_texture_2d(tile.picture, place, wide, high, **_LINEAR)
    if tile.marked:
        x, y, right, up = tile.marked
        pen.frame((left + x * width, bottom + y * height, (right - x) * width, (up - y) * height), MARK)


def _bar(pen: Pen, rect: Rect, done: float) -> None:
    left, bottom, width, height = rect
    pen.box(rect, TROUGH)
    pen.box((left, bottom, width * min(max(done, 0.0), 1.0), height), MARK)


def _footer(pen: Pen, words: Sequence[str]) -> float:
    """In as many lines as they need; how high they reach."""
    gap, line = 22 * pen.scale, 18 * pen.scale
    rows: list[list[str]] = [[]]
    x = PAD
    for word in words:
        wide = pen.wide(word, 12) + gap
        if x + wide > pen.width and rows[-1]:
            rows.append([])
            x = PAD
        rows[-1].append(word)
        x += wide
    y = pen.bottom + 10 * pen.scale + line * (len(rows) - 1)
    for row in rows:
        x = pen.left + PAD
        for word in row:
            x += pen.words(word, x, y, 12, QUIET) + gap
        y -= line
    return pen.bottom + 10 * pen.scale + line * len(rows)


def _sliders(pen: Pen, sliders: Sequence[tuple[str, float]], within: Rect) -> tuple[Rect, ...]:
    """One below the other."""
    left, bottom, width, height = within
    row = min(_SLIDER * pen.scale, height / max(len(sliders), 1))
    places = []
    for number, (name, value) in enumerate(sliders):
        place = (left, bottom + height - (number + 1) * row, width, row)  # no gaps to click into
        _bar(pen, (left, place[1] + 2, width, row - 3), value)
        size = min(11.0, 0.55 * row / pen.scale)
        pen.words(name, left + 6, place[1] + 0.3 * row, size)
        pen.words(f"{value:.2f}", left + width - 34 * pen.scale, place[1] + 0.3 * row, size)
        places.append(place)
    return tuple(places)


def _help(pen: Pen, lines: Sequence[str]) -> None:
    row = 22 * pen.scale
    width = max(pen.wide(line) for line in lines) + 2 * PAD
    height = row * len(lines) + 2 * PAD
    left, bottom = pen.left + (pen.width - width) / 2, pen.bottom + (pen.height - height) / 2
    pen.box((left, bottom, width, height), (0.09, 0.10, 0.11, 0.97))
    for number, line in enumerate(lines):
        pen.words(line, left + PAD, bottom + height - PAD - (number + 0.75) * row)


def _at(places: Sequence[Rect], x: float, y: float) -> int | None:
    for number, (left, bottom, width, height) in enumerate(places):
        if left <= x <= left + width and bottom <= y <= bottom + height:
            return number
    return None
