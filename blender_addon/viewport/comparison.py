"""Before and after: what was learnt, at the moments that change most, beside the footage."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract import ExpressionCurves, sight
from ..scene.surfaces import Seen
from ..stills import Stills
from ..takes import TakeFacts
from .board import Board, Tile
from .head_view import HeadView, sheet
from .still_pictures import StillPictures

SIDE = 512  # pixels
_MOMENTS = 12
_APART_SECONDS = 0.3
_FOOTAGE = 0.75  # of a head's side


@dataclass(eq=False)
class Comparison:
    """Main thread, with a window. `close` frees the graphics card."""

    seen: Seen
    before: ExpressionCurves
    after: ExpressionCurves
    take: TakeFacts
    stills: Stills
    no_still: str = "No picture"
    place: int = 0
    _pictures: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._view, self._footage = HeadView(self.seen), StillPictures()
        self._change = self._changes()
        self._rows = _far_apart(self._change, _APART_SECONDS * self.before.rate)
        self._pictures = [sheet(SIDE), sheet(SIDE)]
        self.step(0)

    def step(self, by: int) -> None:
        """To another of the moments, round and round."""
        self.place = (self.place + by) % len(self._rows)
        row = self._rows[self.place]
        for curves, picture in zip((self.before, self.after), self._pictures, strict=True):
            (vertices,) = self.seen.face.at(curves.between(row, row + 1))
            self._view.draw(vertices, picture)

    def board(self) -> Board:
        """As things stand."""
        row = self._rows[self.place]
        seconds = self.take.start + float(self.before.times[row])
        still, share = self._footage.picture(self.stills.nearest(seconds))
        threshold = self._change[row] / sight.VISIBLE
        return Board(
            "Before and after",
            f"{self.take.name}, moment {self.place + 1} of {len(self._rows)}, at {seconds:.2f} s: "
            f"changes by {threshold:.1f} times what can just be seen",
            (
                Tile("Footage", still, absent=self.no_still, share=share, size=_FOOTAGE),
                Tile("Before", self._pictures[0].texture_color),
                Tile("After", self._pictures[1].texture_color),
            ),
            footer=("Left, Right: other moments", "Enter: write it onto the rig", "Esc: leave"),
        )

    def close(self) -> None:
        """Free the graphics card."""
        for picture in self._pictures:
            picture.free()
        self._pictures = []

    def _changes(self) -> NDArray[np.float64]:
        """(T,) how far each frame visibly changes."""
        ways = (self.after.values - self.before.values)[:, : len(self.seen.face.ways)].astype(np.float64)
        return self.seen.face.sight.difference("full", ways)


def _far_apart(change: NDArray[np.float64], apart: float) -> list[int]:
    """The rows that change most, of those near each other one, in their order."""
    chosen: list[int] = []
    for row in np.argsort(-change).tolist():
        if all(abs(row - other) >= apart for other in chosen):
            chosen.append(row)
        if len(chosen) == _MOMENTS:
            break
    return sorted(chosen, key=lambda row: -change[row])
