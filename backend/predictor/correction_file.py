"""A correction on disk: one file that can be handed on, and says which predictor it was learnt on."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..core.correction import BeliefCorrection
from ..errors import ModelDamaged, ModelMissing
from ..sealed_numbers import read_sealed, write_sealed

KIND = "correction 1"
_AGAIN = "Export or learn it again."
_NAMES = tuple(field.name for field in fields(BeliefCorrection))


def save_correction(correction: BeliefCorrection, base: str, path: Path, facts: dict[str, Any]) -> str:
    """Under its name when whole, not at all otherwise; base: the predictor's model id; facts: JSON of how it
    was learnt. The seal, sha256 (hex). Raises OSError, as when the disk is full.
    """
    numbers = {name: np.asarray(getattr(correction, name), np.float64) for name in _NAMES}
    return write_sealed(path, KIND, {**facts, "base": base}, numbers)


def load_correction(path: Path, base: str) -> tuple[BeliefCorrection, dict[str, Any]]:
    """The correction and its facts; base: the model id of the predictor that it is to be applied to.

    Raises ModelMissing and ModelDamaged.
    """
    try:
        facts, numbers, _ = read_sealed(path, KIND)
        correction = BeliefCorrection(**{name: numbers[name] for name in _NAMES})
    except OSError as err:
        raise ModelMissing(f"the correction {path} cannot be read: {err}", _AGAIN) from err
    except (KeyError, ValueError) as err:
        raise ModelDamaged(f"no correction can be read: {err}", _AGAIN) from err
    if facts.get("base") != base:
        learnt_on = facts.get("base")
        raise ModelDamaged(f"{path} was learnt on {learnt_on}, not on {base}", f"Choose {learnt_on} first.")
    return correction, facts


def correction_from(content: bytes, base: str) -> BeliefCorrection:
    """Of such a file's bytes, as they lie on the shelf of versions. Raises ModelDamaged."""
    with TemporaryDirectory() as folder:  # numbers are read from files alone
        path = Path(folder) / "correction.safetensors"
        path.write_bytes(content)
        return load_correction(path, base)[0]


def corrections_from(learnt: Mapping[str, bytes], base: str) -> dict[str, BeliefCorrection]:
    """The same by half of the face. Raises ModelDamaged."""
    return {half: correction_from(content, base) for half, content in learnt.items()}
