"""Where brows, lips and lids lie on a source's heads, so that they can be painted there.

The face's own landmark network reads a plain picture of the mean head; each landmark is then followed back
to the point of the surface that it lies on. People of one source share these places (Head.paint).
"""

import numpy as np
from numpy.typing import NDArray

from backend.adapters.litert_tracker import LiteRtTracker
from backend.ports import FaceNetworks
from protos import arkit

from .heads import PART, Floats, HeadSource
from .plain_picture import painted, seen
from .rasterise import Buffers, Rasteriser

SIZE = 512
FIRST_IRIS = 468  # of the landmarks; those before it lie on the skin


class NoFaceSeen(ValueError):
    """The landmark network does not take this head for a face."""


def marks_of(source: HeadSource, networks: FaceNetworks) -> Floats:
    """(478, 3) points of the mean head under MediaPipe's landmarks, centimetres; irises on the eyeballs, all
    others on the skin. Raises NoFaceSeen.
    """
    head = source.head(0)
    with Rasteriser(SIZE) as rasteriser:
        buffers = seen(rasteriser, head, np.zeros(len(arkit.COEFFICIENTS), np.float32))
    face = LiteRtTracker(networks).track(painted(buffers, head), 0.0)
    if face is None:
        raise NoFaceSeen(f"no face was found on the mean head of {source.name}")
    eyes = np.isin(buffers.part, [PART["left eye"], PART["right eye"]])
    on_skin = _under(face.landmarks[:FIRST_IRIS], buffers.part == PART["skin"], buffers)
    return np.concatenate([on_skin, _under(face.landmarks[FIRST_IRIS:], eyes, buffers)])


def _under(landmarks: Floats, where: NDArray[np.bool_], buffers: Buffers) -> Floats:
    """(N, 3) what lies under landmarks (N, 3), or nearest to them among the pixels `where`."""
    rows, columns = np.nonzero(where)
    surface = np.stack([columns, rows], axis=1)
    nearest = [np.square(surface - point).sum(axis=1).argmin() for point in landmarks[:, :2]]
    return buffers.paint[rows[nearest], columns[nearest]]
