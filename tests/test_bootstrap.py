import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as sample_images

from backend.adapters.model_assets import FACE_LANDMARKER
from backend.bootstrap import (
    make_application,
    missing,
    model_state,
    open_footage,
    open_ratings,
    open_versions,
)
from backend.errors import ClipMissing, ClipUnreadable, ModelUnknown, RatingsUnreachable, RequestInvalid
from backend.model_shelf import BASELINE
from backend.ports import Clip, never
from backend.settings import Settings
from backend.usecases.choose_versions import ModelChoice
from backend.usecases.show_stills import StillsOrder
from tests.adapters.footage import evenly, number_in, numbered_picture, write_pictures, write_video
from tests.core.learnt import learnt, version
from tests.core.rated import rating


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def seen(clip: Clip) -> list[int]:
    return [number_in(frame.picture) for frame in clip.frames()]


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    for number in (1, 2, 4):
        Image.fromarray(numbered_picture(number)).save(folder / f"shot_{number:04}.png")
    return folder


def test_a_video_is_opened(settings: Settings, tmp_path: Path) -> None:
    clip = open_footage(settings, write_video(tmp_path / "a.mp4", evenly(5)))
    assert seen(clip) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["", "shot_####.png", "shot_%04d.png"])
def test_a_folder_or_pattern_is_a_sequence(settings: Settings, shots: Path, name: str) -> None:
    clip = open_footage(settings, shots / name, 10.0)
    assert seen(clip) == [1, 2, 4]
    assert [frame.seconds for frame in clip.frames()] == pytest.approx([0.0, 0.1, 0.3])


def test_a_numbered_picture_stands_alone_unless_a_rate_is_given(settings: Settings, shots: Path) -> None:
    assert seen(open_footage(settings, shots / "shot_0002.png")) == [2]
    assert seen(open_footage(settings, shots / "shot_0002.png", 24.0)) == [1, 2, 4]


def test_pictures_in_a_given_order_are_a_clip(settings: Settings, shots: Path) -> None:
    paths = [shots / "shot_0004.png", shots / "shot_0001.png"]
    assert seen(make_application(settings).open_frames(paths, 24.0)) == [4, 1]


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), 1e9])
def test_a_rate_that_makes_no_sense_is_refused(settings: Settings, shots: Path, rate: float) -> None:
    with pytest.raises(RequestInvalid, match="rate"):
        open_footage(settings, shots, rate)


def test_what_is_not_there_is_missing(settings: Settings, tmp_path: Path) -> None:
    for name in ("a.mp4", "a.png", "a_##.png"):
        with pytest.raises(ClipMissing):
            open_footage(settings, tmp_path / name)


def test_an_empty_picture_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    with pytest.raises(ClipUnreadable, match="0 bytes"):
        open_footage(settings, tmp_path / "a.jpg")


def test_a_model_file_not_here_is_named_with_advice(settings: Settings) -> None:
    (gone,) = missing(settings)
    assert gone.what == "face_landmarker.task"
    assert "SUPERFACE_MODEL_DIR" in gone.advice
    assert model_state(settings) == "not fetched"


def test_an_unknown_model_is_refused_before_anything_is_fetched(settings: Settings) -> None:
    application = make_application(settings)
    with pytest.raises(ModelUnknown, match=r"'magic'") as refusal:
        application.choose(ModelChoice("magic"))
    assert BASELINE.id in refusal.value.advice
    with pytest.raises(ModelUnknown):
        application.start_live("magic", 0.0)


def test_stills_are_cut_to_the_head(settings: Settings, landmarker_task: bytes, tmp_path: Path) -> None:
    settings.model_cache.mkdir(parents=True)
    (settings.model_cache / FACE_LANDMARKER.name).write_bytes(landmarker_task)
    portrait = sample_images.astronaut()  # her face is 106 pixels high, the middle of her head (225, 112)
    empty = np.full_like(portrait, 90)
    clip = write_pictures(tmp_path / "portrait.mp4", [portrait] * 4 + [empty] * 4)
    application = make_application(settings)
    order = StillsOrder((0.0, 0.2), longest_side=512, around_face=True)
    face, nobody = application.show_stills(application.open_clip(clip), order, never)
    assert (face.face_found, nobody.face_found) == (True, False)
    assert application.decode_still(nobody.jpeg).shape == portrait.shape
    head = application.decode_still(face.jpeg)
    side = len(head)
    assert head.shape == (side, side, 3)
    assert 1.5 * 106 < side < 1.8 * 106
    left, top = 225 - side // 2, 112 - side // 2
    assert np.abs(head.astype(int) - portrait[top : top + side, left : left + side]).mean() < 12


def test_ratings_are_kept_in_the_home_folder(settings: Settings) -> None:
    assert make_application(settings).record([rating(1), ValueError("no id")]) == ["", "no id"]
    assert [fact.id for fact in open_ratings(settings).read()] == [rating(1).id]
    assert [path.name for path in settings.home.iterdir()] == ["ratings.sqlite"]


def test_what_was_learnt_lies_in_the_home_once_there_is_something(settings: Settings) -> None:
    assert open_versions(settings).ids() == []
    assert not settings.home.exists()
    open_versions(settings).put(version(), learnt())
    assert [path.name for path in settings.home.iterdir()] == ["learnt"]


def test_ratings_that_cannot_be_opened_hold_up_nothing_else(tmp_path: Path, settings: Settings) -> None:
    away = replace(settings, ratings_url=f"sqlite:///{tmp_path}/away/ratings.sqlite")
    application = make_application(away)
    assert application.models
    with pytest.raises(RatingsUnreachable):
        application.record([rating(1)])
    (tmp_path / "away").mkdir()
    assert application.record([rating(1)]) == [""], "it is tried again each time"


def test_an_idle_backend_has_not_loaded_what_ratings_need(repository: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from backend.bootstrap import make_application; "
        "from backend.settings import Settings; make_application(Settings(home=Path(sys.argv[1]))); "
        "print({'sqlalchemy', 'alembic', 'torch'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
