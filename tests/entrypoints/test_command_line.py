import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from skimage import data as sample_images

from backend.core.formats.live_link_csv import read_live_link_csv
from backend.entrypoints.command_line import CANCELLED, COMMANDS, EXIT_CODES, make_parser, run
from tests.adapters.footage import evenly, write_pictures, write_sound, write_video


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of this test's own, without a model in it and with none within reach."""
    folder = tmp_path / "home"
    monkeypatch.setenv("SUPERFACE_HOME", str(folder))
    monkeypatch.delenv("SUPERFACE_MODEL_DIR", raising=False)
    return folder


@pytest.fixture
def model_home(home: Path, landmarker_task: bytes) -> Path:
    """The same with the face model in its cache."""
    (home / "models").mkdir(parents=True)
    (home / "models" / "face_landmarker.task").write_bytes(landmarker_task)
    return home


@pytest.fixture
def portrait_clip(tmp_path: Path) -> Path:
    """A portrait in the public domain, moving a little; twelve frames."""
    portrait = sample_images.astronaut()
    views = [np.ascontiguousarray(portrait[:400, shift : shift + 400]) for shift in range(0, 24, 2)]
    return write_pictures(tmp_path / "portrait.mp4", views)


def retarget(clip: Path, out: Path, *options: str) -> int:
    return run(["retarget", str(clip), "--csv", str(out), *options])


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out))


def test_help_and_manual_name_every_exit_code(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manual = (repository / "docs" / "command-line.md").read_text(encoding="utf-8")
    shown = make_parser().format_help()
    for code, meaning, _ in EXIT_CODES:
        assert f"| {code} | {meaning} |" in manual
        assert re.search(rf"^ +{code}  {re.escape(meaning)}$", shown, re.MULTILINE)


@pytest.mark.parametrize("command", [name for name, _, _ in COMMANDS])
def test_the_manual_names_every_option(
    repository: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    manual = (repository / "docs" / "command-line.md").read_text(encoding="utf-8")
    section = manual.split(f"## superface {command}", 1)[1].split("\n## ", 1)[0]
    with pytest.raises(SystemExit):
        run([command, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--json"}
    assert {option for option in options if f"`{option}" not in section} == set()


def test_a_clip_becomes_a_csv(
    model_home: Path, portrait_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "take.csv"
    assert retarget(portrait_clip, out, "--json") == 0
    told = answer(capsys)
    take = read_live_link_csv(out.read_text(encoding="utf-8"))
    assert told["frames"] == len(take.curves) == 12
    assert told["frames_without_face"] == 0
    assert take.rate == pytest.approx(30)
    assert take.curves.channel("mouthSmileLeft").mean() > 0.5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "portrait.mp4", "take.csv"]


def test_a_range_and_a_neutral_are_heeded(
    model_home: Path, portrait_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, calm = tmp_path / "plain.csv", tmp_path / "calm.csv"
    window = ["--start", "0.1", "--end", "0.3", "--no-smoothing"]
    assert retarget(portrait_clip, plain, *window) == 0
    assert retarget(portrait_clip, calm, *window, "--neutral", "0", "--performer", "Eileen") == 0
    smiles = [
        read_live_link_csv(out.read_text(encoding="utf-8")).curves.channel("mouthSmileLeft")
        for out in (plain, calm)
    ]
    assert [len(smile) for smile in smiles] == [6, 6]
    assert smiles[1].mean() < smiles[0].mean() - 0.2
    assert [path.stem[:6] for path in (model_home / "calibrations").iterdir()] == ["eileen"]


BAD_CLIPS = {
    "missing.mp4": None,
    "empty.mp4": b"",
    "text.mp4": b"These are only words.\n" * 40,
}


@pytest.mark.parametrize("name", BAD_CLIPS)
def test_a_bad_clip_leaves_nothing_behind(
    home: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, out = tmp_path / name, tmp_path / "out" / "take.csv"
    out.parent.mkdir()
    data = BAD_CLIPS[name]
    if data is not None:
        clip.write_bytes(data)
    assert retarget(clip, out, "--json") == 3
    told = answer(capsys)
    assert str(told["error"]).startswith("clip")
    assert name in str(told["message"])
    assert told["advice"]
    assert list(out.parent.iterdir()) == []


def test_sound_alone_is_a_bad_clip(home: Path, tmp_path: Path) -> None:
    assert retarget(write_sound(tmp_path / "voice.m4a"), tmp_path / "take.csv") == 3


def test_a_clip_without_a_face_says_so_and_keeps_the_old_csv(
    model_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "take.csv"
    out.write_text("an earlier take")
    assert retarget(write_video(tmp_path / "stripes.mp4", evenly(10)), out) == 4
    assert "no face" in capsys.readouterr().err
    assert out.read_text() == "an earlier take"


def test_an_unknown_model_names_those_there_are(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_video(tmp_path / "a.mp4", evenly(5))
    assert retarget(clip, tmp_path / "take.csv", "--model", "magic") == 5
    assert "mediapipe-baseline" in capsys.readouterr().err


def test_the_clip_itself_is_never_replaced_by_its_csv(home: Path, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "a.mp4", evenly(5))
    before = clip.read_bytes()
    (tmp_path / "link.csv").symlink_to(clip)
    for out in (clip, tmp_path / "link.csv"):
        assert retarget(clip, out) == 2
    assert clip.read_bytes() == before


@pytest.mark.parametrize("out", [".", "", "/"])
def test_a_folder_is_no_place_for_a_csv(home: Path, tmp_path: Path, out: str) -> None:
    assert retarget(write_video(tmp_path / "a.mp4", evenly(5)), Path(out)) == 2


def test_a_folder_that_is_not_there_is_known_before_the_work(home: Path, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "a.mp4", evenly(5))
    assert retarget(clip, tmp_path / "gone" / "take.csv") == 6
    (tmp_path / "file").write_text("no folder")
    assert retarget(clip, tmp_path / "file" / "take.csv") == 6


@pytest.mark.parametrize(
    "options",
    [
        ["--start", "-1"],
        ["--start", "2", "--end", "1"],
        ["--smoothing", "3"],
        ["--start", "99"],
        ["--rate", "0"],
    ],
)
def test_an_order_that_makes_no_sense_is_a_usage_error(
    home: Path, tmp_path: Path, options: list[str]
) -> None:
    clip = write_video(tmp_path / "a.mp4", evenly(5))
    assert retarget(clip, tmp_path / "take.csv", *options) == 2


@pytest.mark.parametrize("options", [["--crop", "1,2,3"], ["--crop", "0.5,0,0.5,1"], ["--face", "left"]])
def test_what_cannot_be_parsed_is_a_usage_error(home: Path, tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        retarget(tmp_path / "a.mp4", tmp_path / "take.csv", *options)
    assert left.value.code == 2


def test_a_setting_that_makes_no_sense_is_a_usage_error(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUPERFACE_PORT", "many")
    assert run(["models"]) == 2
    assert "SUPERFACE_PORT" in capsys.readouterr().err


def test_serving_on_a_port_in_use_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert run(["serve", "--port", str(other.getsockname()[1])]) == 7
    assert "--port" in capsys.readouterr().err


def test_serving_beyond_this_machine_needs_tls(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--host", "0.0.0.0", "--port", "0"]) == 7  # noqa: S104 - is refused
    assert "TLS" in capsys.readouterr().err


def test_models_tells_licence_and_state(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--json"]) == 0
    own, model = answer(capsys)["models"]  # type: ignore[misc]
    assert own["id"] == "superface-base"
    assert (model["id"], model["licence"], model["state"]) == (
        "mediapipe-baseline", "Apache-2.0", "not fetched",
    )  # fmt: skip
    assert "tongueOut" in model["unobserved"]


def test_a_backend_says_where_it_listens_and_ends_with_its_parent(home: Path, repository: Path) -> None:
    command = [sys.executable, "-m", "backend", "serve", "--port", "0", "--exit-with-stdin", "--json"]
    with subprocess.Popen(
        command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as backend:
        assert backend.stdout is not None
        told = json.loads(backend.stdout.readline())
        socket.create_connection(("127.0.0.1", told["port"])).close()
        assert Path(told["token_file"]).is_file()
        backend.communicate(timeout=20)
    assert backend.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C reaches another process on Windows by other means")
def test_ctrl_c_leaves_nothing_half_written(model_home: Path, repository: Path, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "long.mp4", evenly(1500))
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-m", "backend", "retarget", str(clip), "--csv", str(out / "take.csv")]
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a test run in the background ignores it
    with subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, preexec_fn=heeded) as backend:
        while not list(out.iterdir()) and backend.poll() is None:
            time.sleep(0.05)
        backend.send_signal(signal.SIGINT)
        _, said = backend.communicate(timeout=20)
    assert backend.returncode == CANCELLED, said
    assert b"Traceback" not in said
    assert list(out.iterdir()) == []
