"""Where in a picture to look for a face: the arithmetic between the detector, the crop and the landmarks.

The rules are those of MediaPipe's FaceLandmarker (Apache-2.0), so that its networks see what they
were trained on: SSD anchors and weighted non-maximum suppression for the short-range detector, and
square regions turned to the eye line, half as large again as the face, for the landmark network.

Pixel coordinates: x right, y down, (0, 0) is the centre of the top left pixel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .curves import Floats

DETECTOR_SIZE = 128  # pixels, square input of the detector
_LAYERS = ((16, 2), (8, 6))  # cells a side, anchors a cell
_FACE_MARGIN = 1.5  # region size / face size
_OVERLAP_SAME_FACE = 0.5  # intersection over union above which two boxes are one face
_EYE_CORNERS = (33, 263)  # outer corners in the landmark list: the performer's right eye, then the left


@dataclass(frozen=True)
class Region:
    """A turned rectangle: centre and size in pixels, rotation in radians, positive clockwise as seen."""

    x: float
    y: float
    width: float
    height: float
    rotation: float = 0.0

    def to_picture(self) -> Floats:
        """(2, 3) float64 affine matrix from the region's 0..1 square to picture pixels."""
        c, s = np.cos(self.rotation), np.sin(self.rotation)
        axes = np.array([[c, -s], [s, c]]) * [self.width, self.height]
        corner = [self.x, self.y] - axes @ [0.5, 0.5]
        return np.column_stack([axes, corner])

    def bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Top left pixel (x, y) needed to draw the region, and one beyond its bottom right pixel."""
        square = self.to_picture()
        corners = square[:, :2] @ [[0, 1, 0, 1], [0, 0, 1, 1]] + square[:, 2:]
        low, high = np.floor(corners.min(axis=1)), np.ceil(corners.max(axis=1))
        return low.astype(np.int64) - 1, high.astype(np.int64) + 2


@dataclass(frozen=True, eq=False)
class Detection:
    """One face as the detector sees it.

    box     (4,) float, pixels: left, top, right, bottom
    eyes    (2, 2) float, pixels: the performer's right eye, then the left
    score   0..1
    """

    box: NDArray[np.float64]
    eyes: NDArray[np.float64]
    score: float


def anchors() -> NDArray[np.float64]:
    """(896, 2) centres of the detector's anchors in its input, 0..1, in the order of its output."""
    return np.array(
        [
            ((column + 0.5) / cells, (row + 0.5) / cells)
            for cells, count in _LAYERS
            for row, column, _ in product(range(cells), range(cells), range(count))
        ]
    )


def decode(boxes: Floats, scores: Floats, region: Region, threshold: float) -> list[Detection]:
    """Detections above a score in a region of a picture, several to a face.

    boxes   (896, 16) the detector's raw output: box centre, box size, then six points, in input pixels
    scores  (896,) logits
    """
    belief = 1.0 / (1.0 + np.exp(-np.clip(scores, -100, 100).astype(np.float64)))
    kept = np.flatnonzero(belief >= threshold)
    raw = boxes[kept].astype(np.float64) / DETECTOR_SIZE
    offset = anchors()[kept]
    centre, half = raw[:, :2] + offset, raw[:, 2:4] / 2
    eyes = raw[:, 4:8].reshape(-1, 2, 2) + offset[:, None]
    scale, corner = np.array([region.width, region.height]), region.to_picture()[:, 2]
    return [
        Detection(
            np.concatenate([(c - h) * scale + corner, (c + h) * scale + corner]), e * scale + corner, float(b)
        )
        for c, h, e, b in zip(centre, half, eyes, belief[kept], strict=True)
    ]


def one_per_face(detections: list[Detection]) -> list[Detection]:
    """Weighted non-maximum suppression: overlapping detections become their mean, best first."""
    left = sorted(detections, key=lambda d: d.score, reverse=True)
    faces = []
    while left:
        best = left[0]
        same = [d for d in left if d is best or _overlap(d.box, best.box) > _OVERLAP_SAME_FACE]
        weights = [d.score for d in same]
        box = np.average([d.box for d in same], axis=0, weights=weights)
        eyes = np.average([d.eyes for d in same], axis=0, weights=weights)
        faces.append(Detection(box, eyes, best.score))
        left = [d for d in left if not any(d is s for s in same)]
    return faces


def _overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Intersection over union of two boxes."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if np.any(sides <= 0):
        return 0.0
    shared = float(np.prod(sides))
    return shared / float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


def region_of_detection(face: Detection) -> Region:
    """Where to look for landmarks after a detection."""
    x, y = ((face.box[:2] + face.box[2:]) / 2).tolist()
    width, height = ((face.box[2:] - face.box[:2]) * _FACE_MARGIN).tolist()
    return Region(x, y, width, height, _slope(*face.eyes))


def region_of_landmarks(landmarks: Floats) -> Region:
    """Where to look in the next picture for the face with these (478, 3) landmarks."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    side = float(np.max(high - low)) * _FACE_MARGIN
    x, y = ((low + high) / 2).tolist()
    return Region(x, y, side, side, _slope(*landmarks[list(_EYE_CORNERS), :2]))


def landmarks_in_picture(points: Floats, region: Region) -> Floats:
    """(478, 3) landmarks in picture pixels from their places in the region's 0..1 square."""
    square = region.to_picture()
    flat = points[:, :2] @ square[:, :2].T + square[:, 2]
    return np.column_stack([flat, points[:, 2] * region.width]).astype(np.float32)


def _slope(right_eye: Floats, left_eye: Floats) -> float:
    dx, dy = np.asarray(left_eye, np.float64) - right_eye
    return float(np.arctan2(dy, dx))


def looks(width: int, height: int) -> Iterator[list[Region]]:
    """What to show the detector, one look after the other until it finds a face in a picture.

    First all of the picture. The short-range detector misses a face of less than a tenth of that, so
    then squares as wide as the picture's shorter side, then squares of half that size.
    """
    longer, shorter = max(width, height), min(width, height)
    yield [Region(width / 2, height / 2, longer, longer)]
    if shorter < longer:
        yield _tiles(width, height, shorter)
    if shorter >= 2 * DETECTOR_SIZE:
        yield _tiles(width, height, shorter / 2)


def _tiles(width: int, height: int, side: float) -> list[Region]:
    """Squares of one size that cover a picture, each at least half over the next."""
    return [Region(x, y, side, side) for y in _tile_centres(height, side) for x in _tile_centres(width, side)]


def _tile_centres(length: int, side: float) -> list[float]:
    count = 1 + int(np.ceil((length - side) / (side / 2)))
    return [float(centre) for centre in np.linspace(side / 2, length - side / 2, count)]
