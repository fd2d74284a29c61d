"""What a correction does, apart from whether it is liked: how far it moves style, and what truth it costs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.core.correction import BeliefCorrection
from backend.core.curves import Floats
from backend.core.expression_distribution import ACTIVE, ExpressionDistribution
from backend.core.frozen_ratings import FrozenRatings
from backend.core.muscle_groups import HALVES
from protos import arkit

from .preference_forms import Doubles
from .rendered_rows import RenderedRows


def style_shift(correction: BeliefCorrection, ratings: FrozenRatings) -> dict[str, Any]:
    """By how much what was rated is moved: seen on the rigs, root mean square over each half in % of the
    distance of the eyes; and each channel's mean change, where there is one.
    """
    moved, rigs = [], []
    for moments in (ratings.pairs.moments, ratings.corrections.moments):
        belief, rest = moments.believed(ratings.rest_scale)
        moved.append(_point(correction, belief, rest, ratings.gate) - belief.point(ratings.gate))
        rigs.append(moments.rig[moments.owner])
    change, rig = np.concatenate(moved), np.concatenate(rigs)
    visible = {
        half: _visible(change * mask, ratings.grams[:, number], rig)
        for number, (half, mask) in enumerate(HALVES.items())
    }
    mean = zip(arkit.COEFFICIENTS, np.abs(change).mean(axis=0).tolist(), strict=True)
    channels = {name: round(each, 4) for name, each in mean if each}
    return {"visible_percent": visible, "mean_change_by_channel": channels}


def against_truth(
    correction: BeliefCorrection, rows: RenderedRows, ratings: FrozenRatings
) -> dict[str, dict[str, float]]:
    """Errors against rendered truth, before and after: visible on the usual rig, active and inactive MAE."""
    belief, rest = rows.believed(ratings.rest_scale)
    points = {"base": belief.point(ratings.gate), "corrected": _point(correction, belief, rest, ratings.gate)}
    usual, rig = ratings.grams.mean(axis=(0, 1))[None], np.zeros(len(rows.truth), np.intp)
    active = rows.truth > ACTIVE
    return {
        name: {
            "visible_percent": _visible(np.asarray(point - rows.truth, np.float64), usual, rig),
            "active_mae": float(np.abs(point - rows.truth)[active].mean()),
            "inactive_mae": float(np.abs(point - rows.truth)[~active].mean()),
        }
        for name, point in points.items()
    }


def _point(
    correction: BeliefCorrection, belief: ExpressionDistribution, rest: ExpressionDistribution, gate: float
) -> Doubles:
    return np.asarray(correction.corrected(belief, rest).point(gate), np.float64)


def _visible(change: Doubles, grams: Floats, rig: NDArray[np.integer[Any]]) -> float:
    """Mean over rows of √(dᵀ G d), in per cent; change (R, 52), grams (rigs, 52, 52), rig (R,) which."""
    squared = np.zeros(len(change))
    for number, gram in enumerate(grams.astype(np.float64)):
        here = change[rig == number]
        squared[rig == number] = ((here @ gram) * here).sum(axis=1)
    return float(100 * np.sqrt(np.maximum(squared, 0)).mean())
