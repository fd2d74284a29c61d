"""Clips of people, as they come from phones and stages; they lie beside the repository, never in it."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from backend.bootstrap import make_application
from backend.core.curves import ExpressionCurves, joined, mirrored
from backend.core.framing import Crop
from backend.entrypoints.application import Application
from backend.model_shelf import BASELINE, SUPERFACE_BASE
from backend.ports import never
from backend.settings import Settings
from backend.usecases.choose_versions import ModelChoice
from backend.usecases.retarget_order import CurveChunk, RetargetOrder, Summary
from tests.adapters.footage import write_pictures

MOVING = ("jawOpen", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight")


@pytest.fixture(scope="module")
def application(landmarker_task: bytes, tmp_path_factory: pytest.TempPathFactory) -> Application:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    settings.model_cache.mkdir()
    (settings.model_cache / "face_landmarker.task").write_bytes(landmarker_task)
    return make_application(settings)


def retarget(
    application: Application, path: Path, order: RetargetOrder | None = None, model: str = BASELINE.id
) -> tuple[ExpressionCurves, Summary]:
    used = application.choose(ModelChoice(model))
    events = list(application.retarget(application.open_clip(path), order or RetargetOrder(), used, never))
    curves = joined(event.curves for event in events if isinstance(event, CurveChunk))
    assert isinstance(events[-1], Summary)
    return curves, events[-1]


@pytest.fixture(scope="module", params=[BASELINE.id, SUPERFACE_BASE.id])
def model(request: pytest.FixtureRequest) -> str:
    if request.param == SUPERFACE_BASE.id:
        pytest.importorskip("torch", reason="needs torch: see README.md")
    return str(request.param)


@pytest.fixture(scope="module")
def man(application: Application, shared_data: Path, model: str) -> ExpressionCurves:
    """Puckers at 1.0 s, opens the mouth at 2.8 s, blinks at 3.15 s, rests at 3.6 s, smiles at 4.0 s."""
    curves, summary = retarget(application, shared_data / "media" / "driving_d18.mp4", at_rest(model), model)
    assert (summary.frames, summary.frames_without_face) == (216, 0)
    return curves


def at_rest(model: str, **asked: Any) -> RetargetOrder:
    """Ours is told of the face at rest: in each part of the clip it would find another."""
    return RetargetOrder(neutral_seconds=(3.6,) if model == SUPERFACE_BASE.id else (), **asked)


def at(curves: ExpressionCurves, channel: str, seconds: float) -> float:
    return float(curves.channel(channel)[np.argmin(np.abs(curves.times - seconds))])


def test_a_mans_face_moves_as_it_is_seen_to(application: Application, shared_data: Path) -> None:
    man, _ = retarget(application, shared_data / "media" / "driving_d18.mp4")
    assert at(man, "mouthPucker", 1.0) > 0.8
    assert at(man, "mouthPucker", 2.0) < 0.2
    assert at(man, "jawOpen", 2.8) > 0.7
    assert at(man, "jawOpen", 1.9) < 0.2
    assert at(man, "mouthSmileLeft", 4.0) > 0.6
    assert at(man, "mouthSmileLeft", 2.8) < 0.2
    assert at(man, "eyeBlinkLeft", 3.15) > 2 * at(man, "eyeBlinkLeft", 2.5)


@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch: see README.md")
def test_our_own_model_sees_the_same_and_tells_where_the_face_rests(
    application: Application, shared_data: Path
) -> None:
    """Its strong actions come out weaker than they are; what rests is quieter."""
    clip = shared_data / "media" / "driving_d18.mp4"
    curves, summary = retarget(application, clip, model=SUPERFACE_BASE.id)
    assert summary.rest is not None
    for channel, active, resting in (
        ("mouthPucker", 1.0, 2.0), ("jawOpen", 2.8, 1.9), ("mouthSmileLeft", 4.0, 2.8),
    ):  # fmt: skip
        assert at(curves, channel, active) > 0.5, channel
        assert at(curves, channel, resting) < 0.1, channel
    assert at(curves, "eyeBlinkLeft", 3.15) > 2 * at(curves, "eyeBlinkLeft", 2.5)


def test_a_crop_changes_neither_expression_nor_pose(
    application: Application, shared_data: Path, model: str, man: ExpressionCurves
) -> None:
    order = at_rest(model, crop=Crop(0.15, 0.0, 0.95, 0.95))
    cropped, _ = retarget(application, shared_data / "media" / "driving_d18.mp4", order, model)
    for channel in MOVING:
        np.testing.assert_allclose(cropped.channel(channel), man.channel(channel), atol=0.2)
    for channel in ("headYaw", "headPitch", "headRoll"):
        np.testing.assert_allclose(cropped.channel(channel), man.channel(channel), atol=0.03)
    np.testing.assert_allclose(cropped.head_location, man.head_location, atol=0.02)


def test_footage_flipped_by_a_phone_is_flipped_back(
    application: Application, shared_data: Path, model: str, man: ExpressionCurves, tmp_path: Path
) -> None:
    with av.open(str(shared_data / "media" / "driving_d18.mp4")) as container:
        flipped = [
            np.ascontiguousarray(frame.to_ndarray(format="rgb24")[:, ::-1])
            for frame in container.decode(video=0)
        ]
    selfie = write_pictures(tmp_path / "selfie.mp4", flipped[:150])
    righted, _ = retarget(application, selfie, at_rest(model, mirrored=True), model)
    taken_as_it_is, _ = retarget(application, selfie, at_rest(model), model)
    start = man.between(0, 150)
    for channel in ("mouthSmileLeft", "mouthSmileRight", "headYaw", "headRoll"):
        np.testing.assert_allclose(righted.channel(channel), start.channel(channel), atol=0.15)
    for channel in ("headYaw", "headRoll"):
        np.testing.assert_allclose(
            taken_as_it_is.channel(channel), mirrored(start).channel(channel), atol=0.06
        )


def test_a_range_reads_the_same_frames(
    application: Application, shared_data: Path, model: str, man: ExpressionCurves
) -> None:
    order = at_rest(model, start=2.0, end=3.0)
    part, _ = retarget(application, shared_data / "media" / "driving_d18.mp4", order, model)
    assert len(part) == 30
    np.testing.assert_allclose(part.channel("jawOpen")[3:-3], man.channel("jawOpen")[63:87], atol=0.1)


def test_a_small_face_in_a_tall_frame_is_found(application: Application, shared_data: Path) -> None:
    _, summary = retarget(application, shared_data / "media" / "source_s13.mp4")
    assert summary.frames == 103
    assert summary.frames_without_face <= 5


def test_of_several_people_one_is_followed_and_it_is_said(
    application: Application, shared_data: Path, model: str
) -> None:
    _, summary = retarget(application, shared_data / "media" / "multi_face.jpg", model=model)
    assert sum("faces were seen" in remark for remark in summary.remarks) == 1


def test_a_painted_face_is_read(application: Application, shared_data: Path) -> None:
    curves, _ = retarget(application, shared_data / "media" / "source_s9.jpg")
    assert len(curves) == 1
