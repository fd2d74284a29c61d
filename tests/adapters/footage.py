"""Test clips whose every picture tells its own number: bit i of it is a black or white stripe.

A red mark in the top left corner says which way up and round the picture is.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

BITS = 8
TICKS = 600  # a second


def numbered_picture(number: int, width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """(height, width, 3): the number in stripes below a red mark on grey."""
    picture = np.full((height, width, 3), 60, np.uint8)
    picture[: height // 4, : width // 4] = (220, 20, 20)
    for bit, columns in enumerate(np.array_split(np.arange(width), BITS)):
        picture[height // 2 :, columns] = 230 if number >> bit & 1 else 15
    return picture


def number_in(picture: NDArray[np.uint8]) -> int:
    """The inverse of numbered_picture for an upright picture."""
    rows = picture[int(picture.shape[0] * 0.7) :].mean(axis=(0, 2))
    bright = [columns.mean() > 120 for columns in np.array_split(rows, BITS)]
    return sum(1 << bit for bit, on in enumerate(bright) if on)


def red_corner(picture: NDArray[np.uint8]) -> str:
    """Which corner the red mark is in: 'top left', …"""
    height, width = picture.shape[:2]
    redness = picture[..., 0].astype(int) - picture[..., 2]
    y, x = np.argwhere(redness > 100).mean(axis=0)
    return f"{'top' if y < height / 2 else 'bottom'} {'left' if x < width / 2 else 'right'}"


def write_video(
    path: Path,
    ticks: Iterable[int],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    size: tuple[int, int] = (96, 64),
    rotation: int = 0,
    pixel_aspect: Fraction = Fraction(1),
    keyframe_every: int = 12,
    sound: bool = False,
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """A clip with one numbered picture at each time in ticks; rotation in degrees counter-clockwise."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        if codec not in ("mpeg4", "mjpeg", "gif"):  # these want their own
            stream.codec_context.time_base = Fraction(1, TICKS)
        stream.options = codec_options or {}
        stream.codec_context.gop_size = keyframe_every
        stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation:
            stream.set_display_rotation(rotation)
        voice = container.add_stream("aac", rate=48000) if sound else None
        for number, tick in enumerate(ticks):
            picture = np.rot90(numbered_picture(number, *_before_turning(size, rotation)), -rotation // 90)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice is not None:
            container.mux(voice.encode(_silence(0)))
            container.mux(voice.encode())
    return path


def write_sound(path: Path) -> Path:
    """A file with sound only."""
    with av.open(str(path), "w") as container:
        voice = container.add_stream("aac", rate=48000)
        for number in range(20):
            container.mux(voice.encode(_silence(number)))
        container.mux(voice.encode())
    return path


def evenly(count: int, rate: int = 30) -> range:
    """Times in ticks of so many pictures."""
    return range(0, count * TICKS // rate, TICKS // rate)


def _before_turning(size: tuple[int, int], rotation: int) -> tuple[int, int]:
    return (size[1], size[0]) if rotation % 180 else size


def _silence(number: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 1024 * number, Fraction(1, 48000)
    return frame


def write_pictures(path: Path, pictures: Sequence[NDArray[np.uint8]], rate: int = 30) -> Path:
    """A clip of pictures (height, width, 3), all of one even size."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
