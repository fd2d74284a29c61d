"""The numbers that the project set out to reach, each from the tables of the test sets that it is about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np

from protos import arkit

from . import accuracy_measures as measures
from .accuracy_floor import best_map
from .accuracy_measures import Estimates, Measure
from .accuracy_rows import FOUND, ISOTONIC, OURS, TRUE, WITHOUT, WITHOUT_ANNY, WRONG, ZERO

UNSEEN = ("independent_anny", "independent_ict", "singles_pairs_anny", "singles_pairs_ict")
ISOLATED = ("singles_pairs_anny", "singles_pairs_ict")
RESTING = ("resting_anny", "resting_ict")
HEAD, RENDERER = ("unseen_head",), ("other_renderer",)
ANNY = ("independent_anny", "singles_pairs_anny")
CHANNEL_COVERAGE = (0.65, 0.92)

Table = Mapping[str, Estimates]  # by row
Tables = Mapping[str, Table]  # by set


class NotMeasured(Exception):
    """The reason."""


@dataclass(frozen=True)
class Headline:
    """One number that is to be at least and at most so much."""

    name: str
    measure: Callable[[Tables], Measure | float]
    least: float = -inf
    most: float = inf

    @property
    def goal(self) -> str:
        ends = (f"≥ {self.least:g}" * isfinite(self.least), f"≤ {self.most:g}" * isfinite(self.most))
        return " and ".join(end for end in ends if end)

    def row(self, tables: Tables) -> dict[str, Any]:
        """For the JSON; a reason instead of a value where it cannot be measured here."""
        try:
            found = self.measure(tables)
        except NotMeasured as reason:
            return {"name": self.name, "goal": self.goal, "skipped": str(reason)}
        value = float(found)
        low, high = found.interval() if isinstance(found, Measure) else (value, value)
        met = self.least <= value <= self.most
        return {"name": self.name, "goal": self.goal, "value": value, "low": low, "high": high, "met": met}


def said(tables: Tables, row: str, sets: Sequence[str]) -> Estimates:
    """One row's estimates in several sets together. Raises NotMeasured."""
    missing = [name for name in sets if name not in tables]
    if missing:
        raise NotMeasured(f"without the test sets {', '.join(missing)}")
    silent = [name for name in sets if row not in tables[name]]
    if silent:
        raise NotMeasured(f"{row!r} was not asked in {', '.join(silent)}")
    return measures.together([tables[name][row] for name in sets])


def held_against(
    measure: Callable[[Estimates], Measure], sets: Sequence[str], one: str = TRUE, other: str = ISOTONIC
) -> Callable[[Tables], Measure]:
    """The ratio of one row's measure to another's."""
    return lambda tables: measures.ratio(measure(said(tables, one, sets)), measure(said(tables, other, sets)))


def simply(
    measure: Callable[[Estimates], Measure | float], sets: Sequence[str], row: str = TRUE
) -> Callable[[Tables], Measure | float]:
    """One row's measure, ours with the true neutral."""
    return lambda tables: measure(said(tables, row, sets))


def recovered(tables: Tables) -> Measure:
    """Share of what a true neutral gains that a found one gains."""
    without, found, true = (measures.mae(said(tables, row, UNSEEN)) for row in (WITHOUT, FOUND, TRUE))
    return measures.combined(lambda w, f, t: (w - f) / (w - t), without, found, true)


def way_to_floor(tables: Tables) -> Measure:
    """Share of the way from the baseline to the definition floor."""
    ours = said(tables, TRUE, HEAD)
    base, floor = said(tables, ISOTONIC, HEAD), best_map(ours)
    three = (measures.active_mae(of) for of in (base, ours, floor))
    return measures.combined(lambda b, o, f: (b - o) / (b - f), *three)


def isolated_r(of: Estimates) -> Measure:
    """On frames in which one action is done alone."""
    return measures.mean_r(of.of_kind("single"))


def worst_false_activation(of: Estimates) -> float:
    """Mean output of the channel that rests worst."""
    return float(np.nanmax(measures.mean_by_channel(of.estimate, of.still)))


def least_strong_output(of: Estimates) -> float:
    """Mean output, where the truth is above one half, of the channel that moves least."""
    return float(np.nanmin(measures.strong_outputs(of)[0]))


def most_beside_strong(of: Estimates) -> float:
    """Mean output of all that is still while one channel is strong; for the worst such channel."""
    return float(np.nanmax(measures.strong_outputs(of)[1]))


def channels_covered(of: Estimates) -> float:
    """Share of channels whose 80 % intervals cover about as much of their active entries."""
    inside = ((of.low <= of.truth) & (of.truth <= of.high)).astype(float)
    covered = measures.mean_by_channel(inside, of.active)
    covered = covered[np.isfinite(covered)]
    low, high = CHANNEL_COVERAGE
    return float(((covered >= low) & (covered <= high)).mean())


def tongue_r(of: Estimates) -> float:
    return float(measures.channel_r(of)[arkit.INDEX["tongueOut"]])


def confidence_covered(tables: Tables) -> tuple[Measure, Measure]:
    """How much confidence sinks when a hand covers the mouth: in the lower face, and in the upper."""
    free, covered = (said(tables, TRUE, (name,)) for name in ("mouth_free", "mouth_covered"))
    both = np.intersect1d(free.person, covered.person)
    lower = np.array([arkit.region(name) not in arkit.UPPER_REGIONS for name in arkit.COEFFICIENTS])

    def sunk(half: measures.Mask) -> Measure:
        before, after = (_confidence(of.of_people(both).of_channels(half)) for of in (free, covered))
        return measures.combined(lambda b, a: b - a, before, after)

    return sunk(lower), sunk(~lower)


def _confidence(of: Estimates) -> Measure:
    return measures.mean_where(of.confidence, of.owned, of.person)


def covered_upper_share(tables: Tables) -> Measure:
    """What the upper face loses of what the lower loses."""
    lower, upper = confidence_covered(tables)
    return measures.ratio(upper, lower)


def standing_in(tables: Tables, row: str) -> Tables:
    """The tables with another network in the place of ours."""
    return {
        name: {said: of for said, of in table.items() if not said.startswith(OURS)} | {TRUE: table[row]}
        for name, table in tables.items()
        if row in table
    }


HEADLINES = (
    Headline("active_mae_ratio_unseen_identity", held_against(measures.active_mae, UNSEEN), most=0.55),
    Headline("inactive_mae_ratio_unseen_identity", held_against(measures.inactive_mae, UNSEEN), most=0.5),
    Headline("visible_error_ratio_unseen_identity", held_against(measures.visible_error, UNSEEN), most=0.55),
    Headline("active_mae_ratio_unseen_head", held_against(measures.active_mae, HEAD), most=0.62),
    Headline("gap_to_floor_unseen_head", way_to_floor, least=0.6),
    Headline("active_mae_ratio_other_renderer", held_against(measures.active_mae, RENDERER), most=0.65),
    Headline("isolated_mean_r", simply(isolated_r, ISOLATED), least=0.7),
    Headline("isolated_least_output", simply(least_strong_output, ISOLATED), least=0.3),
    Headline("isolated_false_activation", simply(most_beside_strong, ISOLATED), most=0.02),
    Headline("isolated_mae_ratio_to_zero", held_against(measures.mae, ISOLATED, TRUE, ZERO), most=1.0),
    Headline("tongue_out_r_without_anny", simply(tongue_r, ANNY, WITHOUT_ANNY), least=0.6),
    Headline("neutral_false_activation", simply(measures.false_activation, RESTING), most=0.01),
    Headline("neutral_false_activation_worst", simply(worst_false_activation, RESTING), most=0.05),
    Headline("without_neutral_ratio", held_against(measures.mae, UNSEEN, WITHOUT, TRUE), most=1.12),
    Headline("found_neutral_recovers", recovered, least=0.7),
    Headline("wrong_neutral_ratio", held_against(measures.mae, UNSEEN, WRONG, TRUE), most=1.05),
    Headline("coverage80", simply(measures.coverage, UNSEEN), 0.75, 0.85),
    Headline("coverage80_unseen_head", simply(measures.coverage, HEAD), 0.75, 0.85),
    Headline("coverage80_other_renderer", simply(measures.coverage, RENDERER), 0.75, 0.85),
    Headline("coverage80_channels", simply(channels_covered, UNSEEN), least=0.8),
    Headline("coverage80_channels_unseen_head", simply(channels_covered, HEAD), least=0.8),
    Headline("coverage80_channels_other_renderer", simply(channels_covered, RENDERER), least=0.8),
    Headline("crps_ratio", simply(measures.crps_ratio, UNSEEN), most=0.9),
    Headline("confidence_error_spearman", simply(measures.doubt_tells_error, UNSEEN), least=0.4),
    Headline("covered_mouth_confidence_lost", lambda tables: confidence_covered(tables)[0], least=0.05),
    Headline("covered_mouth_upper_share", covered_upper_share, most=0.33),
)
