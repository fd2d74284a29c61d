"""A face's four views cut out of its picture, as training and the predictor both see them."""

import numpy as np
from PIL import Image

from ..core.curves import Floats
from ..core.face_views import ATLAS_SHAPE, HEIGHT, VIEWS, columns
from ..core.head_pose import Doubles
from ..ports import Picture


def face_atlas(picture: Picture, maps: Floats) -> Picture:
    """(96, 416, 3) views of a (height, width, 3) picture; maps (4, 2, 3) as in core.face_views.FaceFrame.

    Black beyond the picture. A face larger than its views is shrunk by whole numbers first, so that
    nothing of it is stepped over.
    """
    atlas = np.zeros((*ATLAS_SHAPE, 3), np.uint8)
    for number, (view, to_picture) in enumerate(zip(VIEWS, maps.astype(np.float64), strict=True)):
        atlas[:, columns(number)] = _cut(picture, to_picture, view.width)
    return atlas


def _cut(picture: Picture, to_picture: Doubles, width: int) -> Picture:
    """(96, width, 3) where to_picture (2, 3) leads from (x, y, 1), both counted from middles of pixels."""
    low, high = _bounds(to_picture, width, picture.shape[1::-1])
    if np.any(low >= high):
        return np.zeros((HEIGHT, width, 3), np.uint8)
    part = Image.fromarray(np.ascontiguousarray(picture[low[1] : high[1], low[0] : high[0]]))
    linear = to_picture[:, :2]
    shrink = max(round(float(np.sqrt(abs(np.linalg.det(linear))))), 1)
    # Pillow counts from the corners of pixels.
    corner = to_picture[:, 2] + 0.5 - low - linear.sum(axis=1) / 2
    steps = np.column_stack([linear, corner]) / shrink
    cut = (part.reduce(shrink) if shrink > 1 else part).transform(
        (width, HEIGHT), Image.Transform.AFFINE, steps.ravel().tolist(), Image.Resampling.BILINEAR
    )
    return np.asarray(cut)


def _bounds(to_picture: Doubles, width: int, size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """First and last pixel + 1 (x, y) of the picture that a view needs, and a little more to blend with."""
    ends = np.array([[0, 0, 1], [width, 0, 1], [0, HEIGHT, 1], [width, HEIGHT, 1]], np.float64)
    corners = ends @ to_picture.T
    margin = 2 + np.abs(to_picture[:, :2]).sum()
    low, high = np.floor(corners.min(axis=0) - margin), np.ceil(corners.max(axis=0) + margin)
    return np.clip(low, 0, size).astype(int), np.clip(high, 0, size).astype(int)
