"""Messages ↔ the words of the house: the only file of the backend that knows both."""

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from protos import arkit
from protos.convention import CURVE_ROWS
from protos.fingerprint import contract_fingerprint
from protos.generated.superface.v1 import backend_pb2, retarget_pb2

from ..core.curves import ExpressionCurves
from ..core.framing import WHOLE, Crop
from ..errors import RequestInvalid
from ..ports import ClipFacts, Picture, Position
from ..usecases.choose_versions import ModelChoice, ModelUsed
from ..usecases.read_live import LiveResult
from ..usecases.retarget_order import Cleanup, CurveChunk, Event, Progress, RetargetOrder, Summary
from ..usecases.show_stills import USUAL_SIDE, Still, StillsOrder
from .application import Application, Missing, Model
from .uploads import Chunk, State


def order(request: retarget_pb2.RetargetRequest) -> RetargetOrder:
    """Raises RequestInvalid when a field makes no sense."""
    return RetargetOrder(
        start=request.start_seconds,
        end=request.end_seconds or None,
        crop=_crop(request),
        mirrored=request.mirrored_footage,
        face=_face(request),
        neutral_seconds=tuple(request.neutral.seconds),
        performer=request.neutral.performer,
        cleanup=_cleanup(request.cleanup),
    )


def model_choice(request: retarget_pb2.RetargetRequest) -> ModelChoice:
    """What is to read the clip."""
    return ModelChoice(request.model_id, request.profile, request.version)


def stills_order(request: retarget_pb2.StillsRequest) -> StillsOrder:
    """Raises RequestInvalid when a field makes no sense."""
    return StillsOrder(
        seconds=tuple(request.seconds),
        start=request.start_seconds,
        crop=_crop(request),
        mirrored=request.mirrored_footage,
        face=_face(request),
        longest_side=request.longest_side or USUAL_SIDE,
        around_face=request.around_face,
    )


def _face(request: retarget_pb2.RetargetRequest | retarget_pb2.StillsRequest) -> Position | None:
    return (request.face.x, request.face.y) if request.HasField("face") else None


def _crop(request: retarget_pb2.RetargetRequest | retarget_pb2.StillsRequest) -> Crop:
    if not request.HasField("crop"):
        return WHOLE
    crop = request.crop
    try:
        return Crop(crop.left, crop.top, crop.right, crop.bottom)
    except ValueError as err:
        raise RequestInvalid(str(err), "Draw the crop again.") from err


def _cleanup(cleanup: retarget_pb2.Cleanup) -> Cleanup:
    """Fields that were not set keep the defaults of the house."""
    return Cleanup(**{field.name: value for field, value in cleanup.ListFields()})


def updates(event: Event, used: ModelUsed) -> Iterator[retarget_pb2.RetargetUpdate]:
    """One message, or several for a chunk with more than CURVE_ROWS frames."""
    match event:
        case ClipFacts():
            yield retarget_pb2.RetargetUpdate(clip=_clip_facts(event, used))
        case Progress():
            yield retarget_pb2.RetargetUpdate(progress=_progress(event))
        case CurveChunk():
            for first in range(0, len(event.curves), CURVE_ROWS):
                rows = event.curves.between(first, first + CURVE_ROWS)
                yield retarget_pb2.RetargetUpdate(curves=_curves(event.first_frame + first, rows))
        case Summary():
            yield retarget_pb2.RetargetUpdate(summary=_summary(event))


def waiting() -> retarget_pb2.RetargetUpdate:
    """Progress of a retarget whose turn has not come."""
    progress = retarget_pb2.Progress(stage="waiting for another clip to finish", seconds_left=-1.0)
    return retarget_pb2.RetargetUpdate(progress=progress)


def _clip_facts(facts: ClipFacts, used: ModelUsed) -> retarget_pb2.ClipFacts:
    return retarget_pb2.ClipFacts(
        width=facts.width,
        height=facts.height,
        rate=facts.rate,
        variable_rate=facts.variable_rate,
        frames=facts.frames,
        seconds=facts.seconds,
        rotation=facts.rotation,
        has_audio=facts.has_audio,
        model_id=used.name,
        base=used.base,
        versions=used.versions,
    )


def _progress(progress: Progress) -> retarget_pb2.Progress:
    return retarget_pb2.Progress(
        frames_done=progress.frames_done,
        frames_total=progress.frames_total,
        frames_a_second=progress.frames_a_second,
        seconds_left=progress.seconds_left,
        stage=progress.stage,
    )


def _curves(first_frame: int, curves: ExpressionCurves) -> retarget_pb2.CurveChunk:
    return retarget_pb2.CurveChunk(
        first_frame=first_frame,
        times=curves.times.tolist(),
        values=curves.values.ravel().tolist(),
        confidence=curves.confidence.ravel().tolist(),
        observed=curves.observed.astype(np.uint8).tobytes(),
        head_location=curves.head_location.ravel().tolist(),
        spread=curves.spread.ravel().tolist(),
    )


def _summary(summary: Summary) -> retarget_pb2.Summary:
    return retarget_pb2.Summary(
        frames=summary.frames,
        frames_without_face=summary.frames_without_face,
        lost=[retarget_pb2.LostSpan(start_seconds=start, end_seconds=end) for start, end in summary.lost],
        remarks=summary.remarks,
        clip_sha256=summary.clip_sha256,
        rest=None if summary.rest is None else retarget_pb2.RestMoment(**asdict(summary.rest)),
    )


def still(shown: Still) -> retarget_pb2.Still:
    """One moment of a clip."""
    return retarget_pb2.Still(**asdict(shown))


def chunk(message: retarget_pb2.UploadChunk) -> Chunk:
    """One piece of an upload, still unchecked."""
    return Chunk(
        sha256=message.sha256,
        size=message.size,
        offset=message.offset,
        data=message.data,
        chunk_sha256=message.chunk_sha256,
        name=message.name,
    )


def upload_state(state: State) -> retarget_pb2.UploadState:
    """What lies here of a file."""
    return retarget_pb2.UploadState(received=state.received, complete=state.complete)


def raw_picture(raw: retarget_pb2.RawPicture) -> Picture:
    """(height, width, 3) of a picture sent without encoding. Raises RequestInvalid."""
    expected = 3 * raw.width * raw.height
    if not expected or len(raw.rgb) != expected:
        raise RequestInvalid(
            f"a raw picture of {raw.width} × {raw.height} has {len(raw.rgb)} bytes, expected {expected}"
        )
    return np.frombuffer(raw.rgb, np.uint8).reshape(raw.height, raw.width, 3)


def live_expression(frame_id: int, result: LiveResult) -> retarget_pb2.LiveExpression:
    """The answer to one live frame."""
    curves = result.curves
    return retarget_pb2.LiveExpression(
        frame_id=frame_id,
        face_found=len(curves) > 0,
        values=curves.values.ravel().tolist(),
        confidence=curves.confidence.ravel().tolist(),
        observed=curves.observed.astype(np.uint8).tobytes(),
        head_location=curves.head_location.ravel().tolist(),
        spread=curves.spread.ravel().tolist(),
        inference_ms=result.inference_ms,
    )


def backend_info(
    application: Application,
    *,
    version: str,
    max_upload_bytes: int,
    max_clip_seconds: float,
    max_jobs: int,
    running_jobs: int,
) -> backend_pb2.BackendInfo:
    """The answer to the handshake."""
    return backend_pb2.BackendInfo(
        version=version,
        contract_fingerprint=contract_fingerprint(),
        channels=arkit.CHANNELS,
        active_model=application.active_model,
        models=[_model(model) for model in application.models],
        device=application.device,
        missing=[_missing(missing) for missing in application.missing()],
        max_upload_bytes=max_upload_bytes,
        max_clip_seconds=max_clip_seconds,
        max_jobs=max_jobs,
        running_jobs=running_jobs,
    )


def _model(model: Model) -> backend_pb2.Model:
    return backend_pb2.Model(
        id=model.id,
        title=model.title,
        licence=model.licence,
        unobserved=model.unobserved,
        unreliable=model.unreliable,
    )


def _missing(missing: Missing) -> backend_pb2.Missing:
    return backend_pb2.Missing(what=missing.what, advice=missing.advice)
