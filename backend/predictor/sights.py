"""Faces as the network takes them, made from arrays, in the product and in training alike."""

import numpy as np
import torch

from ..core.curves import Floats
from ..core.face_views import view_frame
from ..ports import Picture
from .network import Sight


def sights_of(atlas: Picture, shape: Floats, angles: Floats, teacher: Floats) -> Sight:
    """Of N faces: atlas (N, 96, 416, 3) uint8, shape (N, 478, 3), angles (N, 3), teacher (N, 52)."""
    upright, anchors = zip(*map(view_frame, shape, angles), strict=True)
    return Sight(
        atlas=torch.from_numpy(np.ascontiguousarray(atlas)).permute(0, 3, 1, 2),
        shape=torch.from_numpy(np.ascontiguousarray(shape)),
        upright=torch.from_numpy(np.stack(upright)),
        anchors=torch.from_numpy(np.stack(anchors)),
        angles=torch.from_numpy(np.ascontiguousarray(angles)),
        teacher=torch.from_numpy(np.ascontiguousarray(teacher)),
    )
