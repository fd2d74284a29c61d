import re

import numpy as np
import pytest
from skimage import data as sample_images

from backend.adapters.litert_blendshapes import LANDMARKS, UNOBSERVED, UNRELIABLE, MediaPipeBaseline
from backend.adapters.litert_tracker import LiteRtTracker, load_networks
from backend.core.calibration import HIGHEST_REST
from backend.core.faces import Face
from protos import arkit

PICTURE = np.zeros((1, 1, 3), np.uint8)  # this predictor reads landmarks only


@pytest.fixture(scope="module")
def networks(landmarker_task):
    return load_networks(landmarker_task)


@pytest.fixture(scope="module")
def predictor(networks):
    return MediaPipeBaseline(networks)


def numbers(path, field):
    return np.array(re.findall(rf"\b{field}: (\S+)", path.read_text()), float)


def read(predictor, face, rest=None):
    return predictor.predict(predictor.describe([face], [PICTURE]), rest)[0]


def test_googles_expected_scores_come_out(predictor, shared_data):
    folder = shared_data / "mediapipe"
    given = folder / "face_blendshapes_in_landmarks.prototxt"
    landmarks = np.column_stack([numbers(given, a) for a in "xyz"]) * [820, 1024, 820]
    expected = dict(
        zip(
            re.findall(r'label: "(\w+)"', (folder / "face_blendshapes_out.prototxt").read_text()),
            numbers(folder / "face_blendshapes_out.prototxt", "score"),
            strict=True,
        )
    )
    got = read(predictor, Face(landmarks.astype(np.float32), 1.0))
    for name, value in zip(arkit.COEFFICIENTS, got.mean, strict=True):
        assert value == pytest.approx(expected.get(name, 0.0), abs=1e-4), name


def test_a_smile_is_read_as_a_smile(networks, predictor):
    portrait = sample_images.astronaut()
    got = read(predictor, LiteRtTracker(networks).track(portrait, 0.0))
    values = dict(zip(arkit.COEFFICIENTS, got.mean, strict=True))
    assert values["mouthSmileLeft"] == pytest.approx(0.905, abs=0.02)
    assert values["mouthSmileRight"] == pytest.approx(0.903, abs=0.02)
    assert values["jawOpen"] < 0.2


def test_scores_do_not_depend_on_the_size_of_the_picture(networks, predictor):
    face = LiteRtTracker(networks).track(sample_images.astronaut(), 0.0)
    small, large = (Face(face.landmarks * np.float32(k), 1.0) for k in (0.1, 3))
    one, other = (read(predictor, f).mean for f in (small, large))
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_scores_do_not_depend_on_the_place_in_the_picture(networks, predictor):
    face = LiteRtTracker(networks).track(sample_images.astronaut(), 0.0)
    moved = Face(face.landmarks + np.float32([400, -300, 0]), 1.0)
    np.testing.assert_allclose(read(predictor, face).mean, read(predictor, moved).mean, atol=1e-3)


def test_a_face_at_rest_reads_zero(networks, predictor):
    face = LiteRtTracker(networks).track(sample_images.astronaut(), 0.0)
    rest = np.minimum(predictor.scores(face), HIGHEST_REST)
    np.testing.assert_allclose(predictor.predict(rest[None], rest)[0].mean, 0.0, atol=1e-6)


def test_what_it_cannot_know_is_not_observed_and_weak_channels_are_doubted(networks, predictor):
    face = LiteRtTracker(networks).track(sample_images.astronaut(), 0.0)
    got = read(predictor, face)
    unseen = {n for n, seen in zip(arkit.COEFFICIENTS, got.observed, strict=True) if not seen}
    doubted = {n for n, c in zip(arkit.COEFFICIENTS, got.confidence, strict=True) if 0 < c < 0.5}
    assert unseen == set(UNOBSERVED) == {"tongueOut"}
    assert doubted == set(UNRELIABLE)
    assert not got.spread.any()


def test_its_landmarks_are_146_different_ones():
    assert len(set(LANDMARKS.tolist())) == 146
