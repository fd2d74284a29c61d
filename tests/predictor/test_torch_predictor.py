"""The way from a face in a picture to a prediction, with a network that has learnt nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from skimage import data as sample_images

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.adapters.litert_tracker import LiteRtTracker, load_networks
from backend.core.correction import BeliefCorrection
from backend.core.curves import COEFFICIENT_COUNT
from backend.core.face_views import face_frame
from backend.core.faces import Face
from backend.core.muscle_groups import HALVES
from backend.errors import ModelDamaged, ModelMissing
from backend.ports import FaceNetworks
from backend.predictor.face_atlas import face_atlas
from backend.predictor.model_id import model_id

torch = pytest.importorskip("torch", reason="needs torch: see README.md")
from backend.predictor.checkpoint import load_network, save_network  # noqa: E402 - torch is asked for first
from backend.predictor.network import ExpressionNetwork  # noqa: E402
from backend.predictor.sights import sights_of  # noqa: E402
from backend.predictor.torch_predictor import TorchPredictor, load_predictor  # noqa: E402

PORTRAIT = sample_images.astronaut()


@pytest.fixture(scope="module", autouse=True)
def threads_as_they_were() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def networks(landmarker_task: bytes) -> FaceNetworks:
    return load_networks(landmarker_task)


@pytest.fixture(scope="module")
def predictor(networks: FaceNetworks, untrained_weights: Path) -> TorchPredictor:
    return load_predictor(untrained_weights, MediaPipeBaseline(networks), networks.geometry)


@pytest.fixture(scope="module")
def face(networks: FaceNetworks) -> Face:
    found = LiteRtTracker(networks).track(PORTRAIT, 0.0)
    assert found is not None
    return found


def test_a_prediction_is_a_belief_about_every_coefficient(predictor: TorchPredictor, face: Face) -> None:
    [got] = predictor.predict(predictor.describe([face], [PORTRAIT]))
    for part in (got.mean, got.spread, got.confidence):
        assert part.shape == (COEFFICIENT_COUNT,)
        assert part.dtype == np.float32
        assert np.all((part >= 0) & (part <= 1))
    assert np.all(got.spread > 0)
    assert got.observed.all()


def test_a_face_is_described_as_training_describes_it(
    predictor: TorchPredictor, networks: FaceNetworks, face: Face, untrained_weights: Path
) -> None:
    network, _ = load_network(untrained_weights)
    height, width = PORTRAIT.shape[:2]
    frame = face_frame(face.landmarks, (width, height), networks.geometry)
    teacher = MediaPipeBaseline(networks).scores(face)
    parts = (face_atlas(PORTRAIT, frame.maps), frame.shape, frame.angles, teacher)
    sight = sights_of(*(part[None] for part in parts))
    with torch.inference_mode():
        expected = network.describe(sight)
    np.testing.assert_allclose(predictor.describe([face], [PORTRAIT]), expected.numpy(), atol=1e-4)


def test_what_the_picture_shows_counts_besides_the_landmarks(predictor: TorchPredictor, face: Face) -> None:
    covered = PORTRAIT.copy()
    covered[150:200] = 0
    shown, hidden = predictor.describe([face, face], [PORTRAIT, covered])
    assert np.abs(shown - hidden).max() > 0.01


def test_a_rest_is_an_input_and_none_is_not_a_rest_of_nothing(predictor: TorchPredictor, face: Face) -> None:
    now = predictor.describe([face], [PORTRAIT])
    rests = (None, now[0], np.zeros_like(now[0]))
    alone, with_rest, with_nothing = (predictor.predict(now, rest)[0].mean for rest in rests)
    assert np.abs(alone - with_rest).max() > 1e-4
    assert np.abs(alone - with_nothing).max() > 1e-4


def test_frames_may_come_in_any_order_alone_or_together(predictor: TorchPredictor, face: Face) -> None:
    pictures = [PORTRAIT, PORTRAIT // 2, PORTRAIT // 4]
    together = predictor.describe([face] * 3, pictures)
    alone = np.concatenate([predictor.describe([face], [picture]) for picture in reversed(pictures)])
    np.testing.assert_allclose(together, alone[::-1], atol=1e-3)
    forwards = [one.mean for one in predictor.predict(together, together[0])]
    backwards = [predictor.predict(one[None], together[0])[0].mean for one in together[::-1]]
    np.testing.assert_allclose(forwards, backwards[::-1], atol=1e-5)


def test_other_weights_are_another_model(
    predictor: TorchPredictor, networks: FaceNetworks, untrained_weights: Path, tmp_path: Path
) -> None:
    network, _ = load_network(untrained_weights)
    path = tmp_path / "superface-base.safetensors"
    sha256 = save_network(ExpressionNetwork(network.design), path, {})
    path.with_suffix(".sha256").write_text(sha256)
    other = load_predictor(path, MediaPipeBaseline(networks), networks.geometry)
    assert predictor.model_id.startswith("superface-base@")
    assert other.model_id.startswith("superface-base@")
    assert other.model_id != predictor.model_id


@pytest.mark.parametrize("stated", ["0" * 64, "", None])
def test_weights_that_are_not_what_their_hash_says_are_refused(
    networks: FaceNetworks, untrained_weights: Path, tmp_path: Path, stated: str | None
) -> None:
    path = tmp_path / "superface-base.safetensors"
    shutil.copy(untrained_weights, path)
    if stated is not None:
        path.with_suffix(".sha256").write_text(stated)
    with pytest.raises((ModelDamaged, ModelMissing), match="hash") as refusal:
        load_predictor(path, MediaPipeBaseline(networks), networks.geometry)
    assert refusal.value.advice


def test_weights_cut_off_are_refused(networks: FaceNetworks, untrained_weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "superface-base.safetensors"
    path.write_bytes(untrained_weights.read_bytes()[:-1000])
    shutil.copy(untrained_weights.with_suffix(".sha256"), path.with_suffix(".sha256"))
    with pytest.raises(ModelDamaged):
        load_predictor(path, MediaPipeBaseline(networks), networks.geometry)


def corrected_by(half: str, networks: FaceNetworks, weights: Path) -> TorchPredictor:
    rng = np.random.default_rng(3)
    gain, offset, shift = rng.uniform(-0.3, 0.3, (3, COEFFICIENT_COUNT))
    nothing = np.zeros((COEFFICIENT_COUNT, 0))
    learnt = BeliefCorrection(gain, offset, 3 * shift, nothing, nothing)
    return load_predictor(weights, MediaPipeBaseline(networks), networks.geometry, {half: learnt})


@pytest.mark.parametrize("half", HALVES)
def test_what_was_learnt_of_a_half_of_the_face_leaves_the_other_as_it_was_to_the_last_bit(
    predictor: TorchPredictor, networks: FaceNetworks, untrained_weights: Path, face: Face, half: str
) -> None:
    rng = np.random.default_rng(0)
    seen = predictor.describe([face], [PORTRAIT])
    faces, rest = seen + rng.normal(0, 1, (4, seen.shape[1])).astype(np.float32), seen
    plain = predictor.predict(faces, rest[0])
    learnt = corrected_by(half, networks, untrained_weights).predict(faces, rest[0])
    for part in ("mean", "spread", "confidence"):
        before, after = (np.array([getattr(each, part) for each in told]) for told in (plain, learnt))
        np.testing.assert_array_equal(before[:, ~HALVES[half]], after[:, ~HALVES[half]])
        assert np.abs(before - after)[:, HALVES[half]].max() > 0.01


def test_at_rest_and_without_a_rest_nothing_that_was_learnt_changes_anything(
    predictor: TorchPredictor, networks: FaceNetworks, untrained_weights: Path, face: Face
) -> None:
    now = predictor.describe([face], [PORTRAIT])
    learnt = corrected_by("lower", networks, untrained_weights)
    for rest in (None, now[0]):
        [before], [after] = predictor.predict(now, rest), learnt.predict(now, rest)
        np.testing.assert_array_equal(before.mean, after.mean)


def test_the_belief_that_is_learnt_from_is_the_one_before_anything_learnt(
    predictor: TorchPredictor, networks: FaceNetworks, untrained_weights: Path, face: Face
) -> None:
    now = predictor.describe([face], [PORTRAIT])
    rest = np.zeros_like(now[0])
    [before] = predictor.predict(now, rest)
    [after] = corrected_by("upper", networks, untrained_weights).predict(now, rest)
    assert before.belief is not None
    assert after.belief is not None
    np.testing.assert_array_equal(before.belief.value, after.belief.value)
    for told, same in zip(before.as_believed(), (before.mean, before.spread), strict=True):
        np.testing.assert_array_equal(told, same)
    for told, same in zip(after.as_believed(), before.as_believed(), strict=True):
        np.testing.assert_array_equal(told, same)
    assert predictor.model_id == model_id(untrained_weights)
