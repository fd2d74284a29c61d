import numpy as np
import pytest

torch = pytest.importorskip("torch")

from backend.core.expression_distribution import ExpressionDistribution  # noqa: E402 - torch is an extra
from backend.predictor.network import Estimate  # noqa: E402
from training.losses import (  # noqa: E402
    channel_weights,
    cut_logistic_nll,
    distribution_terms,
    expected_value,
    landmark_errors,
    point_terms,
)

REST = torch.full((52,), 0.01)
EVEN = torch.ones(52)


def told(odds: float, value: float, spread: float, rows: int = 1) -> Estimate:
    return Estimate(*(torch.full((rows, 52), number) for number in (odds, value, spread)))


@pytest.mark.parametrize(("value", "spread"), [(0.1, 0.004), (0.5, 0.05), (1.0, 0.2), (0.3, 2.0)])
def test_the_likelihood_is_a_density_over_active_values(value: float, spread: float) -> None:
    truth = torch.linspace(0.1, 1.0, 20_001, dtype=torch.float64)
    misses = cut_logistic_nll(torch.tensor(value).double(), torch.tensor(spread).double(), truth)
    assert torch.trapezoid(torch.exp(-misses), truth) == pytest.approx(1.0, abs=2e-3)


def test_the_expected_value_is_the_distributions_mean() -> None:
    random = np.random.default_rng(0)
    odds, value, spread = random.normal(0, 2, 52), random.uniform(0.1, 1, 52), random.uniform(0.01, 0.5, 52)
    belief = ExpressionDistribution(1 / (1 + np.exp(-odds)), value, spread, REST.double().numpy())
    estimate = Estimate(*(torch.from_numpy(part)[None] for part in (odds, value, spread)))
    assert expected_value(estimate, REST.double())[0].numpy() == pytest.approx(belief.mean(), abs=1e-6)


def test_a_better_belief_costs_less() -> None:
    truth = torch.zeros(4, 52)
    truth[:, :10] = 0.7
    good = Estimate(
        torch.where(truth > 0.1, 4.0, -4.0), torch.full_like(truth, 0.7), torch.full_like(truth, 0.05)
    )
    unsure, wrong = told(0.0, 0.5, 0.3, 4), told(4.0, 0.3, 0.02, 4)
    of_good, of_unsure, of_wrong = (
        sum(distribution_terms(belief, truth, REST, EVEN)) for belief in (good, unsure, wrong)
    )
    assert of_good < of_unsure < of_wrong


def test_at_rest_the_likelihood_of_values_says_nothing() -> None:
    terms = distribution_terms(told(-5.0, 0.5, 0.1), torch.zeros(1, 52), REST, EVEN)
    assert terms.value == 0
    assert terms.activity < 0.01


@pytest.mark.parametrize("odds", [-60.0, 60.0])
@pytest.mark.parametrize("value", [0.1, 1.0])
@pytest.mark.parametrize("spread", [0.004, 50.0])
def test_gradients_stay_finite_at_the_edges(odds: float, value: float, spread: float) -> None:
    parts = [torch.full((2, 52), number, requires_grad=True) for number in (odds, value, spread)]
    truth = torch.tensor([[0.0] * 26 + [1.0] * 26, [0.1001] * 52])
    sum(distribution_terms(Estimate(*parts), truth, REST, EVEN)).backward()
    assert all(torch.isfinite(part.grad).all() for part in parts)


def test_a_network_without_a_distribution_is_judged_by_its_expected_value_only() -> None:
    truth = torch.full((1, 52), 0.5)
    terms = point_terms(told(9.0, 0.5, 0.01), truth, REST, EVEN)
    assert terms.activity == terms.value == 0
    assert terms.expected < 1e-3 < point_terms(told(-9.0, 0.5, 0.01), truth, REST, EVEN).expected


def test_rare_channels_count_more_within_limits() -> None:
    weights = channel_weights(torch.tensor([0.5, 0.1, 0.0]))
    assert weights[0] < weights[1] < weights[2]
    assert weights.mean() == pytest.approx(1.0)
    assert weights.max() / weights.min() <= 9.0


def test_a_place_that_is_always_off_by_the_same_moves_as_the_truth_does() -> None:
    points = torch.zeros(6, 478, 2)
    points[1:3] = 0.5
    place, movement = landmark_errors([points + 0.2], points, groups=2)
    assert place == pytest.approx(0.2)
    assert movement == pytest.approx(0.0, abs=1e-6)


def test_movements_are_those_since_the_first_frame_of_a_group() -> None:
    points = torch.zeros(6, 478, 2)
    found = points.clone()
    found[4] = 0.3
    _, movement = landmark_errors([found], points, groups=2)
    assert movement == pytest.approx(0.3 / 4)
    found[3] = 0.3  # the second group's first
    _, movement = landmark_errors([found], points, groups=2)
    assert movement == pytest.approx(0.3 / 4)


def test_later_corrections_count_more_and_landmarks_out_of_view_do_not() -> None:
    points = torch.zeros(2, 478, 2)
    near, far = points + 0.1, points + 0.2
    assert landmark_errors([far, near], points, 1)[0] < landmark_errors([near, far], points, 1)[0]
    outside = torch.full((2, 478, 2), 50.0)
    assert landmark_errors([near], outside, 1) == (0.0, 0.0)
