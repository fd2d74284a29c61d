"""Live Link Face CSV: what every other tool of this field reads and writes.

A row is a timecode, a count and named values. Columns are read by name, never by position, because
real files differ in order, case and number; timecode.py finds out when each row was filmed.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from protos import arkit

from ..curves import CHANNEL_COUNT, COEFFICIENT_COUNT, ExpressionCurves
from .timecode import Clock, clock_of, parsed, timecodes

LARGEST_VALUE = 1e4  # beyond every unit in use, percent and degrees included
LARGEST_COEFFICIENT = 2.0  # ARKit's reach 1.003; anything above this is percent or damage
LONGEST_GAP = 60.0  # seconds without a row; more is a broken clock, not a pause
HEAD = slice(COEFFICIENT_COUNT, COEFFICIENT_COUNT + 3)

Array = NDArray[np.float64]
Row = tuple[int, list[str]]  # line in the file from 1, its cells


class CsvError(ValueError):
    """Not a Live Link Face CSV, or a damaged one.

    The text says what is wrong, with the bad value, and what to do. line counts from 1; 0 is the whole file.
    """

    def __init__(self, problem: str, advice: str, line: int = 0) -> None:
        super().__init__(f"Line {line}: {problem}. {advice}" if line else f"{problem}. {advice}")
        self.advice = advice
        self.line = line


@dataclass(frozen=True, eq=False)
class LiveLinkTake:
    """What was in the file.

    curves         times from 0, the first row; a channel that the file lacks is not observed
    rate           frames a second, as found out or as given
    remarks        sentences for the artist on all that is not as usual
    missing        channels that the file lacks
    unknown        columns that are no channel, or one for the second time; not read
    start_seconds  of the first row since midnight, by the file's clock; 0 without one
    """

    curves: ExpressionCurves
    rate: float
    remarks: list[str]
    missing: list[str]
    unknown: list[str]
    start_seconds: float


@dataclass(frozen=True)
class _Header:
    """channels: index in arkit.CHANNELS → column."""

    names: list[str]
    timecode: int | None
    count: int | None
    channels: dict[int, int]

    @property
    def unknown(self) -> list[str]:
        read = {self.timecode, self.count, *self.channels.values()}
        return [name for column, name in enumerate(self.names) if column not in read]

    @property
    def missing(self) -> list[str]:
        return [name for i, name in enumerate(arkit.CHANNELS) if i not in self.channels]


def live_link_csv(curves: ExpressionCurves, start_seconds: float | None = None) -> str:
    """The text of a Live Link Face CSV with all 61 channels, 10 decimals.

    start_seconds is the time of day of the first row, as in LiveLinkTake. Without it the timecode begins
    so that Faceit finds the right rate.
    """
    return "".join(live_link_lines(curves, start_seconds))


def live_link_lines(curves: ExpressionCurves, start_seconds: float | None = None) -> Iterator[str]:
    """The same line by line; as one text a take of ten minutes would fill many times its own memory."""
    names = [arkit.live_link_name(channel) for channel in arkit.CHANNELS]
    yield f"Timecode,BlendshapeCount,{','.join(names)}\n"
    for timecode, row in zip(timecodes(curves.times, curves.rate, start_seconds), curves.values, strict=True):
        yield f"{timecode},{CHANNEL_COUNT},{','.join([f'{value:.10f}' for value in row.tolist()])}\n"


def read_live_link_csv(text: str, rate: float | None = None) -> LiveLinkTake:
    """The take in a Live Link Face CSV, at the frame rate found in it or at the one given.

    A given rate stretches time: rows that follow each other directly are then 1/rate seconds apart, and
    dropped rows stay gaps. Raises CsvError, and ValueError for a rate that is not above 0.
    """
    if rate is not None and not (isfinite(rate) and rate > 0):
        raise ValueError(f"rate is {rate}, expected frames a second above 0")
    lines = _lines(text)
    header = _header(lines[0][1])
    rows, cut_off = _whole_rows(lines[1:], len(header.names))
    values = _values(rows, header)
    clock, remarks = _clock(rows, header, rate)
    remarks += [*cut_off, *_remarks(rows, header, values)]
    known = np.isin(np.arange(CHANNEL_COUNT), list(header.channels))
    known[HEAD] &= values[:, HEAD].any()
    observed = np.tile(known, (len(rows), 1))
    curves = ExpressionCurves(
        times=clock.seconds - clock.seconds[0],
        values=values.astype(np.float32),
        confidence=observed.astype(np.float32),
        observed=observed,
        spread=np.zeros_like(values, np.float32),
        head_location=np.zeros((len(rows), 3), np.float32),
        rate=clock.rate,
    )
    return LiveLinkTake(curves, clock.rate, remarks, header.missing, header.unknown, float(clock.seconds[0]))


def _lines(text: str) -> list[Row]:
    """All lines that are not blank; the first is the header."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as err:
        raise CsvError(f"not readable as CSV ({err})", "Export the take again.", reader.line_num) from err
    if not lines:
        raise CsvError("The file is empty", "Export the take again.")
    return lines


def _header(cells: list[str]) -> _Header:
    plain = [cell.strip().lower() for cell in cells]
    channels: dict[int, int] = {}
    for column, cell in enumerate(cells):
        name = arkit.arkit_name(cell.strip())
        if name is not None:
            channels.setdefault(arkit.INDEX[name], column)
    if not channels:
        start = ", ".join(cells)[:60]
        raise CsvError(
            f"no column has a name like EyeBlinkLeft; it begins with {start!r}",
            "Choose the CSV of a Live Link Face take; its first line holds the names.",
            1,
        )
    return _Header(
        names=cells,
        timecode=plain.index("timecode") if "timecode" in plain else None,
        count=plain.index("blendshapecount") if "blendshapecount" in plain else None,
        channels=channels,
    )


def _whole_rows(rows: list[Row], width: int) -> tuple[list[Row], list[str]]:
    """Rows as wide as the header, and a remark when the last one was cut off in mid-write."""
    cut_off = []
    if len(rows) > 1 and len(rows[-1][1]) < width:
        cut_off = [f"Line {rows[-1][0]}, the last, is cut off and was left out."]
        rows = rows[:-1]
    if not rows:
        raise CsvError("There is a header but no frame below it", "Export the take again.")
    for line, cells in rows:
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            raise CsvError(
                f"{len(cells)} cells where the header has {width}", "Repair or remove this line.", line
            )
    return rows, cut_off


def _values(rows: list[Row], header: _Header) -> Array:
    """(N, 61), 0 for what the file lacks."""
    values = np.zeros((len(rows), CHANNEL_COUNT))
    channels, columns = list(header.channels.keys()), list(header.channels.values())
    for row, (line, cells) in enumerate(rows):
        try:
            values[row, channels] = [float(cells[column]) for column in columns]
        except ValueError as err:
            raise _no_number(line, cells, header) from err
    wrong = ~(np.abs(values) <= LARGEST_VALUE).all(axis=1)  # NaN compares false
    if wrong.any():
        raise _no_number(*rows[int(np.argmax(wrong))], header)
    return values


def _no_number(line: int, cells: list[str], header: _Header) -> CsvError:
    """The error for a row in which a cell is known to be unusable."""
    column = next(c for c in header.channels.values() if not _is_usable(cells[c]))
    return CsvError(
        f"column {header.names[column].strip()!r} has {cells[column][:40]!r} instead of a number",
        "Repair the cell or remove the line; a removed frame is bridged by its neighbours.",
        line,
    )


def _is_usable(cell: str) -> bool:
    try:
        return abs(float(cell)) <= LARGEST_VALUE
    except ValueError:
        return False


def _clock(rows: list[Row], header: _Header, rate: float | None) -> tuple[Clock, list[str]]:
    """When each row was filmed, and what there is to say of it."""
    advice = "Give the frame rate, and the rows are spaced evenly."
    if header.timecode is None:
        trouble = CsvError("there is no Timecode column", advice, 1)
    else:
        stamps = _stamps(rows, header.timecode)
        clock = clock_of(stamps)
        steps = np.diff(clock.seconds)
        broken = (steps <= 0) | (steps > LONGEST_GAP)
        if not broken.any():
            return _at_rate(clock, rate), list(_clock_remarks(clock, rate))
        line, cells = rows[int(np.argmax(broken)) + 1]
        problem = f"timecode {cells[header.timecode]!r} does not follow the one before within a minute"
        trouble = CsvError(problem, advice, line)
    if rate is None:
        raise trouble
    even = Clock(np.arange(len(rows)) / rate, rate, round(rate), certain=True)
    return even, ["The timecodes were of no use, so the rows are spaced evenly at the rate given."]


def _stamps(rows: list[Row], column: int) -> list[tuple[int, float]]:
    stamps = []
    for line, cells in rows:
        stamp = parsed(cells[column])
        if stamp is None:
            problem = f"{cells[column][:40]!r} is no timecode"
            raise CsvError(problem, "Expected HH:MM:SS:FF.sss, like 19:16:29:35.273.", line)
        stamps.append(stamp)
    return stamps


def _at_rate(clock: Clock, rate: float | None) -> Clock:
    if rate is None:
        return clock
    start = clock.seconds[0]
    seconds = start + (clock.seconds - start) * (clock.rate / rate)
    return Clock(seconds, rate, clock.ticks, certain=True)


def _clock_remarks(clock: Clock, rate: float | None) -> Iterator[str]:
    if rate is None and not clock.certain:
        yield (
            f"The take lies within one second of its clock, so its rate is a guess: {clock.rate:g} frames a "
            "second. Give the rate if it is another."
        )
    dropped = int(np.sum(np.round(np.diff(clock.seconds) * clock.rate) - 1))
    if dropped > 0:
        yield f"{dropped} frames are missing between the rows; time runs on over them."
    a_second = _rows_in_a_full_second(clock)
    if rate is None and a_second is not None and abs(a_second - clock.rate) > 1:
        yield (
            f"The timecodes step at {clock.rate:g} frames a second, but a full second holds {a_second:g} "
            "rows. Give the rate if it is another."
        )


def _rows_in_a_full_second(clock: Clock) -> float | None:
    """Median over the seconds that are neither first nor last; None when there are none."""
    _, counts = np.unique(np.floor(clock.seconds), return_counts=True)
    return float(np.median(counts[1:-1])) if len(counts) > 2 else None


def _remarks(rows: list[Row], header: _Header, values: Array) -> Iterator[str]:
    if header.missing:
        yield f"Missing: {', '.join(header.missing)}; of these the file says nothing."
    if header.unknown:
        yield f"Not read: {', '.join(header.unknown)}."
    if header.count is not None:
        given = len(header.names) - 1 - (header.timecode is not None)
        stated = {cells[header.count].strip() for _, cells in rows} - {str(given)}
        if stated:
            said = min(stated)[:40]
            yield f"BlendshapeCount says {said!r} where {given} values stand; they were read by name."
    if set(range(HEAD.start, HEAD.stop)) <= set(header.channels) and not values[:, HEAD].any():
        yield "The head never turns: head rotation was switched off in the app. Film with it on to have it."
    largest = float(values[:, :COEFFICIENT_COUNT].max())
    if largest > LARGEST_COEFFICIENT:
        yield f"Values reach {largest:g} where 1 is the most; they may be in percent."
