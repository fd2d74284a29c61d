"""The card of what a training came to, out of the trainer's report."""

import math
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ..core.agreement import Agreement
from ..core.frozen_ratings import FrozenRatings
from ..core.versions import Version
from ..ports import Trained

NO_CHANGE = "no change"  # the level of a half of the face that was left as it is


def version_of(
    trained: Trained, ratings: FrozenRatings, profile: str, parent: str,
    agreements: Mapping[str, Agreement | None],
) -> Version:  # fmt: skip
    """agreements: with what was held out, by half of the face; None where nothing was."""
    report = trained.report
    halves = {half: told for half, told in report["halves"].items() if told["level"] != NO_CHANGE}
    return Version(
        base=ratings.base,
        content=sha256(trained.learnt or b"").hexdigest(),
        data=trained.data,
        parent=parent,
        profile=profile,
        raters=_answers_by_rater(ratings),
        settings=_settings(report, halves),
        metrics={
            "pairs": float(len(ratings.pairs.yes)),
            "corrections": float(len(ratings.corrections.moments.weight)),
        },
        regions={half: _figures(told, agreements.get(half), half, report) for half, told in halves.items()},
        channels={
            name: {"mean_change": change}
            for name, change in report["style"]["mean_change_by_channel"].items()
        },
    )


def _answers_by_rater(ratings: FrozenRatings) -> dict[str, int]:
    parts = (ratings.pairs.moments, ratings.corrections.moments)
    counts = Counter(int(rater) for part in parts for rater in part.rater)
    return {ratings.raters[number]: count for number, count in sorted(counts.items())}


def _settings(report: Mapping[str, Any], halves: Mapping[str, Any]) -> dict[str, str | float | bool]:
    settings = dict(report["configuration"])
    for half, told in halves.items():
        settings |= {f"{half} level": told["level"], f"{half} penalty": told["penalty"]}
    return settings


def _figures(
    told: Mapping[str, Any], found: Agreement | None, half: str, report: Mapping[str, Any]
) -> dict[str, float]:
    """Of one region; see VersionRegion in training.proto for what people are shown of them."""
    figures = {
        "answers": told["answers"],
        "gain": told["gain"],
        "choices_foretold": told["agreement"],
        "choices_foretold_by_base": told["base"]["agreement"],
        "visible_change_percent": report["style"]["visible_percent"][half],
    }
    if found is not None:
        figures |= {"agreement": found.gain, "held_out_pairs": found.pairs}
        if found.interval is not None:
            figures |= {"agreement_low": found.interval[0], "agreement_high": found.interval[1]}
    return {name: float(value) for name, value in figures.items() if math.isfinite(value)}
