"""What a network makes of people it never trained on."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from backend.core.expression_distribution import ACTIVE, ExpressionDistribution
from backend.predictor.network import ExpressionNetwork

from .datasets import Batch, on_device

Array = NDArray[np.floating[Any]]
_LEAST_VARIATION = 0.02  # standard deviation of the truth from which a correlation says something


@torch.inference_mode()
def believed(
    network: ExpressionNetwork, batches: Iterable[Batch], neutral: bool = True
) -> tuple[Array, ExpressionDistribution]:
    """Truth (N, 52) and belief, for all frames but the groups' neutrals, which are given if `neutral`."""
    device = network.gate.device
    network.eval()
    rows = [_rows(network, on_device(batch, device), neutral) for batch in batches]
    truth, active, value, spread = (
        np.concatenate(part).astype(np.float64) for part in zip(*rows, strict=True)
    )
    rest = network.rest_scale.double().cpu().numpy()
    return truth, ExpressionDistribution(1 / (1 + np.exp(-active)), value, spread, rest)


def _rows(network: ExpressionNetwork, batch: Batch, neutral: bool) -> tuple[NDArray[Any], ...]:
    groups, frames, channels = batch.truth.shape
    described = network.describe(batch.sight).view(groups, frames, -1)
    now = described[:, 1:].flatten(0, 1)
    rest = described[:, :1].expand(-1, frames - 1, -1).flatten(0, 1)
    estimate = network(now, rest, torch.full_like(now[:, :1], float(neutral)))
    truth = batch.truth[:, 1:].reshape(-1, channels)
    return tuple(part.float().cpu().numpy() for part in (truth, *estimate))


def scores(truth: Array, point: Array) -> dict[str, float]:
    """Mean absolute error over all entries, those with truth over 0.1 and the others; mean Pearson r."""
    missed, active = np.abs(truth - point), truth > ACTIVE
    return {
        "mae": float(missed.mean()),
        "active_mae": float(missed[active].mean()),
        "inactive_mae": float(missed[~active].mean()),
        "mean_r": float(correlations(truth, point).mean()),
    }


def correlations(truth: Array, point: Array) -> Array:
    """Pearson's r of each channel whose truth varies; 0 where the point estimate does not."""
    varies = truth.std(axis=0) > _LEAST_VARIATION
    one = truth[:, varies] - truth[:, varies].mean(axis=0)
    other = point[:, varies] - point[:, varies].mean(axis=0)
    lengths = np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0)
    return np.asarray((one * other).sum(axis=0) / np.maximum(lengths, 1e-9))
