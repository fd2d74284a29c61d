import numpy as np
import pytest

from backend.core.agreement import Agreement, agreement, log_likelihood
from backend.core.expression_distribution import logistic
from backend.core.taste import preference
from tests.core.rated import gram

SEEN = gram(1)


def some(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a model says and two takes, (N, 52) each."""
    said, first, second = np.random.default_rng(seed).random((3, count, 52))
    return said, first, second


def compared(
    new: np.ndarray, base: np.ndarray, clips: list[str], weight: np.ndarray | None = None
) -> Agreement:
    counted = np.ones(len(new)) if weight is None else weight
    return agreement(new, base, clips, counted, np.random.default_rng(0))


def test_an_answer_is_as_likely_as_the_belief_over_taste_says() -> None:
    said, first, second = some(5)
    found = log_likelihood(said, first, second, np.ones(5), SEEN, 40.0)
    for row in range(5):
        asked = preference(0, first[row], second[row], 1.0, SEEN.astype(float), 40.0)
        odds = asked.about @ said[row] - asked.offset
        assert found[row] == pytest.approx(np.log(logistic(np.array(odds))), rel=1e-5)


def test_the_take_that_a_model_says_itself_is_its_choice() -> None:
    said, other, _ = some(20)
    right = log_likelihood(said, said, other, np.ones(20), SEEN, 100.0)
    wrong = log_likelihood(said, said, other, np.zeros(20), SEEN, 100.0)
    tie = log_likelihood(said, said, other, np.full(20, 0.5), SEEN, 100.0)
    assert np.all(right > tie)
    assert np.all(tie > wrong)
    np.testing.assert_allclose(tie, (right + wrong) / 2)


def test_each_answer_may_have_a_rig_of_its_own() -> None:
    said, first, second = some(4)
    yes = np.array([1.0, 0.0, 0.5, 1.0])
    rigs = np.stack([gram(n) for n in range(4)])
    alone = [
        log_likelihood(said[n : n + 1], first[n : n + 1], second[n : n + 1], yes[n : n + 1], rigs[n], 9.0)[0]
        for n in range(4)
    ]
    np.testing.assert_allclose(log_likelihood(said, first, second, yes, rigs, 9.0), alone)


def test_who_foretells_more_agrees_more() -> None:
    rng = np.random.default_rng(1)
    base = -rng.random(400)
    clips = [f"clip {n % 8}" for n in range(400)]
    better = compared(base + 0.1 + rng.normal(0, 0.2, 400), base, clips)
    assert better.gain == pytest.approx(0.1, abs=0.03)
    assert better.interval is not None
    assert 0 < better.interval[0] < better.gain < better.interval[1]
    assert (better.pairs, better.units) == (400, 8)
    same = compared(base, base, clips)
    assert (same.gain, same.interval) == (0.0, (0.0, 0.0))


def test_answers_about_one_clip_count_as_alike() -> None:
    """Ten clips of forty answers that all say the same leave as much in doubt as ten answers."""
    by_clip = np.random.default_rng(2).normal(0, 1, 10)
    clips = [f"clip {n}" for n in range(10)]
    few = compared(by_clip, np.zeros(10), clips)
    many = compared(np.repeat(by_clip, 40), np.zeros(400), [clip for clip in clips for _ in range(40)])
    assert many.interval == pytest.approx(few.interval)


def test_a_rater_who_counts_nothing_changes_nothing() -> None:
    new, clips = np.array([0.1, 0.3, -5.0]), ["a", "b", "c"]
    found = compared(new, np.zeros(3), clips, np.array([1.0, 1.0, 0.0]))
    assert found.gain == pytest.approx(0.2)
    assert found.interval is None


def test_of_two_clips_no_interval_is_told() -> None:
    assert compared(np.ones(9), np.zeros(9), ["a", "b", "b"] * 3).interval is None


def test_where_nothing_is_held_out_that_is_said() -> None:
    with pytest.raises(ValueError, match="none of 0 answers"):
        compared(np.zeros(0), np.zeros(0), [])
    with pytest.raises(ValueError, match="none of 2 answers"):
        compared(np.ones(2), np.zeros(2), ["a", "b"], np.zeros(2))
