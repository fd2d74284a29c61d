import os
from pathlib import Path

import pytest

from blender_addon.backend_client.errors import Cancelled, ClipRefused
from blender_addon.backend_client.sending import sending
from protos.convention import CHUNK_BYTES


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(os.urandom(2 * CHUNK_BYTES + 5))
    return path


def test_a_file_goes_on_from_the_byte_the_backend_asks_for(clip: Path) -> None:
    file = sending(clip, cancelled=lambda: False)
    rest = list(file.chunks(CHUNK_BYTES))
    assert [chunk.offset for chunk in rest] == [CHUNK_BYTES, 2 * CHUNK_BYTES]
    assert b"".join(chunk.data for chunk in rest) == clip.read_bytes()[CHUNK_BYTES:]
    assert file.sent == file.size


def test_a_file_that_vanishes_on_the_way_is_told(clip: Path) -> None:
    file = sending(clip, cancelled=lambda: False)
    clip.unlink()
    assert list(file.chunks(0)) == []
    with pytest.raises(ClipRefused, match="cannot be read"):
        file.check()


def test_a_long_file_can_be_given_up_while_it_is_read(clip: Path) -> None:
    with pytest.raises(Cancelled):
        sending(clip, cancelled=lambda: True)
