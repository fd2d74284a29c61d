"""Add-on's words → message → backend's words and back: nothing is lost or changed on the way."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.core.framing import SMALLEST_CROP
from backend.entrypoints import translate
from backend.entrypoints.uploads import Chunk
from backend.errors import RequestInvalid
from backend.ports import ClipFacts
from backend.usecases import retarget_order as house
from backend.usecases.choose_versions import ModelChoice, ModelUsed
from backend.usecases.read_live import LiveResult
from backend.usecases.show_stills import Still, StillsOrder
from blender_addon.backend_client import messages, port
from protos.convention import CURVE_ROWS, MESSAGE_BYTES
from protos.generated.superface.v1 import retarget_pb2
from tests.entrypoints.fake_application import some_curves

seconds = st.floats(0, 1e5)
fraction = st.floats(0, 1, width=32)
counts = st.integers(0, 2**32 - 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def crops(draw: st.DrawFn) -> port.Crop:
    left, right = sorted(draw(st.lists(fraction, min_size=2, max_size=2, unique=True)))
    top, bottom = sorted(draw(st.lists(fraction, min_size=2, max_size=2, unique=True)))
    assume(min(right - left, bottom - top) > SMALLEST_CROP)
    return port.Crop(left, top, right, bottom)


requests = st.builds(
    port.RetargetRequest,
    clip=st.none(),
    start_seconds=st.floats(0, 100),
    end_seconds=st.none() | st.floats(101, 1000),
    crop=st.none() | crops(),
    mirrored_footage=st.booleans(),
    face=st.none() | st.tuples(fraction, fraction),
    model_id=st.text(max_size=20),
    neutral=st.builds(
        port.Neutral, seconds=st.lists(seconds, max_size=4).map(tuple), performer=st.text(max_size=20)
    ),
    cleanup=st.builds(
        port.Cleanup,
        smoothing=fraction,
        couple_mouth_close=st.booleans(),
        resolve_antagonists=st.booleans(),
        keep_in_range=st.booleans(),
        hold_seconds=st.floats(0, 10, width=32),
        decay_seconds=st.floats(0, 10, width=32),
    ),
    profile=st.text(max_size=20),
    version=st.text(max_size=20),
)


still_requests = st.builds(
    port.StillsRequest,
    clip=st.none(),
    seconds=st.lists(seconds, min_size=1, max_size=5).map(tuple),
    start_seconds=seconds,
    crop=st.none() | crops(),
    mirrored_footage=st.booleans(),
    face=st.none() | st.tuples(fraction, fraction),
    longest_side=st.integers(64, 1024),
    around_face=st.booleans(),
)


@given(still_requests)
def test_moments_to_be_shown_are_asked_for_as_they_were_meant(request: port.StillsRequest) -> None:
    order = translate.stills_order(messages.stills_request(request, retarget_pb2.Clip(upload="x")))
    crop = request.crop or port.Crop(0.0, 0.0, 1.0, 1.0)
    assert (order.seconds, order.start) == (request.seconds, request.start_seconds)
    assert (vars(order.crop), order.mirrored) == (vars(crop), request.mirrored_footage)
    assert order.face == request.face
    assert (order.longest_side, order.around_face) == (request.longest_side, request.around_face)


def test_a_still_has_a_usual_size_on_both_sides() -> None:
    order = translate.stills_order(retarget_pb2.StillsRequest(seconds=[1.0]))
    assert order == StillsOrder((1.0,))
    assert order.longest_side == port.StillsRequest(port.ClipFile(Path("x")), (1.0,)).longest_side


@given(seconds, st.binary(), st.booleans())
def test_a_still_arrives_as_it_was_sent(at: float, jpeg: bytes, face_found: bool) -> None:
    sent = Still(at, jpeg, face_found)
    assert vars(messages.still(translate.still(sent))) == vars(sent)


@given(requests)
def test_what_the_artist_asks_for_is_what_the_backend_does(request: port.RetargetRequest) -> None:
    sent = messages.retarget_request(request, retarget_pb2.Clip(upload="x"))
    order, choice = translate.order(sent), translate.model_choice(sent)
    crop = request.crop or port.Crop(0.0, 0.0, 1.0, 1.0)
    assert (order.start, order.end) == (request.start_seconds, request.end_seconds)
    assert vars(order.crop) == vars(crop)
    assert order.mirrored == request.mirrored_footage
    assert order.face == request.face
    assert (order.neutral_seconds, order.performer) == (request.neutral.seconds, request.neutral.performer)
    assert vars(order.cleanup) == vars(request.cleanup)
    assert choice == ModelChoice(request.model_id, request.profile, request.version)


def test_what_is_not_said_has_the_defaults_of_the_backend() -> None:
    assert translate.order(retarget_pb2.RetargetRequest()) == house.RetargetOrder()


def test_both_sides_have_the_same_defaults() -> None:
    assert vars(port.Cleanup()) == vars(house.Cleanup())


@pytest.mark.parametrize(
    "message",
    [
        retarget_pb2.RetargetRequest(start_seconds=-1),
        retarget_pb2.RetargetRequest(start_seconds=float("nan")),
        retarget_pb2.RetargetRequest(start_seconds=5, end_seconds=4),
        retarget_pb2.RetargetRequest(end_seconds=float("inf")),
        retarget_pb2.RetargetRequest(crop=retarget_pb2.Crop()),
        retarget_pb2.RetargetRequest(crop=retarget_pb2.Crop(left=float("nan"), right=1, bottom=1)),
        retarget_pb2.RetargetRequest(face=retarget_pb2.FacePosition(x=2)),
        retarget_pb2.RetargetRequest(cleanup=retarget_pb2.Cleanup(smoothing=float("nan"))),
        retarget_pb2.RetargetRequest(neutral=retarget_pb2.Neutral(seconds=[-1])),
    ],
)
def test_a_field_that_makes_no_sense_is_named(message: retarget_pb2.RetargetRequest) -> None:
    with pytest.raises(RequestInvalid):
        translate.order(message)


facts = st.builds(
    ClipFacts,
    width=counts,
    height=counts,
    rate=numbers,
    variable_rate=st.booleans(),
    frames=counts,
    seconds=numbers,
    rotation=st.sampled_from([0, 90, 180, 270]),
    has_audio=st.booleans(),
)
progress = st.builds(
    house.Progress,
    frames_done=counts,
    frames_total=counts,
    frames_a_second=numbers,
    seconds_left=st.just(-1.0) | seconds,
    stage=st.text(),
)
summaries = st.builds(
    house.Summary,
    frames=counts,
    frames_without_face=counts,
    lost=st.lists(st.tuples(numbers, numbers)).map(tuple),
    remarks=st.lists(st.text()).map(tuple),
    clip_sha256=st.text(),
)


@given(facts, st.text(), st.text(), st.dictionaries(st.sampled_from(["upper", "lower"]), st.text(min_size=1)))
def test_clip_facts_arrive_as_they_were_sent(
    event: ClipFacts, model_id: str, base: str, versions: dict[str, str]
) -> None:
    used = ModelUsed(model_id, base, versions)
    (update,) = translate.updates(event, used)
    told = {"model_id": used.name, "base": base, "versions": versions}
    assert vars(messages.clip_facts(update.clip)) == vars(event) | told


@given(progress)
def test_progress_arrives_as_it_was_sent(event: house.Progress) -> None:
    (update,) = translate.updates(event, ModelUsed(""))
    left = event.seconds_left if event.seconds_left >= 0 else None
    assert vars(messages.progress(update.progress)) == vars(event) | {"seconds_left": left}


@given(summaries)
def test_a_summary_arrives_as_it_was_sent(event: house.Summary) -> None:
    (update,) = translate.updates(event, ModelUsed(""))
    assert vars(messages.summary(update.summary)) == vars(event)


@given(st.integers(1, 3 * CURVE_ROWS), st.integers(0, 1000))
def test_curves_arrive_bit_for_bit_in_messages_of_bounded_size(frames: int, first: int) -> None:
    sent = some_curves(frames)
    updates = list(translate.updates(house.CurveChunk(first, sent), ModelUsed("")))
    assert all(update.ByteSize() < MESSAGE_BYTES // 16 for update in updates)
    chunks = [messages.curve_chunk(update.curves, sent.rate) for update in updates]
    assert [chunk.first_frame for chunk in chunks] == list(range(first, first + frames, CURVE_ROWS))
    for name in ("times", "values", "confidence", "observed", "spread", "head_location"):
        arrived = np.concatenate([getattr(chunk.curves, name) for chunk in chunks])
        assert np.array_equal(arrived, getattr(sent, name))


@given(st.integers(0, 2**64 - 1), st.booleans(), numbers)
def test_a_live_expression_arrives_as_it_was_sent(frame_id: int, found: bool, seconds: float) -> None:
    sent = some_curves(1 if found else 0)
    message = translate.live_expression(frame_id, LiveResult(sent, inference_ms=1.5))
    assert message.face_found is found
    arrived = messages.live_expression(message, seconds, sent.rate)
    assert (arrived.frame_id, arrived.inference_ms) == (frame_id, 1.5)
    assert np.array_equal(arrived.curves.values, sent.values)
    assert np.array_equal(arrived.curves.observed, sent.observed)


@given(st.builds(
    Chunk, st.text(), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.binary(), st.text(), st.text()
))  # fmt: skip
def test_an_upload_chunk_arrives_as_it_was_sent(chunk: Chunk) -> None:
    assert translate.chunk(retarget_pb2.UploadChunk(**vars(chunk))) == chunk
