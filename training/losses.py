"""What a network is punished for. Pure functions of an Estimate and the truth.

The belief is core.expression_distribution's: active with probability p, then a logistic distribution cut to
0.1..1; else an exponential one cut to 0..0.1. Its likelihood alone would let plain error drift, so the
expected value is held to the truth as well.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from backend.core.expression_distribution import ACTIVE
from backend.core.face_views import HEIGHT, SEEN_IN, VIEWS
from backend.predictor.network import Estimate

WEIGHT_LIMIT = 3.0  # of a rare channel over a common one, either way
_SMOOTH = 0.05  # below this an error of the expected value counts squared
_ACTIVITY, _VALUE, _EXPECTED = 1.0, 0.3, 8.0
_EARLIER = 0.3  # weight of a correction beside the next one's


class Terms(NamedTuple):
    """Parts of a loss, each a scalar; their sum is what is minimised."""

    activity: Tensor
    value: Tensor
    expected: Tensor


def distribution_terms(estimate: Estimate, truth: Tensor, rest_scale: Tensor, weights: Tensor) -> Terms:
    """Cross-entropy of being active, likelihood of active values, and error of the expected value.

    Estimates and truth are (B, 52), rest_scale and the channels' weights (52,).
    """
    active = (truth > ACTIVE).to(truth.dtype)
    activity = functional.binary_cross_entropy_with_logits(estimate.active, active, weights.expand_as(truth))
    counted = active * weights
    missed = cut_logistic_nll(estimate.value, estimate.spread, truth.clamp(min=ACTIVE))
    value = (counted * missed).sum() / counted.sum().clamp(min=1.0)
    expected = expected_value_error(estimate, truth, rest_scale, weights)
    return Terms(_ACTIVITY * activity, _VALUE * value, _EXPECTED * expected)


def point_terms(estimate: Estimate, truth: Tensor, rest_scale: Tensor, weights: Tensor) -> Terms:
    """Of the same, the error of the expected value alone: what a network without a distribution learns by."""
    none = truth.new_zeros(())
    return Terms(none, none, _EXPECTED * expected_value_error(estimate, truth, rest_scale, weights))


def cut_logistic_nll(value: Tensor, spread: Tensor, truth: Tensor) -> Tensor:
    """−log of the density at truth, 0.1..1, of a logistic distribution cut to 0.1..1.

    With z = (truth − value) / spread: z + 2 log(1 + e^−z) + log spread + log(σ(h) − σ(l)), where
    log(σ(h) − σ(l)) = log σ(h) + log σ(−l) + log(1 − e^(l − h)) does not cancel.
    """
    z = (truth - value) / spread
    low, high = (ACTIVE - value) / spread, (1 - value) / spread
    share = functional.logsigmoid(high) + functional.logsigmoid(-low) + torch.log1p(-torch.exp(low - high))
    return z + 2 * functional.softplus(-z) + torch.log(spread) + share


def expected_value(estimate: Estimate, rest_scale: Tensor) -> Tensor:
    """(B, 52), as ExpressionDistribution.mean: p · E[cut logistic] + (1 − p) · E[cut exponential].

    E[cut logistic] = 1 − ∫ cdf = 1 − (s (log(1 + e^h) − log(1 + e^l)) − 0.9 σ(l)) / (σ(h) − σ(l)).
    """
    probability = torch.sigmoid(estimate.active)
    low, high = ((edge - estimate.value) / estimate.spread for edge in (ACTIVE, 1.0))
    risen = estimate.spread * (functional.softplus(high) - functional.softplus(low))
    share = (torch.sigmoid(high) - torch.sigmoid(low)).clamp(min=1e-6)
    moving = 1 - (risen - (1 - ACTIVE) * torch.sigmoid(low)) / share
    resting = rest_scale - ACTIVE / torch.expm1(ACTIVE / rest_scale)
    return probability * moving + (1 - probability) * resting


def expected_value_error(estimate: Estimate, truth: Tensor, rest_scale: Tensor, weights: Tensor) -> Tensor:
    """Mean smooth L1 (Girshick 2015) of the expected value, weighted by channel."""
    missed = functional.smooth_l1_loss(
        expected_value(estimate, rest_scale), truth, reduction="none", beta=_SMOOTH
    )
    return (missed * weights).mean()


def landmark_errors(found: list[Tensor], points: Tensor, groups: int) -> tuple[Tensor, Tensor]:
    """Mean absolute errors in centimetres of landmarks that lie within their view, after each correction, the
    later the heavier: of their places, and of how they moved from the first frame of their group.

    Places and points are (B, 478, 2), group by group. A place that is off by the same in all pictures of a
    person says little of an expression and hides what moves; so movements count by themselves.
    """
    reach = points.new_tensor([[view.span, view.span * HEIGHT / view.width] for view in VIEWS])[SEEN_IN] / 2
    within = (points.abs() < reach).all(dim=-1, keepdim=True).to(points.dtype)
    both = _less_first(within, groups, torch.mul)
    place, movement = points.new_zeros(()), points.new_zeros(())
    for number, at in enumerate(reversed(found)):
        missed = at - points
        moved = _less_first(missed, groups, torch.sub)
        place = place + _EARLIER**number * _mean_within(missed.abs(), within)
        movement = movement + _EARLIER**number * _mean_within(moved.abs(), both)
    return place, movement


def _less_first(of: Tensor, groups: int, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """(B, …) combined with its group's first, without that."""
    grouped = of.view(groups, -1, *of.shape[1:])
    return combine(grouped[:, 1:], grouped[:, :1]).flatten(0, 1)


def _mean_within(missed: Tensor, within: Tensor) -> Tensor:
    """Of (B, 478, 2), where within (B, 478, 1) is 1."""
    return (missed * within).sum() / (missed.shape[-1] * within.sum()).clamp(min=1.0)


def channel_weights(frequency: Tensor) -> Tensor:
    """(52,) for how often each channel is active, 0..1: √(mean / frequency), limited, mean 1."""
    balanced = (frequency.mean() / frequency.clamp(min=1e-6)).sqrt()
    limited = balanced.clamp(1 / WEIGHT_LIMIT, WEIGHT_LIMIT)
    return limited / limited.mean()
