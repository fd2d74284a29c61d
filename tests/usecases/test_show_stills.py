from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from backend.core.face_square import SPAN, Box
from backend.core.framing import Crop
from backend.errors import ClipUnreadable, RequestInvalid
from backend.ports import Cancelled, ClipFacts, Picture, never
from backend.usecases.show_stills import FaceFinder, Still, StillsOrder, show_stills
from protos.convention import STILLS_A_CALL
from tests.usecases.fakes import GEOMETRY, HEIGHT, RATE, WIDTH, FakeClip, FakeWork, picture


@dataclass
class Encoder:
    """Writes down what it was shown; a still is the second value of the picture's first pixel."""

    boxes: list[Box] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    sizes: list[tuple[int, ...]] = field(default_factory=list)

    def __call__(self, picture: Picture, box: Box, longest_side: int) -> bytes:
        self.boxes.append(box)
        self.sides.append(longest_side)
        self.sizes.append(picture.shape)
        return bytes([picture[0, 0, 1]])


@dataclass
class Finder:
    """What finds faces, and how often it was loaded."""

    work: FakeWork = field(default_factory=FakeWork)
    loaded: int = 0

    def load(self) -> FaceFinder:
        self.loaded += 1
        return FaceFinder(self.work.tools().make_tracker, GEOMETRY)


class CutShort(FakeClip):
    """Says that it has ten seconds."""

    @property
    def facts(self) -> ClipFacts:
        return replace(super().facts, seconds=10.0)


def clip_of(count: int = 30, **pictures: object) -> FakeClip:
    """Picture number n says n."""
    return FakeClip([picture(n / 255, **pictures) for n in range(count)])


def shown(
    clip: FakeClip,
    order: StillsOrder,
    finder: Finder | None = None,
    encoder: Encoder | None = None,
    cancelled: Cancelled = never,
) -> list[Still]:
    return list(show_stills(order, clip, (finder or Finder()).load, encoder or Encoder(), cancelled))


def numbers(stills: list[Still]) -> list[int]:
    return [still.jpeg[0] for still in stills]


def at(*numbers: float) -> tuple[float, ...]:
    """Moments in seconds."""
    return tuple(number / RATE for number in numbers)


def test_each_moment_shows_the_picture_nearest_to_it() -> None:
    stills = shown(clip_of(), StillsOrder(at(0, 3.4, 3.6, 7, 29.9)))
    assert numbers(stills) == [0, 3, 4, 7, 29]
    assert tuple(still.seconds for still in stills) == at(0, 3.4, 3.6, 7, 29.9)


def test_moments_come_in_rising_order_and_once() -> None:
    assert numbers(shown(clip_of(), StillsOrder(at(9, 2, 9, 5)))) == [2, 5, 9]


def test_two_moments_of_one_picture_are_both_answered() -> None:
    stills = shown(clip_of(), StillsOrder(at(4.9, 5.1), around_face=True))
    assert numbers(stills) == [5, 5]
    assert len({still.seconds for still in stills}) == 2


def test_a_clip_is_read_once_and_no_further_than_needed() -> None:
    clip = clip_of()
    assert numbers(shown(clip, StillsOrder(at(20, 24)))) == [20, 24]
    assert clip.given == 15 + 4 + 2, "half a second before the first, and one after the last"
    assert clip.open_readers == 0


def test_no_network_is_loaded_where_no_face_is_looked_for() -> None:
    finder, encoder = Finder(), Encoder()
    (still,) = shown(clip_of(), StillsOrder(at(3), longest_side=200), finder, encoder)
    assert not still.face_found
    assert finder.loaded == 0
    assert encoder.boxes == [Box(0, 0, WIDTH, HEIGHT)]
    assert encoder.sides == [200]


def test_a_face_is_cut_out_and_where_there_is_none_the_whole_picture_is_shown() -> None:
    clip = FakeClip([picture(), picture(face=False), picture()])
    encoder = Encoder()
    stills = shown(clip, StillsOrder(at(0, 1, 2), around_face=True), encoder=encoder)
    assert [still.face_found for still in stills] == [True, False, True]
    assert encoder.boxes[0] == encoder.boxes[2]
    assert encoder.boxes[0].right - encoder.boxes[0].left == pytest.approx(SPAN, rel=0.1), "a pixel is 1 cm"
    assert encoder.boxes[1] == Box(0, 0, WIDTH, HEIGHT)


def test_the_face_is_chosen_at_the_in_point_which_is_not_shown() -> None:
    finder = Finder()
    order = StillsOrder(at(20), start=at(10)[0], face=(0.25, 0.5), around_face=True)
    assert numbers(shown(clip_of(), order, finder)) == [20]
    (tracker,) = finder.work.trackers
    assert tracker.position == (0.25, 0.5)
    assert tracker.times == pytest.approx(at(10, 20))


def test_crop_and_mirror_are_as_in_a_retarget() -> None:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:, WIDTH // 2 :] = (1, 77, 1)
    encoder, finder = Encoder(), Finder()
    order = StillsOrder(
        at(0), crop=Crop(0.25, 0.0, 1.0, 1.0), mirrored=True, face=(0.25, 0.5), around_face=True
    )
    assert numbers(shown(FakeClip([pixels]), order, finder, encoder)) == [77]
    assert encoder.sizes == [(HEIGHT, WIDTH * 3 // 4, 3)]
    assert finder.work.trackers[0].position == (1.0, 0.5)


def test_a_cancel_ends_it_without_an_error() -> None:
    given: list[Still] = []
    clip = clip_of()
    for still in show_stills(
        StillsOrder(at(*range(30))), clip, Finder().load, Encoder(), lambda: len(given) == 4
    ):
        given.append(still)
    assert numbers(given) == [0, 1, 2, 3]
    assert clip.open_readers == 0


def test_moments_outside_of_the_clip_are_refused_before_it_is_read() -> None:
    clip = clip_of(30)
    with pytest.raises(RequestInvalid, match=r"1\.00 s long"):
        shown(clip, StillsOrder(at(3, 31)))
    assert clip.given == 0


def test_a_clip_that_is_cut_short_is_told() -> None:
    short = CutShort(clip_of(30).pictures)
    assert numbers(shown(short, StillsOrder((1.2,)))) == [29]
    given: list[Still] = []
    with pytest.raises(ClipUnreadable, match="at 5 s"):
        given.extend(show_stills(StillsOrder((0.5, 1.2, 5.0)), short, Finder().load, Encoder(), never))
    assert numbers(given) == [15, 29], "what can be shown is shown"


@pytest.mark.parametrize(
    "fields",
    [
        {"seconds": ()},
        {"seconds": tuple(range(STILLS_A_CALL + 1))},
        {"seconds": (-1.0,)},
        {"seconds": (float("nan"),)},
        {"seconds": (1.0,), "start": float("inf")},
        {"seconds": (1.0,), "longest_side": 63},
        {"seconds": (1.0,), "longest_side": 1025},
        {"seconds": (1.0,), "face": (0.5, 1.5)},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(RequestInvalid):
        StillsOrder(**fields)
