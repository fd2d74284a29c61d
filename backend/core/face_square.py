"""The square around a head that people are shown, placed by the head and not by what the face does.

One that followed the landmarks would shrink when the mouth closes and hide that it moved.
"""

from dataclasses import dataclass

import numpy as np

from .curves import Floats
from .face_views import on_picture
from .head_pose import FaceGeometry, pose_and_shape

SPAN = 28.0  # centimetres of the canonical face, which is 17.7 high: hair and chin are in it
MIDDLE = np.array([0.0, 0.5, 1.0])  # centimetres in the performer's frame: of the head, not of the face


@dataclass(frozen=True)
class Box:
    """A part of a picture; edges in pixels and parts of pixels, (0, 0) its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


def whole_picture(picture_size: tuple[int, int]) -> Box:
    """All of a (width, height) picture."""
    width, height = picture_size
    return Box(0.0, 0.0, width, height)


def face_square(landmarks: Floats, picture_size: tuple[int, int], geometry: FaceGeometry) -> Box:
    """The upright square around a head; its landmarks (478, 3) in pixels of a (width, height) picture.

    At the picture's edge it is moved inwards; it is never larger than the picture's shorter side.
    """
    pose, shape = pose_and_shape(landmarks, picture_size, geometry)
    rotation = pose.rotation.astype(np.float64)
    scale, origin = on_picture(shape @ rotation.T, landmarks, geometry)
    middle = origin + scale * (rotation @ MIDDLE)[:2] * [1, -1]
    width, height = picture_size
    side = min(SPAN * scale, width, height)
    left, top = np.clip(middle - side / 2, 0, [width - side, height - side]).tolist()
    return Box(left, top, min(left + side, width), min(top + side, height))
