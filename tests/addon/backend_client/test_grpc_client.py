"""The add-on's client against a real server on loopback, and against others."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import grpc
import numpy as np
import pytest
from PIL import Image

from backend import errors as backend_errors
from backend.core.formats.rating_json import fact_to_line
from blender_addon.backend_client import errors, port
from blender_addon.backend_client.grpc_client import GrpcClient
from protos import arkit
from protos.convention import CHUNK_BYTES
from protos.fingerprint import contract_fingerprint
from protos.generated.superface.v1 import backend_pb2, backend_pb2_grpc
from tests.core.rated import rating, retraction
from tests.entrypoints.fake_application import FakeWork, some_curves
from tests.entrypoints.loopback import Loopback, serving, settings_in

NEVER = threading.Event()


@contextmanager
def client_of(loopback: Loopback, **changes: object) -> Iterator[GrpcClient]:
    address = port.Address("127.0.0.1", loopback.port, loopback.token)
    client = GrpcClient(replace(address, **changes), client_version="0.1.0")
    yield client
    client.close()


@pytest.fixture
def client(loopback: Loopback) -> Iterator[GrpcClient]:
    with client_of(loopback) as client:
        yield client


def request_for(path: Path) -> port.RetargetRequest:
    return port.RetargetRequest(port.ClipFile(path))


def uploads_of(events: list[port.RetargetEvent]) -> list[port.UploadProgress]:
    return [event for event in events if isinstance(event, port.UploadProgress)]


def test_the_handshake_is_told_in_the_add_ons_words(client: GrpcClient) -> None:
    info = client.info()
    assert info.models[0] == port.Model("fake", "Fake", "GPL-3.0-or-later", ("tongueOut",), ("cheekPuff",))
    assert info.missing == (port.Missing("a model", "Fetch it."),)


def test_a_clip_the_backend_can_read_is_not_sent(client: GrpcClient, loopback: Loopback) -> None:
    events = list(client.retarget(request_for(loopback.clip()), NEVER))
    assert not uploads_of(events)
    assert isinstance(events[0], port.ClipFacts)
    assert isinstance(events[-1], port.Summary)
    arrived = np.concatenate([e.curves.values for e in events if isinstance(e, port.CurveChunk)])
    assert np.array_equal(arrived, some_curves(40).values)


def test_a_clip_the_backend_may_not_read_is_sent_and_why_is_told(
    client: GrpcClient, loopback: Loopback, tmp_path: Path
) -> None:
    clip = tmp_path / "phone clip.MOV"
    clip.write_bytes(os.urandom(2 * CHUNK_BYTES + 77))
    events = list(client.retarget(request_for(clip), NEVER))
    sent = uploads_of(events)
    assert sent[0].why == "the backend reads no clips from that folder"
    assert (sent[0].sent, sent[-1].sent) == (0, clip.stat().st_size)
    assert all(one.sent <= two.sent for one, two in pairwise(sent))
    assert loopback.work.opened[0].read_bytes() == clip.read_bytes()
    assert isinstance(events[-1], port.Summary)


def test_a_clip_the_backend_does_not_see_is_sent(client: GrpcClient, loopback: Loopback) -> None:
    """Allowed by its path, but not there: as when the backend runs in a container."""
    clip = loopback.clip()
    loopback.work.hidden = frozenset({clip})
    sent = uploads_of(list(client.retarget(request_for(clip), NEVER)))
    assert sent[0].why == "the backend does not see that file"
    assert loopback.work.opened[0].read_bytes() == b"video"


def test_a_clip_that_was_sent_is_spoken_of_by_its_own_name(client: GrpcClient, tmp_path: Path) -> None:
    clip = tmp_path / "selfie.mp4"
    clip.write_bytes(b"text, no video")
    with pytest.raises(errors.ClipRefused, match=r"^selfie\.mp4 is not a video\."):
        list(client.retarget(request_for(clip), NEVER))


def test_a_known_clip_travels_only_once(client: GrpcClient, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(os.urandom(3 * CHUNK_BYTES))
    first, second = (uploads_of(list(client.retarget(request_for(clip), NEVER))) for _ in range(2))
    assert len(first) >= 2
    assert [progress.sent for progress in second] == [0, clip.stat().st_size]


def test_a_sequence_travels_picture_by_picture(
    client: GrpcClient, loopback: Loopback, tmp_path: Path
) -> None:
    paths = tuple(tmp_path / f"{i}.png" for i in range(3))
    for path in paths:
        path.write_bytes(path.name.encode())
    request = port.RetargetRequest(port.FrameFiles(paths, rate=12.0))
    events = list(client.retarget(request, NEVER))
    assert {progress.name for progress in uploads_of(events)} == {"0.png", "1.png", "2.png"}
    assert loopback.work.opened == [((b"0.png", b"1.png", b"2.png"), 12.0)]


def test_a_clip_that_is_nowhere_is_refused(client: GrpcClient, tmp_path: Path) -> None:
    with pytest.raises(errors.ClipRefused) as caught:
        list(client.retarget(request_for(tmp_path / "gone.mp4"), NEVER))
    assert caught.value.code == "clip_missing"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (backend_errors.NoFace("no face", "Light it."), errors.NoFaceFound),
        (backend_errors.ClipUnreadable("cut off", "Copy it again."), errors.ClipRefused),
        (backend_errors.Busy("full", "Later."), errors.BackendBusy),
        (backend_errors.DiskFull("full", "Make room."), errors.RequestRefused),
    ],
)
def test_the_backends_advice_reaches_the_artist(
    client: GrpcClient, loopback: Loopback, error: backend_errors.SuperFaceError, expected: type
) -> None:
    loopback.work.error = error
    with pytest.raises(expected) as caught:
        list(client.retarget(request_for(loopback.clip()), NEVER))
    assert (caught.value.code, caught.value.advice) == (error.code, error.advice)


def test_a_cancel_ends_the_wait_though_nothing_arrives(client: GrpcClient, loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    cancel = threading.Event()
    events = client.retarget(request_for(loopback.clip()), cancel)
    next(events)
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(errors.Cancelled):
        next(events)


def test_closing_the_iterator_ends_the_work(client: GrpcClient, loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    events = client.retarget(request_for(loopback.clip()), NEVER)
    next(events)
    events.close()
    loopback.work.pause = 0.0
    assert list(client.retarget(request_for(loopback.clip()), NEVER))


def test_closing_the_client_from_elsewhere_ends_a_retarget(client: GrpcClient, loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    events = client.retarget(request_for(loopback.clip()), NEVER)
    next(events)
    threading.Timer(0.1, client.close).start()
    with pytest.raises(errors.Cancelled):
        next(events)
    with pytest.raises(errors.Cancelled):
        client.info()


def test_a_wrong_token_is_told_as_such(loopback: Loopback) -> None:
    with client_of(loopback, token="wrong") as client, pytest.raises(errors.TokenRefused):  # noqa: S106
        client.info()


def test_nobody_there_is_told_as_such(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path), FakeWork()) as gone:
        pass
    with client_of(gone) as client, pytest.raises(errors.BackendAbsent, match="Start it"):
        client.info()


@pytest.mark.parametrize("host", ["192.168.0.9", "render-box", "0.0.0.0", "localhost.example.org"])  # noqa: S104
def test_no_token_leaves_this_machine_in_clear(host: str) -> None:
    with pytest.raises(errors.AddressRefused, match="clear"):
        GrpcClient(port.Address(host, 50151, "secret"))


def test_a_proxy_in_the_environment_is_passed_by(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with client_of(loopback) as client:
        assert client.info().active_model == "fake"


def moments_of(path: Path, *seconds: float) -> port.StillsRequest:
    return port.StillsRequest(port.ClipFile(path), seconds, around_face=True)


def test_stills_of_a_clip_the_backend_can_read_come_without_an_upload(
    client: GrpcClient, loopback: Loopback
) -> None:
    stills = list(client.stills(moments_of(loopback.clip(), 0.5, 0.25), NEVER))
    assert stills == [
        port.Still(0.25, b"still of 0.25 s", True),
        port.Still(0.5, b"still of 0.5 s", True),
    ]


def test_for_stills_too_a_clip_is_sent_where_it_may_not_be_read_and_only_once(
    client: GrpcClient, loopback: Loopback, tmp_path: Path
) -> None:
    clip = tmp_path / "phone clip.MOV"
    clip.write_bytes(os.urandom(CHUNK_BYTES + 5))
    list(client.retarget(request_for(clip), NEVER))
    *sent, still = client.stills(moments_of(clip, 0.25), NEVER)
    assert [progress.sent for progress in sent] == [0, clip.stat().st_size], "it is there already"
    assert still == port.Still(0.25, b"still of 0.25 s", True)
    assert loopback.work.opened[-1].read_bytes() == clip.read_bytes()


def test_stills_of_an_image_sequence(client: GrpcClient, loopback: Loopback, tmp_path: Path) -> None:
    paths = tuple(tmp_path / f"{i}.png" for i in range(2))
    for path in paths:
        path.write_bytes(path.name.encode())
    request = port.StillsRequest(port.FrameFiles(paths, rate=12.0), (0.0,))
    *_, still = client.stills(request, NEVER)
    assert still == port.Still(0.0, b"still of 0 s", False)
    assert loopback.work.opened == [((b"0.png", b"1.png"), 12.0)]


def test_a_cancel_ends_the_wait_for_stills(client: GrpcClient, loopback: Loopback) -> None:
    loopback.work.pause = 30.0
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(errors.Cancelled):
        list(client.stills(moments_of(loopback.clip(), 0.5), cancel))


def test_a_refusal_of_stills_reaches_the_artist(client: GrpcClient, loopback: Loopback) -> None:
    with pytest.raises(errors.RequestRefused, match="1 to 300 at a time"):
        list(client.stills(moments_of(loopback.clip()), NEVER))
    loopback.work.error = backend_errors.ClipUnreadable("cut off", "Copy it again.")
    with pytest.raises(errors.ClipRefused, match="Copy it again"):
        list(client.stills(moments_of(loopback.clip(), 0.1, 0.2), NEVER))


class _Other(backend_pb2_grpc.BackendServicer):
    """A backend of another version."""

    def __init__(self, answer: backend_pb2.BackendInfo) -> None:
        self._answer = answer

    def GetInfo(  # noqa: N802
        self, request: backend_pb2.GetInfoRequest, context: grpc.ServicerContext
    ) -> backend_pb2.BackendInfo:
        return self._answer


@contextmanager
def other_backend(answer: backend_pb2.BackendInfo) -> Iterator[GrpcClient]:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    backend_pb2_grpc.add_BackendServicer_to_server(_Other(answer), server)
    number = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = GrpcClient(port.Address("127.0.0.1", number, "token"), client_version="0.3.0")
    yield client
    client.close()
    server.stop(0).wait()


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        ("0.2.9", "Update the backend"),
        ("0.10.0", "Update the add-on"),
        ("0.3.0", "older one, or both"),
        ("", "Update the backend"),
    ],
)
def test_another_contract_says_which_side_to_update(version: str, advice: str) -> None:
    answer = backend_pb2.BackendInfo(version=version, contract_fingerprint="other", channels=arkit.CHANNELS)
    with other_backend(answer) as client, pytest.raises(errors.ContractMismatch, match=advice):
        client.info()


def test_channels_in_another_order_are_another_contract() -> None:
    answer = backend_pb2.BackendInfo(
        contract_fingerprint=contract_fingerprint(), channels=sorted(arkit.CHANNELS)
    )
    with other_backend(answer) as client, pytest.raises(errors.ContractMismatch):
        list(client.retarget(request_for(Path("x")), NEVER))


def test_a_backend_without_our_calls_is_another_contract() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    number = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = GrpcClient(port.Address("127.0.0.1", number, "token"))
    with pytest.raises(errors.ContractMismatch):
        client.info()
    client.close()
    server.stop(0).wait()


def live_frames(count: int) -> Iterator[port.LiveFrame]:
    for i in range(count):
        file = io.BytesIO()
        Image.new("RGB", (64, 48), (50 * i,) * 3).save(file, "JPEG")
        yield port.LiveFrame(i, i / 30, file.getvalue())


def test_live_frames_come_back_one_by_one(client: GrpcClient) -> None:
    answers = list(client.predict(live_frames(4), smoothing=0.2))
    assert [answer.frame_id for answer in answers] == [0, 1, 2, 3]
    assert [len(answer.curves) for answer in answers] == [0, 1, 1, 1]
    assert answers[3].curves.times == pytest.approx([0.1])
    assert answers[3].curves.values[0, 0] == pytest.approx(150 / 255, abs=0.01)


def test_an_unknown_model_is_refused_live_too(client: GrpcClient) -> None:
    with pytest.raises(errors.RequestRefused, match="No model"):
        list(client.predict(live_frames(1), model_id="other"))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key."""
    pair = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2",
         "-out", str(pair[0]), "-keyout", str(pair[1])],
        capture_output=True,
        check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("needs the openssl program to make a certificate")
    return pair


def test_tls_by_certificate_files(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = certificate
    settings = settings_in(tmp_path, host="localhost", tls_certificate=cert, tls_key=key)
    with serving(settings, FakeWork()) as loopback:
        with client_of(loopback, host="localhost", certificate=cert) as client:
            assert client.info().active_model == "fake"
        with client_of(loopback, host="localhost") as in_clear, pytest.raises(errors.BackendAbsent):
            in_clear.info()


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen, port.Address]]:
    script = Path(__file__).parents[2] / "entrypoints" / "fake_application.py"
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), "0.1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    said = json.loads(process.stdout.readline())
    token = Path(said["token_file"]).read_text()
    yield process, port.Address("127.0.0.1", said["port"], token)
    process.kill()
    process.communicate()


def test_a_backend_killed_in_mid_clip_leaves_what_was_received(
    other_process: tuple[subprocess.Popen, port.Address], tmp_path: Path
) -> None:
    process, address = other_process
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"video")
    client = GrpcClient(address)
    events = client.retarget(request_for(clip), NEVER)
    first = next(event for event in events if isinstance(event, port.CurveChunk))
    process.kill()
    with pytest.raises(errors.ConnectionLost):
        list(events)
    assert np.array_equal(first.curves.values, some_curves(40).values[:10])
    with pytest.raises(errors.ConnectionLost):
        client.info()
    client.close()


def test_ratings_arrive_and_those_refused_are_named(client: GrpcClient, loopback: Loopback) -> None:
    loopback.work.ratings.append([rating(2)])
    other = rating(2, rater="Bob")
    told = client.record([rating(1), other, retraction(rating(1))])
    assert told.kept == {rating(1).id, retraction(rating(1)).id}
    assert list(told.refused) == [other.id]
    assert "the first one stays" in told.refused[other.id]
    arrived = [fact_to_line(fact) for fact in loopback.work.ratings.read()]
    assert arrived == [fact_to_line(fact) for fact in (rating(2), rating(1), retraction(rating(1)))]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (backend_errors.Busy("locked", "Try again."), errors.BackendBusy),
        (backend_errors.DiskFull("full", "Make room."), errors.RequestRefused),
        (backend_errors.RatingsUnreachable("gone", "See to it."), errors.RequestRefused),
    ],
)
def test_a_record_that_cannot_be_written_is_told(
    client: GrpcClient,
    loopback: Loopback,
    error: backend_errors.SuperFaceError,
    kind: type[errors.RequestRefused],
) -> None:
    loopback.work.ratings.error = error
    with pytest.raises(kind) as caught:
        client.record([rating(1)])
    assert (caught.value.code, caught.value.advice) == (error.code, error.advice)


def test_ratings_are_not_sent_to_a_backend_of_another_contract() -> None:
    answer = backend_pb2.BackendInfo(contract_fingerprint="other", channels=arkit.CHANNELS)
    with other_backend(answer) as client, pytest.raises(errors.ContractMismatch):
        client.record([rating(1)])
