"""What is made of the teacher's scores: rising curves, a network; none is fitted on people of the tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")
from training import baselines, shards
from training.baselines import Scores, fitted, isotonic, load, read_scores, risen, save

COUNT = 52


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(0)
    truth = (rng.random((1200, COUNT)) * (rng.random((1200, COUNT)) < 0.5)).astype(np.float32)
    neutral = np.repeat(rng.random((12, COUNT)) * 0.2, 100, axis=0).astype(np.float32)
    scores = np.clip(neutral + (1 - neutral) * truth**2, 0, 1).astype(np.float32)
    on = Scores(scores, neutral, truth)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(baselines, "STEPS", 300)
        return on, fitted(on)


def test_pooling_gives_the_nearest_rising_function():
    places, values = isotonic(np.array([0.0, 1, 2, 3]), np.array([1.0, 3, 2, 4]))
    assert places.tolist() == [0, 1, 2, 3]
    assert values.tolist() == [1, 2.5, 2.5, 4]


def test_equal_places_are_one():
    places, values = isotonic(np.array([0.0, 0, 1]), np.array([0.0, 2, 0]))
    assert places.tolist() == [0, 1]
    assert values.tolist() == pytest.approx([2 / 3, 2 / 3])


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1)), min_size=1, max_size=30))
def test_what_is_pooled_rises_and_keeps_the_mean(pairs):
    x, y = np.array(sorted(pairs)).T
    places, values = isotonic(x, y)
    assert (np.diff(values) >= -1e-12).all()
    assert np.interp(x, places, values).mean() == pytest.approx(y.mean())


def test_curves_undo_a_rising_distortion(fit):
    on, made = fit
    relative = risen(made.rising_relative, on.relative)
    assert np.abs(relative - on.truth).mean() < 0.5 * np.abs(on.scores - on.truth).mean()
    assert (np.diff(made.rising_relative, axis=1) >= -1e-6).all()
    np.testing.assert_allclose(made.mean, on.truth.mean(axis=0))


def test_the_network_reads_the_truth_from_scores_and_neutral(fit):
    on, made = fit
    read = made.network(on.scores, on.neutral)
    assert np.abs(read - on.truth).mean() < 0.5 * np.abs(made.mean - on.truth).mean()
    assert read.min() >= 0
    assert read.max() <= 1


def test_what_is_saved_reads_the_same(fit, tmp_path):
    on, made = fit
    save(made, tmp_path / "baselines.npz")
    again = load(tmp_path / "baselines.npz")
    np.testing.assert_array_equal(again.network(on.scores, on.neutral), made.network(on.scores, on.neutral))
    np.testing.assert_array_equal(again.rising_relative, made.rising_relative)


def test_what_holds_no_baselines_is_refused(tmp_path):
    (tmp_path / "other.npz").write_bytes(b"PK no")
    with pytest.raises(ValueError, match="holds no baselines"):
        load(tmp_path / "other.npz")


class FakeShard:
    """Two performers, the first with three frames."""

    def __init__(self, identity):
        rng = np.random.default_rng(1)
        self.identity = np.array(identity)
        self.teacher, self.coefficients = rng.random((2, len(identity), COUNT)).astype(np.float32)

    def __len__(self):
        return len(self.identity)

    def performers(self):
        return [slice(0, 3), slice(3, len(self))]


def test_filmed_frames_are_held_against_their_performers_first(tmp_path, monkeypatch):
    shard = FakeShard([4, 4, 4, 9, 9])
    monkeypatch.setattr(shards, "whole", lambda _: [tmp_path])
    monkeypatch.setattr(shards, "read", lambda _: shard)
    on = read_scores(tmp_path)
    np.testing.assert_array_equal(on.scores, shard.teacher[[1, 2, 4]])
    np.testing.assert_array_equal(on.neutral, shard.teacher[[0, 0, 3]])
    np.testing.assert_array_equal(on.truth, shard.coefficients[[1, 2, 4]])


def test_nothing_is_fitted_on_people_of_the_tests(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "whole", lambda _: [tmp_path])
    monkeypatch.setattr(shards, "read", lambda _: FakeShard([4, 4, 4, 100_000, 100_000]))
    with pytest.raises(ValueError, match="100000 belongs to the tests"):
        read_scores(tmp_path)


def test_a_folder_without_shards_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no shards"):
        read_scores(tmp_path)


def test_fitting_is_the_same_for_the_same_seed(fit, monkeypatch):
    on, _ = fit
    monkeypatch.setattr(baselines, "STEPS", 5)
    one, same, other = fitted(on, 1), fitted(on, 1), fitted(on, 2)
    np.testing.assert_array_equal(one.layers[0][0], same.layers[0][0])
    assert not np.array_equal(one.layers[0][0], other.layers[0][0])
