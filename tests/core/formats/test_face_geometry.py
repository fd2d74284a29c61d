import io
import re
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.formats.face_geometry import read_face_geometry


def field(number, content):
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def varint(value):
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def message(points, weights, packed):
    """The bytes that protobuf would write; readers must take repeated floats packed or one by one."""
    floats = np.column_stack([points, np.zeros((len(points), 2))]).astype("<f4").ravel()
    if packed:
        mesh = field(3, floats.tobytes())
    else:
        mesh = b"".join(bytes([3 << 3 | 5]) + value.tobytes() for value in floats)
    basis = b"".join(
        field(2, b"\x08" + varint(i) + b"\x15" + struct.pack("<f", w)) for i, w in weights.items()
    )
    return field(1, mesh) + basis + b"\x18\x01"


@given(
    st.lists(st.tuples(*[st.floats(-20, 20, width=32)] * 3), min_size=5, max_size=40),
    st.dictionaries(st.integers(0, 4), st.floats(0.125, 1, width=32), min_size=1),
    st.booleans(),
)
def test_points_and_weights_come_back(points, weights, packed):
    got = read_face_geometry(message(points, weights, packed))
    np.testing.assert_array_equal(got.points, np.array(points))
    assert {i: w for i, w in enumerate(got.weights) if w} == weights


@pytest.mark.parametrize("data", [b"", b"\x0a", b"\xff\xff\xff", b"\x0f\x00", b"not a message at all"])
def test_other_bytes_are_refused(data):
    with pytest.raises(ValueError, match=r"canonical|wire"):
        read_face_geometry(data)


def test_the_canonical_face_is_googles(landmarker_task, shared_data):
    with zipfile.ZipFile(io.BytesIO(landmarker_task)) as task:
        got = read_face_geometry(task.read("geometry_pipeline_metadata_landmarks.binarypb"))
    text = (shared_data / "mediapipe" / "canonical_face_model.obj").read_text()
    vertices = re.findall(r"^v (\S+) (\S+) (\S+)", text, re.MULTILINE)
    np.testing.assert_allclose(got.points, np.array(vertices, float), atol=1e-5)
    assert np.count_nonzero(got.weights) == 33
