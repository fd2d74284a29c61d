"""What moves together in a face, in the words artists use; the groups of a half are disjoint and cover it."""

import numpy as np
from numpy.typing import NDArray

from protos import arkit

_UPPER = {
    "lids": ("eyeBlink", "eyeWide"),
    "squint": ("eyeSquint", "cheekSquint"),
    "gaze": ("eyeLook",),
    "brows down": ("browDown",),
    "brows up": ("browInner", "browOuter"),
    "nose": ("noseSneer",),
}
_LOWER = {
    "jaw": ("jaw", "mouthClose", "tongue"),
    "smile": ("mouthSmile", "mouthDimple", "mouthStretch"),
    "frown": ("mouthFrown", "mouthShrug", "mouthPress"),
    "round lips": ("mouthPucker", "mouthFunnel", "mouthRoll", "cheekPuff"),
    "lips apart": ("mouthLowerDown", "mouthUpperUp"),
    "mouth to a side": ("mouthLeft", "mouthRight"),
}
Mask = NDArray[np.bool_]


def _mask(prefixes: tuple[str, ...]) -> Mask:
    return np.array([name.startswith(prefixes) for name in arkit.COEFFICIENTS])


GROUPS: dict[str, dict[str, Mask]] = {
    "upper": {name: _mask(prefixes) for name, prefixes in _UPPER.items()},
    "lower": {name: _mask(prefixes) for name, prefixes in _LOWER.items()},
}
HALVES: dict[str, Mask] = {
    half: np.array([arkit.face_half(name) == half for name in arkit.COEFFICIENTS]) for half in GROUPS
}
# (52,) what each of ratings.REGIONS takes in.
JUDGED: dict[str, Mask] = {
    **HALVES,
    "full": np.ones(len(arkit.COEFFICIENTS), np.bool_),
    "mouth": HALVES["lower"],
    "eyes": _mask(("eye",)),
    "brows": _mask(("brow",)),
}
