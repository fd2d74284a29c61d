"""Where a predictor looks: four views of one face, placed by the head and not by what the face does.

A view that followed the lips would hide that they moved. So eyes and cheeks hang on the skull, and the
mouth's view keeps to the middle of the face sideways and follows the lips only up and down. All views are
upright, as high as each other, and lie side by side in one atlas.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import Floats
from .faces import LANDMARK_COUNT, angles_from_rotation, rotation_from_angles
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
# Pairs of landmarks that a mirror exchanges; the others lie on the midline.
_PAIRS = (
    "3-248 7-249 20-250 21-251 22-252 23-253 24-254 25-255 26-256 27-257 28-258 29-259 30-260 31-261 "
    "32-262 33-263 34-264 35-265 36-266 37-267 38-268 39-269 40-270 41-271 42-272 43-273 44-274 45-275 "
    "46-276 47-277 48-278 49-279 50-280 51-281 52-282 53-283 54-284 55-285 56-286 57-287 58-288 59-289 "
    "60-290 61-291 62-292 63-293 64-294 65-295 66-296 67-297 68-298 69-299 70-300 71-301 72-302 73-303 "
    "74-304 75-305 76-306 77-307 78-308 79-309 80-310 81-311 82-312 83-313 84-314 85-315 86-316 87-317 "
    "88-318 89-319 90-320 91-321 92-322 93-323 95-324 96-325 97-326 98-327 99-328 100-329 101-330 102-331 "
    "103-332 104-333 105-334 106-335 107-336 108-337 109-338 110-339 111-340 112-341 113-342 114-343 "
    "115-344 116-345 117-346 118-347 119-348 120-349 121-350 122-351 123-352 124-353 125-354 126-355 "
    "127-356 128-357 129-358 130-359 131-360 132-361 133-362 134-363 135-364 136-365 137-366 138-367 "
    "139-368 140-369 141-370 142-371 143-372 144-373 145-374 146-375 147-376 148-377 149-378 150-379 "
    "153-380 154-381 155-382 156-383 157-384 158-385 159-386 160-387 161-388 162-389 163-390 165-391 "
    "166-392 167-393 169-394 170-395 171-396 172-397 173-398 174-399 176-400 177-401 178-402 179-403 "
    "180-404 181-405 182-406 183-407 184-408 185-409 186-410 187-411 188-412 189-413 190-414 191-415 "
    "192-416 193-417 194-418 196-419 198-420 201-421 202-422 203-423 204-424 205-425 206-426 207-427 "
    "208-428 209-429 210-430 211-431 212-432 213-433 214-434 215-435 216-436 217-437 218-438 219-439 "
    "220-440 221-441 222-442 223-443 224-444 225-445 226-446 227-447 228-448 229-449 230-450 231-451 "
    "232-452 233-453 234-454 235-455 236-456 237-457 238-458 239-459 240-460 241-461 242-462 243-463 "
    "244-464 245-465 246-466 247-467 468-473 469-476 470-475 471-474 472-477"
)
_BROWS_ABOVE = 0.8  # centimetres by which an eye's view is lifted, to hold a raised brow
_CHEEKS = np.array([0.0, -1.8, 4.5])  # centimetres in the performer's frame: below the tip of the nose


def _mirror() -> NDArray[np.intp]:
    mirror = np.arange(LANDMARK_COUNT)
    pairs = np.array([pair.split("-") for pair in _PAIRS.split()], np.intp)
    mirror[pairs] = pairs[:, ::-1]
    return mirror


MIRROR = _mirror()  # (478,) which landmark each is in a mirror; MIRROR[MIRROR[i]] is i


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
    scale, offset = on_picture(shape @ rotation.T, landmarks, geometry)

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


def on_picture(turned: Doubles, landmarks: Floats, geometry: FaceGeometry) -> tuple[float, Doubles]:
    """Pixels a centimetre, and the pixel (2,) of the performer's origin, where perspective is left aside.

    turned (478, 3): the face's shape in the performer's frame, turned as the head is.
    """
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
