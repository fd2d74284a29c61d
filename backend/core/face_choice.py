"""Which of several faces is followed: the largest or the one the artist names, and then the same one.

Nothing here knows people apart. A face is taken to be the same when it turns up near the place and
in about the size in which it was lost, until it has been gone so long that anybody may be next.
"""

from dataclasses import dataclass
from math import dist

from .face_regions import Region

LONG_GONE = 2.0  # seconds


@dataclass(frozen=True)
class LastSeen:
    """Where and when, in seconds of the clip, the followed face was last seen."""

    region: Region
    seconds: float


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
    if seconds - last_seen.seconds < LONG_GONE:
        faces = [face for face in faces if _alike(face, lost, farthest=0.75, largest_change=1.6)]
    return _nearest_first(faces, lost)


def is_one_step(now: Region, before: Region) -> bool:
    """Whether a face can have come from one region to the other within one picture."""
    return _alike(now, before, farthest=0.4, largest_change=1.4)


def _alike(one: Region, other: Region, farthest: float, largest_change: float) -> bool:
    """Centres no farther apart than a share of the region's size, sizes within a factor."""
    change = one.width / other.width
    near = _distance(one, other) <= farthest * other.width
    return near and 1 / largest_change <= change <= largest_change


def _nearest_first(faces: list[Region], place: Region) -> list[Region]:
    return sorted(faces, key=lambda face: _distance(face, place))


def _distance(one: Region, other: Region) -> float:
    return dist((one.x, one.y), (other.x, other.y))
