from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 - torch is an extra

from backend.core.face_views import ATLAS_SHAPE, MIRROR, SEEN_IN, columns  # noqa: E402
from backend.predictor.looking import Convolution  # noqa: E402
from backend.predictor.network import Design, ExpressionNetwork, Sight, fold  # noqa: E402
from backend.predictor.sights import sights_of  # noqa: E402
from protos import arkit  # noqa: E402

from .in_a_mirror import mirrored  # noqa: E402

COLUMNS = {"shape": (478, 3), "angles": (3,), "teacher": (52,), "coefficients": (52,)}
PARTNER = list(arkit.MIRROR_PERMUTATION[:52])


def multiplications(network: ExpressionNetwork, sight: Sight) -> int:
    """Multiply-adds of all convolutions and matrices, for one picture."""
    counted = []

    def count(layer: nn.Module, seen: tuple[torch.Tensor], out: torch.Tensor) -> None:
        weights = layer.weight[0].numel()  # of one number that comes out
        counted.append(out.numel() * weights)

    hooks = [
        layer.register_forward_hook(count)
        for layer in network.modules()
        if isinstance(layer, Convolution | nn.Linear)
    ]
    described = network.describe(Sight(*(part[:1] for part in sight)))
    network(described, described, torch.ones(1, 1))
    for hook in hooks:
        hook.remove()
    return sum(counted)


def test_the_network_that_is_shipped_is_small_enough_for_one_processor(sight: Sight) -> None:
    network = ExpressionNetwork(Design()).eval()
    assert 20e6 < multiplications(network, sight) < 60e6
    assert sum(parameter.numel() for parameter in network.parameters()) < 4e6


def test_an_estimate_is_a_distribution_of_every_coefficient(network: ExpressionNetwork, sight: Sight) -> None:
    described = network.describe(sight)
    assert described.shape == (3, network.width)
    estimate = network(described, described, torch.ones(3, 1))
    assert all(part.shape == (3, 52) for part in estimate)
    assert ((estimate.value >= 0.1) & (estimate.value <= 1)).all()
    assert (estimate.spread > 0).all()


def test_without_a_neutral_the_rest_that_is_given_does_not_matter(
    network: ExpressionNetwork, sight: Sight
) -> None:
    described = network.describe(sight)
    other = described.flip(0)
    without = network(described, other, torch.zeros(3, 1))
    assert torch.equal(without.active, network(described, 0 * other, torch.zeros(3, 1)).active)
    assert not torch.equal(without.active, network(described, other, torch.ones(3, 1)).active)


def test_faces_of_a_batch_do_not_touch_each_other(network: ExpressionNetwork, sight: Sight) -> None:
    together = network.describe(sight)
    alone = network.describe(Sight(*(part[1:2] for part in sight)))
    torch.testing.assert_close(together[1:2], alone)


def test_both_eyes_are_seen_alike_once_mirrored(network: ExpressionNetwork, sight: Sight) -> None:
    right, left = columns(1), columns(2)
    mirrored = sight.atlas.clone()
    mirrored[..., left] = sight.atlas[..., right].flip(-1)
    described = network.describe(sight._replace(atlas=mirrored))
    start, width = 478 * 3 + 52 + network.design.features, network.design.features * 3 // 5
    torch.testing.assert_close(
        described[:, start : start + width], described[:, start + width : start + 2 * width]
    )


def test_of_a_mirrored_face_it_says_the_mirrored_thing(network: ExpressionNetwork) -> None:
    rng = np.random.default_rng(2)
    frames = {
        "atlas": rng.integers(0, 255, (3, *ATLAS_SHAPE, 3), np.uint8),
        "points": np.zeros((3, 478, 2), np.float32),
        **{name: rng.random((3, *size), np.float32) for name, size in COLUMNS.items()},
    }
    flat = (
        np.random.default_rng(3).random((96, 1, 3)).repeat(416, axis=1)
    )  # brightness is read at some columns
    frames["atlas"] = (frames["atlas"] // 8 + 200 * flat).astype(np.uint8)
    plain, other = (network.describe(sight_of(each)) for each in (frames, mirrored(frames)))
    torch.testing.assert_close(network.mirrored(plain), other, atol=5e-3, rtol=0.0)
    read, seen = (network(now, now[:1].expand_as(now), torch.ones(3, 1)) for now in (plain, other))
    for own, mirror_s in zip(read, seen, strict=True):
        torch.testing.assert_close(own[:, PARTNER], mirror_s, atol=1e-3, rtol=0.0)
    assert not torch.allclose(read.active[:, PARTNER], read.active, atol=1e-2)


def sight_of(frames: dict[str, np.ndarray]) -> Sight:
    return sights_of(*(frames[name] for name in ("atlas", "shape", "angles", "teacher")))


def test_brightness_of_the_camera_hardly_matters(network: ExpressionNetwork, sight: Sight) -> None:
    darker = sight._replace(atlas=sight.atlas * 0.8)
    torch.testing.assert_close(network.describe(darker), network.describe(sight), atol=0.05, rtol=0.05)


def test_all_of_a_folded_network_goes_along_to_another_device(
    network: ExpressionNetwork, sight: Sight
) -> None:
    elsewhere = torch.device("meta")  # nothing is computed there, but all must be there
    folded = fold(network).to(elsewhere)
    described = folded.describe(Sight(*(part.to(elsewhere) for part in sight)))
    estimate = folded(described, described[:1].expand_as(described), torch.ones(3, 1, device=elsewhere))
    assert described.device == estimate.value.device == elsewhere


def test_a_folded_network_says_the_same(network: ExpressionNetwork, sight: Sight) -> None:
    for layer in network.modules():
        if isinstance(layer, Convolution):
            layer.mean.uniform_(-1, 1)
            layer.variance.uniform_(0.5, 2)
            layer.scale.data.uniform_(0.5, 2)
            layer.shift.data.uniform_(-1, 1)
    before = network.describe(sight)
    folded = fold(network)
    assert all(layer.folded for layer in folded.modules() if isinstance(layer, Convolution))
    torch.testing.assert_close(folded.describe(sight), before, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("blind", [{"crops": False}, {"landmarks": False}])
def test_a_network_may_be_blind_to_pictures_or_to_landmarks(
    network: ExpressionNetwork, sight: Sight, blind: dict[str, bool]
) -> None:
    partial = ExpressionNetwork(replace(network.design, **blind)).eval()
    described = partial.describe(sight)
    other = sight._replace(
        **{"atlas": torch.rand(3, 3, *ATLAS_SHAPE)} if "crops" in blind else {"shape": 2 * sight.shape}
    )
    assert torch.equal(partial.describe(other), described)


def test_calibration_changes_odds_and_spread_only(network: ExpressionNetwork, sight: Sight) -> None:
    described = network.describe(sight)
    before = network(described, described, torch.ones(3, 1))
    network.slope.fill_(2.0)
    network.shift.fill_(-1.0)
    network.stretch.fill_(3.0)
    after = network(described, described, torch.ones(3, 1))
    torch.testing.assert_close(after.active, 2 * before.active - 1)
    torch.testing.assert_close(after.spread, 3 * before.spread)
    assert torch.equal(after.value, before.value)


def test_landmarks_are_corrected_where_they_lie_on_the_views(
    network: ExpressionNetwork, sight: Sight
) -> None:
    for correction in network.corrections:
        correction.weight.data.zero_()
    start = torch.einsum("bij,bkj->bki", sight.upright, sight.shape - sight.anchors[:, SEEN_IN])
    _, (unmoved, _) = network.looked(sight)
    torch.testing.assert_close(unmoved, start)
    for landmark, right in ((7, 0.3), (MIRROR[7], -0.3)):
        network.corrections[1].bias.data[landmark] = torch.tensor([right, -0.2])
    described, (_, moved) = network.looked(sight)
    torch.testing.assert_close(moved[:, 7] - start[:, 7], torch.tensor([0.3, -0.2]).expand(3, 2))
    shape = described[:, : 478 * 3].view(3, 478, 3)
    moved_at = (shape != sight.shape).any(dim=2).any(dim=0).nonzero()
    assert torch.equal(moved_at, torch.tensor([[7], [MIRROR[7]]]))
    torch.testing.assert_close((shape - sight.shape).norm(dim=2)[:, 7], torch.tensor(0.13**0.5).expand(3))


def test_what_is_sampled_follows_a_landmark(network: ExpressionNetwork, sight: Sight) -> None:
    fine = torch.arange(24.0).view(1, 1, 24, 1).expand(1, 1, 24, 32)
    rows = network.mouth.sampled(
        (fine, fine), torch.tensor([[[0.0, 0.0], [0.0, 1.2], [2.0, 0.0]]]), mirrored=False
    )
    middle, lower, beside = rows[0, :, 0].tolist()
    assert middle == beside == pytest.approx(11.5)
    assert lower - middle == pytest.approx(1.2 / 7.2 * 24)
