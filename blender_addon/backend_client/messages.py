"""Messages ↔ the add-on's words: the only file of the add-on that knows both."""

from dataclasses import asdict

import numpy as np

from ..contract import CHANNEL_COUNT, ExpressionCurves
from ..contract_wire import backend_pb2, retarget_pb2
from .errors import BackendFailed
from .port import (
    BackendInfo,
    ClipFacts,
    CurveChunk,
    LiveExpression,
    LiveFrame,
    Missing,
    Model,
    Progress,
    RestMoment,
    RetargetRequest,
    Still,
    StillsRequest,
    Summary,
)


def retarget_request(request: RetargetRequest, clip: retarget_pb2.Clip) -> retarget_pb2.RetargetRequest:
    """The request for a clip that is named as the backend knows it."""
    return retarget_pb2.RetargetRequest(
        clip=clip,
        start_seconds=request.start_seconds,
        end_seconds=request.end_seconds or 0.0,
        crop=_crop(request),
        mirrored_footage=request.mirrored_footage,
        face=_face(request),
        model_id=request.model_id,
        neutral=retarget_pb2.Neutral(**asdict(request.neutral)),
        cleanup=retarget_pb2.Cleanup(**asdict(request.cleanup)),
        profile=request.profile,
        version=request.version,
    )


def stills_request(request: StillsRequest, clip: retarget_pb2.Clip) -> retarget_pb2.StillsRequest:
    """The same for some moments of a clip."""
    return retarget_pb2.StillsRequest(
        clip=clip,
        start_seconds=request.start_seconds,
        seconds=request.seconds,
        crop=_crop(request),
        mirrored_footage=request.mirrored_footage,
        face=_face(request),
        longest_side=request.longest_side,
        around_face=request.around_face,
    )


def _crop(request: RetargetRequest | StillsRequest) -> retarget_pb2.Crop | None:
    return None if request.crop is None else retarget_pb2.Crop(**asdict(request.crop))


def _face(request: RetargetRequest | StillsRequest) -> retarget_pb2.FacePosition | None:
    return None if request.face is None else retarget_pb2.FacePosition(x=request.face[0], y=request.face[1])


def still(message: retarget_pb2.Still) -> Still:
    """One moment of a clip."""
    return Still(message.seconds, message.jpeg, message.face_found)


def backend_info(message: backend_pb2.BackendInfo) -> BackendInfo:
    """What the backend says of itself."""
    return BackendInfo(
        version=message.version,
        active_model=message.active_model,
        models=tuple(_model(model) for model in message.models),
        device=message.device,
        missing=tuple(Missing(missing.what, missing.advice) for missing in message.missing),
        max_upload_bytes=message.max_upload_bytes,
        max_clip_seconds=message.max_clip_seconds,
        max_jobs=message.max_jobs,
        running_jobs=message.running_jobs,
    )


def _model(model: backend_pb2.Model) -> Model:
    return Model(model.id, model.title, model.licence, tuple(model.unobserved), tuple(model.unreliable))


def clip_facts(message: retarget_pb2.ClipFacts) -> ClipFacts:
    """The clip as the backend sees it."""
    return ClipFacts(
        width=message.width,
        height=message.height,
        rate=message.rate,
        variable_rate=message.variable_rate,
        frames=message.frames,
        seconds=message.seconds,
        rotation=message.rotation,
        has_audio=message.has_audio,
        model_id=message.model_id,
        base=message.base,
        versions=dict(message.versions),
    )


def progress(message: retarget_pb2.Progress) -> Progress:
    """How far the work is."""
    return Progress(
        frames_done=message.frames_done,
        frames_total=message.frames_total,
        frames_a_second=message.frames_a_second,
        seconds_left=message.seconds_left if message.seconds_left >= 0 else None,
        stage=message.stage,
    )


def curve_chunk(message: retarget_pb2.CurveChunk, rate: float) -> CurveChunk:
    """Consecutive frames of a clip with this rate. Raises BackendFailed when the arrays do not fit."""
    return CurveChunk(message.first_frame, _curves(message, np.array(message.times, np.float64), rate))


def summary(message: retarget_pb2.Summary) -> Summary:
    """What came of it."""
    return Summary(
        frames=message.frames,
        frames_without_face=message.frames_without_face,
        lost=tuple((span.start_seconds, span.end_seconds) for span in message.lost),
        remarks=tuple(message.remarks),
        clip_sha256=message.clip_sha256,
        rest=_rest(message) if message.HasField("rest") else None,
    )


def _rest(message: retarget_pb2.Summary) -> RestMoment:
    return RestMoment(message.rest.seconds, message.rest.uncertainty)


def live_frame(frame: LiveFrame, model_id: str, smoothing: float) -> retarget_pb2.LiveFrame:
    """One picture for live use."""
    return retarget_pb2.LiveFrame(
        frame_id=frame.frame_id,
        seconds=frame.seconds,
        jpeg=frame.jpeg,
        mirrored_footage=frame.mirrored_footage,
        model_id=model_id,
        smoothing=smoothing,
    )


def live_expression(message: retarget_pb2.LiveExpression, seconds: float, rate: float) -> LiveExpression:
    """What the picture taken at `seconds` shows. Raises BackendFailed when the arrays do not fit."""
    times = np.full(1 if message.face_found else 0, seconds)
    return LiveExpression(message.frame_id, _curves(message, times, rate), message.inference_ms)


def _curves(
    message: retarget_pb2.CurveChunk | retarget_pb2.LiveExpression, times: np.ndarray, rate: float
) -> ExpressionCurves:
    n = len(times)
    try:
        return ExpressionCurves(
            times=times,
            values=np.array(message.values, np.float32).reshape(n, CHANNEL_COUNT),
            confidence=np.array(message.confidence, np.float32).reshape(n, CHANNEL_COUNT),
            observed=np.frombuffer(message.observed, np.uint8).reshape(n, CHANNEL_COUNT) > 0,
            spread=np.array(message.spread, np.float32).reshape(n, CHANNEL_COUNT),
            head_location=np.array(message.head_location, np.float32).reshape(n, 3),
            rate=rate,
        )
    except ValueError as err:
        raise BackendFailed(
            f"The backend sent curves that do not fit ({err}).", "Update both sides."
        ) from err
