"""A sitting at a screen: the takes of this question and of the next as pictures, and the board they lie on.

The next question's pictures are drawn while the artist looks at this one's. Pictures live on the graphics
card; nothing of this is in the scene, so nothing of it can be saved, undone or lost with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract import arkit, muscle_groups, ratings
from ..keymaps import ACTIONS, CHOOSING, key_for
from ..scene.surfaces import Seen
from ..sitting import GOAL, Question, Sitting, consistency
from ..stills import Stills
from ..surface import expressions
from .board import Board, Tile
from .head_view import HeadView, on_screen, sheet
from .still_pictures import StillPictures

SIDE = 512  # pixels of a take
_FOOTAGE = 0.75  # of a take's side
JUDGED = {"upper": "eyes, brows and nose", "lower": "mouth, jaw and cheeks"}
GUIDELINES = (
    "Which take is more like what the performer does in the footage?",
    "Look at the marked half only; the other half is the same in both.",
    "Judge what is seen, not which one is prettier. Trust your first look.",
    "'Equally good' and 'can't tell' are answers too: neither is guessed at.",
    "",
)

Coefficients = NDArray[np.float64]


@dataclass(eq=False)
class Fixing:
    """Sliders that the artist drags, of one take; began (frames, 52) as it was."""

    candidate: int
    channels: tuple[int, ...]
    began: Coefficients
    now: Coefficients


@dataclass(eq=False)
class RatingDesk:
    """Main thread, with a window. `close` frees the graphics card."""

    sitting: Sitting
    seen: Seen
    name: str
    stills: Stills
    no_still: str = ""  # why there is no picture of the footage
    fixing: Fixing | None = None
    flipped: int | None = None  # which place is shown alone; None: side by side
    helping: bool = False
    playing: bool = False
    row: int = 0
    warning: str = ""
    _pictures: dict[Question, list[Any]] = field(default_factory=dict)
    _spare: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._view = HeadView(self.seen)
        self._footage = StillPictures()
        self._marks = {half: self._mark(half) for half in JUDGED}

    # Before it is needed

    def get_ready(self) -> bool:
        """Make the next question and its pictures ready; whether anything was done."""
        sitting = self.sitting
        if sitting.now is None and sitting.prepare():
            sitting.go_on()
        asked = [one for one in (sitting.now, sitting.ready) if one]
        for gone in [one for one in self._pictures if one not in asked]:
            self._spare += self._pictures.pop(gone)
        waiting = [one for one in asked if one not in self._pictures]
        if waiting:
            self._paint(waiting[0])
            self._footage.picture(self.stills.nearest(_moment(waiting[0])))
            return True
        return sitting.ready is None and sitting.prepare()

    # What the artist does

    def answer(self, place: int | None, outcome: ratings.Outcome | None = None) -> ratings.Rating | None:
        """The take that stands there is better; or, with no place, that outcome."""
        asked = self.sitting.now
        if asked is None:
            return None
        said = ratings.LETTERS[asked.order[place]] if place is not None else outcome
        correction = self._correction(asked) if self.fixing else None
        rating = self.sitting.answer(ratings.Outcome(said), correction=correction)
        self._cleared(asked)
        return rating

    def take_back(self) -> ratings.Retraction | None:
        """The last answer; its question is shown again."""
        asked = self.sitting.now
        retraction = self.sitting.take_back()
        if retraction and asked:
            self._cleared(asked)
        return retraction

    def flip(self) -> None:
        """One take alone, then the next in its place."""
        if self.places:
            self.sitting.flips += 1
            self.flipped = 0 if self.flipped is None else (self.flipped + 1) % len(self.places)

    def play(self) -> None:
        """Play the moment, or stop it."""
        self.playing = not self.playing
        self.row = self._middle

    def fix(self, place: int) -> None:
        """Begin to drag the sliders of the take that stands there."""
        asked = self.sitting.now
        if asked is None:
            return
        candidate = asked.order[place]
        began = asked.candidates[candidate].coefficients.astype(np.float64)
        half = np.flatnonzero(muscle_groups.HALVES[asked.region])
        self.fixing = Fixing(candidate, tuple(int(channel) for channel in half), began, began.copy())
        self.flipped, self.playing = None, False

    def drag(self, slider: int, value: float) -> None:
        """Set one slider; the whole moment follows its middle."""
        fixing, asked = self.fixing, self.sitting.now
        if fixing is None or asked is None:
            return
        channel = fixing.channels[slider]
        change = float(np.clip(value, 0, 1)) - fixing.began[self._middle, channel]
        fixing.now[:, channel] = np.clip(fixing.began[:, channel] + change, 0, 1)
        self._draw(fixing.now[self._middle], self._pictures[asked][fixing.candidate])

    def stop_fixing(self) -> None:
        """Leave the take as it was."""
        fixing, asked = self.fixing, self.sitting.now
        self.fixing = None
        if fixing and asked:
            self._draw(fixing.began[self._middle], self._pictures[asked][fixing.candidate])

    def step(self) -> bool:
        """The next picture of a moment that plays; whether there is one."""
        asked = self.sitting.now
        if not self.playing or asked is None or len(asked.seconds) < 2:
            return False
        self.row = (self.row + 1) % len(asked.seconds)
        if self.row == 0:
            self.sitting.replays += 1
        for candidate, picture in zip(asked.candidates, self._pictures[asked], strict=True):
            self._draw(candidate.coefficients[self.row].astype(np.float64), picture)
        return True

    # What is seen

    def sheets(self) -> list[Any]:
        """What the takes of this question are drawn on, from the left; none before it is ready."""
        asked = self.sitting.now
        pictures = self._pictures.get(asked, []) if asked else []
        return [pictures[candidate] for candidate in asked.order] if asked and pictures else []

    def footage(self) -> Path | None:
        """The JPEG of the footage at this moment."""
        asked = self.sitting.now
        return self.stills.nearest(_moment(asked)) if asked else None

    def board(self) -> Board:
        """As things stand."""
        asked, sitting = self.sitting.now, self.sitting
        told = len(sitting.told)
        if asked is None:
            why = "All moments in which something may change were asked about."
            return Board("Nothing more to ask", why, ())
        same, repeats = consistency(sitting.told)
        pace = f"{sitting.pairs_a_minute:.0f} a minute" if sitting.pairs_a_minute else ""
        steady = f"{same} of {repeats} repeats the same" if repeats else ""
        more = "more" if len(self.places) == 2 else "most"
        words = [word for word in (f"{told} answers", pace, steady, f"at {asked.seconds[0]:.2f} s") if word]
        return Board(
            f"Which is {more} like the footage: {JUDGED[asked.region]}?",
            ", ".join([self.name, *words]),
            self._tiles(asked),
            footer=self._footer(),
            warning=self.warning,
            done=told / GOAL,
            lines=self._help() if self.helping else (),
            sliders=self._sliders(),
            columns=2 if len(self.shown) > 2 else len(self.shown),
        )

    def close(self) -> None:
        """Free the graphics card."""
        for pictures in [*self._pictures.values(), self._spare]:
            for picture in pictures:
                picture.free()
        self._pictures, self._spare = {}, []

    def _tiles(self, asked: Question) -> tuple[Tile, ...]:
        row = self.row if self.playing else self._middle
        still, share = self._footage.picture(self.stills.nearest(asked.seconds[row]))
        source = Tile("Footage", still, absent=self.no_still, share=share, size=_FOOTAGE)
        pictures = self._pictures.get(asked, [])
        heads = [
            Tile(
                str(place + 1),
                pictures[asked.order[place]].texture_color if pictures else None,
                self._marks[asked.region],
                "One moment",
            )
            for place in self.shown
        ]
        return (source, *heads)

    def _footer(self) -> tuple[str, ...]:
        if self.fixing:
            return ("Drag the sliders", "Enter: this is right", "Esc: leave it as it was")
        return tuple(self._keys())

    def _help(self) -> tuple[str, ...]:
        return (*GUIDELINES, *self._keys(), "", "Keys are changed in Preferences, Keymap, 3D View.")

    def _keys(self) -> Iterator[str]:
        numbers = [key_for(action) for action in CHOOSING[: len(self.places)]]
        yield f"{', '.join(numbers)} or a click: that one is best"
        yield from (f"{key_for(a)}: {words}" for a, (words, _) in ACTIONS.items() if a not in CHOOSING)

    def _sliders(self) -> tuple[tuple[str, float], ...]:
        if self.fixing is None:
            return ()
        row = self.fixing.now[self._middle]
        return tuple((arkit.COEFFICIENTS[channel], float(row[channel])) for channel in self.fixing.channels)

    def _correction(self, asked: Question) -> ratings.Correction | None:
        fixing = self.fixing
        if fixing is None or np.allclose(fixing.began, fixing.now, atol=1e-4):
            return None
        values = fixing.now.astype(np.float32)
        mapped = self.seen.face.mapping.applied(values)
        return ratings.Correction(fixing.candidate, values, mapped)

    @property
    def _middle(self) -> int:
        return len(self.sitting.now.seconds) // 2 if self.sitting.now else 0

    def _mark(self, half: str) -> tuple[float, float, float, float]:
        face = self.seen.face
        places = on_screen(face.frame, face.view, face.surface.rest[face.moved(half)])
        low, high = np.clip(places.min(axis=0), 0, 1), np.clip(places.max(axis=0), 0, 1)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def _paint(self, asked: Question) -> None:
        pictures = []
        for candidate in asked.candidates:
            picture = self._spare.pop() if self._spare else sheet(SIDE)
            self._draw(candidate.coefficients[len(asked.seconds) // 2].astype(np.float64), picture)
            pictures.append(picture)
        self._pictures[asked] = pictures

    def _draw(self, coefficients: Coefficients, picture: Any) -> None:
        (vertices,) = self.seen.face.at(expressions(coefficients[None]))
        self._view.draw(vertices, picture)

    @property
    def places(self) -> range:
        """Where takes stand, counted from the left."""
        return range(len(self.sitting.now.order) if self.sitting.now else 0)

    @property
    def shown(self) -> tuple[int, ...]:
        """Places that are drawn: one alone while it is flipped or fixed."""
        asked = self.sitting.now
        if asked is None:
            return ()
        if self.fixing is not None:
            return (asked.order.index(self.fixing.candidate),)
        return tuple(self.places) if self.flipped is None else (self.flipped,)

    def _cleared(self, asked: Question) -> None:
        self._spare += self._pictures.pop(asked, [])
        self.fixing, self.flipped, self.playing = None, None, False


def _moment(asked: Question) -> float:
    return asked.seconds[len(asked.seconds) // 2]
