"""What can be set, and from where: the only reader of the environment and of the config file.

A value is looked for in this order: command line (put in by the caller with `replace`), environment
variable SUPERFACE_<NAME>, `config.toml` in the home folder, default.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from os import pathsep
from pathlib import Path
from typing import Any

import platformdirs

from .errors import SettingInvalid

_RANGES = (
    ("port", 0, 65535),
    ("max_upload_bytes", 1, 2**50),
    ("max_clip_seconds", 0.1, 1e6),
    ("max_pixels", 1, 2**31),
    ("max_jobs", 1, 64),
    ("threads", 1, 64),
    ("idle_seconds", 0, 1e9),
)


@dataclass(frozen=True)
class Settings:
    """Everything the backend can be told; SettingInvalid for a number that makes no sense.

    In the home lie `token`, `calibrations/`, `ratings.sqlite`, `readings/`, `training/`, `learnt/`,
    `uploads/`, `models/` and `config.toml`.
    """

    home: Path  # the user's data folder
    model_dir: Path | None = None  # model files of a machine without a network; None: fetch and cache
    host: str = "127.0.0.1"
    port: int = 50151  # 0: any free one
    ratings_url: str = ""  # of the database of ratings; empty: home / "ratings.sqlite"
    allowed_folders: tuple[Path, ...] = field(default_factory=lambda: (Path.home(),))  # clips read by path
    token_file: Path | None = None  # None: home / "token"
    tls_certificate: Path | None = None  # PEM; needed to listen beyond this machine
    tls_key: Path | None = None
    max_upload_bytes: int = 8 * 1024**3
    max_clip_seconds: float = 3600.0
    max_pixels: int = 36_000_000  # of one picture; 8K is 33 million
    max_jobs: int = 1  # retargets at one time
    threads: int = 2  # of each network and of the decoder
    idle_seconds: float = 0.0  # end when nobody has asked for so long; 0: never

    def __post_init__(self) -> None:
        for name, lowest, highest in _RANGES:
            value = getattr(self, name)
            if not lowest <= value <= highest:
                raise SettingInvalid(f"{name} is {value}", f"Give a number from {lowest} to {highest}.")

    @property
    def token_path(self) -> Path:
        return self.token_file or self.home / "token"

    @property
    def calibrations(self) -> Path:
        return self.home / "calibrations"

    @property
    def ratings(self) -> Path | str:
        """Where the ratings are kept: a file, or a database's URL."""
        return self.ratings_url or self.home / "ratings.sqlite"

    @property
    def readings(self) -> Path:
        """Where it is kept what was believed of clips, so that their ratings can be learnt from."""
        return self.home / "readings"

    @property
    def training(self) -> Path:
        """Where trainings run, and go on from."""
        return self.home / "training"

    @property
    def versions(self) -> Path:
        """Where what was learnt is kept."""
        return self.home / "learnt"

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"

    @property
    def model_cache(self) -> Path:
        """Where model files are kept once fetched."""
        return self.home / "models"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from the environment and the config file; SettingInvalid names what cannot be read."""
    home = Path(
        environment.get("SUPERFACE_HOME") or platformdirs.user_data_path("superface", appauthor=False)
    )
    home = home.expanduser()
    told = _from_file(home / "config.toml") | _from_environment(environment)
    return Settings(**{"home": home, **told})


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as err:
        raise SettingInvalid(f"{path} cannot be read: {err}", "Mend or remove that file.") from err
    unknown = sorted(set(table) - set(_READERS))
    if unknown:
        known = ", ".join(_READERS)
        raise SettingInvalid(f"{path} has unknown settings: {', '.join(unknown)}", f"Known are: {known}.")
    return {name: _read(name, value, str(path)) for name, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    variables = {name: f"SUPERFACE_{name.upper()}" for name in _READERS}
    return {
        name: _read(name, environment[variable], variable)
        for name, variable in variables.items()
        if environment.get(variable)
    }


def _read(name: str, value: Any, where: str) -> Any:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError) as err:
        raise SettingInvalid(f"{name} in {where} is {value!r}", "Give it a value of its kind.") from err


def _folders(value: str | list[str]) -> tuple[Path, ...]:
    """A list, or one string with the system's path separator between folders."""
    parts = value.split(pathsep) if isinstance(value, str) else value
    return tuple(Path(part).expanduser() for part in parts if part)


def _path(value: str) -> Path:
    return Path(value).expanduser()


_READER_OF_KIND: dict[Any, Callable[[Any], Any]] = {
    Path: _path,
    Path | None: _path,
    tuple[Path, ...]: _folders,
    int: int,
    float: float,
    str: str,
}
_READERS = {f.name: _READER_OF_KIND[f.type] for f in fields(Settings) if f.name != "home"}
