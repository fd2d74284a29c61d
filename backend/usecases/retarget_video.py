"""The walk from a clip to clean expression curves, streamed while the clip is still being read.

video → tracker → predictor → gaze at rest → gaze through blinks → smoothing → lost face → plausibility.
The performer's rest comes in before a lost face is filled (the predictor's part of it at once), as a held
expression must be relative to the same rest as a seen one.
Every step works on chunks and keeps the context it needs, so the result is that of the whole clip.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np

from ..core.blinks import gaze_bridged_chunks
from ..core.calibration import Calibration, gaze_calibrated
from ..core.curves import ExpressionCurves
from ..core.faces import Prediction
from ..core.frame_rows import FrameRow
from ..core.lost_face import lost_face_filled, lost_rows
from ..core.plausibility import Rules, plausible
from ..core.readings import reading_of
from ..core.smoothing import smoothed_chunks
from ..errors import ClipUnreadable, DiskFull, NoFace, RequestInvalid
from ..ports import CalibrationStore, Cancelled, Clip, ClipFacts, Frame, ReadingStore
from .face_reader import FaceReader, FaceTools, Seen, curves_of_rows
from .neutral import Neutral, neutral_of
from .pace import Pace
from .prefetch import read_ahead
from .retarget_order import Cleanup, CurveChunk, Event, RetargetOrder, Summary

CHUNK_FRAMES = 32
CHUNK_SECONDS = 0.5  # of the clock; a slow machine still shows how far it is
PICTURES_AHEAD = 4
LOOKING = "looking for the face"

Clock = Callable[[], float]  # seconds, rising


def retarget_video(
    order: RetargetOrder,
    clip: Clip,
    load_tools: Callable[[], FaceTools],
    calibrations: CalibrationStore,
    clock: Clock,
    cancelled: Cancelled,
    readings: ReadingStore,
) -> Iterator[Event]:
    """ClipFacts of the range, then Progress and CurveChunks as they come, then a Summary.

    No curves are sent before the first face; once cancelled the stream simply ends. Tools are loaded after
    the first progress, since that may mean fetching a model file. What the predictor believed is kept in
    readings, also of a clip that was read in part.
    Raises ClipError, RequestInvalid, ModelError, DiskFull, and NoFace when there is none in the whole range.
    """
    facts = _range_facts(order, clip.facts)
    yield facts
    pace = Pace(clock, facts.frames, facts.seconds)
    yield pace.progress("getting the model ready")
    tools = load_tools()
    yield pace.progress(LOOKING)
    neutral = neutral_of(order, clip, tools, calibrations, cancelled)
    rest = None if neutral.calibration is None else neutral.calibration.rest
    # The baseline takes its rest out itself, and no more of it than is sound; see core.calibration.
    named = neutral.found is None and tools.predictor.wants_rest
    reader = FaceReader(tools, order.framing, order.face, rest, rest_is_zero=named)
    seen, believed = _Seen(), _Believed()
    with closing(_pictures(clip, order, cancelled)) as pictures:
        rows = _raw_chunks(pictures, reader, believed, order.start, facts.rate, pace, clock)
        waiting: list[CurveChunk] = []
        for curves in _cleaned(rows, neutral.calibration, order.cleanup):
            waiting.append(CurveChunk(seen.frames, curves))
            seen.add(curves)
            if seen.faces:
                yield from waiting
                waiting.clear()
            yield pace.progress("tracking" if seen.faces else LOOKING)
    remarks = believed.keep(clip, reader, tools.predictor.model_id, readings)
    if not cancelled():
        yield _summary(order, clip, seen, reader.faces_seen, neutral, remarks)


def _range_facts(order: RetargetOrder, facts: ClipFacts) -> ClipFacts:
    """The clip's facts narrowed to the range."""
    if order.start >= facts.seconds:
        raise RequestInvalid(
            f"the range starts at {order.start:g} s, the clip is {facts.seconds:.2f} s long",
            "Start it within the clip.",
        )
    seconds = min(order.end or facts.seconds, facts.seconds) - order.start
    frames = max(round(facts.frames * seconds / facts.seconds), 1)
    return replace(facts, seconds=seconds, frames=frames)


def _pictures(clip: Clip, order: RetargetOrder, cancelled: Cancelled) -> Generator[Frame]:
    def frames(stopped: Cancelled) -> Iterator[Frame]:
        return clip.frames(order.start, order.end, lambda: stopped() or cancelled())

    return read_ahead(frames, PICTURES_AHEAD)


def _raw_chunks(
    pictures: Iterable[Frame], reader: FaceReader, believed: "_Believed", start: float, rate: float,
    pace: Pace, clock: Clock,
) -> Iterator[ExpressionCurves]:  # fmt: skip
    """Faces as read, in chunks of CHUNK_FRAMES or of what CHUNK_SECONDS of work give."""
    times: list[float] = []
    rows: list[FrameRow | None] = []
    since = clock()
    for seconds, seen in reader.see(pictures):
        times.append(seconds - start)
        rows.append(None if seen is None else seen.row)
        believed.add(seconds, seen)
        pace.advance(times[-1])
        if len(rows) == CHUNK_FRAMES or clock() - since > CHUNK_SECONDS:
            yield curves_of_rows(np.array(times), rows, rate)
            times, rows, since = [], [], clock()
    if rows:
        yield curves_of_rows(np.array(times), rows, rate)


def _cleaned(
    chunks: Iterable[ExpressionCurves], calibration: Calibration | None, cleanup: Cleanup
) -> Iterator[ExpressionCurves]:
    if calibration is not None:
        chunks = (gaze_calibrated(chunk, calibration) for chunk in chunks)
    chunks = smoothed_chunks(gaze_bridged_chunks(chunks), cleanup.smoothing)
    # After the smoothing, so that what is held is the calm value and not the last one's jitter.
    chunks = lost_face_filled(chunks, cleanup.hold_seconds, cleanup.decay_seconds)
    rules = Rules(
        keep_in_range=cleanup.keep_in_range,
        resolve_antagonists=cleanup.resolve_antagonists,
        couple_mouth_close=cleanup.couple_mouth_close,
    )
    return (plausible(chunk, rules) for chunk in chunks)


class _Believed:
    """What the predictor believes of a clip, gathered while that is read."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._predictions: list[Prediction] = []

    def add(self, seconds: float, seen: Seen | None) -> None:
        if seen is not None:
            self._seconds.append(seconds)
            self._predictions.append(seen.prediction)

    def keep(self, clip: Clip, reader: FaceReader, base: str, readings: ReadingStore) -> tuple[str, ...]:
        """Remarks. A picture sequence has no hash to keep it by, and without a rest nothing can be learnt."""
        if reader.at_rest is None or not self._seconds:
            return ()
        reading = reading_of(self._seconds, self._predictions, reader.at_rest)
        sha256 = clip.sha256() if reading else ""
        if reading is None or not sha256:
            return ()
        try:
            readings.keep(sha256, base, reading)
        except DiskFull as err:
            return (f"what you rate of this take cannot be learnt from: {err.message}",)
        return ()


class _Seen:
    """What the chunks sent so far add up to."""

    def __init__(self) -> None:
        self.frames = 0
        self.lost_frames = 0
        self._lost: list[tuple[float, float]] = []
        self._lost_since: float | None = None
        self._end = 0.0

    @property
    def faces(self) -> bool:
        return self.frames > self.lost_frames

    @property
    def lost(self) -> tuple[tuple[float, float], ...]:
        """Spans without a face, in seconds since the in point."""
        open_span = [] if self._lost_since is None else [(self._lost_since, self._end)]
        return (*self._lost, *open_span)

    def add(self, curves: ExpressionCurves) -> None:
        for seconds, lost in zip(curves.times.tolist(), lost_rows(curves).tolist(), strict=True):
            if lost and self._lost_since is None:
                self._lost_since = seconds
            elif not lost and self._lost_since is not None:
                self._lost.append((self._lost_since, seconds))
                self._lost_since = None
            self.lost_frames += lost
        self.frames += len(curves)
        self._end = curves.seconds


def _summary(
    order: RetargetOrder, clip: Clip, seen: _Seen, faces: int, neutral: Neutral, remarks: tuple[str, ...]
) -> Summary:
    if not seen.frames:
        raise ClipUnreadable("no picture in the range can be read", "Choose another range, or export again.")
    if not seen.faces:
        raise NoFace(
            f"no face was found in {seen.frames} frames",
            "Check the range; crop to the face if it is small; light it from the front.",
        )
    remarks = (*neutral.remarks, *remarks)
    if faces > 1:
        kept = "the one nearest to the position named" if order.face else "the largest"
        remarks = (*remarks, f"{faces} faces were seen at once; {kept} was followed")
    return Summary(
        frames=seen.frames,
        frames_without_face=seen.lost_frames,
        lost=seen.lost,
        remarks=(*remarks, *clip.remarks),
        clip_sha256=clip.sha256(),
        rest=neutral.found,
    )
