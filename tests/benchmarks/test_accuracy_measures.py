"""Every measure on numbers whose answer is known beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import accuracy_measures as measures
from benchmarks.accuracy_floor import best_map
from protos import arkit

COUNT = len(arkit.COEFFICIENTS)
JAW, TONGUE = arkit.INDEX["jawOpen"], arkit.INDEX["tongueOut"]


def estimates(truth, estimate, person=None, owned=None, **more):
    truth, estimate = np.asarray(truth, float), np.asarray(estimate, float)
    unknown = np.full(truth.shape, np.nan)
    known = {
        "owned": np.ones(truth.shape, bool) if owned is None else np.tile(owned, (len(truth), 1)),
        "person": np.arange(len(truth)) if person is None else np.asarray(person),
        "kind": np.full(len(truth), "single"),
        "visible": unknown[:, 0],
        "low": unknown, "high": unknown, "crps": unknown, "confidence": unknown,
    }  # fmt: skip
    return measures.Estimates(truth, estimate, **(known | more))


def rows(*given):
    """Frames (N, 52) from {channel: value} each."""
    out = np.zeros((len(given), COUNT))
    for row, values in zip(out, given, strict=True):
        for name, value in values.items():
            row[arkit.INDEX[name]] = value
    return out


def test_errors_where_something_is_done_and_where_nothing_is():
    of = estimates(rows({"jawOpen": 0.8}, {"jawOpen": 0.1}), rows({"jawOpen": 0.5}, {"tongueOut": 0.4}))
    assert float(measures.active_mae(of)) == pytest.approx(0.3)
    assert float(measures.inactive_mae(of)) == pytest.approx((0.1 + 0.4) / (2 * COUNT - 1))
    assert float(measures.mae(of)) == pytest.approx(0.8 / (2 * COUNT))
    assert float(measures.false_activation(of)) == pytest.approx(0.4 / (2 * COUNT - 2))


def test_channels_that_move_nothing_on_a_head_do_not_count():
    owned = np.arange(COUNT) == JAW
    of = estimates(rows({"jawOpen": 0.8}), rows({"jawOpen": 0.5, "tongueOut": 1}), owned=owned)
    assert float(measures.mae(of)) == pytest.approx(0.3)
    assert float(measures.false_activation(of)) != float(measures.false_activation(of))  # there is none


def test_correlation_is_numpys_and_a_constant_has_none():
    rng = np.random.default_rng(0)
    truth = rng.random((60, COUNT))
    estimate = truth + rng.normal(0, 0.3, truth.shape)
    estimate[:, JAW] = 0.4
    truth[:, TONGUE] = 0
    expected = [
        0 if i == JAW else np.corrcoef(truth[:, i], estimate[:, i])[0, 1] for i in range(COUNT) if i != TONGUE
    ]
    of = estimates(truth, estimate, person=np.arange(60) // 5)
    assert float(measures.mean_r(of)) == pytest.approx(np.mean(expected))
    by_channel = measures.channel_r(of)
    assert np.isnan(by_channel[TONGUE])
    assert by_channel[JAW] == 0
    np.testing.assert_allclose(np.delete(by_channel, TONGUE), expected, atol=1e-9)


def test_strong_outputs_and_what_moves_beside_them():
    truth = rows({"jawOpen": 0.9}, {"jawOpen": 0.6, "tongueOut": 0.2}, {"tongueOut": 0.3})
    given = rows({"jawOpen": 0.5, "tongueOut": 0.51}, {"jawOpen": 0.3, "tongueOut": 1}, {"jawOpen": 1})
    outputs, beside = measures.strong_outputs(estimates(truth, given))
    assert outputs[JAW] == pytest.approx(0.4)
    assert beside[JAW] == pytest.approx(0.51 / (51 + 50))
    assert np.isnan(outputs[TONGUE])


def test_coverage_counts_active_entries_only():
    truth = rows({"jawOpen": 0.5}, {"jawOpen": 0.5}, {})
    low, high = np.full(truth.shape, 0.4), np.full(truth.shape, 0.6)
    low[1], high[1] = 0.6, 0.7
    of = estimates(truth, truth, low=low, high=high)
    assert float(measures.coverage(of)) == pytest.approx(0.5)


def test_a_sharp_distribution_scores_better_than_a_constant_width():
    rng = np.random.default_rng(1)
    truth = rng.random((40, COUNT))
    width = np.where(rng.random(truth.shape) < 0.5, 0.01, 0.2)
    estimate = truth + rng.laplace(0, width)
    error = np.abs(estimate - truth)
    crps = error + width * np.exp(-error / width) - 0.75 * width
    of = estimates(truth, estimate, crps=crps)
    assert float(measures.crps_ratio(of)) < 0.9
    same = estimates(truth, estimate, crps=measures.constant_width_crps(of))
    assert float(measures.crps_ratio(same)) == pytest.approx(1)


def test_the_crps_of_a_constant_width_is_that_of_a_laplace_distribution():
    of = estimates(np.zeros((1, COUNT)), np.full((1, COUNT), 0.1))
    z = np.linspace(-3, 3, 60001)

    def integrated(width):
        tail = 0.5 * np.exp(-np.abs(z - 0.1) / width)
        cdf = np.where(z < 0.1, tail, 1 - tail)
        return np.sum((cdf - (z >= 0)) ** 2) * (z[1] - z[0])

    best = min(integrated(width) for width in np.geomspace(1e-3, 0.5, 40))
    assert measures.constant_width_crps(of)[0, 0] == pytest.approx(best, abs=1e-3)


def test_doubt_that_orders_the_errors_is_worth_one():
    truth = np.zeros((30, COUNT))
    estimate = np.random.default_rng(0).random(truth.shape)
    of = estimates(truth, estimate, confidence=1 - estimate**3)
    assert float(measures.doubt_tells_error(of)) == pytest.approx(1)
    wrong = estimates(truth, estimate, confidence=estimate)
    assert float(measures.doubt_tells_error(wrong)) == pytest.approx(-1)


def test_ties_share_their_rank():
    one, other = np.array([[1.0], [1], [2], [3]]), np.array([[1.0], [2], [3], [3]])
    ranks = np.corrcoef([0.5, 0.5, 2, 3], [0, 1, 2.5, 2.5])[0, 1]
    found = measures.rank_correlation(one, other, np.ones((4, 1), bool), np.arange(4))
    assert float(found) == pytest.approx(ranks)


def test_alike_frames_of_a_person_do_not_narrow_the_interval():
    rng = np.random.default_rng(2)
    errors = rng.random(40)
    given = np.tile(errors[:, None], COUNT)
    few = estimates(np.zeros((40, COUNT)), given)
    many = estimates(np.zeros((800, COUNT)), np.repeat(given, 20, axis=0), np.arange(800) // 20)
    assert measures.mae(few).interval() == pytest.approx(measures.mae(many).interval())
    half_width = 1.96 * errors.std() / np.sqrt(40)
    low, high = measures.mae(few).interval()
    assert low == pytest.approx(errors.mean() - half_width, abs=0.02)
    assert high == pytest.approx(errors.mean() + half_width, abs=0.02)


def test_a_ratio_draws_the_same_people_above_and_below():
    errors = np.random.default_rng(3).random((30, 1)) * np.ones(COUNT)
    truth = np.zeros(errors.shape)
    half = measures.ratio(measures.mae(estimates(truth, errors / 2)), measures.mae(estimates(truth, errors)))
    assert float(half) == pytest.approx(0.5)
    assert half.interval() == pytest.approx((0.5, 0.5))


def test_sets_together_weigh_by_what_they_hold():
    one = estimates(rows({}, {}), rows({"jawOpen": 0.4}, {"jawOpen": 0.4}), person=[1, 1])
    other = estimates(rows({}), rows({}), person=[2])
    both = measures.together([one, other])
    assert float(measures.mae(both)) == pytest.approx(0.8 / (3 * COUNT))
    assert len(measures.mae(both).sums) == 2


def test_nothing_to_measure_is_not_a_number():
    of = estimates(rows({}), rows({}))
    value = measures.active_mae(of)
    assert np.isnan(float(value))
    assert np.isnan(value.interval()).all()


@given(st.integers(0, 10_000), st.floats(0.01, 0.3))
def test_no_measure_is_wrong_about_the_truth_itself(seed, share):
    rng = np.random.default_rng(seed)
    truth = (rng.random((12, COUNT)) < share) * rng.random((12, COUNT))
    of = estimates(truth, truth)
    assert float(measures.mae(of)) == 0
    assert not float(measures.active_mae(of)) > 0
    assert float(measures.false_activation(of)) == 0


def test_the_floor_takes_out_what_is_mere_definition():
    rng = np.random.default_rng(4)
    seen = rng.random((600, COUNT))
    other_words = 0.6 * np.eye(COUNT) + 0.3 * np.eye(COUNT)[::-1]
    person = np.arange(600) // 10
    of = estimates(np.clip(seen @ other_words, 0, 1), seen, person)
    assert float(measures.active_mae(best_map(of))) < 0.05 * float(measures.active_mae(of))
    noise = estimates(rng.random((600, COUNT)), seen, person)
    assert float(measures.active_mae(best_map(noise))) > 0.2
