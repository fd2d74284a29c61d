"""What is filmed of a face, as a mirror shows it."""

from typing import Any

import numpy as np

from backend.core.curves import COEFFICIENT_COUNT
from backend.core.face_views import MIRROR, columns
from protos import arkit

_CHANNELS = list(arkit.MIRROR_PERMUTATION[:COEFFICIENT_COUNT])
_ACROSS = np.array([-1, 1, 1], np.float32)
_TURNS = np.array([-1, 1, -1], np.float32)  # yaw, pitch, roll
_IN_MIRROR = (0, 2, 1, 3)  # which view shows what each of core.face_views does


def mirrored(group: dict[str, Any]) -> dict[str, Any]:
    """Columns of F frames: atlas (F, 96, 416, 3), shape (F, 478, 3), points (F, 478, 2) of core.face_views,
    angles (F, 3), teacher and coefficients (F, 52).
    """
    views = [group["atlas"][:, :, columns(view)][:, :, ::-1] for view in _IN_MIRROR]
    return {
        "atlas": np.concatenate(views, axis=2),
        "shape": group["shape"][:, MIRROR] * _ACROSS,
        "points": group["points"][:, MIRROR] * _ACROSS[:2],
        "angles": group["angles"] * _TURNS,
        "teacher": group["teacher"][:, _CHANNELS],
        "coefficients": group["coefficients"][:, _CHANNELS],
    }
