"""The whole way on loopback: a real face is read and rated, a version learnt, used, and rolled back.

Who rates is a script that wants wider smiles than are predicted: a scripted preference, no artist's word.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import grpc
import numpy as np
import pytest

pytest.importorskip("torch", reason="needs torch: see README.md")

from backend.bootstrap import make_application
from backend.core.curves import Floats
from backend.core.muscle_groups import HALVES
from backend.core.ratings import Candidate, Fact, Outcome
from backend.entrypoints.grpc_server import GrpcServer
from backend.settings import Settings
from blender_addon.backend_client import rating_messages
from protos import arkit
from protos.convention import AUTHORIZATION_KEY, bearer
from protos.generated.superface.v1 import (
    ratings_pb2_grpc,
    retarget_pb2,
    retarget_pb2_grpc,
    training_pb2,
    training_pb2_grpc,
)
from tests.adapters.footage import write_pictures
from tests.core.rated import rating, rig_sight

PARTS, FRAMES = 5, 40  # clips that the footage is cut into, and pictures of each
RATE = 30.0
SMILES = [arkit.INDEX["mouthSmileLeft"], arkit.INDEX["mouthSmileRight"]]
UPPER, LOWER = HALVES["upper"], HALVES["lower"]


class Backend:
    """A real backend on loopback, and how it is called."""

    def __init__(self, settings: Settings, channel: grpc.Channel) -> None:
        self._metadata = ((AUTHORIZATION_KEY, bearer(settings.token_path.read_text())),)
        self._retarget = retarget_pb2_grpc.RetargetStub(channel)
        self._ratings = ratings_pb2_grpc.RatingsStub(channel)
        self._training = training_pb2_grpc.TrainingStub(channel)

    def retarget(self, clip: Path, **asked: str) -> tuple[retarget_pb2.ClipFacts, str, Floats]:
        """Facts, the clip's sha256, and coefficients (T, 52) as they were read."""
        request = retarget_pb2.RetargetRequest(
            clip=retarget_pb2.Clip(path=str(clip)), cleanup=retarget_pb2.Cleanup(smoothing=0.0), **asked
        )
        updates = list(self._retarget.RetargetVideo(request, metadata=self._metadata, timeout=200))
        rows = [row for update in updates for row in update.curves.values]
        values = np.reshape(np.array(rows, np.float32), (-1, len(arkit.CHANNELS)))[:, :52]
        return updates[0].clip, updates[-1].summary.clip_sha256, values

    def record(self, facts: list[Fact]) -> None:
        for first in range(0, len(facts), 32):
            request = rating_messages.record_request(facts[first : first + 32])
            answer = self._ratings.Record(request, metadata=self._metadata, timeout=60)
            assert not answer.refused

    def train(self, **asked: str) -> Iterator[training_pb2.TrainEvent]:
        request = training_pb2.TrainRequest(**asked)
        return self._training.Train(request, metadata=self._metadata, timeout=250)

    def decide(self, step: int, version: str) -> None:
        request = training_pb2.DecideRequest(step=step, version=version, by="Ann")
        self._training.Decide(request, metadata=self._metadata, timeout=60)

    def versions(self) -> list[training_pb2.VersionCard]:
        request = training_pb2.VersionsRequest()
        return list(self._training.Versions(request, metadata=self._metadata, timeout=60).versions)


@pytest.fixture(scope="module")
def clips(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    with av.open(str(shared_data / "media" / "driving_d18.mp4")) as video:
        pictures = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    parts = (pictures[number * FRAMES : (number + 1) * FRAMES] for number in range(PARTS))
    return [write_pictures(folder / f"{number}.mp4", part) for number, part in enumerate(parts)]


@pytest.fixture(scope="module")
def backend(
    clips: list[Path], landmarker_task: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, port=0, allowed_folders=(clips[0].parent,))
    settings.model_cache.mkdir()
    (settings.model_cache / "face_landmarker.task").write_bytes(landmarker_task)
    server = GrpcServer(make_application(settings), settings)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", (("grpc.enable_http_proxy", 0),)) as channel:
        yield Backend(settings, channel)
    server.stop()


def scripted(clip: str, read: Floats, rng: np.random.Generator) -> list[Fact]:
    """Of each picture two answers about the mouth: what lies nearer to a smile half as wide again."""
    facts: list[Fact] = []
    for number in range(2 * len(read)):
        row = number // 2
        ideal = read[row].copy()
        ideal[SMILES] = np.clip(1.6 * ideal[SMILES], 0, 1)
        takes = np.clip(read[row] + rng.normal(0, 0.15, (2, 52)) * LOWER, 0, 1).astype(np.float32)
        missed = ((takes - ideal)[:, LOWER] ** 2).sum(axis=1)
        facts.append(
            rating(
                int(rng.integers(2**60)),
                clip=clip,
                seconds=(row / RATE,),
                region="lower",
                candidates=tuple(Candidate(take[None], "superface-base", "sample") for take in takes),
                outcome=Outcome.A if missed[0] < missed[1] else Outcome.B,
            )
        )
    return facts


def test_what_is_rated_is_learnt_used_and_rolled_back(backend: Backend, clips: list[Path]) -> None:
    rng = np.random.default_rng(0)
    reads = [backend.retarget(clip, profile="Ann") for clip in clips]
    facts, _, before = reads[0]
    assert facts.model_id == "superface-base"
    assert facts.base.startswith("superface-base@")
    assert not facts.versions
    backend.record([rig_sight(rig="rig-1")])
    for _, sha256, read in reads:
        backend.record(scripted(sha256, read, rng))

    calls = backend.train(profile="Ann")
    for number, _ in enumerate(calls):
        if number > 6:
            calls.cancel()
            break
    assert backend.versions() == [], "cancelled, it leaves nothing on the shelf"

    events = list(backend.train(profile="Ann"))
    (count,) = [event.count for event in events if event.WhichOneof("event") == "count"]
    assert count.learnt + count.held_out == 2 * PARTS * FRAMES
    card = events[-1].result.version
    assert [region.region for region in card.regions] == ["lower"]
    assert card.regions[0].state == training_pb2.VERSION_STATE_CANDIDATE
    assert card.regions[0].agreement.gain > 0
    assert any("upper face was left" in remark for remark in events[-1].result.remarks)

    np.testing.assert_array_equal(backend.retarget(clips[0], profile="Ann")[2], before, "it is only on trial")
    tried = backend.retarget(clips[0], profile="Ann", version=card.id)
    backend.decide(training_pb2.VERSION_STEP_USE, card.id)
    facts, _, after = backend.retarget(clips[0], profile="Ann")
    assert dict(facts.versions) == {"lower": card.id}
    assert facts.model_id == f"{facts.base} lower:{card.id}"
    np.testing.assert_array_equal(after, tried[2])
    np.testing.assert_array_equal(after[:, UPPER], before[:, UPPER])
    assert np.abs(after - before)[:, LOWER].max() > 0.02
    np.testing.assert_array_equal(backend.retarget(clips[0])[2], before, "other profiles keep the base")

    backend.decide(training_pb2.VERSION_STEP_ROLL_BACK, card.id)
    np.testing.assert_array_equal(backend.retarget(clips[0], profile="Ann")[2], before)
