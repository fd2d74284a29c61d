"""Each loss is the equation it names, and its derivatives are its own."""

from dataclasses import replace

import numpy as np
import pytest

from training.preference_forms import Features, Loss
from training.preference_losses import (
    Judged,
    Touched,
    gaussian_dpo,
    ideal_point,
    ridge_on_corrections,
    smoothed,
    staying,
    winners_only,
)

K, ROWS = 5, 9
OWNER = np.array([0, 0, 0, 1, 2, 2, 3, 4, 4])


def judged() -> Judged:
    rng = np.random.default_rng(0)
    roots = rng.normal(size=(2, K, K))
    seen = np.ones((5, K))
    seen[2, 3:] = 0.0
    return Judged(
        first=rng.random((ROWS, K)),
        second=rng.random((ROWS, K)),
        owner=OWNER,
        seen=seen,
        metric=roots @ roots.transpose(0, 2, 1),
        rig=np.array([0, 1, 0, 1, 1]),
        elsewhere=np.array([0, 0, 0.3, 0, 0]),
        yes=np.array([1, 1, 0.5, 1, 1.0]),
        weight=np.array([1, 0.5, 1, 1, 0.2]),
    )


def touched() -> Touched:
    rng = np.random.default_rng(1)
    trust = rng.choice([0, 0.25, 1], (ROWS, K))
    return Touched(rng.random((ROWS, K)), trust, OWNER, np.array([1, 1, 0.5, 1, 1]))


def losses() -> dict[str, Loss]:
    base = np.random.default_rng(2).random((ROWS, K))
    return {
        "ideal point": ideal_point(judged(), 3.0, 0.1),
        "dpo": gaussian_dpo(judged(), base, 4.0, 0.1),
        "winners": winners_only(judged(), 2.0),
        "ridge": ridge_on_corrections(touched(), 0.3),
        "staying": staying(base, judged().metric[0], 5.0),
    }


def ideals() -> np.ndarray:
    return np.random.default_rng(3).random((ROWS, K))


def features() -> Features:
    rng = np.random.default_rng(4)
    return Features(rng.normal(size=(ROWS, K, 3)), rng.normal(size=(K * 3, 7)))


def test_the_ideal_point_is_bradley_terry_on_squared_distances() -> None:
    pairs, ideal, sharpness = judged(), ideals(), 3.0
    odds = ideal_point(pairs, sharpness).odds(ideal)
    for pair in range(5):
        rows = np.flatnonzero(pairs.owner == pair)
        metric, seen = pairs.metric[pairs.rig[pair]], pairs.seen[pair]

        def distance(take: np.ndarray) -> float:
            missed = [(take[row] - ideal[row]) * seen for row in rows]  # noqa: B023 - called right here
            return float(np.mean([each @ metric @ each for each in missed]))  # noqa: B023

        nearer = distance(pairs.second) - distance(pairs.first) + pairs.elsewhere[pair]
        assert odds[pair] == pytest.approx(sharpness / 2 * nearer)


def test_dpo_is_the_log_ratio_of_two_normal_densities() -> None:
    pairs, ideal, base = judged(), ideals(), np.full((ROWS, K), 0.4)
    beta, sigma = 0.7, 0.3

    def ratio(take: np.ndarray, row: int) -> float:
        """log N(take; ideal) − log N(take; base)."""
        seen = pairs.seen[pairs.owner[row]]
        off = [(((take[row] - mean[row]) * seen) ** 2).sum() for mean in (ideal, base)]
        return float((off[1] - off[0]) / (2 * sigma**2))

    odds = gaussian_dpo(pairs, base, beta / sigma**2).odds(ideal)
    for pair in range(5):
        rows = np.flatnonzero(pairs.owner == pair)
        expected = np.mean([ratio(pairs.first, row) - ratio(pairs.second, row) for row in rows])
        assert odds[pair] == pytest.approx(beta * expected)


def test_one_step_of_dpo_and_of_the_ideal_point_lead_the_same_way_where_the_middle_is_the_base() -> None:
    pairs = replace(judged(), metric=np.eye(K)[None].repeat(2, axis=0), elsewhere=np.zeros(5), yes=np.ones(5))
    middle = (pairs.first + pairs.second) / 2
    one = ideal_point(pairs, 2.0).slope(middle)
    np.testing.assert_allclose(one, gaussian_dpo(pairs, middle, 2.0).slope(middle))


def test_a_tie_pulls_the_ideal_to_where_both_are_as_far() -> None:
    pairs = judged()
    loss = ideal_point(pairs, 3.0, smoothing=0.1).of(np.arange(5) == 2)
    middle = (pairs.first + pairs.second)[4:6] / 2
    assert loss.slope(middle).any()  # of the 0.3 elsewhere
    even = ideal_point(replace(pairs, elsewhere=np.zeros(5)), 3.0).of(np.arange(5) == 2)
    np.testing.assert_allclose(even.slope(middle), 0, atol=1e-12)
    assert even.value(middle) == pytest.approx(np.log(2))


def test_methods_that_know_no_ties_leave_them_out() -> None:
    ideal, tie = ideals(), np.arange(5) == 2
    for name in ("dpo", "winners"):
        assert not losses()[name].of(tie).slope(ideal[tie[OWNER]]).any()


def test_a_choice_that_is_certain_under_the_model_costs_nothing_unless_it_may_be_a_slip() -> None:
    pairs = judged()
    at_first = pairs.first
    sharp = ideal_point(pairs, 1e4).of(np.arange(5) == 3)
    assert sharp.value(at_first[6:7]) == pytest.approx(0, abs=1e-9)
    assert ideal_point(pairs, 1e4, 0.1).of(np.arange(5) == 3).value(at_first[6:7]) > 100


def test_smoothing_leaves_a_tie_a_tie() -> None:
    np.testing.assert_allclose(smoothed(np.array([0, 0.5, 1]), 0.1), [0.1, 0.5, 0.9])


def test_winners_alone_are_best_met_by_the_winners() -> None:
    loss = winners_only(judged(), 2.0)
    assert loss.value(judged().first) == 0
    assert loss.value(judged().second) > 0


def test_the_ridges_closed_form() -> None:
    """One coefficient, one parameter: the mean of what was dragged, weighed."""
    own = np.ones((ROWS, 1, 1))
    corrections = replace(touched(), values=touched().values[:, :1], trust=np.ones((ROWS, 1)))
    along = ridge_on_corrections(corrections, 0.2).along(np.zeros((ROWS, 1)), Features(own, np.eye(1)))
    weight = corrections.weight[OWNER] * corrections.share
    best = np.linalg.solve(along.bend(np.zeros(1)), -along.slope(np.zeros(1)))
    assert best[0] == pytest.approx(np.average(corrections.values[:, 0], weights=weight))


def test_sliders_that_say_nothing_count_for_nothing() -> None:
    corrections, ideal = touched(), ideals()
    other = replace(corrections, values=np.where(corrections.trust == 0, 0.77, corrections.values))
    for noise in (0.1, 0.4):
        one, two = (ridge_on_corrections(each, noise).value(ideal) for each in (corrections, other))
        assert one == two


@pytest.mark.parametrize("name", losses())
def test_slopes_are_those_of_finite_differences(name: str) -> None:
    loss, ideal = losses()[name], ideals()
    slope = loss.slope(ideal)
    for row, channel in np.ndindex(ROWS, K):
        step = np.zeros((ROWS, K))
        step[row, channel] = 1e-5
        difference = (loss.value(ideal + step) - loss.value(ideal - step)) / 2e-5
        assert slope[row, channel] == pytest.approx(difference, abs=1e-6)


@pytest.mark.parametrize("name", losses())
def test_along_parameters_it_is_the_same_loss(name: str) -> None:
    loss, ideal, by = losses()[name], ideals(), features()
    along = loss.along(ideal, by)
    u = np.random.default_rng(5).normal(0, 0.1, 7)
    reached = ideal + np.einsum("rkq,kq->rk", by.own, (by.shared @ u).reshape(K, 3))
    assert along.value(u) == pytest.approx(loss.value(reached))
    eye = np.eye(7) * 1e-5
    for number in range(7):
        difference = (along.value(u + eye[number]) - along.value(u - eye[number])) / 2e-5
        assert along.slope(u)[number] == pytest.approx(difference, rel=1e-5, abs=1e-6)
        bent = (along.slope(u + eye[number]) - along.slope(u - eye[number])) / 2e-5
        np.testing.assert_allclose(along.bend(u)[number], bent, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", losses())
def test_information_is_the_trace_of_the_second_derivatives(name: str) -> None:
    loss, ideal = losses()[name], ideals()
    if name in ("ideal point", "dpo"):
        even = replace(loss, about=np.where(np.arange(ROWS)[:, None] == 3, loss.about, 0), offset=np.zeros(5))
        loss, ideal = even, np.zeros((ROWS, K))  # the one row of its answer, at even odds
    one = Features(np.ones((ROWS, K, 1)), np.eye(K))
    bends = 0.0
    for row in range(ROWS):
        only = replace(one, own=one.own * (np.arange(ROWS) == row)[:, None, None])
        bends += np.trace(loss.along(ideal, only).bend(np.zeros(K)))
    assert loss.information == pytest.approx(bends)


@pytest.mark.parametrize("name", losses())
def test_the_whole_is_the_sum_of_its_answers(name: str) -> None:
    loss, ideal = losses()[name], ideals()
    owner = np.arange(ROWS) if name == "staying" else OWNER
    parts = [loss.of(np.arange(owner[-1] + 1) == number) for number in range(owner[-1] + 1)]
    values = [part.value(ideal[owner == number]) for number, part in enumerate(parts)]
    assert sum(values) == pytest.approx(loss.value(ideal))
