import tempfile
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from backend.adapters.video_file import PictureFiles, VideoFile
from backend.errors import ClipError, ClipMissing, ClipUnreadable
from tests.adapters.footage import (
    TICKS,
    evenly,
    number_in,
    numbered_picture,
    red_corner,
    write_sound,
    write_video,
)

MAX_PIXELS = 1_000_000


def video(path: Path) -> VideoFile:
    return VideoFile(path, MAX_PIXELS)


def numbers(clip: VideoFile, start: float = 0.0, end: float | None = None) -> list[int]:
    return [number_in(frame.picture) for frame in clip.frames(start, end)]


def test_every_picture_comes_once_in_order(tmp_path: Path) -> None:
    clip = video(write_video(tmp_path / "a.mp4", evenly(40)))
    assert numbers(clip) == list(range(40))
    assert numbers(clip) == list(range(40)), "a clip can be read again"


def test_facts_are_known_before_reading(tmp_path: Path) -> None:
    facts = video(write_video(tmp_path / "a.mp4", evenly(40), sound=True)).facts
    assert (facts.width, facts.height, facts.frames, facts.rotation) == (96, 64, 40, 0)
    assert facts.rate == pytest.approx(30, abs=0.1)
    assert facts.seconds == pytest.approx(40 / 30, abs=0.04)
    assert facts.has_audio
    assert not facts.variable_rate


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_phone_rotation_is_undone(tmp_path: Path, rotation: int) -> None:
    clip = video(write_video(tmp_path / "phone.mp4", evenly(5), rotation=rotation))
    frame = next(clip.frames())
    assert red_corner(frame.picture) == "top left"
    assert frame.picture.shape[1::-1] == (clip.facts.width, clip.facts.height)
    assert clip.facts.rotation == -rotation % 360


def test_variable_rate_keeps_real_times(tmp_path: Path) -> None:
    ticks = [0, 20, 60, 61, 100, 160, 161, 300, 310, 600]
    clip = video(write_video(tmp_path / "vfr.mp4", ticks))
    assert [frame.seconds for frame in clip.frames()] == pytest.approx([t / TICKS for t in ticks], abs=1e-3)
    assert clip.facts.variable_rate


def test_time_starts_with_the_first_picture(tmp_path: Path) -> None:
    clip = video(write_video(tmp_path / "late.mkv", [tick + 1200 for tick in evenly(20)]))
    assert next(clip.frames()).seconds == 0.0
    assert numbers(clip, start=0.5) == list(range(15, 20))


@pytest.mark.parametrize("keyframe_every", [1, 12, 250])
@pytest.mark.parametrize(("first", "last"), [(0, 60), (7, 8), (13, 41), (59, 60)])
def test_a_range_is_exact_to_the_frame(tmp_path: Path, keyframe_every: int, first: int, last: int) -> None:
    clip = video(write_video(tmp_path / "a.mp4", evenly(60), keyframe_every=keyframe_every))
    assert numbers(clip, first / 30, last / 30) == list(range(first, last))


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "size"),
    [
        ("ten_bit.mp4", "libx264", "yuv420p10le", (96, 64)),
        ("ten_bit.mkv", "libx265", "yuv420p10le", (96, 64)),
        ("odd.mp4", "libx264", "yuv444p", (97, 63)),
        ("odd_for_chroma.avi", "mjpeg", "yuvj420p", (97, 63)),
        ("old.avi", "mpeg4", "yuv420p", (96, 64)),
        ("browser.webm", "libvpx-vp9", "yuv420p", (96, 64)),
        ("edit.mov", "prores_ks", "yuv422p10le", (96, 64)),
        ("camera.ts", "libx264", "yuv420p", (96, 64)),
        ("moving.gif", "gif", "rgb8", (96, 64)),
    ],
)
def test_kinds_of_footage(tmp_path: Path, name: str, codec: str, pixels: str, size: tuple[int, int]) -> None:
    options = {"log-level": "none"} if codec == "libx265" else None
    clip = video(
        write_video(tmp_path / name, evenly(30), codec=codec, pixels=pixels, size=size, codec_options=options)
    )
    frames = list(clip.frames())
    assert [number_in(frame.picture) for frame in frames] == list(range(30))
    assert frames[0].picture.shape == (size[1], size[0], 3)
    assert numbers(clip, 0.5) == list(range(15, 30))


def test_a_recording_without_a_stated_length_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "piped.mkv"
    write_video(path, evenly(45), options={"live": "1"})
    facts = video(path).facts
    assert facts.seconds == pytest.approx(1.5, abs=0.05)
    assert facts.frames == pytest.approx(45, abs=2)


def test_a_missing_clip_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ClipMissing, match="nothing"):
        video(tmp_path / "nothing.mp4")


def test_a_clip_that_vanishes_is_missing(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", evenly(5))
    clip = video(path)
    path.unlink()
    with pytest.raises(ClipMissing):
        list(clip.frames())


BAD = {
    "empty.mp4": b"",
    "text.mp4": b"These are only words.\n" * 40,
    "playlist.mp4": b"#EXTM3U\n#EXTINF:5,\nother.mp4\n",
    "concat.mp4": b"ffconcat version 1.0\nfile 'other.mp4'\n",
    "drawing.mp4": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
    "noise.mp4": bytes(np.random.default_rng(0).integers(0, 256, 5000, np.uint8)),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_footage_is_refused_with_advice(tmp_path: Path, name: str) -> None:
    write_video(tmp_path / "other.mp4", evenly(5))
    (tmp_path / name).write_bytes(BAD[name])
    with pytest.raises(ClipUnreadable, match=name) as refusal:
        video(tmp_path / name)
    assert refusal.value.advice


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(ClipUnreadable):
        video(tmp_path)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClipUnreadable, match="only sound"):
        video(write_sound(tmp_path / "voice.m4a"))


def test_a_clip_without_its_index_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", evenly(60))
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(ClipUnreadable):
        video(path)


@pytest.mark.parametrize(("name", "options"), [("a.mp4", {"movflags": "faststart"}), ("a.mkv", {})])
def test_a_truncated_clip_gives_what_it_has_and_says_so(
    tmp_path: Path, name: str, options: dict[str, str]
) -> None:
    path = write_video(tmp_path / name, evenly(90), options=options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    clip = video(path)
    found = numbers(clip)
    assert 20 < len(found) < 90
    assert found == list(range(len(found)))
    assert "ends early" in clip.remarks[-1]


@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
def test_a_damaged_place_is_skipped_and_remarked(tmp_path: Path, name: str) -> None:
    path = write_video(tmp_path / name, evenly(60))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60] = bytes(60)
    path.write_bytes(data)
    clip = video(path)
    found = numbers(clip)
    assert found[-1] == 59
    assert 50 < len(found) < 60
    assert "damaged" in clip.remarks[0]


@pytest.fixture(scope="module")
def whole_clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    options = {"movflags": "faststart"}
    return write_video(tmp_path_factory.mktemp("whole") / "a.mp4", evenly(20), options=options).read_bytes()


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_any_damage_gives_pictures_or_an_error_of_ours(whole_clip: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole_clip)
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=20)):
        damaged[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mp4"
        path.write_bytes(damaged[:cut] if data.draw(st.booleans()) else damaged)
        try:
            times = [frame.seconds for frame in video(path).frames()]
        except ClipError as err:
            assert err.advice  # noqa: PT017 - most damage is survived
        else:
            assert times == sorted(set(times))


def test_a_clip_that_is_whole_has_no_remarks(tmp_path: Path) -> None:
    clip = video(write_video(tmp_path / "a.mp4", evenly(40)))
    numbers(clip)
    numbers(clip, 0.2, 0.7)
    assert clip.remarks == ()


def test_pictures_over_the_limit_are_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", evenly(3))
    with pytest.raises(ClipUnreadable, match="96 × 64"):
        VideoFile(path, 96 * 64 - 1)


@pytest.mark.parametrize("start", [2.0, 1e9, 1e300])
def test_beyond_the_end_there_is_no_picture(tmp_path: Path, start: float) -> None:
    assert numbers(video(write_video(tmp_path / "a.mp4", evenly(20))), start) == []


def test_pixels_so_wide_that_the_picture_is_over_the_limit_are_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", evenly(3), pixel_aspect=Fraction(20))
    with pytest.raises(ClipUnreadable, match="1920 × 64"):
        VideoFile(path, 96 * 64 * 10)


def test_a_picture_that_grows_over_the_limit_in_mid_clip_is_refused(tmp_path: Path) -> None:
    small = write_video(tmp_path / "small.h264", evenly(3))
    large = write_video(tmp_path / "large.h264", evenly(3), size=(960, 640))
    grown = tmp_path / "grown.h264"
    grown.write_bytes(small.read_bytes() + large.read_bytes())
    with pytest.raises(ClipUnreadable, match="grown"):
        VideoFile(grown, 96 * 64)


def test_cancelling_ends_the_pictures(tmp_path: Path) -> None:
    clip = video(write_video(tmp_path / "a.mp4", evenly(40)))
    gone = threading.Event()
    frames = clip.frames(cancelled=gone.is_set)
    next(frames)
    gone.set()
    assert list(frames) == []


def test_the_hash_is_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    Image.fromarray(numbered_picture(3)).save(path)
    one = video(path).sha256()
    other = tmp_path / "b.gif"
    other.write_bytes(path.read_bytes())
    assert video(other).sha256() == one
    assert len(one) == 64


def pictures(folder: Path, suffixes: list[str]) -> list[Path]:
    paths = [folder / f"shot_{number:03}{suffix}" for number, suffix in enumerate(suffixes)]
    for number, path in enumerate(paths):
        Image.fromarray(numbered_picture(number)).save(path)
    return paths


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
def test_a_sequence_is_a_clip(tmp_path: Path, suffix: str) -> None:
    clip = PictureFiles(pictures(tmp_path, [suffix] * 5), [n / 24 for n in range(5)], 24.0, MAX_PIXELS)
    assert [number_in(frame.picture) for frame in clip.frames(1 / 24, 3 / 24)] == [1, 2]
    assert (clip.facts.frames, clip.facts.seconds) == (5, pytest.approx(5 / 24))
    assert not clip.facts.variable_rate


def test_a_gap_in_a_sequence_is_a_gap_in_time(tmp_path: Path) -> None:
    clip = PictureFiles(pictures(tmp_path, [".png"] * 3), [0, 1 / 24, 5 / 24], 24.0, MAX_PIXELS)
    assert clip.facts.variable_rate
    assert [frame.seconds for frame in clip.frames()] == [0, 1 / 24, 5 / 24]


def test_a_damaged_picture_is_left_out_and_named(tmp_path: Path) -> None:
    paths = pictures(tmp_path, [".png"] * 4)
    paths[2].write_bytes(b"no picture")
    clip = PictureFiles(paths, range(4), 1.0, MAX_PIXELS)
    assert [number_in(frame.picture) for frame in clip.frames()] == [0, 1, 3]
    assert paths[2].name in clip.remarks[0]


def test_a_still_turned_by_its_camera_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "portrait.jpg"
    stored = Image.fromarray(np.rot90(numbered_picture(5)))
    exif = stored.getexif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it
    stored.save(path, exif=exif, quality=95)
    clip = PictureFiles([path], [0.0], 24.0, MAX_PIXELS)
    assert red_corner(next(clip.frames()).picture) == "top left"
    assert clip.facts.rotation == 90


def test_a_percent_sign_in_a_name_is_no_pattern(tmp_path: Path) -> None:
    path = tmp_path / "take 100%d.png"
    Image.fromarray(numbered_picture(9)).save(path)
    clip = PictureFiles([path], [0.0], 24.0, MAX_PIXELS)
    assert number_in(next(clip.frames()).picture) == 9


def test_a_still_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("RGB", (2000, 1000)).save(path)
    with pytest.raises(ClipUnreadable, match="limit"):
        PictureFiles([path], [0.0], 24.0, MAX_PIXELS)
