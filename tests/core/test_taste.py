"""Few answers move what they are about, and nothing else."""

import numpy as np
import pytest

from backend.core.taste import Answer, Ground, believed, best_believed, corrections, preference

FRAMES, CHANNELS = 6, 52
UPPER, LOWER = slice(0, 23), slice(23, 52)


def ground(reach: float = 0.2, alike: np.ndarray | None = None) -> Ground:
    rng = np.random.default_rng(0)
    together = np.zeros((CHANNELS, CHANNELS))
    for region in (UPPER, LOWER):
        mixed = rng.normal(size=(CHANNELS, CHANNELS))[region, region]
        together[region, region] = 0.7 * np.eye(len(mixed)) + 0.3 * mixed @ mixed.T / len(mixed)
    near = np.eye(FRAMES) if alike is None else alike
    said = rng.uniform(0.2, 0.6, (FRAMES, CHANNELS))
    return Ground(said, np.full((FRAMES, CHANNELS), reach), together, lambda r, s: near[np.ix_(r, s)])


def test_without_answers_the_predictor_is_believed() -> None:
    plain = ground()
    taste = believed(plain, [])
    np.testing.assert_array_equal(taste.ideal, plain.said)
    np.testing.assert_allclose(taste.covariance(2), 0.04 * plain.together)


def test_a_corrected_slider_is_where_it_was_dragged_and_its_like_follow() -> None:
    alike = np.eye(FRAMES)
    alike[0, 1] = alike[1, 0] = 0.8
    plain = ground(alike=alike)
    wanted = plain.said[0, 30] + 0.2
    ideal = believed(plain, corrections(0, [30], np.array([wanted]))).ideal
    assert ideal[0, 30] == pytest.approx(wanted, abs=0.01)
    moved = ideal - plain.said
    assert moved[1, 30] == pytest.approx(0.8 * moved[0, 30], rel=1e-6)
    assert not moved[2:].any()


def test_answers_about_one_half_leave_the_other_as_it_is_to_the_last_bit() -> None:
    plain, visible = ground(), np.zeros((CHANNELS, CHANNELS))
    visible[LOWER, LOWER] = np.eye(29)
    rng = np.random.default_rng(1)
    answers = [
        preference(frame, rng.random(CHANNELS), rng.random(CHANNELS), 1.0, visible, 20.0)
        for frame in range(FRAMES)
    ]
    ideal = believed(plain, answers).ideal
    np.testing.assert_array_equal(ideal[:, UPPER], plain.said[:, UPPER])
    assert np.abs(ideal[:, LOWER] - plain.said[:, LOWER]).max() > 0.02


def test_nothing_moves_where_the_predictor_is_sure() -> None:
    plain = ground()
    plain.reach[3] = 0.0
    ideal = believed(plain, corrections(3, range(CHANNELS), np.full(CHANNELS, 0.9))).ideal
    np.testing.assert_array_equal(ideal, plain.said)


def test_a_choice_moves_towards_the_chosen_and_both_orders_mean_the_same() -> None:
    plain, visible = ground(), np.eye(CHANNELS)
    a, b = (np.clip(plain.said[0] + sign * 0.1, 0, 1) for sign in (1, -1))
    one = believed(plain, [preference(0, a, b, 1.0, visible, 5.0)]).ideal
    other = believed(plain, [preference(0, b, a, 0.0, visible, 5.0)]).ideal
    np.testing.assert_allclose(one, other, atol=1e-9)
    assert (one - plain.said)[0].mean() > 0.01


def test_a_tie_between_equally_far_takes_moves_nothing() -> None:
    plain = ground()
    a, b = (plain.said[0] + sign * 0.1 for sign in (1, -1))
    ideal = believed(plain, [preference(0, a, b, 0.5, np.eye(CHANNELS), 5.0)]).ideal
    np.testing.assert_allclose(ideal, plain.said, atol=1e-9)


def test_the_posterior_is_the_exact_one_where_all_answers_are_numbers() -> None:
    plain = ground(alike=np.full((FRAMES, FRAMES), 0.9) + 0.1 * np.eye(FRAMES))
    rng = np.random.default_rng(2)
    answers = [
        Answer(int(frame), rng.normal(size=CHANNELS), 0.1, float(rng.normal()), noise=0.3)
        for frame in rng.integers(0, FRAMES, 5)
    ]
    taste = believed(plain, answers)
    frames, about = np.array([a.frame for a in answers]), np.array([a.about for a in answers])
    prior = plain.between(frames, about)
    start = (about * plain.said[frames]).sum(axis=1) - 0.1
    exact = np.linalg.solve(prior + 0.09 * np.eye(5), np.array([a.yes for a in answers]) - start)
    np.testing.assert_allclose(taste.pull, exact, atol=1e-6)
    spread = np.linalg.eigvalsh(taste.covariance(0))
    assert spread.min() > -1e-9


def test_each_answer_is_foretold_as_without_it() -> None:
    plain = ground(alike=np.full((FRAMES, FRAMES), 0.9) + 0.1 * np.eye(FRAMES))
    told = corrections(0, [3, 4], np.array([0.9, 0.1]), noise=0.1) + corrections(1, [3], np.array([0.8]), 0.1)
    taste = believed(plain, told)
    each = []
    for left_out, answer in enumerate(told):
        others = believed(plain, told[:left_out] + told[left_out + 1 :])
        variance = answer.about @ others.covariance(answer.frame) @ answer.about + 0.01
        mean = answer.about @ (others.ideal[answer.frame])
        each.append(-0.5 * ((answer.yes - mean) ** 2 / variance + np.log(2 * np.pi * variance)))
    assert taste.foretold() == pytest.approx(np.mean(each), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_answers_thrown_by_a_coin_change_next_to_nothing(seed: int) -> None:
    still, rng = ground(reach=0.0), np.random.default_rng(seed)
    answers = []
    for frame in rng.integers(0, FRAMES, 40):
        away = rng.normal(0, 0.1, CHANNELS)
        said, yes = still.said[frame], float(rng.integers(0, 2))
        answers.append(preference(int(frame), said + away, said - away, yes, np.eye(CHANNELS), 20.0))
    taste = best_believed([still, ground(reach=0.03), ground(reach=0.3)], answers)
    assert np.abs(taste.ideal - still.said).mean() < 0.005


def test_a_steady_taste_is_learnt() -> None:
    """Artists who like all lower channels stronger; frames not asked about are corrected too."""
    plain = ground(alike=np.full((FRAMES, FRAMES), 0.9) + 0.1 * np.eye(FRAMES))
    wanted, rng = plain.said + 0.15, np.random.default_rng(4)
    answers = []
    for _ in range(60):
        frame = int(rng.integers(0, 4))
        a, b = (plain.said[frame] + rng.normal(0, 0.1, CHANNELS) for _ in range(2))
        nearer = float(np.sum((b - wanted[frame]) ** 2) > np.sum((a - wanted[frame]) ** 2))
        answers.append(preference(frame, a, b, nearer, np.eye(CHANNELS), 20.0))
    taste = best_believed([ground(reach=0.0), plain], answers)
    before, after = (np.abs(each - wanted)[4:].mean() for each in (plain.said, taste.ideal))
    assert after < 0.75 * before
