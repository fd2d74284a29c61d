"""How far few answers bring the rest of their own clip: `python -m benchmarks.learning_same_clip CLIPS …`.

Scripted artists rate pairs that the product proposes, or put frames right by hand; what is learnt is applied
to the whole clip and measured where nothing was asked. CLIPS is what benchmarks/learning_clips.py filmed. To
tune, take --part tuning and the rater "truth"; all other raters and clips only judge.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.core.clip_taste import expected
from training.heads import HeadSource
from training.marks import attached
from training.scripted_artist import AGREEMENT, ScriptedArtist, noise_for, panel, random_pairs
from training.sources import add_sources, sources_of

from .learning_clips import REPORTED, TUNING, Clip, read, rig_of
from .learning_measures import blinks_kept, closures_kept, jitter_ratio, visible_change, visible_error
from .learning_session import MEDIAPIPE, OURS, Rated, Sitting
from .measurement import Result

SEEDS, QUICK_SEEDS, QUICK_CLIPS = 5, 1, 3
PAIRS = 2000  # at random, by which each rater's noise is set
RATINGS, CORRECTIONS = "50 ratings", "10 corrections"
AMOUNTS = {RATINGS: (50, 0), CORRECTIONS: (0, 10)}
GOALS = {RATINGS: -0.15, CORRECTIONS: -0.20}
NAMES = {RATINGS: "visible_change_same_clip_50", CORRECTIONS: "visible_change_same_clip_10_corrections"}


@dataclass(frozen=True)
class Effect:
    """Of one sitting: change of visible error towards the rater's own ideal on the frames not asked about,
    what must not suffer as ratios to the base, share of choices as without noise, seconds of learning once.
    """

    base: str
    rater: str
    amount: str
    clip: str
    change: float
    jitter: float
    blinks: float
    closures: float
    agreement: float
    answers: int
    seconds: float


class Panels:
    """Raters before the rigs of clips, their noise set on the clips as one base reads them."""

    def __init__(self, sources: Mapping[str, HeadSource], clips: Sequence[Clip]) -> None:
        marks = {clip.plan.source: clip.marks for clip in clips}
        self._of_rig = {
            name: panel(rig_of(source), attached(marks[name], rig_of(source)))
            for name, source in sources.items()
            if name in marks
        }

    def set_to(self, rated: Sequence[Rated]) -> dict[str, tuple[ScriptedArtist, ...]]:
        """By rig, each rater with one noise for all of these clips."""
        random = np.random.default_rng(71)
        each = -(-PAIRS // len(rated))
        pairs = [
            (one.clip.plan.source, pair)
            for one in rated
            for pair in random_pairs(one.said, one.clip.truth, each, random)
        ]
        noises = []
        for number in range(len(next(iter(self._of_rig.values())))):
            seen = [self._of_rig[rig][number].distances(pair) for rig, pair in pairs]
            noises.append(noise_for(np.array([one.a - one.b for one in seen])))
        return {
            rig: tuple(replace(artist, noise=noise) for artist, noise in zip(artists, noises, strict=True))
            for rig, artists in self._of_rig.items()
        }


def sat(rated: Rated, artist: ScriptedArtist, amount: str, seed: int) -> Effect:
    """One sitting and what came of it."""
    ratings, corrections = AMOUNTS[amount]
    sitting = Sitting(rated, artist, seed)
    sitting.rate(ratings)
    sitting.correct(corrections)
    began = time.perf_counter()
    ideal = expected(rated.curves, rated.sight, sitting.ratings)
    seconds = time.perf_counter() - began
    truth, said = rated.clip.truth, rated.said
    return Effect(
        rated.base, artist.name, amount, rated.clip.plan.name,
        change=visible_change(rated.sight, ideal, said, artist.ideal(truth), sitting.unasked),
        jitter=jitter_ratio(rated.sight, ideal, said, truth),
        blinks=blinks_kept(ideal, said, truth),
        closures=closures_kept(ideal, said, truth),
        agreement=_mean(sitting.agreed),
        answers=len(sitting.ratings),
        seconds=seconds,
    )  # fmt: skip


def summed_up(outcomes: Sequence[Effect]) -> dict[str, Any]:
    """Means over clips and seeds; spread over clips, each the mean of its seeds; the slowest learning."""
    clips = sorted({one.clip for one in outcomes})
    by_clip = {clip: _mean(one.change for one in outcomes if one.clip == clip) for clip in clips}
    means = {
        name: _mean(getattr(one, name) for one in outcomes)
        for name in ("change", "jitter", "blinks", "closures", "agreement", "answers")
    }
    return means | {"by_clip": by_clip, "seconds": max(one.seconds for one in outcomes)}


def results(rows: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> Iterator[Result]:
    """For each base and amount the mean of all raters, with the best and the worst of them."""
    for base in (OURS, MEDIAPIPE):
        for amount, goal in GOALS.items():
            of = {rater: row["change"] for (b, rater, a), row in rows.items() if (b, a) == (base, amount)}
            if of:
                value = _mean(of.values())
                name = NAMES[amount] + ("" if base == OURS else "_mediapipe")
                spread = (min(of.values()), max(of.values()))
                yield Result(
                    name, value, "of the base's visible error", spread, f"≤ {goal:g}", value <= goal, of
                )


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 where clips or heads cannot be used."""
    told = _told(arguments)
    try:
        sources = {name: make() for name, make in sources_of(told).named.items()}
        clips = read(told.clips, told.part)
        missing = {clip.plan.source for clip in clips} - set(sources)
        if missing:
            raise ValueError(f"the clips need the heads of {', '.join(sorted(missing))} as well")
    except (OSError, ValueError) as err:
        print(err, file=sys.stderr)
        return 1
    rows, noises = {}, {}
    for base in told.base or (OURS, MEDIAPIPE):
        noises[base], of_base = _of_base(told, [Rated(clip, base) for clip in clips], sources)
        rows |= of_base
    found = list(results(rows))
    for one in found:
        low, high = one.spread
        print(f"{one.name}: {one.value:+.1%} ({low:+.1%} … {high:+.1%}), goal {one.goal}, met: {one.met}")
    if told.json:
        named = [dict(zip(("base", "rater", "amount"), key, strict=True)) | row for key, row in rows.items()]
        report = {
            "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": sys.version},
            "quick": told.quick, "part": told.part, "agreement_set_to": AGREEMENT, "noise": noises,
            "results": [asdict(one) for one in found], "rows": named,
        }  # fmt: skip
        told.json.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


def _of_base(
    told: argparse.Namespace, rated: Sequence[Rated], sources: Mapping[str, HeadSource]
) -> tuple[dict[str, float], dict[tuple[str, str, str], dict[str, Any]]]:
    """The raters' noise, and a row of the table for each rater and amount."""
    artists = Panels(sources, [one.clip for one in rated]).set_to(rated)
    noises = {artist.name: artist.noise for artist in next(iter(artists.values()))}
    kept = rated[:: max(1, len(rated) // QUICK_CLIPS)] if told.quick else rated
    seeds = range(QUICK_SEEDS if told.quick else told.seeds)
    _say_base(rated[0].base, kept)
    rows = {}
    for number, rater in enumerate(noises):
        for amount in AMOUNTS:
            sittings = [
                sat(one, artists[one.clip.plan.source][number], amount, seed)
                for one in kept
                for seed in seeds
            ]
            rows[rated[0].base, rater, amount] = row = summed_up(sittings)
            _say(rater, amount, row)
    return noises, rows


def _say_base(base: str, rated: Sequence[Rated]) -> None:
    print(f"\n{base}: visible error, % of the distance of the eyes")
    for one in rated:
        off = visible_error(one.sight, one.said, one.clip.truth).mean()
        print(f"  {one.clip.plan.name} {one.clip.plan.motion} by {one.clip.plan.source}: {off:.2f}")
    print("rater | answers | change (clips) | agreement | jitter | blinks | closures | s", flush=True)


def _say(rater: str, amount: str, row: Mapping[str, Any]) -> None:
    low, high = min(row["by_clip"].values()), max(row["by_clip"].values())
    print(
        f"{rater} | {amount} | {row['change']:+.1%} ({low:+.1%} … {high:+.1%}) | {row['agreement']:.2f} | "
        f"{row['jitter']:.2f} | {row['blinks']:.3f} | {row['closures']:.3f} | {row['seconds']:.2f}",
        flush=True,
    )


def _mean(values: Iterable[float]) -> float:
    """Of those that are numbers; NaN of none."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _told(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_same_clip", description=__doc__)
    parser.add_argument("clips", type=Path, help="folder of the clips, see benchmarks/learning_clips.py")
    add_sources(parser)
    parser.add_argument("--part", choices=(TUNING, REPORTED), default=REPORTED)
    parser.add_argument("--base", choices=(OURS, MEDIAPIPE), action="append", help="only this one")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"sittings of a clip and rater ({SEEDS})")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_CLIPS} clips, one seed")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
