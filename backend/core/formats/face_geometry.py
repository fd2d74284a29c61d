"""The canonical face inside face_landmarker.task, read from its protobuf bytes without protobuf.

The message is MediaPipe's GeometryPipelineMetadata (Apache-2.0):
  1 canonical_mesh {3 vertex_buffer: floats x y z u v, in centimetres}
  2 procrustes_landmark_basis, repeated {1 landmark_id, 2 weight: float}
"""

from collections.abc import Iterator

import numpy as np

from ..head_pose import FaceGeometry

_FLOATS_A_VERTEX = 5


def read_face_geometry(data: bytes) -> FaceGeometry:
    """ValueError when the bytes are not such a message."""
    try:
        fields = list(_fields(data))
        mesh = dict(fields)[1]
        buffer = b"".join(value for number, value in _fields(mesh) if number == 3)
        points = np.frombuffer(buffer, "<f4").reshape(-1, _FLOATS_A_VERTEX)[:, :3].astype(np.float64)
        weights = np.zeros(len(points))
        for entry in (dict(_fields(value)) for number, value in fields if number == 2):
            weights[_varint(entry[1], 0)[0]] = np.frombuffer(entry[2], "<f4")[0]
    except (KeyError, IndexError) as err:
        raise ValueError("the canonical face lacks a field or ends early") from err
    if not weights.any():
        raise ValueError("the canonical face has no weighted landmarks")
    return FaceGeometry(points, weights)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(field number, its bytes) in order; of a varint the encoded bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        start, end = _extent(data, at, wire_type=key & 7)
        yield key >> 3, data[start:end]
        at = end


def _extent(data: bytes, at: int, wire_type: int) -> tuple[int, int]:
    match wire_type:
        case 0:
            return at, _varint(data, at)[1]
        case 1:
            return at, at + 8
        case 2:
            length, start = _varint(data, at)
            return start, start + length
        case 5:
            return at, at + 4
    raise ValueError(f"wire type {wire_type} at byte {at} is not protobuf's")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, position after it)."""
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
    return value | data[at] << shift, at + 1
