"""Heads in plain colours, to be looked at by people and by the landmark network."""

import numpy as np

from backend.core.faces import rotation_from_angles
from backend.ports import Picture

from .heads import PART, PARTS, Floats, Head, gaze_of
from .rasterise import NOTHING, Buffers, Rasteriser

COLOURS = {
    "skin": (205, 155, 130), "mouth": (100, 30, 30), "sockets": (180, 125, 110), "gums": (200, 105, 105),
    "upper teeth": (240, 238, 228), "lower teeth": (228, 226, 208), "tongue": (205, 80, 90),
    "lashes": (30, 25, 25), "left eye": (240, 240, 240), "right eye": (240, 240, 240),
}  # fmt: skip
BACKGROUND, IRIS, PUPIL = (75, 88, 100), (64, 90, 115), (8, 8, 8)
IRIS_DEGREES, PUPIL_DEGREES = 22, 9


def picture(rasteriser: Rasteriser, head: Head, coefficients: Floats, yaw: float = 0.0) -> Picture:
    """(S, S, 3) uint8 in plain colours and one light, from the front or turned by yaw (radians)."""
    return painted(seen(rasteriser, head, coefficients, yaw), head)


def seen(rasteriser: Rasteriser, head: Head, coefficients: Floats, yaw: float = 0.0) -> Buffers:
    """The head in the middle of the picture; paint is where each point lies on this head at rest."""
    vertices = head.posed(coefficients, gaze_of(coefficients))
    placement = np.column_stack([rotation_from_angles(yaw, 0, 0), [0, 3.0, -75]]).astype(np.float32)
    return rasteriser.draw(vertices, head.triangles, head.part, head.rest, placement, focal=6.6)


def painted(seen: Buffers, head: Head) -> Picture:
    """(S, S, 3) uint8: a colour for each part, irises and pupils."""
    table = np.array([COLOURS[name] for name in PARTS] + [BACKGROUND], np.float32)
    colour = table[np.where(seen.part == NOTHING, len(PARTS), seen.part)]
    for side, ball in zip(("left", "right"), head.eyeballs, strict=True):
        here = seen.part == PART[f"{side} eye"]
        away = seen.paint[here] - ball.centre
        degrees = np.degrees(np.arctan2(np.hypot(away[:, 0], away[:, 1]), away[:, 2]))[:, None]
        iris = np.where(degrees < PUPIL_DEGREES, PUPIL, IRIS)
        colour[here] = np.where(degrees < IRIS_DEGREES, iris, colour[here])
    light = 0.3 + 0.7 * np.clip(seen.normal @ np.array([0.3, 0.5, 0.8]), 0, 1)[..., None]
    return np.where(seen.part[..., None] == NOTHING, colour, np.minimum(colour * light, 255)).astype(np.uint8)
