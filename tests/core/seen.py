"""A rig to look at, whose coefficients move something at random but the same each time, and a clip for it."""

from dataclasses import replace

import numpy as np

from backend.core.curves import COEFFICIENT_COUNT, ExpressionCurves, curves_from_values
from backend.core.muscle_groups import HALVES
from backend.core.sight import Sight
from protos import arkit

RATE = 30.0

WAY = 0.05  # root mean square way of a coefficient, in distances between the eyes


def some_sight(seed: int = 0) -> Sight:
    """Coefficients of one half share some of their ways."""
    random = np.random.default_rng(seed)
    grams = {}
    for half, mask in HALVES.items():
        ways = random.normal(size=(52, 200)) * mask[:, None]
        ways += 0.5 * random.normal(size=200) * mask[:, None]
        grams[half] = WAY**2 * ways @ ways.T / 200
    return Sight(grams)


def a_clip(frames: int = 90) -> ExpressionCurves:
    """It smiles, rests, opens the jaw, rests; each for a while, softly."""
    phase = np.arange(frames) / frames
    values = np.zeros((frames, COEFFICIENT_COUNT))
    values[:, arkit.INDEX["mouthSmileLeft"]] = values[:, arkit.INDEX["mouthSmileRight"]] = np.clip(
        np.sin(4 * np.pi * phase), 0, 1
    ) * (phase < 0.5)
    values[:, arkit.INDEX["jawOpen"]] = np.clip(np.sin(4 * np.pi * phase), 0, 1) * (phase >= 0.5)
    curves = curves_from_values(values, RATE)
    return replace(curves, spread=np.full_like(curves.spread, 0.1))
