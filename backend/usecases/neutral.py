"""A performer's face at rest: read from the frames the artist names, else as it was stored."""

from contextlib import closing

import numpy as np

from ..core.calibration import Calibration, calibration_from
from ..core.frame_rows import FrameRow
from ..errors import RequestInvalid
from ..ports import CalibrationStore, Cancelled, Clip
from .face_reader import FaceReader, FaceTools, curves_of_rows
from .retarget_order import RetargetOrder

Neutral = tuple[Calibration | None, list[str]]  # and remarks on it


def neutral_of(
    order: RetargetOrder, clip: Clip, tools: FaceTools, store: CalibrationStore, cancelled: Cancelled
) -> Neutral:
    """The rest to subtract, None when none is asked for or known. Named frames are stored for the performer.

    Raises RequestInvalid when no named frame shows a face, ClipError and DiskFull.
    """
    if not order.neutral_seconds:
        return _stored(order.performer, tools.predictor.model_id, store)
    at_rest = [_row_at(seconds, order, clip, tools, cancelled) for seconds in order.neutral_seconds]
    if cancelled():
        return None, []
    return _measured(order.performer, at_rest, tools.predictor.model_id, store)


def _stored(performer: str, model_id: str, store: CalibrationStore) -> Neutral:
    if not performer:
        return None, []
    stored = store.read(performer)
    if stored is None:
        return None, [f"no neutral is stored for {performer!r}; the face is taken as it is"]
    if stored.model_id != model_id:
        return None, [f"the stored neutral of {performer!r} is of another model and was not used"]
    return stored, []


def _measured(
    performer: str, at_rest: list[FrameRow | None], model_id: str, store: CalibrationStore
) -> Neutral:
    found = [row for row in at_rest if row is not None]
    if not found:
        raise RequestInvalid(
            "there is no face in the frames chosen as neutral", "Choose frames in which the face is seen."
        )
    calibration = calibration_from(curves_of_rows(np.arange(float(len(found))), [*found], 1.0), model_id)
    if performer:
        store.write(performer, calibration)
    without = len(at_rest) - len(found)
    return calibration, [f"{without} of {len(at_rest)} neutral frames show no face"] if without else []


def _row_at(
    seconds: float, order: RetargetOrder, clip: Clip, tools: FaceTools, cancelled: Cancelled
) -> FrameRow | None:
    """The face in the picture nearest to a time; None without a face, or when cancelled."""
    half_a_frame = 0.5 / clip.facts.rate
    with closing(clip.frames(max(seconds - half_a_frame, 0.0), None, cancelled)) as frames:
        frame = next(frames, None)
    if frame is not None:
        return FaceReader(tools, order.framing, order.face).read(frame.picture, frame.seconds)
    if cancelled():
        return None
    raise RequestInvalid(
        f"a neutral frame is at {seconds:g} s, the clip is {clip.facts.seconds:.2f} s long",
        "Choose neutral frames within the clip.",
    )
