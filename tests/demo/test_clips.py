"""Clips and sheets made of pictures: as many, as fast and as large as what went in."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.adapters.video_file import VideoFile
from demo.clips import CAPTION_PIXELS, contact_sheet, side_by_side, write_clip

GREYS = (30, 90, 150, 210)


def plain(grey: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, (grey,) * 3)


@pytest.mark.parametrize("rate", [24.0, 30.0, 30000 / 1001])
def test_a_written_clip_has_the_pictures_and_the_rate_it_was_given(tmp_path: Path, rate: float) -> None:
    write_clip((plain(grey) for grey in GREYS), tmp_path / "clip.mp4", rate)
    clip = VideoFile(tmp_path / "clip.mp4", 10_000)
    assert clip.facts.rate == pytest.approx(rate, rel=1e-6)
    assert [round(float(f.picture.mean()), -1) for f in clip.frames()] == [float(g) for g in GREYS]


def test_a_clip_of_no_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no pictures"):
        write_clip([], tmp_path / "clip.mp4", 30.0)


def test_clip_and_rig_stand_side_by_side_at_the_same_time(tmp_path: Path) -> None:
    write_clip((plain(grey) for grey in GREYS), tmp_path / "clip.mp4", 30.0)
    rig = []
    for row, grey in enumerate(reversed(GREYS)):
        rig.append(tmp_path / f"{row}.png")
        plain(grey, (96, 96)).save(rig[-1])
    rows = list(side_by_side(VideoFile(tmp_path / "clip.mp4", 10_000), [rig, rig[::-1]], ["A", "B"], 30.0))
    assert {row.size for row in rows} == {(128 + 2 * 96, 96)}
    low = [np.asarray(row)[40:] for row in rows]  # titles stand above
    assert [part[:, :128].mean() for part in low] == pytest.approx(GREYS, abs=3)
    assert [part[:, 128:224].mean() for part in low] == pytest.approx(GREYS[::-1], abs=3)
    assert [part[:, 224:].mean() for part in low] == pytest.approx(GREYS, abs=3)


def test_each_rig_has_its_title(tmp_path: Path) -> None:
    write_clip((plain(grey) for grey in GREYS), tmp_path / "clip.mp4", 30.0)
    plain(30, (96, 96)).save(tmp_path / "rig.png")
    clip, rig = VideoFile(tmp_path / "clip.mp4", 10_000), [tmp_path / "rig.png"]
    (row,) = side_by_side(clip, [rig, rig], ["title", ""], 30.0)
    titled, bare = (np.asarray(row)[:20, start : start + 96].max() for start in (128, 224))
    assert titled > 150 > bare


def test_a_sheet_shows_every_picture_in_reading_order() -> None:
    sheet = np.asarray(contact_sheet([(f"{g}", plain(g)) for g in (*GREYS, 250)], width=400))
    row = 75 + CAPTION_PIXELS
    assert sheet.shape == (2 * row, 400, 3)
    assert [int(sheet[10, x, 0]) for x in (50, 150, 250, 350)] == list(GREYS)
    assert int(sheet[row + 10, 50, 0]) == 250
