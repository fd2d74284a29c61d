import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.expression_distribution import ACTIVE, ExpressionDistribution, rest_scale_of

probabilities = st.floats(0.0, 1.0)
beliefs = st.builds(
    lambda active, value, spread, rest: ExpressionDistribution(
        *(np.array([number]) for number in (active, value, spread, rest))
    ),
    probabilities,
    st.floats(ACTIVE, 1.0),
    st.floats(0.004, 0.6),
    st.floats(0.001, 0.5),
)


def one(active: float, value: float, spread: float, rest: float = 0.01) -> ExpressionDistribution:
    return ExpressionDistribution(*(np.array([number]) for number in (active, value, spread, rest)))


@given(beliefs, st.floats(0.0, 1.0))
def test_a_quantile_is_where_the_distribution_function_reaches_its_level(
    belief: ExpressionDistribution, level: float
) -> None:
    reached = belief.cdf(belief.quantile(level))
    assert reached == pytest.approx(level, abs=1e-6)


@given(beliefs)
def test_all_probability_lies_between_0_and_1_and_what_is_active_over_a_tenth(
    belief: ExpressionDistribution,
) -> None:
    assert belief.cdf(-1e-9) == 0.0
    assert belief.cdf(1.0) == 1.0
    assert belief.cdf(ACTIVE) == pytest.approx(1 - belief.active, abs=1e-9)


@given(beliefs)
def test_the_mean_is_the_mean_of_many_quantiles(belief: ExpressionDistribution) -> None:
    levels = (np.arange(4000) + 0.5) / 4000
    assert belief.mean() == pytest.approx(belief.quantile(levels).mean(), abs=2e-3)


def test_samples_follow_the_distribution() -> None:
    belief = ExpressionDistribution(
        np.full(20_000, 0.3), np.full(20_000, 0.5), np.full(20_000, 0.1), np.array(0.02)
    )
    drawn = belief.sample(np.random.default_rng(0))
    assert (drawn > ACTIVE).mean() == pytest.approx(0.3, abs=0.02)
    low, high = one(0.3, 0.5, 0.1, 0.02).interval(0.8)
    assert ((drawn >= low) & (drawn <= high)).mean() == pytest.approx(0.8, abs=0.02)


def test_the_score_of_a_certain_belief_is_its_distance_from_the_truth() -> None:
    assert one(1.0, 0.7, 1e-4).crps(np.array([0.4])) == pytest.approx(0.3, abs=1e-3)


def test_the_score_rewards_admitting_doubt_about_a_miss() -> None:
    truth = np.array([0.4])
    assert one(1.0, 0.7, 0.1).crps(truth) < one(1.0, 0.7, 0.01).crps(truth)


def test_the_gate_silences_what_is_unlikely_and_speaks_out_what_is_likely() -> None:
    unlikely, likely = one(0.2, 0.6, 0.02), one(0.8, 0.6, 0.02)
    assert unlikely.point(3.0) < unlikely.point(1.0) < 0.15
    assert likely.point(1.0) < likely.point(3.0) < 0.61


def test_the_point_moves_smoothly_with_the_odds() -> None:
    odds = np.linspace(-6, 6, 600)
    active = 1 / (1 + np.exp(-odds))
    points = ExpressionDistribution(active, np.full(600, 0.9), np.full(600, 0.02), np.array(0.01)).point(3.0)
    assert np.diff(points).min() > 0
    assert np.diff(points).max() < 0.02


def test_confidence_falls_with_spread_and_with_doubt() -> None:
    def confidence(belief: ExpressionDistribution) -> float:
        return float(belief.confidence(belief.point())[0])

    assert confidence(one(0.99, 0.6, 0.01)) > 0.95
    assert confidence(one(0.99, 0.6, 0.2)) < 0.5
    assert confidence(one(0.5, 0.6, 0.01)) < 0.1
    assert confidence(one(0.01, 0.6, 0.2)) > 0.95


def test_deviation_is_the_spread_of_what_may_be() -> None:
    assert one(0.0, 0.5, 0.1, 0.005).deviation() == pytest.approx(0.005, abs=1e-3)
    assert one(0.5, 0.9, 0.005, 0.001).deviation() == pytest.approx(0.45, abs=0.01)


@given(st.floats(0.002, 0.045))
def test_the_scale_of_rest_is_found_from_the_mean_at_rest(mean: float) -> None:
    belief = one(0.0, 0.5, 0.1, float(rest_scale_of(np.array(mean))))
    assert belief.mean() == pytest.approx(mean, rel=0.01)
