"""Which coefficients move together, and which are judged together.

What is learnt from few answers is learnt for a muscle group as a whole before it is learnt for a channel.
Upper and lower face are judged and learnt apart: 23 and 29 coefficients. The cheeks and the wings of the nose
go with the eyes that they push up, though a smile drives them.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from protos import arkit

Mask = NDArray[np.bool_]
HALVES = ("upper", "lower")
# How the names of a group's coefficients begin.
_UPPER = {
    "lids": ("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": ("eyeLook",),
    "brows down": ("browDown",),
    "brows up": ("browInnerUp", "browOuterUp"),
    "cheeks": ("cheekSquint",),
    "nose": ("noseSneer",),
}
_LOWER = {
    "jaw": ("jaw", "mouthClose"),
    "smile": ("mouthSmile", "mouthDimple", "mouthStretch"),
    "frown": ("mouthFrown", "mouthPress", "mouthShrug"),
    "rounding": ("mouthPucker", "mouthFunnel", "mouthRoll", "cheekPuff", "tongueOut"),
    "parting": ("mouthLowerDown", "mouthUpperUp"),
    "sideways": ("mouthLeft", "mouthRight"),
}


def _channels(prefixes: tuple[str, ...]) -> Mask:
    return np.array([name.startswith(prefixes) for name in arkit.COEFFICIENTS])


def _together(groups: Mapping[str, tuple[str, ...]], *names: str) -> Mask:
    return np.any([_channels(groups[name]) for name in names or groups], axis=0)


GROUPS: Mapping[str, Mask] = {name: _channels(prefixes) for name, prefixes in (_UPPER | _LOWER).items()}
# (52,) what each of ratings.REGIONS takes in.
JUDGED: Mapping[str, Mask] = {
    "full": np.ones(len(arkit.COEFFICIENTS), np.bool_),
    "upper": _together(_UPPER),
    "lower": _together(_LOWER),
    "mouth": _together(_LOWER),
    "eyes": _together(_UPPER, "lids", "gaze"),
    "brows": _together(_UPPER, "brows down", "brows up"),
}
