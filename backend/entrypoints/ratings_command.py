"""`superface ratings`: the record of ratings to a file and back, and how far its raters can be relied on."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from protos.convention import FACTS_A_CALL

from ..core.formats.rating_json import LONGEST_LINE, fact_from_line, fact_to_line
from ..core.preferences import dpo_rows, kto_rows, not_learnable_yet, regression_rows
from ..core.rater_quality import told
from ..core.ratings import standing
from ..errors import RequestInvalid
from ..ports import RatingStore
from ..settings import Settings
from ..usecases.record_ratings import Told, record_ratings
from .written_at_once import written_at_once

EXPORT, IMPORT, REPORT = "export", "import", "report"
RECORDS = "records"
UNSEEN = (
    "{count} of them were given on the rig {rig}, and what can be seen on it has not been told: they are "
    "kept, and can be learnt from once Blender has been connected with that rig open."
)
TRAINING_FORMS = {"dpo": dpo_rows, "kto": kto_rows, "regression": regression_rows}

Line = tuple[int, Told]  # its number, from 1, and the fact in it or why there is none


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ratings."""
    parser.add_argument(
        "action", choices=(EXPORT, IMPORT, REPORT), help="write FILE, read FILE, or tell how raters do"
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="JSON Lines, one fact a line")
    parser.add_argument(
        "--form", choices=(RECORDS, *TRAINING_FORMS), default=RECORDS,
        help="what to export: all there is (records), or training data that takes raters' weights along",
    )  # fmt: skip


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """0, or 2 where a line was refused. Raises RequestInvalid, RatingsError, Busy, DiskFull."""
    from ..bootstrap import open_ratings

    if (chosen.file is None) != (chosen.action == REPORT):
        raise RequestInvalid(
            f"ratings {chosen.action} {'takes no' if chosen.file else 'needs a'} file",
            "Say: superface ratings export FILE, import FILE, or report.",
        )
    store = open_ratings(settings)
    match chosen.action:
        case "export":
            return _export(chosen, store)
        case "import":
            return _import(chosen, store)
        case _:
            return _report(chosen, store)


def _export(chosen: argparse.Namespace, store: RatingStore) -> int:
    written = 0
    with written_at_once(chosen.file) as file:
        for line in _lines(chosen.form, store):
            file.write(line + "\n")
            written += 1
    if chosen.json:
        print(json.dumps({"file": str(chosen.file), "form": chosen.form, "lines": written}))
    else:
        print(f"{chosen.file}: {written} lines")
    return 0


def _lines(form: str, store: RatingStore) -> Iterator[str]:
    if form == RECORDS:
        return (fact_to_line(fact) for fact in store.read())
    from ..bootstrap import rater_quality

    ratings = standing(store.read())
    rows = TRAINING_FORMS[form](ratings, rater_quality(ratings).weights)
    return (json.dumps(row, sort_keys=True, separators=(",", ":")) for row in rows)


def _import(chosen: argparse.Namespace, store: RatingStore) -> int:
    """In pieces, each of which lies safely before the next is read: what breaks off can be begun again."""
    kept = 0
    refused: list[dict[str, object]] = []
    for numbers, facts in _pieces(_read_lines(chosen.file)):
        reasons = record_ratings(facts, store)
        told_why = zip(numbers, reasons, strict=True)
        refused += [{"line": number, "reason": reason} for number, reason in told_why if reason]
        kept += reasons.count("")
    if chosen.json:
        print(json.dumps({"kept": kept, "refused": refused}))
    else:
        for each in refused:
            print(f"line {each['line']}: {each['reason']}", file=sys.stderr)
        print(f"{chosen.file}: {kept} kept, {len(refused)} refused")
    return 2 if refused else 0


def _pieces(lines: Iterable[Line]) -> Iterator[tuple[list[int], list[Told]]]:
    left = iter(lines)
    while piece := list(islice(left, FACTS_A_CALL)):
        yield [number for number, _ in piece], [fact for _, fact in piece]


def _read_lines(path: Path) -> Iterator[Line]:
    """Every line that is not empty. Raises RequestInvalid where the file cannot be read."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_bounded(file), 1):
                if line.strip():
                    yield number, _fact(line)
    except OSError as err:
        raise RequestInvalid(f"{path} cannot be read: {err.strerror}", "Name a file of ratings.") from err


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """Lines, of which one that is too long is cut: it is refused, and never held as a whole."""
    while line := file.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        yield line


def _fact(line: bytes) -> Told:
    try:
        return fact_from_line(line.decode("utf-8-sig"))
    except ValueError as err:
        return err


def _report(chosen: argparse.Namespace, store: RatingStore) -> int:
    from ..bootstrap import rater_quality

    ratings = standing(store.read())
    report, unseen = rater_quality(ratings), not_learnable_yet(ratings, store.rigs())
    if chosen.json:
        print(json.dumps({"ratings": len(ratings), **asdict(report), "not_learnable_yet": unseen}))
    else:
        print(f"{len(ratings)} ratings stand, of {store.count()} that were given.", *told(report), sep="\n")
        for rig, count in unseen.items():
            print(UNSEEN.format(count=count, rig=rig))
    return 0
