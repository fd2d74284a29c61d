"""A performer's face at rest: from the frames the artist names, else as stored, else found in the clip."""

from contextlib import closing
from dataclasses import dataclass

import numpy as np

from ..core.calibration import GAZE, Calibration, calibration_from
from ..errors import RequestInvalid
from ..ports import CalibrationStore, Cancelled, Clip
from .face_reader import FaceReader, FaceTools, Seen, curves_of_rows
from .found_rest import found_rest
from .retarget_order import RestMoment, RetargetOrder


@dataclass(frozen=True, eq=False)
class Neutral:
    """What a take is relative to (None: nothing is known), remarks on it, where it was found, if it was."""

    calibration: Calibration | None = None
    remarks: tuple[str, ...] = ()
    found: RestMoment | None = None


def neutral_of(
    order: RetargetOrder, clip: Clip, tools: FaceTools, store: CalibrationStore, cancelled: Cancelled
) -> Neutral:
    """The rest that the take is relative to, None when none is known; named frames are kept.

    Raises RequestInvalid when no named frame shows a face, ClipError and DiskFull.
    """
    if order.neutral_seconds:
        at_rest = [_seen_at(seconds, order, clip, tools, cancelled) for seconds in order.neutral_seconds]
        return Neutral() if cancelled() else _measured(order.performer, at_rest, tools, store)
    stored = _stored(order.performer, tools, store)
    if stored.calibration is None and tools.predictor.wants_rest:
        return _found(order, clip, tools, cancelled, stored.remarks)
    return stored


def _stored(performer: str, tools: FaceTools, store: CalibrationStore) -> Neutral:
    if not performer:
        return Neutral()
    stored = store.read(performer)
    if stored is None:
        return Neutral(remarks=(f"no neutral is stored for {performer!r}",))
    if stored.model_id != tools.predictor.model_id:
        return Neutral(remarks=(f"the stored neutral of {performer!r} is of another model and was not used",))
    return Neutral(stored)


def _found(
    order: RetargetOrder, clip: Clip, tools: FaceTools, cancelled: Cancelled, remarks: tuple[str, ...]
) -> Neutral:
    """Where the eyes rest is not known from a face that is merely calm: they may look anywhere."""
    rest = found_rest(order, clip, tools, cancelled)
    if rest is None:
        return Neutral(remarks=remarks)
    gaze = np.zeros(len(GAZE), np.float32)
    calibration = Calibration(rest.description, gaze, tools.predictor.model_id)
    return Neutral(calibration, (*remarks, rest.moment.remark), rest.moment)


def _measured(
    performer: str, at_rest: list[Seen | None], tools: FaceTools, store: CalibrationStore
) -> Neutral:
    found = [seen for seen in at_rest if seen is not None]
    if not found:
        raise RequestInvalid(
            "there is no face in the frames chosen as neutral", "Choose frames in which the face is seen."
        )
    rows = curves_of_rows(np.arange(float(len(found))), [seen.row for seen in found], 1.0)
    descriptions = np.array([seen.description for seen in found])
    calibration = calibration_from(descriptions, rows, tools.predictor.model_id)
    if performer:
        store.write(performer, calibration)
    without = len(at_rest) - len(found)
    remark = f"{without} of {len(at_rest)} neutral frames show no face"
    return Neutral(calibration, (remark,) if without else ())


def _seen_at(
    seconds: float, order: RetargetOrder, clip: Clip, tools: FaceTools, cancelled: Cancelled
) -> Seen | None:
    """The face in the picture nearest to a time; None without a face, or when cancelled."""
    half_a_frame = 0.5 / clip.facts.rate
    with closing(clip.frames(max(seconds - half_a_frame, 0.0), None, cancelled)) as frames:
        frame = next(frames, None)
    if frame is not None:
        [(_, seen)] = FaceReader(tools, order.framing, order.face).see([frame])
        return seen
    if cancelled():
        return None
    raise RequestInvalid(
        f"a neutral frame is at {seconds:g} s, the clip is {clip.facts.seconds:.2f} s long",
        "Choose neutral frames within the clip.",
    )
