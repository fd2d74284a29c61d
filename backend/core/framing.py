"""What part of the footage the tracker sees, and which way round: crop and mirror, there and back.

The tracker works on the framed picture; pose is measured in the whole one, since a crop must not
move the camera's axis.
"""

from dataclasses import dataclass, replace
from math import ceil, floor, isfinite

import numpy as np
from numpy.typing import NDArray

from .faces import Face

SMALLEST_CROP = 0.01  # of the picture's width and height; no face is found in less


@dataclass(frozen=True)
class Crop:
    """A part of the upright picture, in fractions 0..1, origin top left; ValueError when it is none."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    def __post_init__(self) -> None:
        edges = (self.left, self.top, self.right, self.bottom)
        inside = all(isfinite(edge) and 0.0 <= edge <= 1.0 for edge in edges)
        if not inside or min(self.right - self.left, self.bottom - self.top) < SMALLEST_CROP:
            raise ValueError(
                f"crop is {edges}, expected left < right and top < bottom within 0..1, {SMALLEST_CROP} apart"
            )


WHOLE = Crop()


@dataclass(frozen=True)
class Framing:
    """The footage cropped, then flipped sideways when a phone had mirrored it."""

    crop: Crop = WHOLE
    mirrored: bool = False

    def framed(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(h, w, 3) part of a (height, width, 3) picture, contiguous."""
        left, top, right, bottom = self._pixels(picture.shape[1], picture.shape[0])
        part = picture[top:bottom, left:right]
        return np.ascontiguousarray(part[:, ::-1] if self.mirrored else part)

    def whole(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A view of the uncropped picture, flipped if the footage was mirrored; see `in_whole`."""
        return picture[:, ::-1] if self.mirrored else picture

    def in_whole(self, face: Face, width: int, height: int) -> Face:
        """A face found in the framed picture, in pixels of the uncropped width × height picture,
        which is flipped if the footage was mirrored.
        """
        left, top, right, _ = self._pixels(width, height)
        offset = np.array([width - right if self.mirrored else left, top, 0], np.float32)
        return replace(face, landmarks=face.landmarks + offset)

    def position_in_framed(self, x: float, y: float) -> tuple[float, float]:
        """A position of the footage, in fractions of the framed picture; outside 0..1 when cropped away."""
        across = (x - self.crop.left) / (self.crop.right - self.crop.left)
        down = (y - self.crop.top) / (self.crop.bottom - self.crop.top)
        return (1.0 - across if self.mirrored else across), down

    def _pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """left, top, right, bottom in whole pixels, never empty."""
        crop = self.crop
        left, top = floor(crop.left * width), floor(crop.top * height)
        return left, top, max(ceil(crop.right * width), left + 1), max(ceil(crop.bottom * height), top + 1)
