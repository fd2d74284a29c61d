"""`superface demo` from end to end, on a clip short enough to wait for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from backend.core.formats.live_link_csv import read_live_link_csv

pytest.importorskip("bpy", reason="needs Blender as a Python module")

FRAMES, SIZE = 36, 256  # the rest, and the whole left wink


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The folder that the demo filled, and its answer."""
    out = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "backend", "demo", "--json", "--out", str(out)]
    done = subprocess.run(
        [*command, "--seconds", str(FRAMES / 30), "--size", str(SIZE)],
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    if "face_landmarker" in done.stderr:
        pytest.skip("needs the face model, which cannot be fetched here")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout)


def test_leaves_blend_csv_preview_and_contact_sheet(left: tuple[Path, dict]) -> None:
    out, answer = left
    takes = ["take", *(f"take_{model}" for model in answer["models"][1:])]
    assert {path.name for path in out.iterdir()} == {
        "clip.mp4", "preview.mp4", "contact_sheet.png",
        *(f"{take}.{kind}" for take in takes for kind in ("blend", "csv")),
    }  # fmt: skip
    assert (out / "take.blend").stat().st_size > 100_000
    with Image.open(out / "contact_sheet.png") as sheet:
        assert sheet.width == 1600


def test_the_take_is_as_long_and_as_fast_as_the_clip(left: tuple[Path, dict]) -> None:
    out, answer = left
    take = read_live_link_csv((out / "take.csv").read_text(encoding="utf-8"))
    assert (len(take.curves), take.rate, take.missing) == (FRAMES, 30.0, [])
    assert (answer["frames"], answer["rate"]) == (FRAMES, 30.0)


def test_the_preview_shows_clip_and_a_rig_for_each_model_side_by_side(left: tuple[Path, dict]) -> None:
    out, answer = left
    columns = 1 + len(answer["models"])
    with av.open(str(out / "preview.mp4")) as box:
        stream = box.streams.video[0]
        pictures = [frame.to_ndarray(format="rgb24") for frame in box.decode(stream)]
        assert float(stream.average_rate) == 30.0
    assert len(pictures) == FRAMES
    assert {picture.shape for picture in pictures} == {(SIZE, columns * SIZE, 3)}
    for column in np.split(pictures[0], columns, axis=1):
        assert column.std() > 20  # a head, not an empty picture


def test_is_nearer_to_the_truth_than_a_rig_that_never_moves(left: tuple[Path, dict]) -> None:
    truth = left[1]["truth"]
    assert truth["mean_error_active"] < 0.6 * truth["mean_error_active_never_moving"]


def test_the_left_wink_is_seen_on_the_rigs_left(left: tuple[Path, dict]) -> None:
    assert left[1]["truth"]["actions"] == {"left wink": True}


def test_the_summary_has_four_lines_and_one_for_each_model(left: tuple[Path, dict]) -> None:
    models = left[1]["models"]
    assert len(left[1]["summary"]) == 4 + len(models)
    assert "mediapipe-baseline" in models
    assert set(left[1]["truth_by_model"]) == set(models)


@pytest.mark.parametrize(
    ("option", "value", "code", "error"),
    [
        ("--video", "nowhere.mp4", 3, "clip_missing"),
        ("--video", "text.mp4", 3, "clip_unreadable"),
        ("--rig", "nowhere.fbx", 2, "request_invalid"),
        ("--seconds", "-1", 2, "request_invalid"),
        ("--size", "0", 2, "request_invalid"),
        ("--out", "text.mp4", 6, "disk_full"),
    ],
)
def test_what_makes_no_sense_is_named_before_anything_is_started(
    tmp_path: Path, option: str, value: str, code: int, error: str
) -> None:
    (tmp_path / "text.mp4").write_text("words")
    given = str(tmp_path / value) if "." in value else value
    command = [sys.executable, "-m", "backend", "demo", "--json", "--out", str(tmp_path / "out")]
    command += [option, given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=Path(__file__).parents[2])
    assert done.returncode == code, done.stderr
    told = json.loads(done.stdout)
    assert told["error"] == error
    assert told["advice"]
    assert value.lstrip("-") in told["message"]
    assert "Traceback" not in done.stderr
