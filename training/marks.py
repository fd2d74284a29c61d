"""Where brows, lips and lids lie on a source's heads, so that they can be painted there.

The face's own landmark network reads a plain picture of the mean head; each landmark is then followed back
to the point of the surface that it lies on. People of one source share these places (Head.paint).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.adapters.litert_tracker import LiteRtTracker
from backend.ports import FaceNetworks
from protos import arkit

from .heads import PART, Floats, Head, HeadSource, Ints
from .plain_picture import painted, seen
from .rasterise import Buffers, Rasteriser

SIZE = 512
FIRST_IRIS = 468  # of the landmarks; those before it lie on the skin


@dataclass(frozen=True, eq=False)
class Attachment:
    """Points that go with a surface: corners (N, 3) of the triangle each lies on, and their shares (N, 3)."""

    corners: Ints
    shares: Floats

    def on(self, vertices: Floats) -> Floats:
        """(N, 3) where they are when the vertices are at (V, 3)."""
        return np.asarray((vertices[self.corners] * self.shares[..., None]).sum(axis=1), np.float32)


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


def attached(marks: Floats, mean: Head) -> Attachment:
    """Marks (478, 3) on the triangles of the mean head on which they lie, irises on those of the eyeballs."""
    part = mean.part[mean.triangles].max(axis=1)
    skin = mean.triangles[part == PART["skin"]]
    eyes = mean.triangles[np.isin(part, [PART["left eye"], PART["right eye"]])]
    found = [_nearest(point, skin, mean.rest) for point in marks[:FIRST_IRIS]]
    found += [_nearest(point, eyes, mean.rest) for point in marks[FIRST_IRIS:]]
    corners, shares = zip(*found, strict=True)
    return Attachment(np.array(corners), np.array(shares, np.float32))


def _nearest(point: Floats, triangles: Ints, vertices: Floats) -> tuple[Ints, Floats]:
    """The triangle nearest to a point among those whose middles are, and the shares of its corners."""
    middles = vertices[triangles].mean(axis=1)
    close = triangles[np.argsort(np.square(middles - point).sum(axis=1))[:12]]
    shares = np.stack([_shares(point, vertices[corners]) for corners in close])
    away = np.linalg.norm((vertices[close] * shares[..., None]).sum(axis=1) - point, axis=1)
    best = int(away.argmin())
    return close[best], shares[best]


def _shares(point: Floats, corners: Floats) -> Floats:
    """Barycentric coordinates (3,) of the point's foot on a triangle (3, 3), kept inside it."""
    system = np.column_stack([corners[1] - corners[0], corners[2] - corners[0]])
    along = np.linalg.lstsq(system, point - corners[0], rcond=None)[0]
    shares = np.clip([1 - along.sum(), *along], 0, 1)
    return np.asarray(shares / shares.sum(), np.float32)


def _under(landmarks: Floats, where: NDArray[np.bool_], buffers: Buffers) -> Floats:
    """(N, 3) what lies under landmarks (N, 3), or nearest to them among the pixels `where`."""
    rows, columns = np.nonzero(where)
    surface = np.stack([columns, rows], axis=1)
    nearest = [np.square(surface - point).sum(axis=1).argmin() for point in landmarks[:, :2]]
    return buffers.paint[rows[nearest], columns[nearest]]
