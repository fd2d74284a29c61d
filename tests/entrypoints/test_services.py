"""What a caller sees of a real server on loopback, with a fake application behind it."""

import hashlib
import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from PIL import Image

from backend import __version__, errors
from backend.core.ratings import Fact
from backend.entrypoints import services
from backend.entrypoints.refusals import STATUS
from blender_addon.backend_client import rating_messages
from protos import arkit
from protos.convention import ADVICE_KEY, AUTHORIZATION_KEY, ERROR_KEY
from protos.fingerprint import contract_fingerprint
from protos.generated.superface.v1 import backend_pb2, ratings_pb2, retarget_pb2
from tests.core.rated import rating, retraction
from tests.entrypoints.fake_application import FakeWork
from tests.entrypoints.loopback import Loopback, serving, settings_in


def request_for(path: Path, **fields: object) -> retarget_pb2.RetargetRequest:
    return retarget_pb2.RetargetRequest(clip=retarget_pb2.Clip(path=str(path)), **fields)


def retarget(loopback: Loopback, **fields: object) -> list[retarget_pb2.RetargetUpdate]:
    request = request_for(loopback.clip(), **fields)
    return list(loopback.retarget.RetargetVideo(request, metadata=loopback.metadata, timeout=20))


def refusal(error: grpc.RpcError) -> tuple[StatusCode, str]:
    return error.code(), dict(error.trailing_metadata())[ERROR_KEY]


def upload(loopback: Loopback, content: bytes, name: str = "x.png") -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    chunk = retarget_pb2.UploadChunk(
        sha256=sha256, size=len(content), data=content, chunk_sha256=sha256, name=name
    )
    state = loopback.retarget.Upload(iter([chunk]), metadata=loopback.metadata, timeout=20)
    assert state.complete
    return sha256


def picture(shade: int, size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (shade,) * 3).save(file, "PNG")
    return file.getvalue()


def test_every_error_that_can_leave_the_backend_has_a_status() -> None:
    kinds = [errors.SuperFaceError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    from_here = {kind.code for kind in kinds if kind.__module__ == "backend.errors"}
    assert from_here - {"internal", "setting_invalid"} <= set(STATUS)


def test_the_handshake_tells_what_the_backend_is(loopback: Loopback) -> None:
    info = loopback.backend.GetInfo(backend_pb2.GetInfoRequest(), metadata=loopback.metadata)
    assert info.version == __version__
    assert info.contract_fingerprint == contract_fingerprint()
    assert tuple(info.channels) == arkit.CHANNELS
    assert info.models[0].unobserved == ["tongueOut"]
    assert info.missing[0].advice == "Fetch it."
    assert (info.max_jobs, info.running_jobs) == (1, 0)


def test_a_clip_comes_back_as_facts_then_curves_then_a_summary(loopback: Loopback) -> None:
    kinds = [update.WhichOneof("update") for update in retarget(loopback)]
    assert kinds == ["clip", *["curves", "progress"] * 4, "summary"]


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer ", "Bearer wrong", "{token}", "bearer {token}"]
)
def test_without_the_right_token_nothing_is_answered(loopback: Loopback, given: str | None) -> None:
    metadata = () if given is None else ((AUTHORIZATION_KEY, given.replace("{token}", loopback.token)),)
    calls = (
        lambda: loopback.backend.GetInfo(backend_pb2.GetInfoRequest(), metadata=metadata, timeout=5),
        lambda: list(
            loopback.retarget.RetargetVideo(request_for(loopback.clip()), metadata=metadata, timeout=5)
        ),
        lambda: list(loopback.retarget.Stills(stills_of(loopback.clip()), metadata=metadata, timeout=5)),
        lambda: list(loopback.retarget.Predict(never_sending(), metadata=metadata, timeout=5)),
        lambda: loopback.retarget.Upload(never_sending(), metadata=metadata, timeout=5),
        lambda: list(reflect(loopback, metadata)),
    )
    for call in calls:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert refusal(caught.value) == (StatusCode.UNAUTHENTICATED, "token_wrong")
    assert loopback.work.opened == []


def never_sending() -> Iterator[object]:
    """A caller that says nothing until the call is over."""
    threading.Event().wait(5)
    yield from ()


def test_a_token_given_twice_is_refused(loopback: Loopback) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        loopback.backend.GetInfo(backend_pb2.GetInfoRequest(), metadata=loopback.metadata * 2)
    assert caught.value.code() is StatusCode.UNAUTHENTICATED


def test_neither_token_nor_picture_gets_into_the_log(
    loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    retarget(loopback)
    live(loopback, retarget_pb2.LiveFrame(jpeg=picture(9)))
    with pytest.raises(grpc.RpcError):
        live(loopback, retarget_pb2.LiveFrame(jpeg=b"SECRETPICTURE"))
    said = "".join(str(vars(record)) for record in caplog.records)
    assert "call ended" in said
    assert loopback.token not in said
    assert "SECRETPICTURE" not in said


def test_health_is_told_to_everybody(loopback: Loopback) -> None:
    stub = health_pb2_grpc.HealthStub(loopback.channel)
    for service in ("", "superface.v1.Backend", "superface.v1.Retarget"):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def reflect(loopback: Loopback, metadata: tuple) -> Iterator[reflection_pb2.ServerReflectionResponse]:
    stub = reflection_pb2_grpc.ServerReflectionStub(loopback.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    return stub.ServerReflectionInfo(iter([request]), metadata=metadata, timeout=5)


def test_reflection_lists_the_services(loopback: Loopback) -> None:
    (answer,) = reflect(loopback, loopback.metadata)
    names = {service.name for service in answer.list_services_response.service}
    assert {"superface.v1.Backend", "superface.v1.Retarget", "grpc.health.v1.Health"} <= names


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NoFace("no face", "Light it."), StatusCode.FAILED_PRECONDITION),
        (errors.DiskFull("full"), StatusCode.RESOURCE_EXHAUSTED),
        (errors.ModelDamaged("hash", "Ünïcode & % advice"), StatusCode.FAILED_PRECONDITION),
        (errors.ClipUnreadable("x" * 100_000, "é" * 100_000), StatusCode.INVALID_ARGUMENT),
    ],
)
def test_an_error_arrives_with_status_code_and_advice(
    loopback: Loopback, error: errors.SuperFaceError, status: StatusCode
) -> None:
    loopback.work.error = error
    with pytest.raises(grpc.RpcError) as caught:
        retarget(loopback)
    assert refusal(caught.value) == (status, error.code)
    assert error.message.startswith(caught.value.details())
    advice = unquote(dict(caught.value.trailing_metadata())[ADVICE_KEY])
    assert error.advice.startswith(advice)


def test_a_path_outside_and_a_missing_one_are_told_apart(loopback: Loopback, tmp_path: Path) -> None:
    for path, expected in (
        (tmp_path / "secret.mp4", (StatusCode.PERMISSION_DENIED, "clip_not_allowed")),
        (loopback.clips / "gone.mp4", (StatusCode.NOT_FOUND, "clip_missing")),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            list(loopback.retarget.RetargetVideo(request_for(path), metadata=loopback.metadata))
        assert refusal(caught.value) == expected


def test_uploaded_pictures_become_one_sequence(loopback: Loopback) -> None:
    shas = [upload(loopback, content) for content in (b"one", b"two", b"one")]
    clip = retarget_pb2.Clip(frames=retarget_pb2.FrameSequence(uploads=shas, rate=24))
    request = retarget_pb2.RetargetRequest(clip=clip)
    list(loopback.retarget.RetargetVideo(request, metadata=loopback.metadata))
    assert loopback.work.opened == [((b"one", b"two", b"one"), 24.0)]


def test_a_clip_over_the_limit_is_refused_before_any_work(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path, max_clip_seconds=1.0), FakeWork(frames=40)) as loopback:
        with pytest.raises(grpc.RpcError) as caught:
            retarget(loopback)
        assert refusal(caught.value) == (StatusCode.INVALID_ARGUMENT, "clip_too_long")
        assert loopback.work.orders == []
        assert retarget(loopback, start_seconds=0.5, end_seconds=1.4)


def test_a_message_over_the_limit_is_refused(loopback: Loopback) -> None:
    frame = retarget_pb2.LiveFrame(jpeg=bytes(17 << 20))
    with pytest.raises(grpc.RpcError) as caught:
        list(loopback.retarget.Predict(iter([frame]), metadata=loopback.metadata))
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED


def started(loopback: Loopback) -> grpc.Call:
    """A retarget that is at work."""
    call = loopback.retarget.RetargetVideo(request_for(loopback.clip()), metadata=loopback.metadata)
    assert loopback.work.running.acquire(timeout=10)
    return call


def wait_until(condition: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_a_cancel_reaches_the_work_and_frees_its_place(loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    started(loopback).cancel()
    wait_until(lambda: loopback.work.ended)
    loopback.work.pause = 0.0
    assert retarget(loopback)


def test_a_client_that_is_gone_ends_its_work(loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    with grpc.insecure_channel(f"127.0.0.1:{loopback.port}", (("grpc.enable_http_proxy", 0),)) as channel:
        visitor = Loopback(loopback.work, loopback.settings, loopback.port, loopback.token, channel)
        started(visitor)
    wait_until(lambda: loopback.work.ended)


def test_two_clients_are_served_one_after_the_other_where_one_job_is_allowed(loopback: Loopback) -> None:
    loopback.work.pause = 0.05
    results: list[list[str]] = []

    def client() -> None:
        results.append([update.WhichOneof("update") for update in retarget(loopback)])

    threads = [threading.Thread(target=client) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [kinds[-1] for kinds in results] == ["summary", "summary"]
    assert sorted(kinds[0] for kinds in results) == ["clip", "progress"]  # one is told that it waits
    assert loopback.work.most_at_once == 1


def test_a_full_line_sends_the_next_one_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.entrypoints.grpc_server.MAX_WAITING", 0)
    with serving(settings_in(tmp_path), FakeWork(pause=30.0)) as loopback:
        call = started(loopback)
        with pytest.raises(grpc.RpcError) as caught:
            retarget(loopback)
        assert refusal(caught.value) == (StatusCode.RESOURCE_EXHAUSTED, "busy")
        info = loopback.backend.GetInfo(backend_pb2.GetInfoRequest(), metadata=loopback.metadata)
        assert info.running_jobs == 1
        call.cancel()


def stills_of(path: Path, *seconds: float, **fields: object) -> retarget_pb2.StillsRequest:
    return retarget_pb2.StillsRequest(clip=retarget_pb2.Clip(path=str(path)), seconds=seconds, **fields)


def stills(loopback: Loopback, *seconds: float, **fields: object) -> list[retarget_pb2.Still]:
    request = stills_of(loopback.clip(), *seconds, **fields)
    return list(loopback.retarget.Stills(request, metadata=loopback.metadata, timeout=20))


def test_moments_of_a_clip_come_back_one_by_one(loopback: Loopback) -> None:
    answer = stills(loopback, 0.5, 0.25, around_face=True)
    assert [still.seconds for still in answer] == [0.25, 0.5]
    assert answer[0].jpeg == b"still of 0.25 s"
    assert answer[0].face_found


@pytest.mark.parametrize(
    "fields", [{}, {"seconds": [-1.0]}, {"seconds": [1.0] * 301}, {"seconds": [1.0], "longest_side": 63}]
)
def test_moments_that_make_no_sense_are_refused_before_a_clip_is_opened(
    loopback: Loopback, fields: dict[str, object]
) -> None:
    request = stills_of(loopback.clip())
    request.MergeFrom(retarget_pb2.StillsRequest(**fields))
    with pytest.raises(grpc.RpcError) as caught:
        list(loopback.retarget.Stills(request, metadata=loopback.metadata))
    assert refusal(caught.value) == (StatusCode.INVALID_ARGUMENT, "request_invalid")
    assert loopback.work.opened == []


def test_moments_further_apart_than_a_clip_may_be_long_are_refused(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path, max_clip_seconds=1.0), FakeWork()) as loopback:
        assert stills(loopback, 0.1, 1.0)
        with pytest.raises(grpc.RpcError) as caught:
            stills(loopback, 0.1, 1.2)
        assert refusal(caught.value) == (StatusCode.INVALID_ARGUMENT, "clip_too_long")


def test_stills_beyond_the_limit_are_sent_away_and_a_cancel_frees_a_place(loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    calls = []
    for _ in range(services.MAX_SHOWING):
        request = stills_of(loopback.clip(), 0.5)
        calls.append(loopback.retarget.Stills(request, metadata=loopback.metadata))
        assert loopback.work.running.acquire(timeout=10)
    with pytest.raises(grpc.RpcError) as caught:
        stills(loopback, 0.5)
    assert refusal(caught.value) == (StatusCode.RESOURCE_EXHAUSTED, "busy")
    for call in calls:
        call.cancel()
    wait_until(lambda: len(loopback.work.ended) == len(calls))
    loopback.work.pause = 0.0
    wait_until(lambda: not busy(loopback))


def busy(loopback: Loopback) -> bool:
    """Whether a place that has just been left is still taken."""
    try:
        return not stills(loopback, 0.5)
    except grpc.RpcError as err:
        return err.code() is StatusCode.RESOURCE_EXHAUSTED


def test_stills_do_not_wait_for_a_retarget(loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    call = started(loopback)
    loopback.work.pause = 0.0
    assert stills(loopback, 0.5)
    call.cancel()


def live(loopback: Loopback, *frames: retarget_pb2.LiveFrame) -> list[retarget_pb2.LiveExpression]:
    return list(loopback.retarget.Predict(iter(frames), metadata=loopback.metadata, timeout=10))


def test_live_frames_come_back_in_order_each_with_its_own_number(loopback: Loopback) -> None:
    answers = live(
        loopback,
        retarget_pb2.LiveFrame(frame_id=7, seconds=0.0, jpeg=picture(255)),
        retarget_pb2.LiveFrame(frame_id=9, seconds=0.1, jpeg=picture(0)),
        retarget_pb2.LiveFrame(
            frame_id=8, seconds=0.2, raw=retarget_pb2.RawPicture(width=2, height=1, rgb=bytes([51] * 6))
        ),
    )
    assert [(a.frame_id, a.face_found) for a in answers] == [(7, True), (9, False), (8, True)]
    assert answers[0].values[0] == pytest.approx(1.0)
    assert answers[2].values[0] == pytest.approx(0.2)
    assert len(answers[0].values) == len(answers[0].observed) == 61
    assert not answers[1].values


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (retarget_pb2.LiveFrame(), "request_invalid"),
        (retarget_pb2.LiveFrame(jpeg=b"no picture"), "request_invalid"),
        (retarget_pb2.LiveFrame(jpeg=picture(9)[:60]), "request_invalid"),
        (retarget_pb2.LiveFrame(jpeg=picture(0, (4000, 4000))), "request_invalid"),
        (retarget_pb2.LiveFrame(raw=retarget_pb2.RawPicture(width=9, height=9)), "request_invalid"),
        (retarget_pb2.LiveFrame(jpeg=picture(9), seconds=float("nan")), "request_invalid"),
        (retarget_pb2.LiveFrame(jpeg=picture(9), model_id="other"), "model_unknown"),
    ],
)
def test_a_live_frame_that_cannot_be_read_ends_the_stream(
    loopback: Loopback, frame: retarget_pb2.LiveFrame, code: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        live(loopback, frame)
    assert dict(caught.value.trailing_metadata())[ERROR_KEY] == code


def test_live_streams_beyond_the_limit_are_sent_away_and_their_places_come_free(loopback: Loopback) -> None:
    open_streams = []
    for _ in range(services.MAX_LIVE):
        ask = threading.Event()
        frames = iter_until(ask, retarget_pb2.LiveFrame(jpeg=picture(9), seconds=1.0))
        stream = loopback.retarget.Predict(frames, metadata=loopback.metadata)
        next(stream)
        open_streams.append((ask, stream))
    with pytest.raises(grpc.RpcError) as caught:
        live(loopback, retarget_pb2.LiveFrame(jpeg=picture(9)))
    assert refusal(caught.value) == (StatusCode.RESOURCE_EXHAUSTED, "busy")
    for ask, stream in open_streams:
        ask.set()
        assert list(stream) == []
    assert live(loopback, retarget_pb2.LiveFrame(jpeg=picture(9)))


def iter_until(end: threading.Event, *frames: object) -> Iterator[object]:
    yield from frames
    end.wait(20)


def record(loopback: Loopback, *facts: Fact, metadata: object = ()) -> ratings_pb2.RecordAnswer:
    request = rating_messages.record_request(facts)
    return loopback.ratings.Record(request, metadata=metadata or loopback.metadata, timeout=20)


def test_ratings_are_kept_once_and_what_makes_no_sense_is_named(loopback: Loopback) -> None:
    request = rating_messages.record_request([rating(1), rating(2), retraction(rating(1))])
    request.facts[1].rating.region = "nose"
    for _ in range(2):
        answer = loopback.ratings.Record(request, metadata=loopback.metadata, timeout=20)
        assert answer.kept == [rating(1).id, retraction(rating(1)).id]
        (refused,) = answer.refused
        assert (refused.number, refused.id) == (1, rating(2).id)
        assert "nose" in refused.reason
    assert list(loopback.work.ratings.facts) == [rating(1).id, retraction(rating(1)).id]


def test_nobody_records_without_the_token(loopback: Loopback) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        record(loopback, rating(1), metadata=((AUTHORIZATION_KEY, "Bearer wrong"),))
    assert refusal(caught.value) == (StatusCode.UNAUTHENTICATED, "token_wrong")
    assert loopback.work.ratings.facts == {}


def test_too_many_ratings_in_one_call_are_refused(loopback: Loopback) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        record(loopback, *map(rating, range(33)))
    assert refusal(caught.value) == (StatusCode.INVALID_ARGUMENT, "request_invalid")
    assert loopback.work.ratings.facts == {}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.DiskFull("full", "Make room."), StatusCode.RESOURCE_EXHAUSTED),
        (errors.Busy("locked", "Try again."), StatusCode.RESOURCE_EXHAUSTED),
        (errors.RatingsUnreachable("gone", "See to it."), StatusCode.UNAVAILABLE),
        (errors.RatingsUnreadable("damaged", "Restore it."), StatusCode.FAILED_PRECONDITION),
    ],
)
def test_a_record_that_cannot_be_written_is_told_with_advice(
    loopback: Loopback, error: errors.SuperFaceError, status: StatusCode
) -> None:
    loopback.work.ratings.error = error
    with pytest.raises(grpc.RpcError) as caught:
        record(loopback, rating(1))
    assert refusal(caught.value) == (status, error.code)
    assert unquote(dict(caught.value.trailing_metadata())[ADVICE_KEY]) == error.advice
    loopback.work.ratings.error = None
    assert record(loopback, rating(1)).kept == [rating(1).id]
