"""When each row of a Live Link Face take was filmed: HH:MM:SS:FF.sss ↔ seconds, with the rate found out.

FF counts ticks within the second and .sss thousandths of one tick. How many ticks make a second is not
written down, and it need not be the frame rate: real takes of 30 frames a second tick in 1/60 s.
"""

import re
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

CUSTOMARY_RATES = (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
# A rate measured so close (relatively) to a customary one is that one: 29.97 lies 1e-3 from 30, and a real
# phone at 60 frames a second was found 6e-4 slow.
NTSC_TOLERANCE, WHOLE_TOLERANCE = 3e-4, 7e-4
FACEIT_ROWS = 200  # Faceit takes 1 + the largest FF within these as the frame rate
DAY = 24 * 3600

_SHAPE = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})[:;]([0-9]{1,3}(?:\.[0-9]{1,6})?)")

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Clock:
    """Seconds of each row since midnight of the first (N,), frames a second, ticks a second.

    certain is False when no row follows the turn of a second, so that the ticks had to be guessed.
    """

    seconds: Array
    rate: float
    ticks: int
    certain: bool


def parsed(timecode: str) -> tuple[int, float] | None:
    """(whole seconds since midnight, ticks) of one timecode; None when it is none."""
    match = _SHAPE.fullmatch(timecode.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(match[i]) for i in (1, 2, 3))
    return 3600 * hours + 60 * minutes + seconds, float(match[4])


def clock_of(stamps: list[tuple[int, float]]) -> Clock:
    """The clock behind the parsed timecodes of a take, at least one.

    A take may run past midnight. Rows need not rise; whoever uses the seconds has to look.
    """
    whole = np.array([second for second, _ in stamps], np.int64)
    whole += DAY * np.cumsum(np.diff(whole, prepend=whole[0]) < -DAY // 2)
    ticks = np.array([tick for _, tick in stamps])
    step = _usual_step(np.diff(ticks)[np.diff(whole) == 0])
    a_second, certain = _ticks_a_second(whole, ticks, step)
    seconds = whole + ticks / a_second
    steps = np.diff(seconds)
    regular = steps[np.abs(steps * a_second - step) < step / 2]
    mean = float(regular.mean()) if len(regular) else step / a_second
    return Clock(seconds, _customary(1.0 / mean), a_second, certain)


def timecodes(seconds: Array, rate: float, start: float | None) -> list[str]:
    """The timecode of each row (N,) of seconds; a tick is one frame, or a little less for 29.97 and the like.

    start is the first row's seconds since midnight. Without one the take begins as late in the first second
    as lets its last tick occur among the rows at which Faceit looks to learn the rate.
    """
    if not len(seconds):
        return []
    a_second = max(1, ceil(rate - 1e-6))
    ticks = (seconds - seconds[0]) * a_second
    if start is None:
        first = max(0, a_second - 1 - floor(ticks[:FACEIT_ROWS][-1] + 1e-6))
    else:
        first = start * a_second
    thousandths = np.round((first + ticks) * 1000.0).astype(np.int64)
    return [_written(int(count), a_second) for count in thousandths]


def _written(thousandths: int, ticks_a_second: int) -> str:
    """One timecode from thousandths of a tick since midnight."""
    ticks, fraction = divmod(thousandths, 1000)
    seconds, tick = divmod(ticks, ticks_a_second)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minute:02d}:{second:02d}:{tick:02d}.{fraction:03d}"


def _usual_step(steps: Array) -> float:
    """Ticks from row to row, seen within seconds; 1 where that cannot be seen."""
    rising = steps[steps > 0]
    return float(np.median(rising)) if len(rising) else 1.0


def _ticks_a_second(whole: NDArray[np.int64], ticks: Array, step: float) -> tuple[int, bool]:
    """(ticks a second, whether it could be seen).

    At the turn of a second the tick falls back by a second's worth, less one step. The largest tick (Faceit's
    rule) bounds that from below, and from above where every tick of a step occurs.
    """
    least = 1 + int(ticks.max())
    turns = np.flatnonzero(np.diff(whole) == 1)
    if not len(turns):
        return next((rate for rate in CUSTOMARY_RATES if rate >= least), least), False
    seen = round(float(np.median(ticks[turns] + step - ticks[turns + 1])))
    return min(max(seen, least), least + ceil(step) - 1), True


def _customary(rate: float) -> float:
    """The customary rate, whole or its 1000/1001, if this is one within measuring error."""
    for slower, tolerance in ((1000.0 / 1001.0, NTSC_TOLERANCE), (1.0, WHOLE_TOLERANCE)):
        for whole in CUSTOMARY_RATES:
            if abs(rate / (whole * slower) - 1.0) < tolerance:
                return whole * slower
    return rate
