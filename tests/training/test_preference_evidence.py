"""What frozen ratings say of a half of the face, and what is judged apart from what."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.muscle_groups import JUDGED
from training.preference_evidence import NOWHERE, contradicting, evidence, folds, metrics
from training.rendered_rows import RenderedRows

from .answering import at_rest, beliefs, corrected, predicted, rated, with_pairs

UPPER, LOWER = JUDGED["upper"], JUDGED["lower"]


def upper(ratings, unheard=(), seed=0):
    return evidence(ratings, "upper", predicted(ratings.pairs.moments), unheard, seed)


def test_a_half_hears_only_what_was_said_of_it() -> None:
    ratings = rated(60)
    found = upper(ratings)
    assert len(found.pairs.yes) == 30
    np.testing.assert_array_equal(found.pairs.first, ratings.pairs.first[::2][:, UPPER])
    assert found.pairs.owner.tolist() == list(range(30))
    assert not found.pairs.elsewhere.any()


def test_brows_are_looked_at_alone_where_brows_were_judged() -> None:
    found = upper(rated(40, regions=("brows",)))
    assert found.pairs.seen.sum(axis=1).tolist() == [5.0] * 40


def test_of_a_whole_face_the_other_half_is_held_as_it_is_predicted() -> None:
    ratings = rated(30, regions=("full",))
    point, pairs = predicted(ratings.pairs.moments), ratings.pairs
    off = [((take - point)[:, LOWER] ** 2).sum(axis=1) for take in (pairs.first, pairs.second)]
    np.testing.assert_allclose(upper(ratings).pairs.elsewhere, off[1] - off[0])


def test_metrics_are_of_the_half_with_mean_diagonal_one() -> None:
    roots = np.random.default_rng(0).normal(size=(2, 2, 52, 52))
    grams = (roots @ roots.transpose(0, 1, 3, 2)).astype(np.float32)
    found = metrics(grams, "lower")
    np.testing.assert_allclose(np.einsum("gkk->g", found) / 29, 1)
    given = grams[1, 1][LOWER][:, LOWER]
    np.testing.assert_allclose(found[1] / found[1, 0, 0], given / given[0, 0], rtol=1e-5)


def test_a_slider_left_alone_says_something_only_beside_one_of_its_group() -> None:
    ratings = corrected(30)
    touched = np.zeros((30, 52), bool)
    touched[:, 43] = True  # the inner brows
    ratings = replace(ratings, corrections=replace(ratings.corrections, touched=touched))
    trust = upper(ratings).touched.trust
    names = np.flatnonzero(UPPER).tolist()
    assert [names[number] for number in np.flatnonzero(trust[0])] == [43, 44, 45]


def test_with_four_clips_a_fold_is_whole_clips() -> None:
    ratings = rated(200, clips=4)
    fold, _ = folds(ratings, 0)
    by_clip = {int(clip): set(fold[ratings.pairs.moments.clip == clip]) for clip in range(4)}
    assert all(len(each) == 1 for each in by_clip.values())
    assert len(set().union(*by_clip.values())) == 4


def test_with_fewer_clips_blocks_keep_a_second_from_each_other() -> None:
    ratings = rated(400, clips=2)
    moments = ratings.pairs.moments
    fold, _ = folds(ratings, 0)
    assert 0.15 < (fold == NOWHERE).mean() < 0.35
    for clip in (0, 1):
        seconds, mine = moments.seconds[moments.clip == clip], fold[moments.clip == clip]
        for one in np.unique(mine[mine != NOWHERE]):
            others = seconds[(mine != one) & (mine != NOWHERE)]
            assert min(np.abs(seconds[mine == one][:, None] - others[None]).min(axis=1)) >= 1.0


def test_a_loop_that_reaches_into_a_gap_is_in_no_fold() -> None:
    ratings = rated(40, clips=1, rows=18)
    starts = np.where(np.arange(40) == 7, 2.8, 1.0)
    seconds = (starts[:, None] + np.arange(18) / 30).ravel()
    moments = replace(ratings.pairs.moments, seconds=seconds)
    fold, _ = folds(with_pairs(ratings, moments=moments), 0)
    assert np.flatnonzero(fold == NOWHERE).tolist() == [7]


def test_clips_are_dealt_to_folds_by_hash_and_not_by_what_was_answered() -> None:
    ratings = rated(300, clips=9)
    other = with_pairs(ratings, first=ratings.pairs.second, second=ratings.pairs.first)
    np.testing.assert_array_equal(folds(ratings, 0)[0], folds(other, 0)[0])
    assert not np.array_equal(folds(ratings, 0)[0], folds(ratings, 1)[0])


def test_who_is_not_heard_weighs_nothing() -> None:
    ratings = rated(60)
    assert contradicting(ratings) == []
    with pytest.raises(ValueError, match="0 answers that count"):
        upper(ratings, unheard=("Ann",))


def test_rendered_rows_with_numbers_that_are_none_are_refused() -> None:
    truth = np.zeros((3, 52), np.float32)
    truth[1, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        RenderedRows("base@1", beliefs(np.random.default_rng(0), 3), at_rest(3), truth)
    with pytest.raises(ValueError, match="for truth of"):
        RenderedRows("base@1", beliefs(np.random.default_rng(0), 3), at_rest(2), np.zeros((3, 52)))
