"""What the network sees in one view of a face: plain residual convolutions, and what they see at a place.

The views of the whole width look at both halves of the face. There a second half of each layer's channels
sees in the mirror what the first sees (a group convolution, Cohen and Welling 2016, for the group of one
reflection): a mirrored picture gives mirrored maps with those halves exchanged, with half the weights.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..core.face_views import HEIGHT, View

PATCH = 4  # pixels
_LEAST_CONTRAST = 0.05 * 255  # of a view's brightness; a flatter one is noise that must not be blown up
Maps = tuple[Tensor, Tensor]


def exchanged(seen: Tensor) -> Tensor:
    """(B, C, …) with both halves of the channels exchanged, as a mirror does."""
    return seen.roll(seen.shape[1] // 2, dims=1)


class Looking(nn.Module):
    """A view (B, 3, 96, width) → maps (B, C, rows, columns), fine and coarse, and the whole (B, features).

    twin  the view shows both halves of the face: a mirror exchanges halves of channels and features
    """

    def __init__(self, widths: tuple[int, ...], view: View, features: int, twin: bool) -> None:
        super().__init__()
        fine, coarse, coarsest = widths
        self._twin = twin
        # A mirror of an even width leaves no middle column: where columns are halved, four at once are seen.
        half = (4 if twin else 3, 2)
        self.patches = Convolution(3, fine, (PATCH, PATCH), twin, of_picture=True)
        self.fine = Convolution(fine, fine, (3, 1), twin)
        self.coarse = nn.Sequential(Convolution(fine, coarse, half, twin), _Residual(coarse, twin))
        self.coarsest = nn.Sequential(Convolution(coarse, coarsest, half, twin), _Residual(coarsest, twin))
        self.around = Convolution(coarsest, coarse, (1, 1), twin, bent=False)
        cells = (HEIGHT // (4 * PATCH)) * (view.width // (4 * PATCH))
        self.features = nn.Linear(coarsest * cells, features // (1 + twin))
        # From centimetres right and down to −1..1 over the view.
        self._reach = (2 / view.span, 2 * view.width / (view.span * HEIGHT))

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine = self.fine(self.patches(_even(view)))
        coarse = self.coarse(fine)
        coarsest = self.coarsest(coarse)
        around = functional.interpolate(self.around(coarsest), scale_factor=2)
        sides = [coarsest, exchanged(coarsest.flip(-1))] if self._twin else [coarsest]
        features = torch.cat([self.features(side.flatten(1)) for side in sides], dim=1)
        return fine, functional.relu(coarse + around), features

    def sampled(self, maps: Maps, at: Tensor, mirrored: bool) -> Tensor:
        """(B, N, C) of both maps at places (B, N, 2), centimetres from the view's middle."""
        right, down = self._reach
        grid = (at.detach() * at.new_tensor([-right if mirrored else right, down]))[:, :, None]
        parts = [
            functional.grid_sample(seen, grid, padding_mode="border", align_corners=False) for seen in maps
        ]
        return torch.cat(parts, dim=1)[..., 0].transpose(1, 2)


class Convolution(nn.Module):
    """Normalised over the batch.

    size        of the kernel, and the step
    twin        half of the channels that come out see in the mirror what the others see
    of_picture  what comes in has no such halves
    bent        whether a rectifier follows
    """

    mean: Tensor
    variance: Tensor

    def __init__(
        self, before: int, after: int, size: tuple[int, int], twin: bool,
        of_picture: bool = False, bent: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        kernel, self._step = size
        self._margin = (kernel - self._step + 1) // 2
        self._twin, self._of_picture, self._bent = twin, of_picture, bent
        own = after // (1 + twin)
        self.weight = nn.Parameter(torch.empty(own, before, kernel, kernel))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        self.scale, self.shift = nn.Parameter(torch.ones(own)), nn.Parameter(torch.zeros(own))
        self.register_buffer("mean", torch.zeros(after))
        self.register_buffer("variance", torch.ones(after))
        self.folded: nn.Conv2d | None = None

    def forward(self, seen: Tensor) -> Tensor:
        if self.folded is None:
            out = functional.conv2d(seen, self._weight(), None, self._step, self._margin)
            scale, shift = (part.repeat(1 + self._twin) for part in (self.scale, self.shift))
            mean, variance = (self.mean, self.variance) if self.training else self._seen()
            out = functional.batch_norm(out, mean, variance, scale, shift, self.training)
        else:
            out = self.folded(seen)
        return functional.relu(out, inplace=True) if self._bent else out

    def fold(self) -> None:
        """Puts the normalisation into the kernels; no more training after that."""
        mean, variance = self._seen()
        scale, shift = (part.repeat(1 + self._twin) for part in (self.scale, self.shift))
        gain = scale / torch.sqrt(variance + 1e-5)
        whole = self._weight()
        self.folded = nn.Conv2d(whole.shape[1], len(whole), whole.shape[2], self._step, self._margin)
        self.folded.weight = nn.Parameter(whole * gain[:, None, None, None])
        self.folded.bias = nn.Parameter(shift - mean * gain)

    def _weight(self) -> Tensor:
        """Of all channels."""
        if not self._twin:
            return self.weight
        mirrored = self.weight.flip(-1)
        return torch.cat([self.weight, mirrored if self._of_picture else exchanged(mirrored)])

    def _seen(self) -> tuple[Tensor, Tensor]:
        """Mean and variance, the same for both halves: they differ by what was drawn only."""
        if not self._twin:
            return self.mean, self.variance
        mean, variance = (part.view(2, -1).mean(dim=0).repeat(2) for part in (self.mean, self.variance))
        return mean, variance


class _Residual(nn.Module):
    def __init__(self, width: int, twin: bool) -> None:
        super().__init__()
        self.first = Convolution(width, width, (3, 1), twin)
        self.second = Convolution(width, width, (1, 1), twin, bent=False)

    def forward(self, seen: Tensor) -> Tensor:
        return functional.relu(seen + self.second(self.first(seen)), inplace=True)


def _even(view: Tensor) -> Tensor:
    """Each view at the same brightness and contrast, its colours kept."""
    some = view[..., ::4, ::4].float()  # every pixel takes longer
    spread, mean = torch.std_mean(some, dim=(1, 2, 3), keepdim=True)
    return (view - mean) / (spread + _LEAST_CONTRAST)
