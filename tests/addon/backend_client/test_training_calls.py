"""Training and versions over the wire, against a server that plays what it is told."""

import threading
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest

from blender_addon.backend_client import errors, port, training_messages
from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.backend_client.versions import (
    Agreement,
    LeftOut,
    RatingCount,
    TrainProgress,
    TrainRequest,
    TrainResult,
    Trial,
    VersionCard,
    VersionFile,
    VersionList,
    VersionRegion,
    VersionStep,
)
from blender_addon.contract import duels, versions
from protos import arkit, convention
from protos.fingerprint import contract_fingerprint
from protos.generated.superface.v1 import (
    backend_pb2,
    backend_pb2_grpc,
    training_pb2,
    training_pb2_grpc,
)

NEVER = threading.Event()
MINE = TrainRequest("Ada", "Eve", "ab" * 32, "Ada's", "superface-base")
UPPER = training_pb2.VersionRegion(
    region="upper",
    state=training_pb2.VERSION_STATE_CANDIDATE,
    agreement=training_pb2.Agreement(gain=0.25, low=0.125, high=0.5, pairs=24),
    against="base",
    wins=30,
    losses=10,
    ties=4,
    evidence=32.0,
    pairs_to_offer=0,
    pairs_to_promote=25,
    verdict=training_pb2.GATE_VERDICT_OFFER,
    says="Preferred 30 of 40 times.",
    remarks=["More style on the smile."],
)
LOWER = training_pb2.VersionRegion(region="lower", agreement=training_pb2.Agreement(gain=-0.5, pairs=3))
CARD = training_pb2.VersionCard(
    id="1f" * 16,
    name="Ada 3",
    base="base",
    parent="2e" * 16,
    profile="Ada",
    learnt_at=1.5e9,
    raters={"Ada": 96},
    pairs=92,
    corrections=4,
    regions=[UPPER, LOWER],
)
OURS = VersionCard(
    "1f" * 16,
    "Ada 3",
    "base",
    (
        VersionRegion(
            "upper", versions.State.CANDIDATE, Agreement(0.25, (0.125, 0.5), 24), "base", 30, 10, 4, 32.0,
            0, 25, duels.Verdict.OFFER, "Preferred 30 of 40 times.", ("More style on the smile.",),
        ),
        VersionRegion("lower", None, Agreement(-0.5, None, 3)),
    ),
    "2e" * 16,
    "Ada",
    1.5e9,
    {"Ada": 96},
    92,
    4,
)  # fmt: skip


class Backend(backend_pb2_grpc.BackendServicer, training_pb2_grpc.TrainingServicer):
    """Remembers what it was asked; `refused`: what it says instead of an answer."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.refused = ""
        self.waits = threading.Event()  # the training waits for it before its result
        self.waits.set()
        self.given_up = threading.Event()

    def GetInfo(self, request: object, context: grpc.ServicerContext) -> backend_pb2.BackendInfo:  # noqa: N802
        return backend_pb2.BackendInfo(contract_fingerprint=contract_fingerprint(), channels=arkit.CHANNELS)

    def Train(  # noqa: N802
        self, request: training_pb2.TrainRequest, context: grpc.ServicerContext
    ) -> Iterator[training_pb2.TrainEvent]:
        self._note(request, context)
        context.add_callback(self.given_up.set)
        left_out = [training_pb2.LeftOut(reason="no footage", ratings=7)]
        count = training_pb2.RatingCount(learnt=96, held_out=24, corrections=4, left_out=left_out)
        yield training_pb2.TrainEvent(count=count)
        yield training_pb2.TrainEvent(progress=training_pb2.TrainProgress(fraction=0.5, stage="trying"))
        yield training_pb2.TrainEvent(
            trial=training_pb2.Trial(region="upper", tried="group", loss=0.5, gain=0.25, agreement=0.75)
        )
        yield training_pb2.TrainEvent(trial=training_pb2.Trial(region="upper", tried="sharpness", loss=80.0))
        self.waits.wait(20)
        yield training_pb2.TrainEvent(
            result=training_pb2.TrainResult(version=CARD, remarks=["Ben was not heard."])
        )

    def Versions(  # noqa: N802
        self, request: training_pb2.VersionsRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionList:
        self._note(request, context)
        return training_pb2.VersionList(versions=[CARD], remarks=["One file is damaged."])

    def Decide(  # noqa: N802
        self, request: training_pb2.DecideRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionList:
        self._note(request, context)
        return training_pb2.VersionList()

    def ExportVersion(  # noqa: N802
        self, request: training_pb2.ExportVersionRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionFile:
        self._note(request, context)
        return training_pb2.VersionFile(content=b"x" * convention.VERSION_BYTES, name="ada-3.superface")

    def ImportVersion(  # noqa: N802
        self, request: training_pb2.ImportVersionRequest, context: grpc.ServicerContext
    ) -> training_pb2.VersionCard:
        self._note(request, context)
        return CARD

    def _note(self, request: object, context: grpc.ServicerContext) -> None:
        self.asked.append(request)
        if self.refused:
            context.set_trailing_metadata(
                ((convention.ERROR_KEY, "model_damaged"), (convention.ADVICE_KEY, "Import%20it%20again."))
            )
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, self.refused)


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def client(backend: Backend) -> Iterator[GrpcClient]:
    server = grpc.server(
        futures.ThreadPoolExecutor(4),
        options=(("grpc.max_receive_message_length", convention.MESSAGE_BYTES),),
    )
    backend_pb2_grpc.add_BackendServicer_to_server(backend, server)
    training_pb2_grpc.add_TrainingServicer_to_server(backend, server)
    number = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = GrpcClient(port.Address("127.0.0.1", number, "token"), client_version="0.3.0")
    yield client
    client.close()
    server.stop(0).wait()


def test_a_training_is_told_in_the_add_ons_words(client: GrpcClient, backend: Backend) -> None:
    assert list(client.train(MINE, NEVER)) == [
        RatingCount(96, 24, 4, (LeftOut("no footage", 7),)),
        TrainProgress(0.5, "trying"),
        Trial("upper", "group", 0.5, 0.25, 0.75),
        Trial("upper", "sharpness", 80.0),
        TrainResult(OURS, ("Ben was not heard.",)),
    ]
    assert backend.asked == [
        training_pb2.TrainRequest(
            rater="Ada", performer="Eve", rig="ab" * 32, profile="Ada's", model_id="superface-base"
        )
    ]


def test_a_training_that_is_cancelled_while_nothing_arrives_ends_on_both_sides(
    client: GrpcClient, backend: Backend
) -> None:
    backend.waits.clear()
    cancel = threading.Event()
    told = client.train(MINE, cancel)
    for _ in range(4):
        next(told)
    cancel.set()
    with pytest.raises(errors.Cancelled):
        next(told)
    assert backend.given_up.wait(20)
    backend.waits.set()


def test_versions_and_what_the_evidence_says_arrive_as_they_are(client: GrpcClient) -> None:
    assert client.versions() == VersionList((OURS,), ("One file is damaged.",))


@pytest.mark.parametrize("step", VersionStep)
def test_each_decision_arrives_as_it_was_made(
    client: GrpcClient, backend: Backend, step: VersionStep
) -> None:
    assert client.decide(step, OURS.id, ["lower"], "Ada") == VersionList()
    (asked,) = backend.asked
    assert asked == training_pb2.DecideRequest(
        step=f"VERSION_STEP_{step.name}", version=OURS.id, regions=["lower"], by="Ada"
    )


def test_the_largest_version_travels_both_ways(client: GrpcClient, backend: Backend) -> None:
    file = client.export_version(OURS.id)
    assert file == VersionFile(b"x" * convention.VERSION_BYTES, "ada-3.superface")
    assert client.import_version(file.content, "Ada") == OURS
    assert backend.asked[1] == training_pb2.ImportVersionRequest(content=file.content, by="Ada")


def test_a_refusal_comes_with_its_advice(client: GrpcClient, backend: Backend) -> None:
    backend.refused = "that file is damaged"
    for ask in (client.versions, lambda: list(client.train(MINE, NEVER))):
        with pytest.raises(errors.RequestRefused) as caught:
            ask()
        assert (caught.value.message, caught.value.advice) == ("That file is damaged.", "Import it again.")
        assert caught.value.code == "model_damaged"


def test_an_event_of_another_contract_is_not_passed_over() -> None:
    with pytest.raises(errors.BackendFailed, match="not known"):
        training_messages.train_event(training_pb2.TrainEvent())
