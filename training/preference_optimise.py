"""Learns a correction of a predictor from frozen ratings, or goes on where a training was cut off.

    python -m training.preference_optimise FROZEN --run FOLDER [--rendered FILE]

prints a line of JSON for whatever was tried, and leaves in the run's folder configuration.json, log.jsonl,
state.json (to go on from), report.json, and correction.safetensors where something was learnt. Nothing of an
earlier correction is touched before the new one is whole. Cancelled (SIGINT, SIGTERM), it stops after what it
is just working out, keeps that, and exits with 130. Where nothing can be learnt it says why and exits with 3.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from backend.adapters.frozen_file import read_frozen
from backend.core.correction import BeliefCorrection
from backend.core.frozen_ratings import FrozenRatings, may_become_shared
from backend.core.muscle_groups import HALVES
from backend.errors import SuperFaceError
from backend.predictor.correction_file import save_correction
from backend.whole_file import write_whole

from .preference_choice import NONE, Choice, Remember, chosen
from .preference_evidence import Evidence, NothingToLearn, contradicting, evidence, metrics
from .preference_fit import METHODS, Rendered, Seen, Task, refined, seen
from .preference_forms import Doubles
from .preference_head import directions, head
from .preference_report import against_truth, style_shift
from .rendered_rows import RenderedRows, read_rendered

Say = Callable[[dict[str, Any]], None]
CANCELLED = 130  # exit status, as shells say it of SIGINT
NOTHING_TO_LEARN = 3  # exit status


@dataclass(frozen=True)
class Configuration:
    """One training, stored with its run.

    data, rendered  seals of the frozen ratings and of rendered faces, "" for none
    replay          how much rendered truth says, beside all answers together
    smoothing       share of answers that may be slips
    seed            of how answers are split into folds
    """

    data: str
    rendered: str
    method: str
    smoothing: float
    replay: float
    seed: int


class Cancelled(Exception):
    """Somebody asked it to stop."""


class Notebook:
    """What was worked out, by name; each is on disk before the next is begun."""

    def __init__(self, run: Path, say: Say) -> None:
        self._path, self._say = run / "state.json", say
        self._known: dict[str, dict[str, float]] = {}
        self._cancelled = False
        if self._path.exists():
            self._known = json.loads(self._path.read_text(encoding="utf-8"))

    def cancel(self, *_: object) -> None:
        """From a signal."""
        self._cancelled = True

    def remember(self, name: str, work: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Raises Cancelled between one and the next."""
        if self._cancelled:
            raise Cancelled
        if name not in self._known:
            self._known[name] = work()
            write_whole(self._path, json.dumps(self._known).encode())
            self._say({"tried": name, **self._known[name]})
        return self._known[name]


def main() -> None:
    """Arguments, then what is to be learnt of either half of the face."""
    given = _arguments().parse_args()
    try:
        ratings, data = read_frozen(given.frozen)
        rendered, seal = read_rendered(given.rendered) if given.rendered else (None, "")
    except SuperFaceError as err:
        sys.exit(f"{err.message}. {err.advice}")
    for base in (given.base, rendered.base if rendered else ""):
        if base not in ("", ratings.base):
            sys.exit(f"{given.frozen} holds what {ratings.base} believed, not {base}: freeze them for that")
    configuration = Configuration(data, seal, given.method, given.smoothing, given.replay, given.seed)
    _begin(configuration, given.run)
    notebook = Notebook(given.run, partial(_log, given.run))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, notebook.cancel)
    try:
        learnt = optimised(ratings, rendered, configuration, notebook.remember, partial(_log, given.run))
    except Cancelled:
        _log(given.run, {"cancelled": True})
        sys.exit(CANCELLED)
    except NothingToLearn as err:
        print(err, file=sys.stderr)
        sys.exit(NOTHING_TO_LEARN)
    _keep(learnt, ratings, configuration, given.run)


@dataclass(frozen=True, eq=False)
class Learnt:
    """correction None: no change foretold the answers best; report: JSON."""

    correction: BeliefCorrection | None
    report: dict[str, Any]


def optimised(
    ratings: FrozenRatings, rendered: RenderedRows | None, configuration: Configuration,
    remember: Remember, say: Say,
) -> Learnt:  # fmt: skip
    """Both halves of the face, each for itself. Raises NothingToLearn where there is nothing about either."""
    for rater in (unheard := contradicting(ratings)):
        say({"unheard": rater, "reason": "asked again, gave another answer more often than the same one"})
    rows = _rows(ratings, rendered, configuration)
    whole, halves, left = BeliefCorrection.none(rows.reads), {}, {}
    for half in HALVES:
        try:
            found = evidence(ratings, half, rows.pairs.base, unheard, configuration.seed)
        except NothingToLearn as err:
            left[half] = str(err)
            say({"half": half, "left": str(err)})
            continue
        task = _task(ratings, half, found, rows, configuration.method)
        choice = chosen(task, rows.reads, half, configuration.smoothing, remember)
        whole = _with_half(whole, task, choice, half, ratings.gate)
        halves[half] = _told(choice, found)
        say({"half": half, **halves[half]})
    if not halves:
        raise NothingToLearn("; ".join(left.values()))
    report = {"halves": halves, "left": left, "unheard": unheard, "style": style_shift(whole, ratings)}
    if rendered is not None:
        report["rendered_truth"] = against_truth(whole, rendered, ratings)
    changed = any(each["level"] != NONE for each in halves.values())
    return Learnt(whole if changed else None, report)


@dataclass(frozen=True, eq=False)
class _Rows:
    """All that is looked at, before any correction; reads (52, D) see BeliefCorrection."""

    pairs: Seen
    touched: Seen
    rendered: Rendered | None
    reads: Doubles


def _rows(ratings: FrozenRatings, rendered: RenderedRows | None, configuration: Configuration) -> _Rows:
    parts = [each.moments.believed(ratings.rest_scale) for each in (ratings.pairs, ratings.corrections)]
    reads = directions(
        np.concatenate([belief.active * belief.value - rest.active * rest.value for belief, rest in parts])
    )
    none = BeliefCorrection.none(reads)
    pairs, touched = (seen(belief, rest, ratings.gate, none) for belief, rest in parts)
    if rendered is None:
        return _Rows(pairs, touched, None, reads)
    replayed = seen(*rendered.believed(ratings.rest_scale), ratings.gate, none)
    replay = Rendered(replayed, rendered.truth.astype(np.float64), configuration.replay)
    return _Rows(pairs, touched, replay, reads)


def _task(ratings: FrozenRatings, half: str, found: Evidence, rows: _Rows, method: str) -> Task:
    return Task(
        half=HALVES[half],
        evidence=found,
        pairs=rows.pairs.of(found.pair_rows),
        touched=rows.touched.of(found.touched_rows),
        rendered=rows.rendered,
        metric=metrics(ratings.grams, half).mean(axis=0),
        method=method,
    )


def _with_half(
    whole: BeliefCorrection, task: Task, choice: Choice, half: str, gate: float
) -> BeliefCorrection:
    """The whole correction with what was chosen for one half of the face, learnt from all its answers."""
    if choice.kept.level == NONE:
        return whole
    at = head(half, choice.kept.level, whole.reads)
    u = refined(task, at, choice.kept.penalty, choice.likelihood, gate)
    return whole.with_half(half, at.correction(u))


def _told(choice: Choice, found: Evidence) -> dict[str, Any]:
    """What was decided and why, as plain values; the first trial is no change."""
    return {
        **asdict(choice.kept),
        "base": asdict(choice.trials[0]),
        "answers": found.answers,
        "likelihood": asdict(choice.likelihood),
    }


def _keep(learnt: Learnt, ratings: FrozenRatings, configuration: Configuration, run: Path) -> None:
    """The report, and the correction where there is one, each under its name when whole."""
    shared = learnt.correction is not None and may_become_shared(ratings)
    facts = {
        "configuration": asdict(configuration),
        "raters": list(ratings.raters),
        "performers": list(ratings.performers),
        "rigs": list(ratings.rigs),
        "may_become_shared": shared,
        **learnt.report,
    }
    if learnt.correction is not None:
        path = run / "correction.safetensors"
        facts["seal"] = save_correction(learnt.correction, ratings.base, path, facts)
    write_whole(run / "report.json", json.dumps(facts, indent=1).encode())
    _log(run, {"done": True, "changed": learnt.correction is not None, "may_become_shared": shared})


def _begin(configuration: Configuration, run: Path) -> None:
    """Exits where the run's folder belongs to another training."""
    path, wanted = run / "configuration.json", json.dumps(asdict(configuration), indent=1)
    if path.exists() and path.read_text(encoding="utf-8") != wanted:
        sys.exit(f"{run} holds a training with other ratings or settings; choose another folder")
    write_whole(path, wanted.encode())


def _log(run: Path, line: dict[str, Any]) -> None:
    """One line of JSON, printed and kept."""
    text = json.dumps(line)
    print(text, flush=True)
    with (run / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(text + "\n")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("frozen", type=Path, help="frozen ratings")
    parser.add_argument("--run", type=Path, required=True, help="folder to keep all in, or to go on from")
    parser.add_argument("--base", default="", help="model id that the correction is for; checked")
    parser.add_argument("--rendered", type=Path, help="rendered faces with truth, to replay and be judged by")
    parser.add_argument("--replay", type=float, default=0.2, help="weight of their truth beside all answers'")
    parser.add_argument("--method", choices=METHODS, default=METHODS[0])
    parser.add_argument("--smoothing", type=float, default=0.05, help="share of answers that may be slips")
    parser.add_argument("--seed", type=int, default=0, help="of how answers are split into folds")
    return parser


if __name__ == "__main__":
    main()
