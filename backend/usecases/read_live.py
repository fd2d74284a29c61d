"""A camera's pictures to expressions, one at a time and without looking ahead."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from ..core.curves import ExpressionCurves
from ..core.framing import Framing
from ..core.smoothing import live_filter
from ..errors import RequestInvalid
from ..ports import Frame, Picture
from .face_reader import FaceReader, FaceTools, curves_of_rows

NOMINAL_RATE = 30.0  # of curves with one row, which have no rate of their own


@dataclass(frozen=True, eq=False)
class LiveResult:
    """One picture read: curves of one row, or of none without a face; milliseconds in the networks."""

    curves: ExpressionCurves
    inference_ms: float


class LiveReader:
    """Reads the consecutive pictures of one stream.

    smoothing  0 none .. 1 strong; RequestInvalid for another
    clock      seconds, rising
    """

    def __init__(self, tools: FaceTools, smoothing: float, clock: Callable[[], float]) -> None:
        if not 0.0 <= smoothing <= 1.0:
            raise RequestInvalid(f"smoothing is {smoothing}", "Give a number from 0 to 1.")
        self._tools, self._clock = tools, clock
        self._filter = live_filter(smoothing)
        self._seconds = -np.inf
        self._mirrored = False
        self._reader = FaceReader(tools, Framing())

    def read(self, picture: Picture, seconds: float, mirrored: bool) -> LiveResult:
        """seconds: capture time. Raises RequestInvalid when it does not rise."""
        if not isfinite(seconds) or seconds <= self._seconds:
            raise RequestInvalid(
                f"a frame of second {seconds} came after one of second {self._seconds}",
                "Send frames in the order of their capture.",
            )
        self._seconds = seconds
        if mirrored != self._mirrored:
            self._mirrored = mirrored
            self._reader = FaceReader(self._tools, Framing(mirrored=mirrored))
        started = self._clock()
        [(_, row)] = self._reader.read([Frame(seconds, picture)])
        inference_ms = (self._clock() - started) * 1000.0
        if row is None:
            return LiveResult(curves_of_rows(np.empty(0), [], NOMINAL_RATE), inference_ms)
        smooth = replace(row, values=self._filter(seconds, row.values))
        return LiveResult(curves_of_rows(np.array([seconds]), [smooth], NOMINAL_RATE), inference_ms)
