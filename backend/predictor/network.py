"""The network that reads an expression: what is seen of a face now, held against the same face at rest.

Expressions are read from where landmarks are, and MediaPipe's lie some millimetres off. So the network looks
again: at each landmark it samples what its own convolutions see in the picture there, and corrects it, twice.
It describes one picture at a time, so that a performer's neutral is described once and kept; the difference
of two descriptions is then how the landmarks moved.

In a mirror any performer is another possible one. So the network is made such that of a mirrored sight it
says the mirrored thing, exactly, whatever it has learnt: it learns what a left brow does from right ones too.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from protos import arkit

from ..core.curves import COEFFICIENT_COUNT
from ..core.expression_distribution import ACTIVE
from ..core.face_views import MIRROR, SEEN_IN, VIEWS, columns
from ..core.faces import LANDMARK_COUNT
from .looking import Convolution, Looking, Maps, exchanged
from .steadying import ViewColumns

LEAST_SPREAD = 0.004  # a channel cannot be known better than captures repeat
_COORDINATES = LANDMARK_COUNT * 3
_MOUTH, _RIGHT, _LEFT, _CHEEKS = range(len(VIEWS))
_MOVED = 4.0  # an expression moves landmarks by a fraction of what people differ
CORRECTIONS = 2

# Landmarks by the view that sees them, how many each view sees, and where each landmark is then.
_BY_VIEW = np.argsort(SEEN_IN, kind="stable")
_IN_VIEW = np.bincount(SEEN_IN).tolist()
_FROM_VIEWS = np.argsort(_BY_VIEW)

# Channels are read from one side of the face; the other side's, from the same face in the mirror.
_PARTNER = arkit.MIRROR_PERMUTATION[:COEFFICIENT_COUNT]
_READ = [channel for channel, partner in enumerate(_PARTNER) if channel <= partner]
_READ_AS = [_READ.index(min(channel, partner)) for channel, partner in enumerate(_PARTNER)]
_FROM_MIRROR = [0.5 if c == partner else float(c > partner) for c, partner in enumerate(_PARTNER)]


class Sight(NamedTuple):
    """B faces as seen in their pictures.

    atlas    (B, 3, 96, 416) RGB, uint8, the views of core.face_views side by side
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

    Buffers: `landmark_mean` and `landmark_scale` standardise landmarks, the same on both sides of the face,
    filled before training. Those of the calibration change nothing until it has been fitted: log odds become
    slope · odds + shift, spreads are stretched. core.expression_distribution wants `rest_scale` (52,) and
    `gate` () beside the Estimate. `central` (52,) is the share of the belief that an interval must hold to
    hold 80 % of the active truths.
    """

    landmark_mean: Tensor
    landmark_scale: Tensor
    slope: Tensor
    shift: Tensor
    stretch: Tensor
    rest_scale: Tensor
    _from_mirror: Tensor
    central: Tensor
    gate: Tensor

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        small = design.features * 3 // 5
        if design.crops:
            self.mouth = Looking(design.widths, VIEWS[_MOUTH], design.features, twin=True)
            self.eye = Looking(design.widths, VIEWS[_RIGHT], small, twin=False)
            self.cheeks = Looking(design.widths, VIEWS[_CHEEKS], small, twin=True)
        corrections = CORRECTIONS if design.crops and design.landmarks else 0
        self.corrections = nn.ModuleList(_Correction(*design.widths[:2]) for _ in range(corrections))
        landmarks = [_COORDINATES, COEFFICIENT_COUNT] if design.landmarks else []
        looks = [design.features, small, small, small] if design.crops else []
        self._parts = [*landmarks, *looks, 3]  # of a description
        self.width = sum(self._parts)
        self.join = _Join(2 * self.width + 1, design.hidden, design.depth)
        self.read = nn.Linear(design.hidden, 3 * len(_READ))
        self.register_buffer("landmark_mean", torch.zeros(LANDMARK_COUNT, 3))
        self.register_buffer("landmark_scale", torch.ones(LANDMARK_COUNT, 3))
        starts = {"slope": 1.0, "shift": 0.0, "stretch": 1.0, "rest_scale": 0.02, "central": 0.8}
        for name, start in starts.items():
            self.register_buffer(name, torch.full((COEFFICIENT_COUNT,), start))
        self.register_buffer("gate", torch.tensor(1.0))
        self.register_buffer("_from_mirror", torch.tensor(_FROM_MIRROR), persistent=False)

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

    def _corrected(self, start: Tensor, maps: list[Maps]) -> list[Tensor]:
        at, found = start[:, _BY_VIEW], []
        for correction in self.corrections:
            places = torch.split(at, _IN_VIEW, dim=1)
            sampled = [
                view.sampled(seen, where, mirrored=number == _LEFT)
                for number, (view, seen, where) in enumerate(zip(self._views, maps, places, strict=True))
            ]
            at = at + correction(torch.cat(sampled, dim=1))
            found.append(at[:, _FROM_VIEWS])
        return found

    @property
    def _views(self) -> list[Looking]:
        return [self.mouth, self.eye, self.eye, self.cheeks]

    def _maps(self, atlas: Tensor) -> tuple[list[Maps], list[Tensor]]:
        """What is seen in each view, and what each comes to."""
        eyes = torch.cat([atlas[..., columns(_RIGHT)], atlas[..., columns(_LEFT)].flip(-1)])
        fine, coarse, features = self.eye(eyes)
        both = list(zip(fine.chunk(2), coarse.chunk(2), strict=True))
        mouth, cheeks = self.mouth(atlas[..., columns(_MOUTH)]), self.cheeks(atlas[..., columns(_CHEEKS)])
        return [mouth[:2], *both, cheeks[:2]], [mouth[2], *features.chunk(2), cheeks[2]]

    def joined(self, now: Tensor, rest: Tensor, has_rest: Tensor) -> Tensor:
        """(2 · B, hidden) of descriptions (B, width) now and at rest, as they are and then as in a mirror.

        has_rest (B, 1): 1, 0 without a neutral.
        """
        moved = _MOVED * (now - rest) * has_rest
        both = [torch.cat([part, self.mirrored(part)]) for part in (now, moved)]
        hidden: Tensor = self.join(torch.cat([*both, has_rest.repeat(2, 1)], dim=1))
        return hidden

    def columns_by_view(self) -> list[ViewColumns]:
        """Of a description: what comes from each view; none where landmarks or views are not looked at."""
        if not self.corrections:
            return []
        ends = np.cumsum(self._parts)[-5:-1]
        landmarks = [np.flatnonzero(np.repeat(view == SEEN_IN, 3)) for view in range(len(VIEWS))]
        features = [np.arange(end - size, end) for end, size in zip(ends, self._parts[-5:-1], strict=True)]
        return list(map(ViewColumns, landmarks, map(np.append, landmarks, features)))

    def mirrored(self, described: Tensor) -> Tensor:
        """(B, width): how the same pictures would be described if a mirror showed them."""
        parts = torch.split(described, self._parts, dim=1)
        angles = parts[-1] * described.new_tensor([-1.0, 1.0, -1.0])
        landmarks, looks = [], []
        if self.design.landmarks:
            shape = parts[0].view(-1, LANDMARK_COUNT, 3)[:, MIRROR] * described.new_tensor([-1.0, 1.0, 1.0])
            landmarks = [shape.flatten(1), parts[1][:, _PARTNER]]
        if self.design.crops:
            mouth, right, left, cheeks = parts[-5:-1]
            looks = [exchanged(mouth), left, right, exchanged(cheeks)]
        return torch.cat([*landmarks, *looks, angles], dim=1)

    def estimate(self, hidden: Tensor) -> Estimate:
        """Of what `joined` gives."""
        plain, mirrored = self.read(hidden).float().unflatten(1, (3, -1))[:, :, _READ_AS].chunk(2)
        active, value, spread = torch.lerp(plain, mirrored, self._from_mirror).unbind(dim=1)
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
    for layer in list(network.modules()):
        if isinstance(layer, Convolution | _Correction):
            layer.fold()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # unknown to torch's stubs
    return network


class _Correction(nn.Module):
    """What is seen at each landmark (B, 478, C), ordered by view → how far from there it lies (B, 478, 2),
    centimetres.

    fine, coarse  channels of the two maps that were sampled
    """

    _in_mirror: Tensor
    _weight: Tensor | None
    _bias: Tensor | None

    def __init__(self, fine: int, coarse: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.005 * torch.randn(LANDMARK_COUNT, fine + coarse, 2))
        self.bias = nn.Parameter(torch.zeros(LANDMARK_COUNT, 2))
        # Of both sides, once folded; buffers, so that they go along to another device.
        self.register_buffer("_weight", None, persistent=False)
        self.register_buffer("_bias", None, persistent=False)
        channels = torch.arange(fine + coarse)
        halves = torch.cat([half.roll(len(half) // 2) for half in torch.split(channels, [fine, coarse])])
        twin = torch.from_numpy((SEEN_IN == _MOUTH) | (SEEN_IN == _CHEEKS))[:, None]
        # Which channel sees in the mirror what each sees; the left eye's view is shown flipped as it is.
        in_mirror = torch.where(twin, halves, channels)[:, :, None].expand(-1, -1, 2)
        self.register_buffer("_in_mirror", in_mirror, persistent=False)

    def forward(self, sampled: Tensor) -> Tensor:
        weight, bias = self._weight, self._bias
        if weight is None or bias is None:
            weight, bias = self._of_both_sides()
        return torch.einsum("bkc,kcd->bkd", sampled, weight) + bias

    def fold(self) -> None:
        """No more training after that."""
        self._weight, self._bias = self._of_both_sides()

    def _of_both_sides(self) -> tuple[Tensor, Tensor]:
        across = self.weight.new_tensor([-1.0, 1.0])
        weight = (self.weight + across * self.weight[MIRROR].gather(1, self._in_mirror)) / 2
        bias = (self.bias + across * self.bias[MIRROR]) / 2
        return weight[_BY_VIEW], bias[_BY_VIEW]


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
