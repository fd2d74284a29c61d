"""Pictures to rows of channels: what retargeting a clip and reading a live stream have in common."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.curves import CHANNEL_COUNT, ExpressionCurves, Floats
from ..core.frame_rows import FrameRow, frame_row
from ..core.framing import Framing
from ..core.head_pose import FaceGeometry
from ..errors import RequestInvalid
from ..ports import ExpressionPredictor, MakeTracker, Picture, Position


@dataclass(frozen=True, eq=False)
class FaceTools:
    """What reads faces; one set for each job, as networks are not shared between threads."""

    make_tracker: MakeTracker
    predictor: ExpressionPredictor
    geometry: FaceGeometry


@dataclass(frozen=True, eq=False)
class Seen:
    """A face in one picture: what the predictor needs of it (D,), and the row that it read there."""

    description: Floats
    row: FrameRow


class FaceReader:
    """Reads consecutive pictures of one clip or stream, following one face.

    named_face  (x, y) in fractions of the picture before cropping; None: the largest face
    rest        (D,) the performer's face at rest as the predictor describes it; None: not known

    Raises RequestInvalid when the named face is cropped away.
    """

    def __init__(
        self,
        tools: FaceTools,
        framing: Framing,
        named_face: Position | None = None,
        rest: Floats | None = None,
    ) -> None:
        self._tools, self._framing, self._rest = tools, framing, rest
        self._tracker = tools.make_tracker(named_face and _in_framed(named_face, framing))

    @property
    def faces_seen(self) -> int:
        """Most faces found at once so far."""
        return self._tracker.faces_seen

    def read(self, picture: Picture, seconds: float) -> FrameRow | None:
        """The followed face in the next picture (height, width, 3); None while it is lost."""
        seen = self.see(picture, seconds)
        return None if seen is None else seen.row

    def see(self, picture: Picture, seconds: float) -> Seen | None:
        """The same with the description that the row was read from."""
        tracked = self._tracker.track(self._framing.framed(picture), seconds)
        if tracked is None:
            return None
        height, width = picture.shape[:2]
        face = self._framing.in_whole(tracked, width, height)
        description = self._tools.predictor.describe(face, self._framing.whole(picture))
        prediction = self._tools.predictor.predict(description, self._rest)
        return Seen(description, frame_row(face, prediction, (width, height), self._tools.geometry))


def _in_framed(named_face: Position, framing: Framing) -> Position:
    x, y = framing.position_in_framed(*named_face)
    if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
        raise RequestInvalid(
            f"the face at {named_face} is cropped away", "Widen the crop, or name another face."
        )
    return x, y


def curves_of_rows(times: NDArray[np.float64], rows: list[FrameRow | None], rate: float) -> ExpressionCurves:
    """Rows at times (N,) in seconds as curves; a row without a face is 0 and not observed."""
    shape = (len(rows), CHANNEL_COUNT)
    values, confidence = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    observed = np.zeros(shape, np.bool_)
    location = np.zeros((len(rows), 3), np.float32)
    for i, row in enumerate(rows):
        if row is not None:
            values[i], confidence[i], observed[i] = row.values, row.confidence, row.observed
            location[i] = row.head_location
    return ExpressionCurves(times, values, confidence, observed, location, rate)
