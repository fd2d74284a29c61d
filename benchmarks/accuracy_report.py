"""What is printed and stored of the estimates: a table for each set, then the numbers to reach."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from protos import arkit

from . import accuracy_measures as measures
from .accuracy_measures import Array, Estimates, Measure

MEASURES: dict[str, Callable[[Estimates], Measure]] = {
    "mae": measures.mae,
    "active_mae": measures.active_mae,
    "inactive_mae": measures.inactive_mae,
    "mean_r": measures.mean_r,
    "visible_error": measures.visible_error,
    "false_activation": measures.false_activation,
}
OF_DISTRIBUTION: dict[str, Callable[[Estimates], Measure]] = {
    "coverage80": measures.coverage,
    "crps_ratio": measures.crps_ratio,
    "confidence_error_spearman": measures.doubt_tells_error,
}
IN_REGIONS = ("mae", "active_mae", "inactive_mae", "mean_r")
WIDTH = 40


def described(of: Estimates) -> dict[str, Any]:
    """Every measure of one row with its interval, by region, and by channel."""
    asked = MEASURES | (OF_DISTRIBUTION if np.isfinite(of.crps).any() else {})
    regions = {region: of.of_channels(_channels_in(region)) for region in arkit.REGIONS[:-1]}
    return {
        "measures": {name: _with_interval(measure(of)) for name, measure in asked.items()},
        "regions": {
            region: {name: _with_interval(MEASURES[name](part)) for name in IN_REGIONS}
            for region, part in regions.items()
        },
        "channels": _by_channel(of),
    }


def _channels_in(region: str) -> measures.Mask:
    return np.array([arkit.region(name) == region for name in arkit.COEFFICIENTS])


def _with_interval(measure: Measure) -> list[float | None]:
    """Value, low and high end of the 95 % interval; null for what does not exist."""
    return [_number(value) for value in (float(measure), *measure.interval())]


def _by_channel(of: Estimates) -> dict[str, dict[str, float | None]]:
    strong, beside = measures.strong_outputs(of)
    inside = ((of.low <= of.truth) & (of.truth <= of.high)).astype(float)
    columns: dict[str, Array] = {
        "mae": measures.mean_by_channel(of.error, of.owned),
        "active_mae": measures.mean_by_channel(of.error, of.active),
        "r": measures.channel_r(of),
        "output_where_strong": strong,
        "others_meanwhile": beside,
        "false_activation": measures.mean_by_channel(of.estimate, of.still),
        "coverage80": measures.mean_by_channel(inside, of.active & np.isfinite(of.low)),
    }
    return {
        channel: {name: _number(column[i]) for name, column in columns.items()}
        for i, channel in enumerate(arkit.COEFFICIENTS)
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def lines(name: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The table of one set, values with half the width of their intervals."""
    yield f"\n{name:{WIDTH}} " + " ".join(f"{measure:>16}" for measure in MEASURES)
    for row, said in rows.items():
        cells = " ".join(f"{_cell(said['measures'][measure]):>16}" for measure in MEASURES)
        yield f"{row:{WIDTH}} {cells}"


def _cell(numbers: list[float | None]) -> str:
    value, low, high = numbers
    if value is None:
        return "–"
    return f"{value:.4f}" if low is None or high is None else f"{value:.4f} ±{(high - low) / 2:.4f}"


def headline(row: Mapping[str, Any]) -> str:
    """One line of the numbers to reach."""
    if "skipped" in row:
        return f"{row['name']:{WIDTH}} not measured: {row['skipped']}"
    verdict = "met" if row["met"] else "NOT met"
    return "{name:{width}} {value:.3f} ({low:.3f} to {high:.3f}), goal {goal}: {0}".format(
        verdict, width=WIDTH, **row
    )
