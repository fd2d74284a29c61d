"""What is measured of clips without a truth, on readings whose answer is known."""

import numpy as np
import pytest

from benchmarks import accuracy_clips as clips
from benchmarks import second_landmarks
from benchmarks.accuracy_clips import Reading, clip_headlines, jitter, repeatability, still_moments
from protos import arkit

COUNT = len(arkit.COEFFICIENTS)


def read(values, found=None):
    values = np.asarray(values, float)
    return Reading(values, np.ones(len(values), bool) if found is None else np.asarray(found))


def moving(seed=0):
    return np.random.default_rng(seed).random((50, COUNT))


def test_the_same_reading_repeats_perfectly_and_another_does_not():
    assert repeatability(read(moving()), read(moving())) == 0
    assert repeatability(read(moving()), read(moving(1))) > 0.8


def test_smaller_movements_are_no_excuse():
    off = repeatability(read(moving()), read(moving() + 0.1))
    assert repeatability(read(moving() / 10), read(moving() / 10 + 0.01)) == pytest.approx(off)


def test_who_never_moves_is_not_said_to_repeat():
    assert np.isnan(repeatability(read(np.full((9, COUNT), 0.3)), read(np.full((9, COUNT), 0.3))))


def test_frames_in_which_either_lost_the_face_do_not_count():
    other = moving()
    other[7] = 5
    found = np.arange(50) != 7
    assert repeatability(read(moving()), read(other, found)) == 0


def test_a_mirrored_reading_is_turned_back():
    values = moving()
    assert repeatability(read(values), read(values[:, clips.MIRRORED]), mirror=True) == 0
    assert repeatability(read(values), read(values[:, clips.MIRRORED])) > 0.3


def test_a_steady_change_is_no_jitter():
    steady = np.tile(np.linspace(0, 1, 30)[:, None], COUNT)
    still = np.ones(30, bool)
    assert jitter(read(steady), still) == pytest.approx(0, abs=1e-12)
    trembling = steady + 0.1 * (np.arange(30) % 2)[:, None]
    assert jitter(read(trembling), still) == pytest.approx(0.2)


def test_still_moments_are_those_with_the_least_movement():
    shapes = np.zeros((40, 478, 3))
    shapes[20:] += np.random.default_rng(0).normal(size=(20, 478, 3))
    shapes[5] = np.nan
    still = still_moments(shapes)
    assert still.any()
    assert not still[19:].any()
    assert not still[4:7].any()


def test_changed_pictures_are_what_they_are_named_after():
    picture = np.random.default_rng(0).integers(0, 255, (100, 80, 3), np.uint8)
    assert clips.halved(picture).shape == (50, 40, 3)
    assert clips.cropped(picture).shape == (93, 73, 3)
    np.testing.assert_array_equal(clips.mirrored(clips.mirrored(picture)), picture)
    assert clips.recompressed(picture).shape == picture.shape
    assert (clips.recompressed(picture) != picture).any()


def test_a_held_picture_differs_from_frame_to_frame_by_noise_alone():
    picture = np.tile(np.linspace(20, 220, 64, dtype=np.uint8)[:, None, None], (1, 64, 3))
    seen = np.array(clips.held(picture, np.random.default_rng(0)), float)
    assert len(seen) == clips.HELD
    np.testing.assert_allclose(seen.mean(axis=0), picture, atol=4)
    assert 1 < (seen[1] - seen[0]).std() < 5


def test_headlines_are_ratios_over_all_clips():
    def clip(ours, baseline):
        sides = {clips.OURS: ours, clips.BASELINE: baseline}
        return {"repeatability": {"crop": sides, "JPEG": sides}, "jitter": sides, "tremor": sides}

    repeats, *trembles = clip_headlines({"one": clip(0.1, 0.2), "other": clip(0.3, 0.2)})
    assert repeats["value"] == pytest.approx(1.0)
    assert (repeats["low"], repeats["high"]) == pytest.approx((0.5, 1.5))
    assert not repeats["met"]
    assert [each["met"] for each in trembles] == [True, True]
    assert list(clip_headlines({})) == []


def points_with(lip_gap, lid):
    points = np.zeros((len(lip_gap), 68, 2))
    for one, other in ((36, 45), (36, 39), (42, 45)):
        points[:, other, 0] = points[:, one, 0] + 1
    for _, lower in second_landmarks.INNER_LIPS:
        points[:, lower, 1] = lip_gap
    for pairs in (second_landmarks.RIGHT_LIDS, second_landmarks.LEFT_LIDS):
        for _, lower in pairs:
            points[:, lower, 1] = lid
    return points


def test_jaw_and_lids_agree_with_what_another_model_sees():
    rng = np.random.default_rng(0)
    gap, lid = rng.random((2, 30))
    values = np.zeros((30, COUNT))
    values[:, arkit.INDEX["jawOpen"]], values[:, arkit.INDEX["eyeBlinkLeft"]] = gap, 1 - lid
    agreed = second_landmarks.agreement(values, second_landmarks.openings(points_with(gap, lid)))
    assert agreed["lip_gap"] == pytest.approx(1)
    assert agreed["lid_aperture_left"] == pytest.approx(1)
    assert np.isnan(agreed["lid_aperture_right"])


def test_a_folder_without_the_second_models_weights_is_refused(tmp_path):
    with pytest.raises(ValueError, match="does not hold face-api's"):
        second_landmarks.SecondLandmarks(tmp_path)
