"""How the network learns from a batch, and all that a training needs to go on where it was cut off."""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from backend.core.curves import COEFFICIENT_COUNT
from backend.core.expression_distribution import ACTIVE, rest_scale_of
from backend.core.face_views import MIRROR
from backend.predictor.network import Design, ExpressionNetwork
from backend.whole_file import write_whole

from .datasets import Batch
from .losses import channel_weights, distribution_terms, landmark_errors, point_terms

LEAST_VARIATION = 0.05  # centimetres: landmarks are not known better
NO_NEUTRAL = 0.15  # share of frames that are read without one
OTHER_NEUTRAL = 0.15  # share of performers whose neutral is another picture of an almost resting face
ALMOST_RESTING = 0.25  # no coefficient is higher
LARGEST_STEP = 1.0  # norm of a gradient


@dataclass(frozen=True)
class Configuration:
    """One training, stored with its run.

    steps, groups, frames  batches; each of so many performers with so many frames
    reuse                  how often each painted picture is learnt from
    painted                whether frames are shown as training.paint_faces has painted them
    rate, decay, warm_up   AdamW's; the rate rises for warm_up steps, then falls along a cosine
    average                of each step's weights in the moving average
    places, movements      weights of the corrected landmarks' errors, 1/cm
    people                 how many are trained on, 0 all; left_out: names of heads that are not
    distribution           False: learn the expected value only
    neutral                False: never show a neutral
    labels                 "truth", or "teacher" for MediaPipe's scores instead
    """

    shards: tuple[str, ...]
    steps: int = 40_000
    groups: int = 16
    frames: int = 8
    reuse: int = 4
    painted: bool = False
    rate: float = 1.5e-3
    decay: float = 0.05
    warm_up: int = 500
    average: float = 0.999
    places: float = 5.0
    movements: float = 10.0
    seed: int = 0
    people: int = 0
    left_out: tuple[str, ...] = ()
    distribution: bool = True
    neutral: bool = True
    labels: str = "truth"
    design: Design = field(default_factory=Design)


class Learner(nn.Module):
    """The network with what only training needs, and how often each channel is active."""

    weights: Tensor

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.network = ExpressionNetwork(design)
        self.register_buffer("weights", torch.ones(COEFFICIENT_COUNT))


@dataclass
class Progress:
    """All that a training goes on from."""

    learner: Learner
    average: Learner
    optimiser: torch.optim.AdamW
    step: int = 0


def learn(progress: Progress, configuration: Configuration, batch: Batch) -> dict[str, Tensor]:
    """One step. The parts of the loss, detached."""
    learner, optimiser = progress.learner, progress.optimiser
    for group in optimiser.param_groups:
        group["lr"] = rate(configuration, progress.step)
    learner.train()
    device = batch.truth.device
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        parts = loss_parts(learner, configuration, batch)
    optimiser.zero_grad(set_to_none=True)
    torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(learner.parameters(), LARGEST_STEP)
    optimiser.step()
    progress.step += 1
    keep_average(progress, configuration.average)
    return {name: part.detach() for name, part in parts.items()}


def loss_parts(learner: Learner, configuration: Configuration, batch: Batch) -> dict[str, Tensor]:
    """The loss's parts by name, each a scalar."""
    network = learner.network
    now, found = network.looked(batch.sight)
    rest, has_rest = chosen_rests(now.view(*batch.truth.shape[:2], -1), batch.truth)
    hidden = network.joined(now, rest, has_rest * configuration.neutral)
    labels = batch.truth.flatten(0, 1) if configuration.labels == "truth" else batch.sight.teacher
    terms = distribution_terms if configuration.distribution else point_terms
    parts = terms(network.estimate(hidden), labels, network.rest_scale, learner.weights)
    places, movements = landmark_errors(found, batch.points, len(batch.truth))
    return {
        **parts._asdict(),
        "places": configuration.places * places,
        "movements": configuration.movements * movements,
    }


def chosen_rests(described: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Descriptions (G · F, D) to hold each frame against, and whether there is one (G · F, 1).

    Of descriptions (G, F, D) and truth (G, F, 52). Mostly a group's frame 0, sometimes another one that
    almost rests, as an artist would choose; sometimes none, and no frame is held against itself.
    """
    groups, frames, _ = described.shape
    device = described.device
    resting = (truth.amax(dim=2) < ALMOST_RESTING).float()
    resting[:, 0] = 1e-6  # taken where there is no other
    other = torch.multinomial(resting, 1).squeeze(1)
    row = torch.where(torch.rand(groups, device=device) < OTHER_NEUTRAL, other, torch.zeros_like(other))
    rest = described[torch.arange(groups, device=device), row]
    itself = torch.arange(frames, device=device)[None] == row[:, None]
    has_rest = ~itself & (torch.rand(groups, frames, device=device) >= NO_NEUTRAL)
    spread_out = rest[:, None].expand(-1, frames, -1)
    return spread_out.flatten(0, 1), has_rest.flatten()[:, None].to(described.dtype)


def rate(configuration: Configuration, step: int) -> float:
    """AdamW's rate at a step: rises in a line, then falls along half a cosine to a hundredth."""
    if step < configuration.warm_up:
        return configuration.rate * (step + 1) / configuration.warm_up
    done = (step - configuration.warm_up) / max(1, configuration.steps - configuration.warm_up)
    return configuration.rate * float(0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * min(1.0, done))))


@torch.no_grad()
def keep_average(progress: Progress, decay: float) -> None:
    """Moves the average towards the network, faster at first, while there is little to average."""
    share = 1 - min(decay, (1 + progress.step) / (10 + progress.step))
    latest = progress.learner.state_dict()
    for name, kept in progress.average.state_dict().items():
        kept.lerp_(latest[name], share) if kept.is_floating_point() else kept.copy_(latest[name])


def begun(configuration: Configuration, device: torch.device) -> Progress:
    """A training before its first step."""
    torch.manual_seed(configuration.seed)
    learner = Learner(configuration.design).to(device)
    learner.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # unknown to torch's stubs
    weighty = [parameter for parameter in learner.parameters() if parameter.ndim > 1]
    light = [parameter for parameter in learner.parameters() if parameter.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": weighty, "weight_decay": configuration.decay}, {"params": light, "weight_decay": 0.0}]
    )
    return Progress(learner, deepcopy(learner), optimiser)


def prepare(progress: Progress, shapes: Tensor, truth: Tensor) -> None:
    """What the data (N, 478, 3), (N, 52) say before any learning: where landmarks lie, how often and how low
    channels are.
    """
    inactive = (truth <= ACTIVE).float()
    low = (truth * inactive).sum(dim=0) / inactive.sum(dim=0).clamp(min=1.0)
    both = torch.cat([shapes, shapes[:, MIRROR] * torch.tensor([-1.0, 1.0, 1.0])])
    for learner in (progress.learner, progress.average):
        learner.network.landmark_mean.copy_(both.mean(dim=0))
        learner.network.landmark_scale.copy_(both.std(dim=0).clamp(min=LEAST_VARIATION))
        learner.network.rest_scale.copy_(torch.from_numpy(rest_scale_of(low.double().numpy())))
        learner.weights.copy_(channel_weights(1 - inactive.mean(dim=0)))


def store(progress: Progress, path: Path) -> None:
    """All of it in one file, under its name when whole. Raises OSError."""
    write_whole(path, save(_tensors(progress), {"step": str(progress.step)}))


def restore(progress: Progress, path: Path) -> None:
    """What `store` wrote. Raises SafetensorError or RuntimeError where it does not fit."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        progress.step = int(file.metadata()["step"])
    progress.learner.load_state_dict(_under("learner.", tensors))
    progress.average.load_state_dict(_under("average.", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under("optimiser.", tensors).items():
        number, kind = name.split(".")
        moments.setdefault(int(number), {})[kind] = tensor
    groups = progress.optimiser.state_dict()["param_groups"]
    progress.optimiser.load_state_dict({"state": moments, "param_groups": groups})


def _tensors(progress: Progress) -> dict[str, Tensor]:
    named = {f"learner.{name}": tensor for name, tensor in progress.learner.state_dict().items()}
    named |= {f"average.{name}": tensor for name, tensor in progress.average.state_dict().items()}
    for number, moments in progress.optimiser.state_dict()["state"].items():
        named |= {f"optimiser.{number}.{kind}": tensor for kind, tensor in moments.items()}
    return {name: tensor.detach().cpu().contiguous() for name, tensor in named.items()}


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
