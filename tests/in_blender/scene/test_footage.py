"""Picture and sound of the clip lie where the keyframes lie."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")
av = pytest.importorskip("av", reason="makes the clips with PyAV")

from blender_addon.scene import footage
from blender_addon.scene.footage import FootageUnreadable

RATE = 30
hears = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """Two seconds at 30 pictures a second."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as box:
        stream = box.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(2 * RATE):
            picture = np.full((48, 64, 3), 4 * i, np.uint8)
            box.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        box.mux(stream.encode())
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 4))  # four seconds
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for number in range(101, 111):
        image = bpy.data.images.new("picture", 32, 24)
        image.filepath_raw = str(tmp_path / f"shot_v2.{number:04d}.png")
        image.file_format = "PNG"
        image.save()
        bpy.data.images.remove(image)
    return tmp_path / "shot_v2.0101.png"


def scene(fps: int = 24, base: float = 1.0) -> Any:
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base
    return bpy.context.scene


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    footage.register()
    yield
    footage.unregister()


def picture_shown(shown: Any, frame: int) -> int:
    """Number of the picture that Blender takes at a frame, from 1 (from the first number for sequences)."""
    bpy.context.scene.frame_set(frame)
    seen = shown.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return int(seen.image_user.frame_current)


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (30, 1.0), (30, 1.001), (60, 1.0), (25, 1.0)])
@pytest.mark.parametrize("in_seconds", [0.0, 0.5])
def test_the_picture_shown_is_the_one_of_that_moment(
    make_face: Any, movie: Path, fps: int, base: float, in_seconds: float
) -> None:
    face = make_face(["jawOpen"])
    here = scene(fps, base)
    clip = footage.footage_of_file(movie)
    frames = int((2 - in_seconds) * fps)
    shown = footage.show_beside(here, clip, [face], 11, in_seconds, frames)
    for frame in (*range(11, 11 + frames, 5), 12, 30, 13):
        moment = in_seconds + (frame - 11) * base / fps
        assert abs(picture_shown(shown, frame) - 1 - moment * RATE) <= 0.51


def test_blender_says_what_a_movie_is(movie: Path) -> None:
    clip = footage.footage_of_file(movie)
    assert (clip.rate, clip.frames, clip.width, clip.height) == (RATE, 2 * RATE, 64, 48)
    assert clip.path == movie
    assert len(bpy.data.movieclips) == 0


def test_a_movie_clip_is_read_where_its_file_lies(movie: Path, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    clip = bpy.data.movieclips.load(str(movie))
    clip.filepath = "//clip.mp4"
    assert footage.footage_of_clip(clip).path == movie


def test_a_movie_clip_whose_file_is_gone_is_named(movie: Path) -> None:
    clip = bpy.data.movieclips.load(str(movie))
    movie.unlink()
    with pytest.raises(FootageUnreadable, match=r"clip\.mp4"):
        footage.footage_of_clip(clip)


def test_what_is_no_footage_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no movie")
    with pytest.raises(FootageUnreadable):
        footage.footage_of_file(text)
    assert len(bpy.data.movieclips) == 0


def test_a_sequence_is_counted_by_its_file_names(make_face: Any, pictures: Path) -> None:
    clip = footage.footage_of_file(pictures)
    assert (clip.sequence, clip.first, clip.frames) == (True, 101, 10)
    shown = footage.show_beside(scene(), clip, [make_face(["jawOpen"])], 1, 0.0, 10)
    assert shown.data.source == "SEQUENCE"
    assert [picture_shown(shown, frame) for frame in (1, 5, 10)] == [101, 105, 110]


def test_showing_again_replaces_what_was_shown(make_face: Any, movie: Path) -> None:
    face, clip = make_face(["jawOpen"]), footage.footage_of_file(movie)
    for start in (1, 50):
        footage.show_beside(scene(), clip, [face], start, 0.0, 40)
    assert [ob.name for ob in bpy.data.objects if ob.type == "EMPTY"] == ["SuperFace clip.mp4"]


def test_footage_stands_beside_the_rig(make_face: Any, movie: Path) -> None:
    face = make_face(["jawOpen", "eyeBlinkLeft", "mouthClose"])
    face.data.vertices[0].co.z = 2.0
    shown = footage.show_beside(scene(), footage.footage_of_file(movie), [face], 1, 0.0, 40)
    width = shown.empty_display_size
    assert shown.location.x - width / 2 > 3.0
    assert shown.data.size[:] == (64, 48)


@hears
@pytest.mark.parametrize("in_seconds", [0.0, 1.0])
def test_sound_starts_and_ends_with_the_keyframes(sound: Path, in_seconds: float) -> None:
    strip = footage.add_sound(scene(24), sound, 101, in_seconds, 48)
    assert (strip.frame_final_start, strip.frame_final_end) == (101, 149)
    assert strip.frame_start == pytest.approx(101 - in_seconds * 24)


@hears
def test_sound_shorter_than_the_take_ends_by_itself(sound: Path) -> None:
    strip = footage.add_sound(scene(24), sound, 1, 0.0, 500)
    assert strip.frame_final_end == 97


@hears
def test_sound_is_not_doubled(sound: Path) -> None:
    for start in (1, 50):
        footage.add_sound(scene(), sound, start, 0.0, 48)
    assert [strip.frame_final_start for strip in footage.strips_of(scene())] == [50]
    assert footage.strips_of(scene())[0].name == f"SuperFace {sound.name}"


@hears
def test_sound_that_is_gone_takes_no_strip_along(sound: Path) -> None:
    kept = footage.add_sound(scene(), sound, 1, 0.0, 48).name
    sound.unlink()
    with pytest.raises(FootageUnreadable):
        footage.add_sound(scene(), sound, 50, 0.0, 48)
    assert [(strip.name, strip.frame_final_start) for strip in footage.strips_of(scene())] == [(kept, 1)]


@hears
def test_a_silent_clip_is_said(movie: Path) -> None:
    with pytest.raises(FootageUnreadable, match="no sound"):
        footage.add_sound(scene(), movie, 1, 0.0, 48)
    assert len(footage.strips_of(scene())) == 0


def test_footage_follows_after_opening_the_file_again(make_face: Any, movie: Path, tmp_path: Path) -> None:
    clip = footage.footage_of_file(movie)
    footage.show_beside(scene(24), clip, [make_face(["jawOpen"])], 1, 0.0, 48)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    shown = bpy.data.objects["SuperFace clip.mp4"]
    assert [picture_shown(shown, frame) for frame in (25, 5, 45)] == [31, 6, 56]
