import os
from pathlib import Path

import pytest

from backend.errors import SettingInvalid
from backend.settings import read_settings


def home(folder: Path, config: str = "") -> dict[str, str]:
    (folder / "config.toml").write_text(config, encoding="utf-8")
    return {"SUPERFACE_HOME": str(folder)}


def test_without_anything_said_it_stays_on_this_machine() -> None:
    settings = read_settings({})
    assert settings.host == "127.0.0.1"
    assert settings.allowed_folders == (Path.home(),)
    assert settings.token_path.parent == settings.home


def test_the_file_says_what_the_environment_does_not(tmp_path: Path) -> None:
    environment = home(tmp_path, 'port = 7\nthreads = 3\nallowed_folders = ["/clips", "/more"]\n')
    settings = read_settings(environment | {"SUPERFACE_PORT": "8"})
    assert (settings.port, settings.threads) == (8, 3)
    assert settings.allowed_folders == (Path("/clips"), Path("/more"))


def test_folders_in_the_environment_are_separated_as_the_system_does(tmp_path: Path) -> None:
    environment = home(tmp_path) | {"SUPERFACE_ALLOWED_FOLDERS": os.pathsep.join(["one", "two"])}
    assert read_settings(environment).allowed_folders == (Path("one"), Path("two"))


def test_a_model_folder_is_a_path(tmp_path: Path) -> None:
    settings = read_settings(home(tmp_path) | {"SUPERFACE_MODEL_DIR": "models"})
    assert settings.model_dir == Path("models")


@pytest.mark.parametrize(
    "config",
    ["port = [", 'port = "many"', "colour = 3", "allowed_folders = 5", "threads = 0", "port = 70000"],
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, config: str) -> None:
    with pytest.raises(SettingInvalid) as refusal:
        read_settings(home(tmp_path, config))
    assert refusal.value.advice
