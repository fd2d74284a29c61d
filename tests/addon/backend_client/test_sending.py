import os
from pathlib import Path

import pytest

from blender_addon.backend_client.errors import Cancelled, ClipRefused
from blender_addon.backend_client.sending import sending, with_our_names
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


def test_the_backends_name_for_a_file_becomes_ours() -> None:
    ours, other = "ab" * 32, "cd" * 32
    said = f"{ours}.mp4 ends early, {ours} and {other}.mov do not"
    told = with_our_names(said, {ours: "selfie.mp4"})
    assert told == f"selfie.mp4 ends early, selfie.mp4 and {other}.mov do not"


def test_a_long_file_can_be_given_up_while_it_is_read(clip: Path) -> None:
    with pytest.raises(Cancelled):
        sending(clip, cancelled=lambda: True)
