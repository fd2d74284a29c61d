"""Where the head is and how it is turned, from landmarks and the canonical face.

The steps are those of MediaPipe's face geometry (Apache-2.0): landmarks are unprojected with an
assumed lens, and the canonical face is laid over them by a weighted Procrustes fit (Akca 2003,
section 2.4). As no clip tells its focal length, every lens is taken to see 63° from the top of the
upright picture to its bottom; a longer lens makes the head seem nearer, its rotation hardly changes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import Floats
from .faces import HeadPose

VERTICAL_VIEW = np.radians(63.0)
Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FaceGeometry:
    """The canonical face: points (468, 3) float64, centimetres in the performer's frame; weights (468,)."""

    points: Doubles
    weights: Doubles


def head_pose(landmarks: Floats, picture_size: tuple[int, int], geometry: FaceGeometry) -> HeadPose:
    """The head in the camera's frame, from landmarks (478, 3) in pixels of a (width, height) picture."""
    return pose_and_shape(landmarks, picture_size, geometry)[0]


def pose_and_shape(
    landmarks: Floats, picture_size: tuple[int, int], geometry: FaceGeometry
) -> tuple[HeadPose, Doubles]:
    """The pose, and the landmarks (478, 3) in centimetres in the performer's frame."""
    screen = _on_screen(np.asarray(landmarks, np.float64), picture_size)
    count = len(geometry.points)
    depth = screen[:count, 2].mean()

    def fit(points: Doubles) -> tuple[float, Doubles, Doubles]:
        return procrustes(geometry.points, points[:count], geometry.weights)

    # Landmark depth has no absolute scale: a flat fit gives a first one, the unprojected fit corrects it.
    scale = fit(screen * [1, 1, -1])[0]
    scale *= fit(_unprojected(screen, depth, scale))[0]
    metric = _unprojected(screen, depth, scale)
    size, rotation, offset = fit(metric)
    pose = HeadPose(np.asarray(rotation, np.float32), np.asarray(offset / 100, np.float32))
    return pose, (metric - offset) @ rotation / size


def _on_screen(landmarks: Doubles, picture_size: tuple[int, int]) -> Doubles:
    """Pixels to a screen at distance 1: x right, y up, z still away from the camera."""
    width, height = picture_size
    unit = 2 * np.tan(VERTICAL_VIEW / 2) / height
    centre, scale = np.array([width / 2, height / 2, 0]), np.array([unit, -unit, unit])
    screen: Doubles = (landmarks - centre) * scale
    return screen


def _unprojected(screen: Doubles, depth: float, scale: float) -> Doubles:
    """Points in the camera's frame whose mean lies 1/scale away."""
    away = (screen[:, 2:] - depth + 1) / scale
    return np.hstack([screen[:, :2] * away, -away])


def procrustes(source: Doubles, target: Doubles, weights: Doubles) -> tuple[float, Doubles, Doubles]:
    """(scale, rotation (3, 3), offset (3,)) that lay source (N, 3) over target (N, 3) best:
    target ≈ scale · rotation · source + offset, in weighted least squares without reflection.
    """
    share = weights / weights.sum()
    source_centre, target_centre = share @ source, share @ target
    s, t = source - source_centre, target - target_centre
    u, _, vt = np.linalg.svd((t * share[:, None]).T @ s)
    u[:, 2] *= np.sign(np.linalg.det(u @ vt))
    rotation = u @ vt
    scale = float(np.sum(share[:, None] * (s @ rotation.T) * t) / np.sum(share[:, None] * s * s))
    return scale, rotation, target_centre - scale * rotation @ source_centre
