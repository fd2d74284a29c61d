"""How seldom the gate is fooled, and how soon a better model passes: `python -m benchmarks.gate --json FILE`.

Two tables. Raters who prefer nothing, ten learnings after each other, both regions, looked at after every
answer: how many sessions end with a version made current that was no better. And beside it the power: how
many deciding pairs a version needs that is preferred so often. Raters here are scripted, none is a person.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.core.duels import REGIONS, sides
from backend.core.evidence import OFFERED, PROMOTED, Score, log_money, stake
from backend.core.rater_quality import Share

SESSIONS, SESSIONS_QUICK = 20_000, 200  # of 2,000, one in a thousand could not be told from chance
TRIES = 10  # learnings after each other on one base
ANSWERS = 100  # to duels, in each region and try
GOAL = 1 / 1000  # of sessions in which anything was made current
RATES = (0.55, 0.6, 0.65, 0.7, 0.8)
RUNS, RUNS_QUICK = 2000, 200
MOST_PAIRS = 8000
COINS = Score(25, 25)  # what each try before the tenth is taken to have come to

Flags = NDArray[np.bool_]
Generator = np.random.Generator
Presses = Callable[[int, Generator], Flags]  # so many answers → whether the left key was pressed


@dataclass(frozen=True)
class Fooled:
    """One kind of rater without a preference; the interval (95 %) is of the share of sessions."""

    rater: str
    sessions: int
    tries: int
    answers_a_region_and_try: int
    offered: int
    made_current: int
    made_current_interval: tuple[float, float]
    highest_evidence: float


@dataclass(frozen=True)
class Power:
    """Deciding pairs until the evidence suffices; None: more than MOST_PAIRS."""

    win_rate: float
    wanted: str
    after_tries: int
    median: int | None
    ninety_percent: int | None


def any_key(count: int, rng: Generator) -> Flags:
    return rng.random(count) < 0.5


def left_key(count: int, _: Generator) -> Flags:
    return np.ones(count, np.bool_)


def mostly_left(count: int, rng: Generator) -> Flags:
    return rng.random(count) < 0.7


def fooled(rater: str, presses: Presses, sessions: int, hopeful: bool = False) -> Fooled:
    """hopeful: each try is given up as soon as its first half has lost more than it won."""
    rng = np.random.default_rng(list(rater.encode()))
    money = _money_table(ANSWERS)
    best = [max(_best(presses, money, rng, hopeful) for _ in REGIONS) for _ in range(sessions)]
    offered, made_current = (sum(each >= level for each in best) for level in (OFFERED, PROMOTED))
    interval = Share(made_current, sessions).interval
    return Fooled(rater, sessions, TRIES, ANSWERS, offered, made_current, interval, max(best))


def _best(presses: Presses, money: NDArray[np.float64], rng: Generator, hopeful: bool) -> float:
    """The highest evidence of any try in one region, looked at after each answer."""
    earlier: list[Score] = []
    highest = 0.0
    for _ in range(TRIES):
        won = presses(ANSWERS, rng) == sides(ANSWERS, rng)
        if hopeful and won[: ANSWERS // 2].sum() < ANSWERS // 4:
            won = won[: ANSWERS // 2]
        wins, asked = np.cumsum(won), np.arange(1, len(won) + 1)
        staked = stake(earlier, len(REGIONS))
        highest = max(highest, staked * math.exp(money[wins, asked - wins].max()))
        earlier.append(Score(int(wins[-1]), int(asked[-1] - wins[-1])))
    return highest


def _money_table(most: int) -> NDArray[np.float64]:
    """(wins, losses) up to so many answers in all."""
    table = np.full((most + 1, most + 1), -np.inf)
    for wins in range(most + 1):
        for losses in range(most + 1 - wins):
            table[wins, losses] = log_money(wins, losses)
    return table


def power(runs: int) -> Iterator[Power]:
    """Each rate, for an offer and to be made current, on the first try and on the tenth."""
    for tries in (0, TRIES - 1):
        staked = stake([COINS] * tries, len(REGIONS))
        for wanted, level in (("offered", OFFERED), ("made current", PROMOTED)):
            fewest = _fewest_wins(math.log(level / staked))
            for rate in RATES:
                needed = _pairs_needed(rate, fewest, runs)
                yield Power(rate, wanted, tries, *(_quantile(needed, share) for share in (0.5, 0.9)))


def _fewest_wins(log_wanted: float) -> NDArray[np.int64]:
    """(MOST_PAIRS,) of 1, 2, … answers: with how many wins the evidence suffices."""
    fewest = np.empty(MOST_PAIRS, np.int64)
    wins = 0
    for asked in range(1, MOST_PAIRS + 1):
        while wins <= asked and log_money(wins, asked - wins) < log_wanted:
            wins += 1
        fewest[asked - 1] = wins
    return fewest


def _pairs_needed(rate: float, fewest: NDArray[np.int64], runs: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(round(1000 * rate))
    needed = np.empty(runs, np.int64)
    for run in range(runs):
        enough = np.cumsum(rng.random(MOST_PAIRS) < rate) >= fewest
        needed[run] = enough.argmax() + 1 if enough.any() else MOST_PAIRS + 1
    return needed


def _quantile(needed: NDArray[np.int64], share: float) -> int | None:
    value = int(np.quantile(needed, share, method="higher"))
    return value if value <= MOST_PAIRS else None


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 where more sessions were fooled than the goal allows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sessions and runs")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    told = parser.parse_args(arguments)
    sessions, runs = (SESSIONS_QUICK, RUNS_QUICK) if told.quick else (SESSIONS, RUNS)
    rows = [
        fooled("any key", any_key, sessions),
        fooled("left key only", left_key, sessions),
        fooled("left key 7 of 10 times", mostly_left, sessions),
        fooled("any key, learnt anew as soon as it falls behind", any_key, sessions, hopeful=True),
    ]
    table = list(power(runs))
    print(*map(_fooled_line, rows), *map(_power_line, table), sep="\n")
    if told.json:
        report = {"fooled": [asdict(row) for row in rows], "power": [asdict(row) for row in table]}
        told.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return int(any(row.made_current > GOAL * row.sessions for row in rows))


def _fooled_line(row: Fooled) -> str:
    low, high = (1000 * share for share in row.made_current_interval)
    return (
        f"{row.rater:48} {row.sessions} sessions × {row.tries} tries: made current {row.made_current}, "
        f"{low:.2f} to {high:.2f} in 1,000; offered {row.offered}; evidence up to {row.highest_evidence:.3g}"
    )


def _power_line(row: Power) -> str:
    median, ninety = (f"over {MOST_PAIRS}" if n is None else str(n) for n in (row.median, row.ninety_percent))
    return (
        f"preferred {row.win_rate:.0%}, {row.after_tries} tries before: {row.wanted} after {median:>9} pairs "
        f"(median), {ninety:>9} (90 %)"
    )


if __name__ == "__main__":
    sys.exit(main())
