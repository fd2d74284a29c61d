"""Pictures to rows of channels: what retargeting a clip and reading a live stream have in common."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core.calibration import scores_calibrated
from ..core.curves import CHANNEL_COUNT, ExpressionCurves, Floats
from ..core.faces import Face, Prediction
from ..core.frame_rows import FrameRow, frame_row
from ..core.framing import Framing
from ..core.head_pose import FaceGeometry
from ..errors import ClipError, RequestInvalid
from ..ports import ExpressionPredictor, Frame, MakeTracker, Picture, Position

TOGETHER = 8  # faces that are described at once: one by one a network takes twice the time
AROUND = 5  # pictures before and after that may steady one


@dataclass(frozen=True, eq=False)
class FaceTools:
    """What reads faces; one set for each job, as networks are not shared between threads."""

    make_tracker: MakeTracker
    predictor: ExpressionPredictor
    geometry: FaceGeometry


@dataclass(frozen=True, eq=False)
class Seen:
    """A face in one picture: what the predictor needs of it (D,), the row that it read there, and from what
    prediction.
    """

    description: Floats
    row: FrameRow
    prediction: Prediction


@dataclass(frozen=True, eq=False)
class _Described:
    """A face as far as it is known before its neighbours are; size: width and height of its picture."""

    face: Face
    description: Floats
    size: tuple[int, int]


class FaceReader:
    """Reads consecutive pictures of one clip or stream, following one face.

    Each is steadied by the AROUND before it and as many after it as are handed over with it.

    named_face    (x, y) in fractions of the picture before cropping; None: the largest face
    rest          (D,) the performer's face at rest as the predictor describes it; None: not known
    rest_is_zero  somebody named that rest: what the predictor still reads in it is taken out

    at_rest is what the predictor makes of that rest; None where it is not known.

    Raises RequestInvalid when the named face is cropped away.
    """

    def __init__(
        self,
        tools: FaceTools,
        framing: Framing,
        named_face: Position | None = None,
        rest: Floats | None = None,
        rest_is_zero: bool = False,
    ) -> None:
        self._tools, self._framing, self._rest = tools, framing, rest
        self.at_rest = None if rest is None else tools.predictor.predict(rest[None], rest)[0]
        self._zero = self.at_rest.mean if self.at_rest and rest_is_zero else None
        self._tracker = tools.make_tracker(named_face and in_framed(named_face, framing))
        # Seconds and faces: the last that were handed out, then those that wait for others.
        self._run: list[tuple[float, _Described | None]] = []
        self._handed_out = 0

    @property
    def faces_seen(self) -> int:
        """Most faces found at once so far."""
        return self._tracker.faces_seen

    def read(self, frames: Iterable[Frame]) -> Iterator[tuple[float, FrameRow | None]]:
        """Seconds of the next frames, in their order, and the followed face there; None while it is lost."""
        for seconds, seen in self.see(frames):
            yield seconds, None if seen is None else seen.row

    def see(self, frames: Iterable[Frame]) -> Iterator[tuple[float, Seen | None]]:
        """The same with the descriptions that rows were read from. An error of the frames comes out last."""
        tracked: list[tuple[Frame, Face | None]] = []
        try:
            for frame in frames:
                tracked.append((frame, self._tracked(frame)))
                if len(tracked) == TOGETHER:
                    yield from self._seen(tracked, waiting=AROUND)
                    tracked = []
        except ClipError:
            yield from self._seen(tracked, waiting=0)
            raise
        yield from self._seen(tracked, waiting=0)

    def _tracked(self, frame: Frame) -> Face | None:
        face = self._tracker.track(self._framing.framed(frame.picture), frame.seconds)
        return None if face is None else self._framing.in_whole(face, *_size(frame.picture))

    def _look(self, tracked: list[tuple[Frame, Face | None]]) -> None:
        there = [(face, self._framing.whole(frame.picture)) for frame, face in tracked if face is not None]
        described = iter(self._tools.predictor.describe(*zip(*there, strict=True)) if there else ())
        for frame, face in tracked:
            seen = None if face is None else _Described(face, next(described), _size(frame.picture))
            self._run.append((frame.seconds, seen))

    def _seen(
        self, tracked: list[tuple[Frame, Face | None]], waiting: int
    ) -> Iterator[tuple[float, Seen | None]]:
        """All of the run and of these but the last so many, which wait for what comes after them."""
        self._look(tracked)
        due = slice(self._handed_out, max(len(self._run) - waiting, self._handed_out))
        times = [seconds for seconds, _ in self._run[due]]
        seen = self._read(self._steadied()[due])
        forgotten = max(due.stop - AROUND, 0)
        self._run, self._handed_out = self._run[forgotten:], due.stop - forgotten
        yield from zip(times, seen, strict=True)

    def _steadied(self) -> list[_Described | None]:
        """The faces of the run, each described as those around it would have it too."""
        faces = [face for _, face in self._run]
        there = [face.description for face in faces if face]
        steady = iter(self._tools.predictor.steadied(np.array(there), AROUND) if there else ())
        return [None if face is None else replace(face, description=next(steady)) for face in faces]

    def _read(self, faces: list[_Described | None]) -> list[Seen | None]:
        there = [face.description for face in faces if face]
        predictions = iter(self._tools.predictor.predict(np.array(there), self._rest) if there else ())
        return [None if face is None else self._seen_as(face, next(predictions)) for face in faces]

    def _seen_as(self, face: _Described, prediction: Prediction) -> Seen:
        row = frame_row(face.face, self._from_zero(prediction), face.size, self._tools.geometry)
        return Seen(face.description, row, prediction)

    def _from_zero(self, prediction: Prediction) -> Prediction:
        if self._zero is None:
            return prediction
        return replace(prediction, mean=scores_calibrated(prediction.mean, self._zero))


def _size(picture: Picture) -> tuple[int, int]:
    """Its width and height."""
    return picture.shape[1], picture.shape[0]


def in_framed(named_face: Position, framing: Framing) -> Position:
    """Where a face named in the footage lies once that is framed. Raises RequestInvalid when nowhere."""
    x, y = framing.position_in_framed(*named_face)
    if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
        raise RequestInvalid(
            f"the face at {named_face} is cropped away", "Widen the crop, or name another face."
        )
    return x, y


def curves_of_rows(times: NDArray[np.float64], rows: list[FrameRow | None], rate: float) -> ExpressionCurves:
    """Rows at times (N,) in seconds as curves; a row without a face is 0 and not observed."""
    shape = (len(rows), CHANNEL_COUNT)
    values, confidence, spread = (np.zeros(shape, np.float32) for _ in range(3))
    observed = np.zeros(shape, np.bool_)
    location = np.zeros((len(rows), 3), np.float32)
    for i, row in enumerate(rows):
        if row is not None:
            values[i], confidence[i], observed[i] = row.values, row.confidence, row.observed
            spread[i], location[i] = row.spread, row.head_location
    return ExpressionCurves(times, values, confidence, observed, spread, location, rate)
