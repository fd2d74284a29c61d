"""Batches to learn from: a few frames each of a few performers, so that each has its neutral at hand."""

from typing import NamedTuple

import torch
from torch import Tensor

from backend.predictor.network import Sight


class Batch(NamedTuple):
    """F frames of each of G performers; frame 0 of a group is its neutral picture.

    sight          of (G · F, …); its atlas is uint8 until `on_device`
    truth          (G, F, 52) 0..1
    landmarks_off  (G · F, 478, 2) where landmarks truly are minus where they were seen, centimetres
    """

    sight: Sight
    truth: Tensor
    landmarks_off: Tensor


def on_device(batch: Batch, device: torch.device) -> Batch:
    """The batch where it is needed, its atlas as a network wants it."""
    sight = Sight(*(part.to(device, non_blocking=True) for part in batch.sight))
    sight = sight._replace(atlas=sight.atlas.float() / 255)
    return Batch(
        sight,
        batch.truth.to(device, non_blocking=True),
        batch.landmarks_off.to(device, non_blocking=True),
    )
