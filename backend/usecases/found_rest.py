"""The performer's face at rest, found in a clip for which the artist names none.

Pictures spread over the range are read without a rest. The calmest of them that agree with each other give a
first one; then all are read anew relative to it, and chosen again, so that a face that seems to smile by its
build alone is not passed over. It is a guess, and the artist is told of which moment.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from ..core.curves import Floats
from ..ports import Cancelled, Clip, ExpressionPredictor, Frame
from .face_reader import FaceReader, FaceTools, Seen
from .retarget_order import RestMoment, RetargetOrder

SAMPLES = 48  # pictures looked at, at most
READ_ON_SECONDS = 2.0  # up to so far apart, reading on costs less than seeking
CALM_SHARE = 0.25  # of the pictures with a face
FEWEST = 3  # calm moments, where there are so many
FURTHER_ROUNDS = 1
FACING = np.radians(25)  # a head turned further hides half of its face
_TURNS = [arkit.INDEX["headYaw"], arkit.INDEX["headPitch"]]

Moment = tuple[float, Seen]  # seconds of the clip, and the face there


@dataclass(frozen=True, eq=False)
class FoundRest:
    """A guess at someone's rest, (D,) float32 as the predictor describes it, and the moment most like it."""

    description: Floats
    moment: RestMoment


def found_rest(order: RetargetOrder, clip: Clip, tools: FaceTools, cancelled: Cancelled) -> FoundRest | None:
    """None when no picture looked at shows the face, or once cancelled. Raises ClipError."""
    reader = FaceReader(tools, order.framing, order.face)
    with closing(_spread(order, clip, cancelled)) as frames:
        moments = [(seconds, seen) for seconds, seen in reader.see(frames) if seen is not None]
    return rest_among(moments, tools.predictor) if moments and not cancelled() else None


def rest_among(moments: list[Moment], predictor: ExpressionPredictor) -> FoundRest:
    """What the calmest of the moments that face the camera have in common; one at least."""
    facing = [moment for moment in moments if _faces_camera(moment[1])]
    moments = facing if len(facing) >= FEWEST else moments
    found = _once(moments, predictor, None)
    for _ in range(FURTHER_ROUNDS):
        found = _once(moments, predictor, found.description)
    return found


def _once(moments: list[Moment], predictor: ExpressionPredictor, rest: Floats | None) -> FoundRest:
    descriptions = np.array([seen.description for _, seen in moments])
    predictions = predictor.predict(descriptions, rest)
    # What was learnt since must not move the rest that all else is relative to.
    believed = [prediction.as_believed() for prediction in predictions]
    values, doubt = (np.array(part) for part in zip(*believed, strict=True))
    calm = _calmest(values, doubt)
    alike = _most_alike(calm, values)
    description = np.median(descriptions[alike], axis=0).astype(np.float32)
    uncertainty = float(np.abs(values[calm] - values[alike[0]]).mean())
    return FoundRest(description, RestMoment(moments[alike[0]][0], uncertainty))


def _faces_camera(seen: Seen) -> bool:
    return bool(np.all(np.abs(seen.row.values[_TURNS]) < FACING))


def _calmest(values: Floats, doubt: Floats) -> NDArray[np.intp]:
    """Rows of (N, 52) with the least going on; what can hardly be seen seems calm, so doubt counts too."""
    unrest = (values + doubt).sum(axis=1)
    return np.argsort(unrest, kind="stable")[: max(FEWEST, round(CALM_SHARE * len(unrest)))]


def _most_alike(calm: NDArray[np.intp], values: Floats) -> NDArray[np.intp]:
    """The half of the calm rows that lies nearest to their median, the nearest first."""
    apart = np.abs(values[calm] - np.median(values[calm], axis=0)).sum(axis=1)
    return calm[np.argsort(apart, kind="stable")[: max(FEWEST, len(calm) // 2)]]


def _spread(order: RetargetOrder, clip: Clip, cancelled: Cancelled) -> Generator[Frame]:
    """Pictures evenly spread over the range, in order, its first among them."""
    end = min(order.end or clip.facts.seconds, clip.facts.seconds)
    gap = (end - order.start) / SAMPLES
    if gap <= READ_ON_SECONDS:
        yield from _read_through(order.start, end, gap, clip, cancelled)
        return
    for sample in range(SAMPLES):
        with closing(clip.frames(order.start + sample * gap, end, cancelled)) as frames:
            yield from islice(frames, 1)


def _read_through(start: float, end: float, gap: float, clip: Clip, cancelled: Cancelled) -> Iterator[Frame]:
    wanted = start
    with closing(clip.frames(start, end, cancelled)) as frames:
        for frame in frames:
            if frame.seconds >= wanted:
                wanted += gap
                yield frame
