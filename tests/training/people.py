"""Batches of people who exist as numbers only, with an expression that can be read from them."""

from collections.abc import Iterator

import numpy as np
import torch

from backend.core.face_views import ATLAS_SHAPE
from backend.predictor.network import Design
from backend.predictor.sights import sights_of
from training.datasets import Batch

SMALL = Design(widths=(4, 4, 8), features=10, hidden=64, depth=1)
CHANNELS, ACTIONS = 52, 4


def people(groups: int, frames: int, random: torch.Generator) -> Batch:
    """A few actions move landmarks away from places of the performer's own; pictures are noise."""
    count = groups * frames
    done = torch.rand(groups, frames, ACTIONS, generator=random)
    done = torch.where(torch.rand(done.shape, generator=random) < 0.3, done, 0.0)
    done[:, 0] = 0.0
    truth = done.repeat(1, 1, CHANNELS // ACTIONS)
    own = 0.02 * torch.randn(groups, 1, 478, 3, generator=random)
    shape = own.repeat(1, frames, 1, 1)
    shape[:, :, :CHANNELS, 1] -= 2 * truth
    atlas = torch.randint(0, 255, (count, *ATLAS_SHAPE, 3), dtype=torch.uint8, generator=random)
    sight = sights_of(
        atlas.numpy(),
        shape.flatten(0, 1).numpy(),
        np.zeros((count, 3), np.float32),
        0.5 * truth.flatten(0, 1).numpy(),
    )
    return Batch(sight, truth, torch.zeros(count, 478, 2))


def crowd(groups: int, frames: int, seed: int = 0) -> Iterator[Batch]:
    """Batches without end."""
    random = torch.Generator().manual_seed(seed)
    while True:
        yield people(groups, frames, random)
