"""The network that reads an expression: what is seen of a face now, held against the same face at rest.

Expressions are read from where landmarks are, and MediaPipe's lie some millimetres off. So the network looks
again: at each landmark it samples what its own convolutions see in the picture there, and corrects it, twice.
It describes one picture at a time, so that a performer's neutral is described once and kept; the difference
of two descriptions is then how the landmarks moved.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..core.curves import COEFFICIENT_COUNT
from ..core.expression_distribution import ACTIVE
from ..core.face_views import HEIGHT, SEEN_IN, VIEWS, View, columns
from ..core.faces import LANDMARK_COUNT

LEAST_SPREAD = 0.004  # a channel cannot be known better than captures repeat
_PATCH = 4  # pixels
_COORDINATES = LANDMARK_COUNT * 3
_LEAST_CONTRAST = 0.05  # of a view's brightness; a flatter one is noise that must not be blown up
_MOUTH, _RIGHT, _LEFT, _CHEEKS = range(len(VIEWS))
_MOVED = 4.0  # an expression moves landmarks by a fraction of what people differ
CORRECTIONS = 2
_Maps = tuple[Tensor, Tensor]


class Sight(NamedTuple):
    """B faces as seen in their pictures.

    atlas    (B, 3, 96, 416) RGB 0..1, the views of core.face_views side by side
    shape    (B, 478, 3) landmarks in centimetres in the performer's frame
    upright  (B, 2, 3) and anchors (B, 4, 3): how they lie on the views, see core.face_views.view_frame
    angles   (B, 3) the head's yaw, pitch, roll in radians
    teacher  (B, 52) MediaPipe's scores, 0..1
    """

    atlas: Tensor
    shape: Tensor
    upright: Tensor
    anchors: Tensor
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

    widths     channels of patches of 4 × 4 pixels, of their halves and of their quarters
    features   numbers that the mouth's view comes to; an eye's and the cheeks' get 3/5 of them
    hidden     width of what joins now and rest
    depth      residual layers there
    crops      whether it looks at the picture at all
    landmarks  whether it is told of landmarks and of the teacher's scores
    """

    widths: tuple[int, ...] = (16, 48, 64)
    features: int = 160
    hidden: int = 384
    depth: int = 3
    crops: bool = True
    landmarks: bool = True


class ExpressionNetwork(nn.Module):
    """Reads the 52 coefficients; `describe` a picture, then hand the description over with the neutral's.

    Buffers: `landmark_mean` and `landmark_scale` standardise landmarks, filled before training. Those of
    the calibration change nothing until it has been fitted: log odds become slope · odds + shift, spreads
    are stretched. core.expression_distribution wants `rest_scale` (52,) and `gate` () beside the Estimate.
    `central` (52,) is the share of the belief that an interval must hold to hold 80 % of the active truths.
    """

    landmark_mean: Tensor
    landmark_scale: Tensor
    slope: Tensor
    shift: Tensor
    stretch: Tensor
    rest_scale: Tensor
    central: Tensor
    gate: Tensor

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        small = design.features * 3 // 5
        if design.crops:
            self.mouth = _Looking(design.widths, VIEWS[0], design.features)
            self.eye = _Looking(design.widths, VIEWS[1], small)
            self.cheeks = _Looking(design.widths, VIEWS[3], small)
        corrections = CORRECTIONS if design.crops and design.landmarks else 0
        self.corrections = nn.ModuleList(_Correction(sum(design.widths[:2])) for _ in range(corrections))
        self.width = design.crops * (design.features + 3 * small) + 3
        self.width += (_COORDINATES + COEFFICIENT_COUNT) if design.landmarks else 0
        self.join = _Join(2 * self.width + 1, design.hidden, design.depth)
        self.read = nn.Linear(design.hidden, 3 * COEFFICIENT_COUNT)
        self.register_buffer("landmark_mean", torch.zeros(LANDMARK_COUNT, 3))
        self.register_buffer("landmark_scale", torch.ones(LANDMARK_COUNT, 3))
        starts = {"slope": 1.0, "shift": 0.0, "stretch": 1.0, "rest_scale": 0.02, "central": 0.8}
        for name, start in starts.items():
            self.register_buffer(name, torch.full((COEFFICIENT_COUNT,), start))
        self.register_buffer("gate", torch.tensor(1.0))
        in_order = np.argsort(SEEN_IN, kind="stable")
        self._seen_in = [torch.from_numpy(np.flatnonzero(view == SEEN_IN)) for view in range(len(VIEWS))]
        self._back_in_order = torch.from_numpy(np.argsort(in_order))

    def describe(self, sight: Sight) -> Tensor:
        """(B, width): all that is needed of one picture."""
        return self.looked(sight)[0]

    def looked(self, sight: Sight) -> tuple[Tensor, list[Tensor]]:
        """The description, and after each correction where the landmarks seem to be: (B, 478, 2) centimetres
        right of and below the middle of the view that sees each best.
        """
        parts: list[Tensor] = []
        found: list[Tensor] = []
        if self.design.crops:
            maps, parts = self._maps(sight.atlas)
        if self.design.landmarks:
            shape = sight.shape
            if self.corrections:
                start = on_views(sight)
                found = self._corrected(start, maps)
                shape = shape + (found[-1] - start) @ sight.upright
            standard = (shape - self.landmark_mean) / self.landmark_scale
            parts = [standard.flatten(1), sight.teacher, *parts]
        return torch.cat([part.float() for part in [*parts, sight.angles]], dim=1), found

    def _corrected(self, start: Tensor, maps: list[_Maps]) -> list[Tensor]:
        at, found = start, []
        for correction in self.corrections:
            sampled = [
                view.sampled(seen, at[:, which], mirrored=number == _LEFT)
                for number, (view, seen, which) in enumerate(
                    zip(self._views, maps, self._seen_in, strict=True)
                )
            ]
            at = at + correction(torch.cat(sampled, dim=1)[:, self._back_in_order])
            found.append(at)
        return found

    @property
    def _views(self) -> list["_Looking"]:
        return [self.mouth, self.eye, self.eye, self.cheeks]

    def _maps(self, atlas: Tensor) -> tuple[list[_Maps], list[Tensor]]:
        """What is seen in each view, and what each comes to."""
        eyes = torch.cat([atlas[..., columns(_RIGHT)], atlas[..., columns(_LEFT)].flip(-1)])
        fine, coarse, features = self.eye(eyes)
        both = list(zip(fine.chunk(2), coarse.chunk(2), strict=True))
        mouth, cheeks = self.mouth(atlas[..., columns(_MOUTH)]), self.cheeks(atlas[..., columns(_CHEEKS)])
        return [mouth[:2], *both, cheeks[:2]], [mouth[2], *features.chunk(2), cheeks[2]]

    def joined(self, now: Tensor, rest: Tensor, has_rest: Tensor) -> Tensor:
        """(B, hidden) of descriptions (B, width) now and at rest; has_rest (B, 1): 1, 0 without a neutral."""
        moved = _MOVED * (now - rest) * has_rest
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


class _Looking(nn.Module):
    """A view (B, 3, 96, width) → maps (B, C, rows, columns), fine and coarse, and the whole (B, features)."""

    def __init__(self, widths: tuple[int, ...], view: View, features: int) -> None:
        super().__init__()
        fine, coarse, coarsest = widths
        self.patches = nn.Sequential(_Convolution(3, fine, _PATCH, _PATCH), nn.ReLU(inplace=True))
        self.fine = nn.Sequential(_Convolution(fine, fine, 3, 1), nn.ReLU(inplace=True))
        self.coarse = nn.Sequential(
            _Convolution(fine, coarse, 3, 2), nn.ReLU(inplace=True), _Residual(coarse)
        )
        self.coarsest = nn.Sequential(
            _Convolution(coarse, coarsest, 3, 2), nn.ReLU(inplace=True), _Residual(coarsest)
        )
        self.around = _Convolution(coarsest, coarse, 1, 1)
        cell = 4 * _PATCH
        self.features = nn.Linear(coarsest * (HEIGHT // cell) * (view.width // cell), features)
        # From centimetres right and down to −1..1 over the view.
        self._reach = (2 / view.span, 2 * view.width / (view.span * HEIGHT))

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine = self.fine(self.patches(_even(view)))
        coarse = self.coarse(fine)
        coarsest = self.coarsest(coarse)
        around = functional.interpolate(self.around(coarsest), scale_factor=2)
        return fine, functional.relu(coarse + around), self.features(coarsest.flatten(1))

    def sampled(self, maps: _Maps, at: Tensor, mirrored: bool) -> Tensor:
        """(B, N, C) of both maps at places (B, N, 2), centimetres from the view's middle."""
        right, down = self._reach
        grid = (at.detach() * at.new_tensor([-right if mirrored else right, down]))[:, :, None]
        parts = [
            functional.grid_sample(seen, grid, padding_mode="border", align_corners=False) for seen in maps
        ]
        return torch.cat(parts, dim=1)[..., 0].transpose(1, 2)


class _Correction(nn.Module):
    """What is seen at each landmark (B, 478, C) → how far from there it lies (B, 478, 2), centimetres."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.005 * torch.randn(LANDMARK_COUNT, channels, 2))
        self.bias = nn.Parameter(torch.zeros(LANDMARK_COUNT, 2))

    def forward(self, sampled: Tensor) -> Tensor:
        return torch.einsum("bkc,kcd->bkd", sampled, self.weight) + self.bias


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


def on_views(sight: Sight) -> Tensor:
    """(B, 478, 2): the landmarks as they came, centimetres right of and below the middle of each one's view.

    No matrix product, which half precision would round to some tenths of a millimetre.
    """
    away = sight.shape - sight.anchors[:, SEEN_IN]
    return (away[:, :, None] * sight.upright[:, None]).sum(dim=-1)


def _even(view: Tensor) -> Tensor:
    """Each view at the same brightness and contrast, its colours kept."""
    spread, mean = torch.std_mean(
        view[..., ::4, ::4], dim=(1, 2, 3), keepdim=True
    )  # every pixel takes longer
    return (view - mean) / (spread + _LEAST_CONTRAST)
