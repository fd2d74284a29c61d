import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from backend.entrypoints.access import AddressNotSafe, AllowedFolders, check_address
from backend.entrypoints.credentials import read_or_make_token
from backend.errors import ClipMissing, ClipNotAllowed, ClipUnreadable, RequestInvalid
from protos.convention import is_loopback

posix = pytest.mark.skipif(os.name != "posix", reason="file modes, links, pipes and /proc are POSIX's")


def test_the_token_is_made_once_and_found_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "token"
    made = read_or_make_token(file)
    assert len(made) >= 32
    assert read_or_make_token(file) == made


@posix
def test_the_token_file_can_be_read_by_its_user_only(tmp_path: Path) -> None:
    read_or_make_token(tmp_path / "token")
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


@posix
def test_a_token_that_another_backend_is_just_making_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.touch(mode=0o600)
    writer = threading.Timer(0.2, file.write_text, ["the-token-of-the-other-one"])
    writer.start()
    assert read_or_make_token(file) == "the-token-of-the-other-one"
    writer.join()


def test_a_token_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    read_or_make_token(tmp_path / "token")
    (tmp_path / "token").chmod(0o644)
    with pytest.raises(PermissionError, match="others"):
        read_or_make_token(tmp_path / "token")


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe no words of ours, but long"])
def test_a_file_without_a_token_lets_nobody_in(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(PermissionError, match="no token"):
        read_or_make_token(tmp_path / "token")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_tls(host: str) -> None:
    check_address(host, tls=False)


@pytest.mark.parametrize(
    "host", ["::", "10.0.0.1", "192.168.1.2", "render-box", "127.0.0.1.example.org", "localhost.example.org"]
)
def test_any_other_address_needs_tls(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(AddressNotSafe):
        check_address(host, tls=False)
    check_address(host, tls=True)


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(b"video")
    (tmp_path / "outside.mp4").write_bytes(b"video")
    return folder


@pytest.fixture
def allowed(inside: Path) -> AllowedFolders:
    return AllowedFolders([inside])


def test_a_clip_inside_is_found(allowed: AllowedFolders, inside: Path) -> None:
    assert allowed.file(str(inside / "clip.mp4")) == (inside / "clip.mp4").resolve()
    assert allowed.file(str(inside / "sub" / ".." / "clip.mp4")) == (inside / "clip.mp4").resolve()


def test_a_folder_given_by_a_link_is_the_folder_it_leads_to(inside: Path) -> None:
    link = inside.parent / "link"
    link.symlink_to(inside)
    assert AllowedFolders([link]).file(str(inside / "clip.mp4"))
    assert AllowedFolders([inside]).file(str(link / "clip.mp4"))


def test_dots_do_not_lead_out(allowed: AllowedFolders, inside: Path) -> None:
    with pytest.raises(ClipNotAllowed):
        allowed.file(str(inside / ".." / "outside.mp4"))


def test_a_sibling_that_begins_alike_is_outside(allowed: AllowedFolders, inside: Path) -> None:
    other = inside.parent / "inside2"
    other.mkdir()
    (other / "clip.mp4").touch()
    with pytest.raises(ClipNotAllowed):
        allowed.file(str(other / "clip.mp4"))


@posix
def test_links_do_not_lead_out(allowed: AllowedFolders, inside: Path) -> None:
    (inside / "file.mp4").symlink_to(inside.parent / "outside.mp4")
    (inside / "folder").symlink_to(inside.parent)
    for name in ("file.mp4", "folder/outside.mp4"):
        with pytest.raises(ClipNotAllowed):
            allowed.file(str(inside / name))


@posix
def test_a_ring_of_links_is_refused(allowed: AllowedFolders, inside: Path) -> None:
    (inside / "a").symlink_to(inside / "b")
    (inside / "b").symlink_to(inside / "a")
    with pytest.raises(ClipNotAllowed):
        allowed.file(str(inside / "a"))


@posix
@pytest.mark.parametrize(
    "path", ["/proc/self/environ", "/dev/zero", "/etc/passwd", "/proc/self/root/etc/passwd"]
)
def test_what_belongs_to_the_system_is_outside(allowed: AllowedFolders, path: str) -> None:
    with pytest.raises(ClipNotAllowed):
        allowed.file(path)


@posix
def test_pipes_devices_and_folders_are_no_clips(inside: Path) -> None:
    os.mkfifo(inside / "pipe.mp4")
    for path in (inside / "pipe.mp4", inside):
        with pytest.raises(ClipUnreadable):
            AllowedFolders([inside]).file(str(path))
    with pytest.raises(ClipUnreadable):
        AllowedFolders([Path("/dev")]).file("/dev/zero")


def test_a_missing_clip_is_missing_inside_and_not_allowed_outside(
    allowed: AllowedFolders, inside: Path
) -> None:
    with pytest.raises(ClipMissing):
        allowed.file(str(inside / "gone.mp4"))
    with pytest.raises(ClipMissing):
        allowed.file(str(inside / "clip.mp4" / "below"))
    with pytest.raises(ClipNotAllowed):
        allowed.file(str(inside.parent / "gone.mp4"))


@pytest.mark.parametrize("path", ["", "clip.mp4", "../clip.mp4", "/a\0b", "~/clip.mp4"])
def test_a_path_must_be_absolute(allowed: AllowedFolders, path: str) -> None:
    with pytest.raises(RequestInvalid):
        allowed.file(path)


def test_a_name_longer_than_the_system_takes_is_refused(allowed: AllowedFolders, inside: Path) -> None:
    with pytest.raises((ClipNotAllowed, ClipMissing)):
        allowed.file(str(inside / ("x" * 5000)))


def test_without_folders_every_clip_must_be_uploaded(inside: Path) -> None:
    with pytest.raises(ClipNotAllowed, match="no folder"):
        AllowedFolders([]).file(str(inside / "clip.mp4"))


@pytest.mark.skipif(sys.platform != "win32", reason="such paths exist on Windows")
def test_a_path_on_another_machine_is_refused_before_it_is_looked_at(allowed: AllowedFolders) -> None:
    with pytest.raises(ClipNotAllowed):
        allowed.file(r"\\elsewhere.example\share\clip.mp4")
