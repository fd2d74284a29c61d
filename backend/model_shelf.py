"""Which predictors there are, whether they can run on this machine, and how each is made.

With bootstrap.py the only place that may import everything. torch is imported when a predictor of ours is
made or the doctor asks, so that the baseline needs none and an idle backend stays small.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from .adapters import litert_blendshapes
from .entrypoints.application import Model
from .errors import ModelMissing, ModelUnknown
from .ports import ExpressionPredictor, FaceNetworks
from .predictor.model_id import model_id

WEIGHTS = Path(__file__).parent / "predictor" / "weights" / "superface-base.safetensors"
Learnt = Mapping[str, bytes]

_OTHER_ADVICE = f"Choose {litert_blendshapes.MODEL_ID}, which needs nothing more."
_TORCH_ADVICE = (
    "Set the backend up again in Blender, or run: python -m pip install torch "
    "--index-url https://download.pytorch.org/whl/cpu (about 200 MB), "
    f"then: python -m pip install safetensors. Or: {_OTHER_ADVICE}"
)

BASELINE = Model(
    id=litert_blendshapes.MODEL_ID,
    title=litert_blendshapes.TITLE,
    licence=litert_blendshapes.LICENCE,
    unobserved=litert_blendshapes.UNOBSERVED,
    unreliable=litert_blendshapes.UNRELIABLE,
)
SUPERFACE_BASE = Model(
    id="superface-base",
    title="SuperFace, trained on heads with known expressions",
    licence="GPL-3.0-or-later",
    # Acting alone, read at an r below .4 on one of the two families of heads: see the weights' card.
    unreliable=(
        "jawForward", "mouthDimpleLeft", "mouthDimpleRight", "cheekSquintLeft", "cheekSquintRight",
        "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "eyeSquintLeft",
        "eyeSquintRight",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Shelved:
    """A model, what is lacking for it to run here (empty: nothing) with advice, and how it is made.

    make  out of the face's networks and of what was learnt from ratings, by half of the face: bytes of the
          shelf of versions. Raises ModelError.
    base  the model with its weights, as versions name it; empty for one that learns nothing. Raises
          ModelError.
    """

    model: Model
    make: Callable[[FaceNetworks, Learnt], ExpressionPredictor]
    base: Callable[[], str]
    lacking: str = ""
    advice: str = ""


def shelf() -> tuple[Shelved, ...]:
    """All models, the best first; looked up anew each time and without importing torch."""
    lacking, advice = _lacking()
    return (
        Shelved(SUPERFACE_BASE, _superface_base, lambda: model_id(WEIGHTS), lacking, advice),
        Shelved(BASELINE, lambda networks, _: litert_blendshapes.MediaPipeBaseline(networks), str),
    )


def usable() -> tuple[Model, ...]:
    """Those that can run here; the first is the one that runs where none is named."""
    return tuple(shelved.model for shelved in shelf() if not shelved.lacking)


def chosen(model_id: str) -> Shelved:
    """An empty id is the first that can run. Raises ModelUnknown, ModelMissing."""
    known = {shelved.model.id: shelved for shelved in shelf()}
    found = known.get(model_id or usable()[0].id)
    if found is None:
        raise ModelUnknown(f"there is no model {model_id!r}", f"Choose one of: {', '.join(known)}.")
    if found.lacking:
        raise ModelMissing(f"{model_id} cannot run here: {found.lacking}", found.advice)
    return found


def torch_facts() -> str:
    """Version and device, for people. Raises ModelMissing where torch cannot be used."""
    return str(_torch_room().torch_facts())


def _lacking() -> tuple[str, str]:
    if not WEIGHTS.is_file():
        return f"its weights, {WEIGHTS.name}, are not in this installation", _OTHER_ADVICE
    absent = [name for name in ("torch", "safetensors") if find_spec(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)}", _TORCH_ADVICE
    return "", ""


def bases() -> tuple[str, ...]:
    """Those that can run here and learn."""
    found = (shelved.base() for shelved in shelf() if not shelved.lacking)
    return tuple(base for base in found if base)


def _superface_base(networks: FaceNetworks, learnt: Learnt) -> ExpressionPredictor:
    torch_room = _torch_room()
    from .predictor.correction_file import corrections_from  # safetensors, which may be missing too

    teacher = litert_blendshapes.MediaPipeBaseline(networks)
    corrections = corrections_from(learnt, model_id(WEIGHTS))
    predictor: ExpressionPredictor = torch_room.load_predictor(
        WEIGHTS, teacher, networks.geometry, corrections
    )
    return predictor


def _torch_room() -> ModuleType:
    try:
        return import_module(".predictor.torch_predictor", __package__)
    except (ImportError, OSError) as err:  # OSError: a library that torch needs is missing
        raise ModelMissing(f"torch cannot be used: {err}", _TORCH_ADVICE) from err
