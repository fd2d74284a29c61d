import errno
import hashlib
import io
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.entrypoints import uploads as uploads_module
from backend.entrypoints.uploads import Chunk, State, Uploads
from backend.errors import ClipMissing, DiskFull, RequestInvalid, UploadError

CONTENT = bytes(range(256)) * 10


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def chunks(content: bytes, step: int = 1000, name: str = "clip.MP4") -> list[Chunk]:
    return [
        Chunk(sha(content), len(content), at, part := content[at : at + step], sha(part), name)
        for at in range(0, len(content), step)
    ]


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, max_file_bytes=10_000, max_total_bytes=20_000)


def send(uploads: Uploads, content: bytes, **how: object) -> State:
    for chunk in chunks(content, **how):
        state = uploads.receive(chunk)
    return state


def test_a_whole_file_lies_there_under_its_hash_with_its_ending(uploads: Uploads, tmp_path: Path) -> None:
    assert send(uploads, CONTENT) == State(len(CONTENT), complete=True)
    with uploads.using(sha(CONTENT)) as path:
        assert path == tmp_path / f"{sha(CONTENT)}.mp4"
        assert path.read_bytes() == CONTENT


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps others out by the folder's rights")
def test_others_on_the_machine_cannot_look_at_the_clips(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    Uploads(folder, 10_000, 20_000).receive(chunks(CONTENT)[0])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_known_file_need_not_be_sent_again(uploads: Uploads) -> None:
    send(uploads, CONTENT)
    assert uploads.find(sha(CONTENT), len(CONTENT)) == State(len(CONTENT), complete=True)


def test_a_broken_off_upload_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first, *rest = chunks(CONTENT)
    Uploads(tmp_path, 10_000, 20_000).receive(first)
    later = Uploads(tmp_path, 10_000, 20_000)
    assert later.find(sha(CONTENT), len(CONTENT)) == State(1000, complete=False)
    assert [later.receive(chunk) for chunk in rest][-1].complete


def test_a_chunk_ahead_of_its_turn_is_refused_with_the_place_to_go_on(uploads: Uploads) -> None:
    first, _, third = chunks(CONTENT)
    uploads.receive(first)
    with pytest.raises(UploadError, match="byte 2000") as caught:
        uploads.receive(third)
    assert "1000" in caught.value.advice


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"chunk_sha256": sha(b"other")}, UploadError),
        ({"sha256": "ABC"}, RequestInvalid),
        ({"sha256": "../../etc/passwd"}, RequestInvalid),
        ({"size": 10_001}, UploadError),
        ({"size": 0}, UploadError),
        ({"size": 10}, UploadError),
        ({"data": b""}, UploadError),
    ],
)
def test_a_chunk_that_cannot_be_right_is_refused(uploads: Uploads, change: dict, error: type) -> None:
    with pytest.raises(error):
        uploads.receive(Chunk(**(vars(chunks(CONTENT)[0]) | change)))


def test_a_file_whose_whole_hash_is_wrong_is_forgotten(uploads: Uploads) -> None:
    *most, last = chunks(CONTENT)
    for chunk in most:
        uploads.receive(chunk)
    wrong = b"x" * len(last.data)
    with pytest.raises(UploadError, match="damaged"):
        uploads.receive(Chunk(**(vars(last) | {"data": wrong, "chunk_sha256": sha(wrong)})))
    assert uploads.find(sha(CONTENT), len(CONTENT)) == State(0, complete=False)


def test_two_senders_of_one_file_do_not_collide(uploads: Uploads) -> None:
    parts = chunks(CONTENT, step=50)
    together = threading.Barrier(2)

    def sender() -> None:
        together.wait()
        for part in parts:
            uploads.receive(part)

    threads = [threading.Thread(target=sender) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with uploads.using(sha(CONTENT)) as path:
        assert path.read_bytes() == CONTENT


class _FullDisk(io.FileIO):
    """Takes half of what it is given, then has no room."""

    def write(self, data: bytes) -> int:
        super().write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_named_and_what_arrived_before_stays(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = chunks(CONTENT)
    uploads.receive(first)
    with monkeypatch.context() as full:
        full.setattr(Path, "open", lambda self, mode: _FullDisk(self, mode))
        with pytest.raises(DiskFull, match="No space left"):
            uploads.receive(second)
    assert uploads.find(sha(CONTENT), len(CONTENT)) == State(1000, complete=False)
    uploads.receive(second)
    assert uploads.receive(third).complete


def test_the_longest_unused_clips_make_room_for_a_new_one(uploads: Uploads) -> None:
    old, newer, newest = (bytes([i]) * 9000 for i in range(3))
    send(uploads, old)
    send(uploads, newer)
    with uploads.using(sha(old)):
        pass  # used again: now `newer` is the one unused for longest
    send(uploads, newest)
    assert uploads.find(sha(old), 9000).complete
    assert not uploads.find(sha(newer), 9000).complete


def test_a_clip_in_use_is_never_evicted(uploads: Uploads) -> None:
    first, second, third = (bytes([i]) * 9000 for i in range(3))
    send(uploads, first)
    with uploads.using(sha(first)) as path:
        send(uploads, second)
        send(uploads, third)
        assert path.exists()


def test_an_upload_that_never_finished_is_no_clip(uploads: Uploads) -> None:
    uploads.receive(chunks(CONTENT)[0])
    with pytest.raises(ClipMissing), uploads.using(sha(CONTENT)):
        pass


@given(st.text())
def test_of_a_clients_name_only_a_harmless_ending_is_kept(name: str) -> None:
    ending = uploads_module._ending(name)
    assert ending == "" or uploads_module.ENDING.fullmatch(ending)
    assert ending != ".part"


@pytest.mark.parametrize("name", ["../../x/.ssh", "a\\..\\b", "clip.mp4/..", "x.part", "y.p\0p", ".." * 99])
def test_no_name_leads_out_of_the_folder(uploads: Uploads, tmp_path: Path, name: str) -> None:
    send(uploads, CONTENT, name=name)
    assert [p.parent for p in tmp_path.rglob("*")] == [tmp_path]
    with uploads.using(sha(CONTENT)) as path:
        assert path.name.startswith(sha(CONTENT))
