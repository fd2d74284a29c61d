"""Which of several faces is followed: the largest or the one the artist names, and then the same one.

A face may be the same when it turns up near the place and in about the size in which it was lost, until
it has been gone so long that anybody may be next. Whether it looks the same is asked in likeness.py.
"""

from dataclasses import dataclass
from math import dist

from .face_regions import Region

LONG_GONE = 2.0  # seconds
_WANDERS = 2.0  # region sizes a second that a face may go unseen


@dataclass(frozen=True)
class LastSeen:
    """Where and when, in seconds of the clip, the followed face was last seen."""

    region: Region
    seconds: float


def is_long_gone(last_seen: LastSeen | None, seconds: float) -> bool:
    """Whether a face was followed once but for so long no more that another may take its place."""
    return last_seen is not None and seconds - last_seen.seconds >= LONG_GONE


def best_first(
    faces: list[Region],
    named_place: tuple[float, float] | None,
    last_seen: LastSeen | None,
    seconds: float,
) -> list[Region]:
    """Regions of the faces that may be followed at a time; empty when the right one is not there.

    named_place  (x, y) in pixels, on or beside the face that the artist wants; None: the largest
    """
    if last_seen is None:
        if named_place is None:
            return sorted(faces, key=lambda face: face.width, reverse=True)
        named = Region(*named_place, 1, 1)
        return _nearest_first([face for face in faces if _distance(face, named) <= face.width / 2], named)
    lost = last_seen.region
    if not is_long_gone(last_seen, seconds):
        reach = 0.75 + _WANDERS * (seconds - last_seen.seconds)
        faces = [face for face in faces if _alike(face, lost, farthest=reach, largest_change=1.6)]
    return _nearest_first(faces, lost)


def is_one_step(now: Region, before: Region) -> bool:
    """Whether a face can have come from one region to the other within one picture."""
    return _alike(now, before, farthest=0.4, largest_change=1.4)


def is_beside(one: Region, other: Region) -> bool:
    """Whether two regions are so far apart that they hold two faces."""
    return _distance(one, other) > 0.45 * min(one.width, other.width)


def _alike(one: Region, other: Region, farthest: float, largest_change: float) -> bool:
    """Centres no farther apart than a share of the region's size, sizes within a factor."""
    change = one.width / other.width
    near = _distance(one, other) <= farthest * other.width
    return near and 1 / largest_change <= change <= largest_change


def _nearest_first(faces: list[Region], place: Region) -> list[Region]:
    return sorted(faces, key=lambda face: _distance(face, place))


def _distance(one: Region, other: Region) -> float:
    return dist((one.x, one.y), (other.x, other.y))
