import numpy as np
import pytest

torch = pytest.importorskip("torch")

from backend.core.expression_distribution import ACTIVE, ExpressionDistribution  # noqa: E402 - torch is an extra
from backend.predictor.network import ExpressionNetwork  # noqa: E402
from protos import arkit  # noqa: E402
from tests.training.people import SMALL, crowd  # noqa: E402
from training.calibrate import apply, best_gate, fitted, judged, on_both_sides, reset, scaled_odds  # noqa: E402
from training.validation import believed, scores  # noqa: E402

CHANNELS = 12


def overconfident(count: int, seed: int) -> tuple[np.ndarray, ExpressionDistribution]:
    """Truth drawn from an honest belief, and the belief with odds and precision exaggerated."""
    random = np.random.default_rng(seed)
    odds = random.normal(-3, 4, (count, CHANNELS))
    value, rest = random.uniform(0.2, 0.9, (count, CHANNELS)), np.full(CHANNELS, 0.01)
    honest = ExpressionDistribution(1 / (1 + np.exp(-odds)), value, np.full_like(value, 0.06), rest)
    exaggerated = 1 / (1 + np.exp(-(2 * np.clip(odds, -6, 6) + 1)))
    return honest.sample(random), ExpressionDistribution(
        exaggerated, value, np.full_like(value, 0.02), 5 * rest
    )


def test_exaggerated_odds_are_taken_back() -> None:
    truth, belief = overconfident(1500, 0)
    odds = np.log(belief.active) - np.log1p(-belief.active)
    slope, shift = scaled_odds(np.clip(odds, -13, 13), truth > ACTIVE)
    assert slope == pytest.approx(0.5, abs=0.15)
    assert shift == pytest.approx(-0.5, abs=0.5)


def test_a_smile_of_one_side_teaches_the_other_side_too() -> None:
    rng = np.random.default_rng(0)
    parts = rng.uniform(0.0, 0.9, (4, 200, 52))
    parts[2] = 0.1 + 0.8 * parts[2]
    belief = ExpressionDistribution(*parts[1:], np.full(52, 0.02))
    truth, both = on_both_sides(parts[0], belief)
    left, right = (arkit.INDEX[f"mouthSmile{side}"] for side in ("Left", "Right"))
    np.testing.assert_array_equal(truth[200:, left], parts[0][:, right])
    np.testing.assert_array_equal(both.spread[200:, right], belief.spread[:, left])
    calibration = fitted(truth, both)
    for fitted_part in (calibration.slope, calibration.stretch, calibration.central, calibration.rest_scale):
        np.testing.assert_allclose(fitted_part[left], fitted_part[right], rtol=1e-6)


def test_a_channel_never_active_keeps_odds_that_say_so() -> None:
    odds = np.random.default_rng(0).normal(-4, 1, (500, 1))
    slope, shift = scaled_odds(odds, np.zeros((500, 1), bool))
    probability = 1 / (1 + np.exp(-(slope * odds + shift)))
    assert np.isfinite([*slope, *shift]).all()
    assert (probability < 1 / (1 + np.exp(-odds))).all()


def test_intervals_hold_what_they_promise_after_calibration() -> None:
    calibration = fitted(*overconfident(1000, 0))
    truth, belief = overconfident(1000, 1)
    odds = np.log(belief.active) - np.log1p(-belief.active)
    calibrated = ExpressionDistribution(
        1 / (1 + np.exp(-(calibration.slope * odds + calibration.shift))),
        belief.value,
        belief.spread * calibration.stretch,
        calibration.rest_scale,
    )
    before = judged(truth, belief, 0.8, 1.0)
    after = judged(truth, calibrated, calibration.central, calibration.gate)
    assert abs(after["coverage80"] - 0.8) < 0.05 < abs(before["coverage80"] - 0.8)
    assert after["crps"] < before["crps"]


def test_a_calibration_is_applied_and_taken_back() -> None:
    torch.manual_seed(0)
    network, batches = ExpressionNetwork(SMALL), [next(crowd(6, 4))]
    truth, before = believed(network, batches)
    calibration = fitted(truth, before)
    apply(network, calibration)
    _, after = believed(network, batches)
    assert after.spread == pytest.approx(before.spread * calibration.stretch, rel=1e-4)
    assert float(network.gate) == calibration.gate
    reset(network)
    _, again = believed(network, batches)
    assert again.active == pytest.approx(before.active, rel=1e-4)
    assert again.spread == pytest.approx(before.spread, rel=1e-4)


def test_a_gate_is_never_bought_with_much_of_the_active_error() -> None:
    truth, belief = overconfident(1000, 2)
    errors = {
        gate: scores(truth, belief.point(gate))["active_mae"] for gate in (1.0, best_gate(truth, belief))
    }
    assert max(errors.values()) <= 1.02 * errors[1.0]
