"""The network that reads an expression: what is seen of a face now, held against the same face at rest.

It describes one picture at a time, so that a performer's neutral is described once and kept. Of a
description's parts the landmarks are a linear map on purpose: the difference of two descriptions is then
the map of how the landmarks moved.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..core.curves import COEFFICIENT_COUNT
from ..core.expression_distribution import ACTIVE
from ..core.face_views import HEIGHT, VIEWS, columns
from ..core.faces import LANDMARK_COUNT

LEAST_SPREAD = 0.004  # a channel cannot be known better than captures repeat
_PATCH = 4  # pixels
_COORDINATES = LANDMARK_COUNT * 3
_LEAST_CONTRAST = 0.05  # of a view's brightness; a flatter one is noise that must not be blown up
_MOUTH, _RIGHT_EYE, _LEFT_EYE, _CHEEKS = (columns(view) for view in range(len(VIEWS)))


class Sight(NamedTuple):
    """B faces as seen in their pictures.

    atlas    (B, 3, 96, 416) RGB 0..1, the views of core.face_views side by side
    shape    (B, 478, 3) landmarks in centimetres in the performer's frame
    angles   (B, 3) the head's yaw, pitch, roll in radians
    teacher  (B, 52) MediaPipe's scores, 0..1
    """

    atlas: Tensor
    shape: Tensor
    angles: Tensor
    teacher: Tensor


class Estimate(NamedTuple):
    """What is believed of B faces; the distribution of core.expression_distribution.

    active  (B, 52) log odds that the coefficient is over 0.1
    value   (B, 52) 0.1..1, where it lies if it is
    spread  (B, 52) > 0, how far from there
    """

    active: Tensor
    value: Tensor
    spread: Tensor


@dataclass(frozen=True)
class Design:
    """The sizes of a network, stored with its weights.

    widths     channels of the trunks: of patches of 4 × 4 pixels, then of their halves, quarters and so on
    features   numbers that describe the mouth's view; an eye's and the cheeks' get 3/5 of them
    landmarks  numbers that describe the landmarks; 0: the network is blind to them and to the teacher
    hidden     width of what joins now and rest
    depth      residual layers there
    crops      whether it looks at the picture at all
    """

    widths: tuple[int, ...] = (32, 32, 64, 96)
    features: int = 160
    landmarks: int = 192
    hidden: int = 384
    depth: int = 3
    crops: bool = True


class ExpressionNetwork(nn.Module):
    """Reads the 52 coefficients; `describe` a picture, then hand the description over with the neutral's.

    Buffers: `landmark_mean` and `landmark_scale` standardise landmarks, filled before training. Those of
    the calibration change nothing until it has been fitted: log odds become slope · odds + shift, spreads
    are stretched. core.expression_distribution wants `rest_scale` (52,) and `gate` () beside the Estimate.
    """

    landmark_mean: Tensor
    landmark_scale: Tensor
    slope: Tensor
    shift: Tensor
    stretch: Tensor
    rest_scale: Tensor
    gate: Tensor

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        small = design.features * 3 // 5
        if design.crops:
            self.mouth = _Trunk(design.widths, VIEWS[0].width, design.features)
            self.eye = _Trunk(design.widths, VIEWS[1].width, small)
            self.cheeks = _Trunk(design.widths, VIEWS[3].width, small)
        self.landmarks = nn.Linear(_COORDINATES, design.landmarks) if design.landmarks else None
        self.width = design.crops * (design.features + 3 * small) + 3
        self.width += design.landmarks + COEFFICIENT_COUNT if design.landmarks else 0
        self.join = _Join(2 * self.width + 1, design.hidden, design.depth)
        self.read = nn.Linear(design.hidden, 3 * COEFFICIENT_COUNT)
        self.register_buffer("landmark_mean", torch.zeros(LANDMARK_COUNT, 3))
        self.register_buffer("landmark_scale", torch.ones(LANDMARK_COUNT, 3))
        for name, start in (("slope", 1.0), ("shift", 0.0), ("stretch", 1.0), ("rest_scale", 0.02)):
            self.register_buffer(name, torch.full((COEFFICIENT_COUNT,), start))
        self.register_buffer("gate", torch.tensor(1.0))

    def describe(self, sight: Sight) -> Tensor:
        """(B, width): all that is needed of one picture."""
        parts = [sight.angles]
        if self.design.crops:
            parts += self._seen(sight.atlas)
        if self.landmarks is not None:
            standard = (sight.shape - self.landmark_mean) / self.landmark_scale
            parts += [self.landmarks(standard.flatten(1)), sight.teacher]
        return torch.cat([part.float() for part in parts], dim=1)

    def _seen(self, atlas: Tensor) -> list[Tensor]:
        right, left = atlas[..., _RIGHT_EYE], atlas[..., _LEFT_EYE].flip(-1)
        eyes = self.eye(torch.cat([right, left])).chunk(2)
        return [self.mouth(atlas[..., _MOUTH]), *eyes, self.cheeks(atlas[..., _CHEEKS])]

    def joined(self, now: Tensor, rest: Tensor, has_rest: Tensor) -> Tensor:
        """(B, hidden) of descriptions (B, width) now and at rest; has_rest (B, 1): 1, 0 without a neutral."""
        moved = (now - rest) * has_rest
        hidden: Tensor = self.join(torch.cat([now, moved, has_rest], dim=1))
        return hidden

    def estimate(self, hidden: Tensor) -> Estimate:
        """Of what `joined` gives."""
        active, value, spread = self.read(hidden).float().chunk(3, dim=1)
        return Estimate(
            self.slope * active + self.shift,
            ACTIVE + (1 - ACTIVE) * torch.sigmoid(value),
            self.stretch * (functional.softplus(spread - 2) + LEAST_SPREAD),
        )

    def forward(self, now: Tensor, rest: Tensor, has_rest: Tensor) -> Estimate:
        """Of descriptions (B, width) now and of the performer's neutral; see `joined`."""
        return self.estimate(self.joined(now, rest, has_rest))


def fold(network: ExpressionNetwork) -> ExpressionNetwork:
    """The network made ready to serve, in place: no gradients, normalisation folded into the convolutions."""
    network.eval().requires_grad_(False)
    for layer in network.modules():
        if isinstance(layer, _Convolution) and isinstance(layer.norm, nn.BatchNorm2d):
            layer.convolve = fuse_conv_bn_eval(layer.convolve, layer.norm).requires_grad_(False)
            layer.norm = nn.Identity()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # unknown to torch's stubs
    return network


class _Convolution(nn.Module):
    """Normalised."""

    def __init__(self, before: int, after: int, size: int, stride: int) -> None:
        super().__init__()
        margin = 1 if size == 3 else 0
        self.convolve = nn.Conv2d(before, after, size, stride, margin, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(after)

    def forward(self, seen: Tensor) -> Tensor:
        normal: Tensor = self.norm(self.convolve(seen))
        return normal


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _Convolution(width, width, 3, 1)
        self.second = _Convolution(width, width, 1, 1)

    def forward(self, seen: Tensor) -> Tensor:
        inner = functional.relu(self.first(seen), inplace=True)
        return functional.relu(seen + self.second(inner), inplace=True)


class _Trunk(nn.Module):
    """A view (B, 3, 96, width) → (B, features), where on the view things are being kept."""

    def __init__(self, widths: tuple[int, ...], width: int, features: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [_Convolution(3, widths[0], _PATCH, _PATCH), nn.ReLU(inplace=True)]
        for before, after in pairwise(widths):
            layers += [_Convolution(before, after, 3, 2), nn.ReLU(inplace=True)]
            if after < widths[-1]:  # at last there is little left to look at
                layers.append(_Residual(after))
        self.layers = nn.Sequential(*layers)
        shrunk = _PATCH * 2 ** (len(widths) - 1)
        self.features = nn.Linear(widths[-1] * -(-HEIGHT // shrunk) * -(-width // shrunk), features)

    def forward(self, view: Tensor) -> Tensor:
        features: Tensor = self.features(self.layers(_even(view)).flatten(1))
        return features


class _Join(nn.Module):
    """A residual perceptron: (B, width) → (B, hidden)."""

    def __init__(self, width: int, hidden: int, depth: int) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Linear(width, hidden), nn.GELU())
        self.layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, hidden), nn.GELU()) for _ in range(depth)
        )
        self.leave = nn.LayerNorm(hidden)

    def forward(self, described: Tensor) -> Tensor:
        hidden = self.enter(described)
        for layer in self.layers:
            hidden = hidden + layer(hidden)
        left: Tensor = self.leave(hidden)
        return left


def _even(view: Tensor) -> Tensor:
    """Each view at the same brightness and contrast, its colours kept."""
    spread, mean = torch.std_mean(
        view[..., ::4, ::4], dim=(1, 2, 3), keepdim=True
    )  # every pixel takes longer
    return (view - mean) / (spread + _LEAST_CONTRAST)
