"""What a caller sees of training on a real server, with a trainer behind it that has learnt already."""

import grpc
import pytest
from grpc import StatusCode

from backend.errors import DiskFull, NothingToLearn
from protos.generated.superface.v1 import training_pb2
from tests.core.rated import rig_sight
from tests.entrypoints.loopback import Loopback
from tests.entrypoints.test_services import refusal
from tests.usecases.fake_training import BASE
from tests.usecases.test_train_from_ratings import CLIPS, answers, reading

USE, RETIRE, ROLL_BACK = (
    training_pb2.VERSION_STEP_USE, training_pb2.VERSION_STEP_RETIRE, training_pb2.VERSION_STEP_ROLL_BACK,
)  # fmt: skip
CANDIDATE, CURRENT, RETIRED = (
    training_pb2.VERSION_STATE_CANDIDATE, training_pb2.VERSION_STATE_CURRENT,
    training_pb2.VERSION_STATE_RETIRED,
)  # fmt: skip


@pytest.fixture
def rated(loopback: Loopback) -> Loopback:
    learning = loopback.work.learning
    learning.ratings.append([rig_sight(rig="rig-1"), *answers(90)])
    for clip in CLIPS:
        learning.readings.keep(clip, BASE, reading())
    return loopback


def train(loopback: Loopback, **asked: str) -> list[training_pb2.TrainEvent]:
    request = training_pb2.TrainRequest(**({"profile": "Ann"} | asked))
    return list(loopback.training.Train(request, metadata=loopback.metadata, timeout=20))


def versions(loopback: Loopback, profile: str = "") -> list[training_pb2.VersionCard]:
    request = training_pb2.VersionsRequest(profile=profile)
    return list(loopback.training.Versions(request, metadata=loopback.metadata, timeout=20).versions)


def decide(loopback: Loopback, step: int, version: str, *regions: str, by: str = "Ann") -> list[int]:
    """States of that version then."""
    request = training_pb2.DecideRequest(step=step, version=version, regions=regions, by=by)
    listed = loopback.training.Decide(request, metadata=loopback.metadata, timeout=20)
    (card,) = [each for each in listed.versions if each.id == version]
    return [region.state for region in card.regions]


def test_a_training_tells_its_count_its_trials_and_the_finished_version(rated: Loopback) -> None:
    events = train(rated)
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[:2] == ["progress", "count"]
    assert kinds[-1] == "result"
    assert {"progress", "trial"} <= set(kinds[2:-1])
    assert (events[1].count.learnt, events[1].count.held_out) == (60, 30)
    card = events[-1].result.version
    assert (card.name, card.base, card.profile, card.pairs) == ("Ann 1", BASE, "Ann", 60)
    assert dict(card.raters) == {"Ann": 60}
    (lower,) = card.regions
    assert (lower.region, lower.state, lower.against) == ("lower", CANDIDATE, BASE)
    assert lower.agreement.pairs == 30
    assert lower.says == "no fresh pair was rated yet"
    assert "71% of choices" in lower.remarks[0]
    assert [each.id for each in versions(rated)] == [card.id]
    assert versions(rated, "Bob") == []


def test_a_person_uses_rolls_back_and_retires(rated: Loopback) -> None:
    version = train(rated)[-1].result.version.id
    assert decide(rated, USE, version) == [CURRENT]
    assert versions(rated)[0].regions[0].says == "it is in use, by Ann"
    assert decide(rated, ROLL_BACK, version) == [RETIRED]
    assert decide(rated, USE, version, "lower") == [CURRENT]


@pytest.mark.parametrize(
    ("step", "regions", "by"),
    [(USE, ("upper",), "Ann"), (USE, (), " "), (ROLL_BACK, (), "Ann"), (0, (), "Ann"), (99, (), "Ann")],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    rated: Loopback, step: int, regions: tuple[str, ...], by: str
) -> None:
    version = train(rated)[-1].result.version.id
    with pytest.raises(grpc.RpcError) as caught:
        decide(rated, step, version, *regions, by=by)
    assert refusal(caught.value) == (StatusCode.INVALID_ARGUMENT, "request_invalid")
    assert versions(rated)[0].regions[0].state == CANDIDATE


def test_an_unknown_version_is_not_found(rated: Loopback) -> None:
    for call in (
        lambda: decide(rated, USE, "f" * 32),
        lambda: rated.training.ExportVersion(
            training_pb2.ExportVersionRequest(version="f" * 32), metadata=rated.metadata, timeout=20
        ),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert refusal(caught.value) == (StatusCode.NOT_FOUND, "model_unknown")


def test_a_version_goes_out_as_one_file_and_comes_in_elsewhere(rated: Loopback) -> None:
    card = train(rated)[-1].result.version
    sent = rated.training.ExportVersion(
        training_pb2.ExportVersionRequest(version=card.id), metadata=rated.metadata, timeout=20
    )
    assert sent.name == "ann-1.superface"
    shelf = rated.work.learning.shelf
    shelf.files.clear()
    shelf.decided.clear()
    request = training_pb2.ImportVersionRequest(content=sent.content, by="Bob")
    for _ in range(2):
        brought = rated.training.ImportVersion(request, metadata=rated.metadata, timeout=20)
        assert (brought.id, brought.regions[0].state) == (card.id, CANDIDATE)


@pytest.mark.parametrize(
    "change", [lambda sent: sent[:-30], lambda sent: sent.replace(b"Ann", b"Bob"), bytes]
)
def test_a_file_that_was_changed_or_cut_is_refused_and_nothing_comes_in(
    rated: Loopback, change: object
) -> None:
    version = train(rated)[-1].result.version.id
    sent = rated.training.ExportVersion(
        training_pb2.ExportVersionRequest(version=version), metadata=rated.metadata, timeout=20
    )
    content = change(sent.content) if change is not bytes else b""
    with pytest.raises(grpc.RpcError) as caught:
        rated.training.ImportVersion(
            training_pb2.ImportVersionRequest(content=content, by="Bob"), metadata=rated.metadata, timeout=20
        )
    assert refusal(caught.value)[1] in ("model_damaged", "request_invalid")
    assert [each.id for each in versions(rated)] == [version]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NothingToLearn("all answers are ties"), StatusCode.FAILED_PRECONDITION),
        (DiskFull("full"), StatusCode.RESOURCE_EXHAUSTED),
    ],
)
def test_a_training_that_comes_to_nothing_says_why(
    rated: Loopback, error: Exception, status: StatusCode
) -> None:
    rated.work.learning.launcher.error = error
    with pytest.raises(grpc.RpcError) as caught:
        train(rated)
    assert refusal(caught.value) == (status, error.code)
    assert versions(rated) == []


def test_too_few_ratings_are_refused_with_how_many_more(loopback: Loopback) -> None:
    with pytest.raises(grpc.RpcError, match="no ratings") as caught:
        train(loopback)
    assert refusal(caught.value) == (StatusCode.FAILED_PRECONDITION, "nothing_to_learn")


def test_nobody_trains_or_decides_without_the_token(loopback: Loopback) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        loopback.training.Versions(training_pb2.VersionsRequest(), timeout=20)
    assert refusal(caught.value) == (StatusCode.UNAUTHENTICATED, "token_wrong")
