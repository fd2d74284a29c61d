"""Numbers and the facts about them in one file, sealed: what was edited or damaged is refused, not believed.

A safetensors file, so nothing in it can run. Its header has one entry, for several would be written in
whatever order, and the same content should make the same file.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from .core.curves import names_fingerprint
from .whole_file import write_whole

Numbers = Mapping[str, NDArray[Any]]
_ENTRY = "superface"


class SealBroken(ValueError):
    """The file is not what it says it is; the message says why."""


def write_sealed(path: Path, kind: str, facts: Mapping[str, Any], numbers: Numbers) -> str:
    """Under its name when whole, not at all otherwise; facts: JSON. The seal: sha256 (hex) of all of it.

    Raises OSError, as when the disk is full.
    """
    packed = {name: np.ascontiguousarray(each) for name, each in numbers.items()}
    told = {"kind": kind, "names": names_fingerprint(), "facts": facts}
    seal = _seal(told, packed)
    header = {_ENTRY: json.dumps({**told, "seal": seal}, sort_keys=True)}
    write_whole(path, save(packed, header))
    return seal


def read_sealed(path: Path, kind: str) -> tuple[dict[str, Any], Numbers, str]:
    """Facts, numbers and seal. Raises OSError and SealBroken."""
    try:
        with safe_open(path, "np") as file:
            header = (file.metadata() or {}).get(_ENTRY)
            numbers = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except SafetensorError as err:
        raise SealBroken(f"{path} is no file of ours, or was cut off: {err}") from err
    told = _header(path, header)
    if told.get("kind") != kind:
        raise SealBroken(f"{path} holds {told.get('kind', 'something else')!r}, expected {kind!r}")
    if told.get("names") != names_fingerprint():
        raise SealBroken(f"{path} was made for other coefficients")
    seal = told.pop("seal", None)
    if seal != _seal(told, numbers):
        raise SealBroken(f"the numbers or facts in {path} were changed after they were written")
    return told["facts"], numbers, seal


def _header(path: Path, header: str | None) -> dict[str, Any]:
    try:
        told = json.loads(header or "{}")
    except ValueError as err:
        raise SealBroken(f"the header of {path} cannot be read: {err}") from err
    return told if isinstance(told, dict) else {}


def _seal(told: Mapping[str, Any], numbers: Numbers) -> str:
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for name in sorted(numbers):
        digest.update(f"{name} {numbers[name].dtype} {numbers[name].shape}\n".encode())
        digest.update(numbers[name].tobytes())
    return digest.hexdigest()
