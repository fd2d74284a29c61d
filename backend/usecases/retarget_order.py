"""What is asked of a retarget and what it tells while it runs; retarget.proto says the same on the wire."""

from dataclasses import dataclass, field
from math import isfinite

from ..core.curves import ExpressionCurves
from ..core.framing import WHOLE, Crop, Framing
from ..errors import RequestInvalid
from ..ports import ClipFacts, Position


@dataclass(frozen=True)
class Cleanup:
    """What is done to the raw estimates; see Cleanup in retarget.proto. RequestInvalid outside the ranges."""

    smoothing: float = 0.5  # 0 none .. 1 strong
    couple_mouth_close: bool = True
    resolve_antagonists: bool = True
    keep_in_range: bool = True
    hold_seconds: float = 0.25
    decay_seconds: float = 0.5

    def __post_init__(self) -> None:
        demand(0.0 <= self.smoothing <= 1.0, f"smoothing is {self.smoothing}", "Give a number from 0 to 1.")
        for name in ("hold_seconds", "decay_seconds"):
            value = getattr(self, name)
            demand(isfinite(value) and value >= 0, f"{name} is {value}", "Give seconds, 0 or more.")


@dataclass(frozen=True)
class RetargetOrder:
    """One retarget; times are seconds of the clip, 0 its first picture. RequestInvalid outside the ranges."""

    start: float = 0.0
    end: float | None = None  # None: to the end
    crop: Crop = WHOLE
    mirrored: bool = False  # the phone has flipped the footage like a mirror
    face: Position | None = None  # of the picture before cropping, at the in point; None: the largest
    neutral_seconds: tuple[float, ...] = ()  # frames at rest
    performer: str = ""  # under whose name the rest is kept; read back when no frame is named
    cleanup: Cleanup = field(default_factory=Cleanup)

    def __post_init__(self) -> None:
        demand(isfinite(self.start) and self.start >= 0, f"start is {self.start}", "Give seconds, 0 or more.")
        if self.end is not None:
            fits = isfinite(self.end) and self.end > self.start
            demand(fits, f"the range ends at {self.end} s", f"End it after its start at {self.start:g} s.")
        demand_position(self.face)
        for seconds in self.neutral_seconds:
            fits = isfinite(seconds) and seconds >= 0
            demand(fits, f"a neutral frame is at {seconds} s", "Give seconds of the clip, 0 or more.")

    @property
    def framing(self) -> Framing:
        return Framing(self.crop, self.mirrored)


@dataclass(frozen=True)
class Progress:
    """How far the work is; frames_total as known by now, seconds_left negative while unknown."""

    frames_done: int
    frames_total: int
    frames_a_second: float
    seconds_left: float
    stage: str


@dataclass(frozen=True, eq=False)
class CurveChunk:
    """Consecutive frames; first_frame counts within the range, from 0."""

    first_frame: int
    curves: ExpressionCurves


@dataclass(frozen=True)
class RestMoment:
    """A moment, in seconds of the clip, at which the performer's face seems to rest; uncertainty: 0..1, mean
    difference of the coefficients between it and other calm ones.
    """

    seconds: float
    uncertainty: float

    @property
    def remark(self) -> str:
        """For the artist, who knows better."""
        minutes, seconds = divmod(self.seconds, 60.0)
        return (
            f"the face at rest was taken from {minutes:.0f}:{seconds:04.1f} "
            f"(uncertain by {self.uncertainty:.2f}); name a neutral frame if that is wrong"
        )


@dataclass(frozen=True)
class Summary:
    """What came of it; lost spans in seconds since the in point; rest: where one was found, not named."""

    frames: int
    frames_without_face: int
    lost: tuple[tuple[float, float], ...]
    remarks: tuple[str, ...]
    clip_sha256: str
    rest: RestMoment | None = None


Event = ClipFacts | Progress | CurveChunk | Summary


def demand_position(face: Position | None) -> None:
    """Raises RequestInvalid for what is no position of a picture."""
    inside = face is None or all(0.0 <= part <= 1.0 for part in face)
    demand(inside, f"the face position is {face}", "Give fractions of the picture, 0 to 1.")


def demand(fine: bool, message: str, advice: str) -> None:
    """Raises RequestInvalid unless all is well."""
    if not fine:
        raise RequestInvalid(message, advice)
