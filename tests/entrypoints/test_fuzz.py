"""Whatever bytes arrive, a call ends with a documented status and the server goes on."""

from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.message import Message
from grpc import StatusCode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.entrypoints.refusals import STATUS
from protos.generated.superface.v1 import backend_pb2, ratings_pb2, retarget_pb2, training_pb2
from tests.entrypoints.fake_application import FakeWork
from tests.entrypoints.loopback import Loopback, serving, settings_in

# grpc itself answers bytes that are no message with INTERNAL before any code of ours runs.
DOCUMENTED = {*STATUS.values(), StatusCode.OK}
NOT_A_MESSAGE = "Exception deserializing request!"

MESSAGES: dict[str, type[Message]] = {
    "Backend/GetInfo": backend_pb2.GetInfoRequest,
    "Retarget/RetargetVideo": retarget_pb2.RetargetRequest,
    "Retarget/FindUpload": retarget_pb2.FindUploadRequest,
    "Retarget/Upload": retarget_pb2.UploadChunk,
    "Retarget/Predict": retarget_pb2.LiveFrame,
    "Retarget/Stills": retarget_pb2.StillsRequest,
    "Ratings/Record": ratings_pb2.RecordRequest,
    "Training/Train": training_pb2.TrainRequest,
    "Training/Versions": training_pb2.VersionsRequest,
    "Training/Decide": training_pb2.DecideRequest,
    "Training/ExportVersion": training_pb2.ExportVersionRequest,
    "Training/ImportVersion": training_pb2.ImportVersionRequest,
}

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    folder = tmp_path_factory.mktemp("fuzz")
    with serving(settings_in(folder, max_upload_bytes=5_000_000), FakeWork(frames=5)) as loopback:
        loopback.clip()
        yield loopback


def outcome(server: Loopback, method: str, *payloads: bytes) -> tuple[StatusCode, str]:
    """Status and details of a call whose messages are these very bytes."""
    call = server.channel.stream_stream(f"/superface.v1.{method}")(
        iter(payloads), metadata=server.metadata, timeout=20
    )
    try:
        for _ in call:
            pass
    except grpc.RpcError as err:
        return err.code(), err.details()
    return StatusCode.OK, ""


@pytest.mark.parametrize("method", MESSAGES)
@often
@given(payload=st.binary(max_size=300))
def test_random_bytes_end_with_a_documented_status(server: Loopback, method: str, payload: bytes) -> None:
    status, details = outcome(server, method, payload)
    assert status in DOCUMENTED or details == NOT_A_MESSAGE


def fields_of(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Messages of this kind with any values at all, also such as make no sense."""
    parts = {field.name: _values(field) for field in kind.DESCRIPTOR.fields}
    return st.fixed_dictionaries({}, optional=parts).map(lambda given: kind(**given))


def _values(field: object) -> st.SearchStrategy[object]:
    one: st.SearchStrategy[object]
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = field.message_type.fields
        return st.dictionaries(_values(key), _values(value), max_size=3)
    if field.message_type is not None:
        one = fields_of(field.message_type._concrete_class)
    else:
        one = _SCALARS[field.type](field)
    repeated = getattr(field, "is_repeated", None)
    if repeated is None:  # protobuf 6 has only labels
        repeated = field.label == field.LABEL_REPEATED
    return st.lists(one, max_size=4) if repeated else one


texts = st.text(max_size=80) | st.sampled_from(["/etc/passwd", "/dev/zero", "..", "a" * 64, "\0", "C:\\x"])
_SCALARS = {
    1: lambda _: st.floats(),
    2: lambda _: st.floats(width=32),
    4: lambda _: st.integers(0, 2**64 - 1) | st.integers(0, 300),
    5: lambda _: st.integers(-(2**31), 2**31 - 1),
    8: lambda _: st.booleans(),
    9: lambda _: texts,
    12: lambda _: st.binary(max_size=300),
    14: lambda field: st.sampled_from([value.number for value in field.enum_type.values]) | st.just(99),
    13: lambda _: st.integers(0, 2**32 - 1) | st.integers(0, 12),
}


@pytest.mark.parametrize("method", MESSAGES)
@often
@given(data=st.data())
def test_fields_that_make_no_sense_end_with_a_documented_status(
    server: Loopback, method: str, data: st.DataObject
) -> None:
    kind = MESSAGES[method]
    payloads = [m.SerializeToString() for m in data.draw(st.lists(fields_of(kind), min_size=1, max_size=3))]
    status, _ = outcome(server, method, *payloads)
    assert status in DOCUMENTED


@pytest.mark.parametrize("method", MESSAGES)
def test_a_call_without_a_message_ends(server: Loopback, method: str) -> None:
    status, _ = outcome(server, method)
    assert status in {StatusCode.OK, StatusCode.INVALID_ARGUMENT, StatusCode.UNIMPLEMENTED}
