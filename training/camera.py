"""A pinhole camera: where points of a head fall in its picture, and what a view of that picture shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .heads import Floats

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Camera:
    """Looks along −z at a head; its picture is a square.

    placement  (3, 4) from the head's frame to the camera's, centimetres
    focal      focal length in half widths of the picture: 1 / tan(half the field of view)
    size       pixels of the picture's side
    """

    placement: Floats
    focal: float
    size: int

    def pixels(self, points: Floats) -> Doubles:
        """(N, 3) of points (N, 3) in the head's frame: x right, y down, (0, 0) the middle of the top left
        pixel, and depth behind the head's origin in pixels as large as those there.
        """
        placed = points @ self.placement[:, :3].T.astype(np.float64) + self.placement[:, 3]
        half, away = self.size / 2, -placed[:, 2]
        origin = -float(self.placement[2, 3])
        x, y = (placed[:, :2] / away[:, None] * [self.focal * half, -self.focal * half] + half - 0.5).T
        return np.stack([x, y, (away - origin) * self.focal * half / origin], axis=1)

    def window(self, of_view: Floats | Doubles, width: int, height: int) -> Doubles:
        """(2, 3) from the picture to a view of it, both from −1 to 1, x right and y up.

        of_view  (2, 3) from pixels of the view (width × height) to pixels of the picture
        """
        half, of_view = self.size / 2, np.asarray(of_view, np.float64)
        into = np.linalg.inv(of_view[:, :2])
        grow = np.diag([2 / width, -2 / height])
        linear = grow @ into @ np.diag([half, -half])
        offset = grow @ (into @ (half - 0.5 - of_view[:, 2]) + 0.5) + [-1, 1]
        return np.column_stack([linear, offset])

    def rays(self, of_view: Floats | Doubles) -> Doubles:
        """(2, 3) from (x, y, 1) in pixels of a view to the direction (x, y, −1) that it looks in."""
        half = self.size / 2
        scale = np.diag([1.0, -1.0]) / (self.focal * half)
        linear, offset = np.asarray(of_view, np.float64)[:, :2], np.asarray(of_view, np.float64)[:, 2]
        return np.column_stack([scale @ linear, scale @ (offset + 0.5 - half)])
