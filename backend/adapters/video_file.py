"""Footage through PyAV: a phone's clip with all its quirks comes out as upright RGB pictures with true times.

Containers are named one by one: FFmpeg also reads play lists and drawings, and a text file sent as a
clip must not make it open other files.
"""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from math import inf
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import ClipError, ClipMissing, ClipUnreadable
from ..ports import Cancelled, ClipFacts, Frame, Picture, never

_VIDEO_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,mxf,flv,asf,ogg,dv,"
    "gif,apng,ivf,h264,hevc"
)
_PICTURE_CONTAINERS = (
    "image2,png_pipe,jpeg_pipe,tiff_pipe,bmp_pipe,webp_pipe,exr_pipe,dpx_pipe,j2k_pipe,sgi_pipe,ppm_pipe"
)
_SAME_TIME = 1e-6  # seconds; times closer than this are one
_SAMPLE_PACKETS, _SAMPLE_BYTES = 240, 16 * 1024**2  # how much is looked at to tell a variable rate
_REORDERED = 16  # pictures that a codec may send ahead of their turn
_EXPORT_AGAIN = "Try it in a video player; if it plays there, export it as MP4 with H.264."
_USUAL_RATE = 25.0  # where a file states none


class VideoFile:
    """A video on disk as a Clip; made by looking at its beginning. Raises ClipError."""

    def __init__(self, path: Path, max_pixels: int, threads: int = 0) -> None:
        self._path, self._max_pixels, self._threads = path, max_pixels, threads
        self._damaged = 0
        self._readable_until: float | None = None
        with _opened(path, _VIDEO_CONTAINERS, max_pixels) as (container, stream):
            self._origin, self._facts = _look(path, container, stream)

    @property
    def facts(self) -> ClipFacts:
        return self._facts

    @property
    def remarks(self) -> tuple[str, ...]:
        remarks = []
        if self._damaged:
            remarks.append(f"{self._damaged} damaged places in {self._path.name} were skipped")
        if self._readable_until is not None:
            remarks.append(
                f"{self._path.name} ends early: it can be read up to "
                f"{self._readable_until:.2f} s of {self._facts.seconds:.2f} s"
            )
        return tuple(remarks)

    def sha256(self) -> str:
        """Hex, of the whole file. Raises ClipError."""
        with _translated(self._path), self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def frames(
        self, start: float = 0.0, end: float | None = None, cancelled: Cancelled = never
    ) -> Generator[Frame]:
        """Pictures with start ≤ time < end, exact to the frame. What a damaged file still has is given."""
        stop = inf if end is None else end
        last = -inf
        self._damaged, self._readable_until = 0, None
        with _opened(self._path, _VIDEO_CONTAINERS, self._max_pixels) as (container, stream):
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = self._threads
            for seconds, frame in self._from(start, container, stream):
                if cancelled() or seconds >= stop - _SAME_TIME:
                    return
                if seconds > start - _SAME_TIME and seconds > last + _SAME_TIME:
                    last = seconds
                    yield Frame(seconds, _upright(frame, stream))
        self._note_early_end(last, stop)

    def _note_early_end(self, last: float, stop: float) -> None:
        expected = min(stop, self._facts.seconds)
        if last > -inf and last < expected - max(0.5, 3 / self._facts.rate):
            self._readable_until = last + 1 / self._facts.rate

    def _from(
        self, start: float, container: InputContainer, stream: VideoStream
    ) -> Iterator[tuple[float, VideoFrame]]:
        """Decoded pictures with their times, from one at or before start on.

        Some containers seek to a place after the wanted one; then it is tried from further back.
        """
        for margin in (0.0, 5.0, inf):
            target = min(max(start - margin, 0.0), self._facts.seconds)
            if target > 0 and stream.time_base is not None:
                container.seek(int((self._origin + target) / stream.time_base), stream=stream)
            elif margin > 0:
                container.seek(0)
            pictures = self._decoded(container, stream)
            first = next(pictures, None)
            if first is not None and (first[0] <= start + _SAME_TIME or target == 0):
                return chain([first], pictures)
        return iter(())

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
        count = 0
        for packet in _packets(container, stream):
            self._damaged += packet.is_corrupt
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                self._damaged += 1
                continue
            for frame in frames:
                stamp = _seconds(frame)
                yield (count / self._facts.rate if stamp is None else stamp - self._origin), frame
                count += 1


class PictureFiles:
    """Pictures on disk as a Clip, one file a frame; times in seconds, rising, from 0. Raises ClipError."""

    def __init__(self, paths: Iterable[Path], times: Iterable[float], rate: float, max_pixels: int) -> None:
        self._paths, self._times = tuple(paths), tuple(times)
        self._max_pixels = max_pixels
        self._unreadable: list[str] = []
        picture, rotation = _picture(self._paths[0], max_pixels)
        gaps = np.diff(self._times)
        self._facts = ClipFacts(
            width=picture.shape[1],
            height=picture.shape[0],
            rate=rate,
            variable_rate=bool(np.any(np.abs(gaps * rate - 1) > 0.1)),
            frames=len(self._paths),
            seconds=self._times[-1] + 1 / rate,
            rotation=rotation,
            has_audio=False,
        )

    @property
    def facts(self) -> ClipFacts:
        return self._facts

    @property
    def remarks(self) -> tuple[str, ...]:
        if not self._unreadable:
            return ()
        return (f"{len(self._unreadable)} pictures cannot be read, the first is {self._unreadable[0]}",)

    def sha256(self) -> str:
        """Empty: there is no one file."""
        return ""

    def frames(
        self, start: float = 0.0, end: float | None = None, cancelled: Cancelled = never
    ) -> Generator[Frame]:
        """Pictures with start ≤ time < end; one that cannot be read is left out and remarked."""
        stop = inf if end is None else end
        self._unreadable = []
        for path, seconds in zip(self._paths, self._times, strict=True):
            if cancelled() or seconds >= stop - _SAME_TIME:
                return
            if seconds > start - _SAME_TIME:
                try:
                    picture, _ = _picture(path, self._max_pixels)
                except ClipError:
                    self._unreadable.append(path.name)
                else:
                    yield Frame(seconds, picture)


@contextmanager
def _opened(
    path: Path, containers: str, max_pixels: int, **options: str
) -> Iterator[tuple[InputContainer, VideoStream]]:
    with _translated(path):
        if path.stat().st_size == 0:
            raise ClipUnreadable(f"{path.name} is empty (0 bytes)", "Copy or record it again.")
        limits = {
            "format_whitelist": containers,
            "protocol_whitelist": "file",
            "max_pixels": str(max_pixels),
        }
        with av.open(str(path), options=limits | options, metadata_errors="ignore") as container:
            stream = _moving_picture(path, container)
            _refuse_large(path, stream, max_pixels)
            yield container, stream


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """PyAV's and the system's errors as ours; PyAV's are also Python's own where such exist."""
    try:
        yield
    except FileNotFoundError as err:
        raise ClipMissing(f"{path} is not there", "Check the path, or choose the clip again.") from err
    except (av.FFmpegError, OSError) as err:
        why = err.strerror or err
        raise ClipUnreadable(f"{path.name} cannot be read as footage: {why}", _EXPORT_AGAIN) from err


def _moving_picture(path: Path, container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if stream.codec_context is None:
            raise ClipUnreadable(f"{path.name} has a codec that is not known here", _EXPORT_AGAIN)
        if not stream.disposition & Disposition.attached_pic:  # the cover of a song
            return stream
    raise ClipUnreadable(f"{path.name} has no picture, only sound", "Choose a clip with a picture.")


def _refuse_large(path: Path, stream: VideoStream, max_pixels: int) -> None:
    """FFmpeg leaves the size at 0 when it is over max_pixels or unknown, and knows no square pixels."""
    width, height = _square_width(stream.codec_context.width, stream), stream.codec_context.height
    if not 0 < width * height <= max_pixels:
        size = f"{width} × {height}" if width else "damaged, or more"
        advice = "Scale the footage down; a face of 300 pixels is enough."
        raise ClipUnreadable(f"{path.name} is {size}; the limit is {max_pixels} pixels", advice)


def _look(path: Path, container: InputContainer, stream: VideoStream) -> tuple[float, ClipFacts]:
    """The time of the first picture on the container's clock, and the facts."""
    first, stamps = _sample(container, stream)
    if first is None:
        raise ClipUnreadable(f"no picture in {path.name} can be read", "Record or export it again.")
    origin = _seconds(first) or 0.0
    rate = float(stream.average_rate or stream.guessed_rate or 0) or _USUAL_RATE
    seconds = _length(container, stream, origin)
    height, width = _upright(first, stream).shape[:2]
    return origin, ClipFacts(
        width=width,
        height=height,
        rate=rate,
        variable_rate=_varies(stamps),
        frames=stream.frames or max(round(seconds * rate), 1),
        seconds=seconds,
        rotation=-first.rotation % 360,
        has_audio=bool(container.streams.audio),
    )


def _sample(container: InputContainer, stream: VideoStream) -> tuple[VideoFrame | None, list[int]]:
    """The first picture, and the time stamps of the first pictures in rising order."""
    first: VideoFrame | None = None
    stamps: list[int] = []
    size = 0
    for packet in _packets(container, stream):
        if first is None:
            first = _first_picture(packet)
        if packet.pts is not None:
            stamps.append(packet.pts)
        size += packet.size
        if first is not None and (len(stamps) >= _SAMPLE_PACKETS or size >= _SAMPLE_BYTES):
            return first, sorted(stamps)[:-_REORDERED]
    return first, sorted(stamps)


def _first_picture(packet: "Packet[VideoStream]") -> VideoFrame | None:
    try:
        return next(iter(packet.decode()), None)
    except av.error.InvalidDataError:
        return None  # a later packet may be whole


def _varies(stamps: list[int]) -> bool:
    """Whether pictures are unevenly spaced, rounding to the container's ticks aside."""
    gaps = np.diff(stamps)
    return len(gaps) > 1 and float(np.ptp(gaps)) > max(2.0, 0.1 * float(np.median(gaps)))


def _length(container: InputContainer, stream: VideoStream, origin: float) -> float:
    """Seconds; counted packet by packet where the file states none, as recordings of browsers do."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return float(Fraction(container.duration, av.time_base))
    container.seek(0)
    ends = [
        float((packet.pts + (packet.duration or 0)) * packet.time_base)
        for packet in _packets(container, stream)
        if packet.pts is not None
    ]
    return max(ends, default=origin) - origin


def _packets(container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    """Packets up to the end or to where the file is broken off; the last, empty one flushes the decoder."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.InvalidDataError, av.error.EOFError):
            return
        yield packet


def _seconds(frame: VideoFrame) -> float | None:
    stamp = frame.pts if frame.pts is not None else frame.dts
    return None if stamp is None or frame.time_base is None else float(stamp * frame.time_base)


def _upright(frame: VideoFrame, stream: VideoStream) -> Picture:
    """(height, width, 3) RGB with square pixels, turned as the phone was held."""
    width = _square_width(frame.width, stream)
    picture = frame.to_ndarray(format="rgb24", width=width, height=frame.height)
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))


def _square_width(width: int, stream: VideoStream) -> int:
    """Of the picture once its pixels are square; 0 stays 0."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return max(round(width * aspect), min(width, 1))


def _picture(path: Path, max_pixels: int) -> tuple[Picture, int]:
    """One still picture and the degrees clockwise that it asked to be turned by."""
    # A % in a file name is no pattern here. EXR is linear light: sRGB is what the networks know.
    options = {"pattern_type": "none", "apply_trc": "iec61966_2_1"}
    with _opened(path, _PICTURE_CONTAINERS, max_pixels, **options) as (container, stream):
        for frame in container.decode(stream):
            return _upright(frame, stream), -frame.rotation % 360
    raise ClipUnreadable(f"{path.name} holds no picture", "Save the picture again.")
