"""Lips that the predictor sees closed stay closed when a clip is corrected: m, b and p are what viewers miss.

A correction learnt where the mouth is a little open carries to frames alike, and those in which lips meet are
alike; what opens them there is held back, all of it where they touch, nothing where they are plainly apart.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from protos import arkit

Doubles = NDArray[np.float64]
_JAW, _CLOSE = arkit.INDEX["jawOpen"], arkit.INDEX["mouthClose"]
_LIPS = [arkit.INDEX[f"mouth{way}{side}"] for way in ("LowerDown", "UpperUp") for side in ("Left", "Right")]
_PART = [_JAW, _CLOSE, *_LIPS]
_TOUCH, _APART = 0.1, 0.35  # of how far lips are apart
_SLIGHTLY = 0.02  # so little more open counts half
_OWN_SECONDS = 0.2  # around a moment that the artist put right by hand


def lips_apart(rows: Doubles) -> Doubles:
    """(T,) how far lips are apart in expressions (T, 52), roughly: 0 closed, 1 wide open."""
    return np.asarray(np.maximum(rows[:, _JAW] - rows[:, _CLOSE], 0) + rows[:, _LIPS].mean(axis=1))


def lips_kept_closed(said: Doubles, ideal: Doubles, own: Sequence[int], rate: float) -> Doubles:
    """The ideal (T, 52) with lips as closed as they are said to be.

    own   frames that the artist put right by hand: what was done there stays
    rate  frames a second
    """
    closed = 1 - np.clip((lips_apart(said) - _TOUCH) / (_APART - _TOUCH), 0, 1)
    for frame in own:
        away = np.abs(np.arange(len(said)) - frame) / (_OWN_SECONDS * rate)
        closed *= np.clip(away, 0, 1)
    opened = np.maximum(lips_apart(ideal) - lips_apart(said), 0)
    held_back = closed * opened / (opened + _SLIGHTLY)
    kept = ideal.copy()
    change = ideal[:, _PART] - said[:, _PART]
    kept[:, _PART] = np.where(
        held_back[:, None] > 0, ideal[:, _PART] - held_back[:, None] * change, ideal[:, _PART]
    )
    return kept
