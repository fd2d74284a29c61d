"""Some moments of a clip as small pictures: what an artist who rates takes compares them with.

The clip is decoded once, from the first moment to the last.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from math import isfinite

from protos.convention import STILLS_A_CALL

from ..core.face_square import Box, face_square, whole_picture
from ..core.framing import WHOLE, Crop, Framing
from ..core.head_pose import FaceGeometry
from ..errors import ClipUnreadable, RequestInvalid
from ..ports import Cancelled, Clip, ClipFacts, EncodeStill, Frame, MakeTracker, Picture, Position
from .face_reader import in_framed
from .retarget_order import demand, demand_position

SIDES = (64, 1024)  # pixels
USUAL_SIDE = 384
_REACH = 0.5  # seconds from a moment to a picture that shows it, where pictures are not farther apart


@dataclass(frozen=True)
class StillsOrder:
    """What is to be shown; times are seconds of the clip. RequestInvalid outside of the ranges.

    seconds       moments, in any order
    start         in point, at which the face is named and chosen
    face          of the picture before cropping; None: the largest
    longest_side  pixels of a still, which is never larger than the picture was
    around_face   cut to a square around the head
    """

    seconds: tuple[float, ...]
    start: float = 0.0
    crop: Crop = WHOLE
    mirrored: bool = False
    face: Position | None = None
    longest_side: int = USUAL_SIDE
    around_face: bool = False

    def __post_init__(self) -> None:
        count, (smallest, largest) = len(self.seconds), SIDES
        demand(0 < count <= STILLS_A_CALL, f"{count} moments", f"Ask for 1 to {STILLS_A_CALL} at a time.")
        for seconds in (self.start, *self.seconds):
            demand(isfinite(seconds) and seconds >= 0, f"a moment at {seconds} s", "Give seconds, 0 or more.")
        fits = smallest <= self.longest_side <= largest
        demand(fits, f"the longest side is {self.longest_side}", f"Give {smallest} to {largest} pixels.")
        demand_position(self.face)

    @property
    def framing(self) -> Framing:
        return Framing(self.crop, self.mirrored)

    @property
    def looked_at(self) -> list[float]:
        """Rising; the in point is among them where the face is chosen there."""
        return sorted({*self.seconds, self.start} if self.around_face else set(self.seconds))


@dataclass(frozen=True)
class Still:
    """A moment as asked for, its picture, and whether a face was looked for and found."""

    seconds: float
    jpeg: bytes
    face_found: bool


@dataclass(frozen=True, eq=False)
class FaceFinder:
    """What finds a face, without reading it."""

    make_tracker: MakeTracker
    geometry: FaceGeometry


def show_stills(
    order: StillsOrder,
    clip: Clip,
    load_finder: Callable[[], FaceFinder],
    encode: EncodeStill,
    cancelled: Cancelled,
) -> Generator[Still]:
    """One for each moment, times rising; once cancelled they simply end. The finder is loaded if needed.

    Raises ClipError, ModelError, DiskFull, and RequestInvalid for moments outside of the clip.
    """
    _demand_within(clip.facts, order.looked_at[-1])
    cut = _head_cut(order, load_finder()) if order.around_face else _uncut
    reach = max(_REACH, 1 / clip.facts.rate)
    with closing(clip.frames(max(order.looked_at[0] - reach, 0.0), None, cancelled)) as pictures:
        for frame, moments in _nearest_to(order.looked_at, pictures, reach, cancelled):
            picture = order.framing.framed(frame.picture)
            box, face_found = cut(picture, frame.seconds)
            if wanted := [seconds for seconds in moments if seconds in order.seconds]:
                jpeg = encode(picture, box, order.longest_side)
                yield from (Still(seconds, jpeg, face_found) for seconds in wanted)


def _demand_within(facts: ClipFacts, last: float) -> None:
    if last > facts.seconds:
        raise RequestInvalid(
            f"a moment at {last:g} s, the clip is {facts.seconds:.2f} s long", "Name moments of the clip."
        )


def _nearest_to(
    moments: Iterable[float], pictures: Iterable[Frame], reach: float, cancelled: Cancelled
) -> Iterator[tuple[Frame, list[float]]]:
    """Each picture that is the nearest one to some of the moments, and those.

    reach: seconds that the last picture is still shown. Raises ClipUnreadable for moments after that.
    """
    waiting = deque(moments)
    last: Frame | None = None
    for frame in pictures:
        if last is not None and (own := _until((last.seconds + frame.seconds) / 2, waiting)):
            yield last, own
        last = frame
        if not waiting:
            return
    if cancelled():
        return
    if last is not None and (own := _until(last.seconds + reach, waiting)):
        yield last, own
    if waiting:
        raise ClipUnreadable(
            f"there is no picture at {waiting[0]:g} s", "The clip may be cut short; export it again."
        )


def _until(turn: float, waiting: deque[float]) -> list[float]:
    """Those up to a time, taken off the line."""
    own = []
    while waiting and waiting[0] <= turn:
        own.append(waiting.popleft())
    return own


# Of a framed picture and its time: what to show of it, and whether a face is there.
_Cut = Callable[[Picture, float], tuple[Box, bool]]


def _uncut(picture: Picture, _: float) -> tuple[Box, bool]:
    height, width, _ = picture.shape
    return whole_picture((width, height)), False


def _head_cut(order: StillsOrder, finder: FaceFinder) -> _Cut:
    """Follows the same face as a retarget does."""
    tracker = finder.make_tracker(order.face and in_framed(order.face, order.framing))

    def cut(picture: Picture, seconds: float) -> tuple[Box, bool]:
        face = tracker.track(picture, seconds)
        if face is None:
            return _uncut(picture, seconds)
        height, width, _ = picture.shape
        return face_square(face.landmarks, (width, height), finder.geometry), True

    return cut
