"""What no face can do: each rule changes only what violates it, and each can be switched off.

Antagonists are the pairs that move one point of the face along one axis in opposite directions.
Smile and frown belong to them (a mouth's corner is up or down), and so Apple's own tracker sees it:
in 4,358 frames of two Live Link Face takes no pair listed here is above 0 on both sides at once.
Brow down and outer brow up do not belong: an angry brow does both. Neither do stretch and pucker,
which those takes show together in nine frames of ten.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from .curves import COEFFICIENT_COUNT, ExpressionCurves, Floats

ANTAGONISTS = (
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    *((f"eyeLookIn{side}", f"eyeLookOut{side}") for side in ("Left", "Right")),
    *((f"eyeLookUp{side}", f"eyeLookDown{side}") for side in ("Left", "Right")),
    *((f"mouthSmile{side}", f"mouthFrown{side}") for side in ("Left", "Right")),
)


@dataclass(frozen=True)
class Rules:
    """Which rules hold.

    keep_in_range        coefficients within 0..1
    resolve_antagonists  of two opposite moves only their difference is kept
    couple_mouth_close   mouthClose ≤ jawOpen: lips close over an open jaw, never further than it is open
    """

    keep_in_range: bool = True
    resolve_antagonists: bool = True
    couple_mouth_close: bool = True


def plausible(curves: ExpressionCurves, rules: Rules) -> ExpressionCurves:
    """The curves under the rules; row by row, so chunks need nothing of each other."""
    values = curves.values.copy()
    if rules.keep_in_range:
        values[:, :COEFFICIENT_COUNT] = np.clip(values[:, :COEFFICIENT_COUNT], 0.0, 1.0)
    if rules.resolve_antagonists:
        _resolve_antagonists(values)
    if rules.couple_mouth_close:
        _couple_mouth_close(values, curves.observed)
    return curves.with_values(values)


def _resolve_antagonists(values: Floats) -> None:
    for one, other in ANTAGONISTS:
        pair = [arkit.INDEX[one], arkit.INDEX[other]]
        values[:, pair] -= np.clip(values[:, pair].min(axis=1, keepdims=True), 0.0, None)


def _couple_mouth_close(values: Floats, observed: NDArray[np.bool_]) -> None:
    close, jaw = arkit.INDEX["mouthClose"], arkit.INDEX["jawOpen"]
    # Where the jaw is unknown, its 0 says nothing about the lips.
    limit = np.where(observed[:, jaw], values[:, jaw], np.inf)
    values[:, close] = np.minimum(values[:, close], limit)
