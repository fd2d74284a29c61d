"""What the use cases need from outside; each port has a real adapter and a fake with state."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .core.faces import Face, Prediction

Picture = NDArray[np.uint8]  # (height, width, 3) RGB, upright


@dataclass(frozen=True)
class ClipFacts:
    """What is known of a clip before its pictures are read; see ClipFacts in retarget.proto."""

    width: int
    height: int
    rate: float
    variable_rate: bool
    frames: int
    seconds: float
    rotation: int
    has_audio: bool


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture and its time in seconds since the clip's first picture."""

    seconds: float
    picture: Picture


class Clip(Protocol):
    """A clip that can be read, from the start and more than once."""

    @property
    def facts(self) -> ClipFacts: ...

    def frames(self, start: float = 0.0, end: float | None = None) -> Iterator[Frame]:
        """Pictures with start ≤ time < end, upright, in order. Raises ClipError."""
        ...


class FaceTracker(Protocol):
    """Follows one face through consecutive pictures; a new clip needs a new tracker."""

    def track(self, picture: Picture) -> Face | None:
        """The followed face in the next picture, None while it is lost."""
        ...

    @property
    def faces_seen(self) -> int:
        """Most faces found at once so far."""
        ...


class ExpressionPredictor(Protocol):
    """Reads an expression from a tracked face. Stateless: frames may come in any order."""

    @property
    def model_id(self) -> str: ...

    def predict(self, face: Face, picture: Picture) -> Prediction: ...
