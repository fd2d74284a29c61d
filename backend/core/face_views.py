"""Where a predictor looks: four views of one face, placed by the head and not by what the face does.

A view that followed the lips would hide that they moved. So eyes and cheeks hang on the skull, and the
mouth's view keeps to the middle of the face sideways and follows the lips only up and down. All views are
upright, as high as each other, and lie side by side in one atlas.
"""

from dataclasses import dataclass

import numpy as np

from .curves import Floats
from .faces import angles_from_rotation, rotation_from_angles
from .head_pose import Doubles, FaceGeometry, pose_and_shape

VERSION = 1  # of where the views lie; a network sees well only with the views that it was trained with
HEIGHT = 96  # pixels of every view


@dataclass(frozen=True)
class View:
    """One view: its width in pixels, and in centimetres of the canonical face."""

    name: str
    width: int
    span: float


VIEWS = (
    View("mouth", 128, 9.6), View("right eye", 96, 6.0), View("left eye", 96, 6.0), View("cheeks", 96, 13.0),
)  # fmt: skip
ATLAS_SHAPE = (HEIGHT, sum(view.width for view in VIEWS))

# Corners of the performer's right and left eye, and the outer ring of the lips, in MediaPipe's numbering.
_RIGHT_EYE, _LEFT_EYE = [33, 133], [362, 263]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
# Which view sees each landmark best: the narrowest one well inside which it lies on the canonical face.
SEEN_IN = np.array([
    int(view) for view in
    "030333313330000000000311111111110133300000003311333311311030000101131313000000030000000000000300"
    "000033333101331111133131111310331313313333333033110333333111311111310000303331133300000000031110"
    "310313330000000333000333013331111113111111303303000111113203222222222202333000000033223333223220"
    "300002022323230000000300000000000003000003333320233222223323222232033232332333333303322033332223"
    "2222232000033322330000000003222032023000000333000333023332222223222222303303000222221111122222"
])  # fmt: skip
_BROWS_ABOVE = 0.8  # centimetres by which an eye's view is lifted, to hold a raised brow
_CHEEKS = np.array([0.0, -1.8, 4.5])  # centimetres in the performer's frame: below the tip of the nose


@dataclass(frozen=True, eq=False)
class FaceFrame:
    """A face laid over the canonical one, and where to look at it.

    maps    (4, 2, 3) float32, from (x, y, 1) in pixels of each view, (0, 0) the middle of its top left
            pixel, to pixels of the picture
    shape   (478, 3) float32, landmarks in centimetres in the performer's frame
    angles  (3,) float32, the head's yaw, pitch and roll in radians
    """

    maps: Floats
    shape: Floats
    angles: Floats


def columns(view: int) -> slice:
    """Where a view lies in the atlas."""
    start = sum(before.width for before in VIEWS[:view])
    return slice(start, start + VIEWS[view].width)


def face_frame(landmarks: Floats, picture_size: tuple[int, int], geometry: FaceGeometry) -> FaceFrame:
    """Of landmarks (478, 3) in pixels of a (width, height) picture."""
    pose, shape = pose_and_shape(landmarks, picture_size, geometry)
    rotation = pose.rotation.astype(np.float64)
    scale, offset = _on_picture(shape @ rotation.T, landmarks, geometry)

    def placed(point: Doubles) -> Doubles:
        return scale * (rotation @ point)[:2] * [1, -1] + offset

    turned = _turned(rotation)
    maps = [
        _map(view, placed(anchor), turned * scale)
        for view, anchor in zip(VIEWS, _anchors(shape), strict=True)
    ]
    return FaceFrame(
        np.array(maps, np.float32),
        shape.astype(np.float32),
        np.array(angles_from_rotation(pose.rotation), np.float32),
    )


def _on_picture(turned: Doubles, landmarks: Floats, geometry: FaceGeometry) -> tuple[float, Doubles]:
    """Pixels a centimetre, and the pixel (2,) of the performer's origin, where perspective is left aside."""
    count = len(geometry.weights)
    share = (geometry.weights / geometry.weights.sum())[:, None]
    flat, seen = turned[:count, :2] * [1, -1], landmarks[:count, :2].astype(np.float64)
    flat_centre, seen_centre = (share * flat).sum(axis=0), (share * seen).sum(axis=0)
    from_centre = flat - flat_centre
    scale = float((share * from_centre * (seen - seen_centre)).sum() / (share * from_centre**2).sum())
    return scale, seen_centre - scale * flat_centre


def _anchors(shape: Doubles) -> tuple[Doubles, ...]:
    """What lies in the middle of each view, (3,) each, in the order of VIEWS."""
    lift = np.array([0, _BROWS_ABOVE, 0])
    lips = shape[LIPS].mean(axis=0)
    mouth = np.array([0.0, lips[1], lips[2]])
    right, left = (shape[corners].mean(axis=0) + lift for corners in (_RIGHT_EYE, _LEFT_EYE))
    return mouth, right, left, _CHEEKS


def _map(view: View, centre: Doubles, turned: Doubles) -> Doubles:
    """(2, 3) for the view around a pixel; turned (2, 2): view's axes in pixels a centimetre."""
    linear = turned * (view.span / view.width)
    middle = np.array([view.width - 1, HEIGHT - 1]) / 2
    return np.column_stack([linear, centre - linear @ middle])


def view_frame(shape: Floats, angles: Floats) -> tuple[Floats, Floats]:
    """How landmarks (478, 3) in the performer's frame lie on the views, where perspective is left aside.

    upright (2, 3), from the performer's frame to centimetres right and down in a view; anchors (4, 3), what
    lies in the middle of each: a point lies at upright @ (point − anchor).
    """
    rotation = rotation_from_angles(*angles.tolist()).astype(np.float64)
    upright = _turned(rotation).T @ (rotation[:2] * [[1], [-1]])
    return upright.astype(np.float32), np.array(_anchors(shape.astype(np.float64)), np.float32)


def on_views(points: Floats, maps: Floats) -> Floats:
    """(478, 2) centimetres right of and below the middle of the view that sees each landmark best.

    points  (478, 2) pixels of the picture
    maps    (4, 2, 3) see FaceFrame
    """
    of_view = maps.astype(np.float64)[SEEN_IN]
    pixels = np.linalg.solve(of_view[:, :, :2], (points - of_view[:, :, 2])[..., None])[..., 0]
    middle = np.array([[(view.width - 1) / 2, (HEIGHT - 1) / 2] for view in VIEWS])
    a_pixel = np.array([view.span / view.width for view in VIEWS])
    return np.asarray((pixels - middle[SEEN_IN]) * a_pixel[SEEN_IN, None], np.float32)


def _turned(rotation: Doubles) -> Doubles:
    """(2, 2) the views' axes in the picture, as columns: to the right, and down towards the chin."""
    upwards = rotation[:2, 1] * [1, -1]
    across = np.array([-upwards[1], upwards[0]]) / np.linalg.norm(upwards)
    return np.column_stack([across, [-across[1], across[0]]])
