"""Clips in and out through PyAV, and the pictures made of them: no ffmpeg program needed."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

from backend.ports import Clip, Picture

CAPTION_PIXELS = 18
SHEET_COLUMNS = 4


def write_clip(pictures: Iterable[Image.Image], path: Path, rate: float) -> None:
    """An H.264 mp4 of pictures of one even size; raises ValueError when there is none."""
    with av.open(str(path), "w") as box:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = box.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001))
                stream.width, stream.height = picture.size
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": "18"}
            box.mux(stream.encode(av.VideoFrame.from_image(picture)))
        if stream is None:
            raise ValueError("no pictures to make a clip of")
        box.mux(stream.encode())


def stills(folder: Path) -> list[Path]:
    """The rendered frames in order."""
    return sorted(folder.glob("*.jpg"))


def side_by_side(
    clip: Clip, rigs: Sequence[Sequence[Path]], titles: Sequence[str], rate: float
) -> Iterator[Image.Image]:
    """The clip's picture left, then each rig's with its title, for each frame of the rigs at `rate`.

    All are as high as the first rig's; rigs have as many frames as each other.
    """
    source = clip.frames()
    current = next(source)
    upcoming = next(source, None)
    for index, paths in enumerate(zip(*rigs, strict=True)):
        while upcoming is not None and upcoming.seconds <= index / rate + 1e-6:
            current, upcoming = upcoming, next(source, None)
        yield _joined(current.picture, paths, titles)


def _joined(picture: Picture, rigs: Sequence[Path], titles: Sequence[str]) -> Image.Image:
    columns = [Image.fromarray(np.ascontiguousarray(picture)), *map(_titled, rigs, titles)]
    height = columns[-1].height - columns[-1].height % 2
    widths = [max(2, round(column.width * height / column.height / 2) * 2) for column in columns]
    row = Image.new("RGB", (sum(widths), height))
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        row.paste(column.resize((width, height), Image.Resampling.LANCZOS), (sum(widths[:place]), 0))
    return row


def _titled(path: Path, title: str) -> Image.Image:
    with Image.open(path) as still:
        rig = still.convert("RGB")
    ImageDraw.Draw(rig).text((6, 4), title, fill=(220, 220, 220))
    return rig


def contact_sheet(pictures: Sequence[tuple[str, Image.Image]], width: int = 1600) -> Image.Image:
    """Captioned pictures in rows; `width` pixels wide in all."""
    column = width // SHEET_COLUMNS
    first = pictures[0][1]
    height = round(first.height * column / first.width)
    rows = -(-len(pictures) // SHEET_COLUMNS)
    sheet = Image.new("RGB", (width, rows * (height + CAPTION_PIXELS)), (24, 26, 28))
    pen = ImageDraw.Draw(sheet)
    for place, (caption, picture) in enumerate(pictures):
        x, y = place % SHEET_COLUMNS * column, place // SHEET_COLUMNS * (height + CAPTION_PIXELS)
        sheet.paste(picture.resize((column, height), Image.Resampling.LANCZOS), (x, y))
        pen.text((x + 4, y + height + 3), caption, fill=(220, 220, 220))
    return sheet
