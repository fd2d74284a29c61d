"""Weights on disk: numbers and the facts about them, and nothing that could run.

A checkpoint is one safetensors file. Its header says which names and views the weights belong to, so that
weights of another contract are refused instead of misread.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save

from ..core import face_views
from ..core.curves import names_fingerprint
from ..errors import ModelDamaged, ModelMissing
from ..whole_file import write_whole
from .network import Design, ExpressionNetwork

_AGAIN = "Fetch or train the model again."
_OTHER = "Use the weights that belong to this version of SuperFace."


def save_network(network: ExpressionNetwork, path: Path, facts: dict[str, Any]) -> str:
    """Under its name when whole, not at all otherwise; facts: JSON of how it was made. The file's sha256.

    The network must not be folded. Raises OSError, as when the disk is full.
    """
    header = {
        "names": names_fingerprint(),
        "views": str(face_views.VERSION),
        "design": json.dumps(asdict(network.design)),
        "facts": json.dumps(facts),
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    content = save(tensors, header)
    write_whole(path, content)
    return hashlib.sha256(content).hexdigest()


def load_network(path: Path, sha256: str | None = None) -> tuple[ExpressionNetwork, dict[str, Any]]:
    """The network, in evaluation mode on the CPU, and its facts.

    sha256 (hex) is the file's, where it is known. Raises ModelMissing and ModelDamaged.
    """
    try:
        content = path.read_bytes()
    except OSError as err:
        raise ModelMissing(f"the weights {path} cannot be read: {err.strerror}", _AGAIN) from err
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise ModelDamaged(f"{path} has the hash {found[:12]}… instead of {sha256[:12]}…", _AGAIN)
    try:
        tensors = load(content)
        header = _header(path)
    except (SafetensorError, OSError) as err:
        raise ModelDamaged(f"{path} holds no weights, or was cut off: {err}", _AGAIN) from err
    _check_contract(path, header)
    try:
        network = ExpressionNetwork(_design(header))
        network.load_state_dict(tensors)
        facts: dict[str, Any] = json.loads(header["facts"])
    except (KeyError, TypeError, ValueError, RuntimeError) as err:
        raise ModelDamaged(f"the weights in {path} do not fit their own design: {err}", _AGAIN) from err
    network.eval()
    return network, facts


def _header(path: Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        return dict(file.metadata() or {})


def _check_contract(path: Path, header: dict[str, str]) -> None:
    if header.get("names") != names_fingerprint():
        raise ModelDamaged(f"{path} was made for other coefficients", _OTHER)
    if header.get("views") != str(face_views.VERSION):
        views = header.get("views")
        raise ModelDamaged(
            f"{path} was trained with views {views}, these are views {face_views.VERSION}", _OTHER
        )


def _design(header: dict[str, str]) -> Design:
    sizes = json.loads(header["design"])
    return Design(**{**sizes, "widths": tuple(sizes["widths"])})
