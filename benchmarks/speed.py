"""All measurements in one run: `python -m benchmarks.speed [--quick] [--json FILE]`.

A measurement is a function in a file of its own that takes Options and returns a Result, or raises
Skipped with the reason; it is entered in MEASUREMENTS. Both sides of a comparison run here, one
after the other and on the same cores.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import bake, grpc_overhead, memory, predictor_cost, tracking
from .measurement import Options, Result, Skipped

MEASUREMENTS: tuple[Callable[[Options], Result], ...] = (
    tracking.tracking_fps_ratio_vs_mediapipe,
    tracking.score_difference_vs_mediapipe,
    tracking.blendshape_net_error,
    predictor_cost.predictor_ms,
    bake.bake_ms_1000x52,
    bake.bake_s_10_minutes,
    grpc_overhead.grpc_overhead_ms,
    memory.idle_memory_mb,
    memory.memory_growth_mb,
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and frames, for a first look")
    parser.add_argument("--json", type=Path, help="write every number, with its detail, to this file")
    parser.add_argument("--only", default="", help="only measurements whose name contains this")
    parser.add_argument("--mediapipe-python", type=Path, help="an interpreter that has mediapipe 0.10.21")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="clips and vectors")
    told = parser.parse_args(arguments)
    options = Options(told.quick, told.mediapipe_python, told.data)
    rows = [_row(measure, options) for measure in MEASUREMENTS if told.only in measure.__name__]
    machine = _machine()
    print(f"{machine['cores']} cores, load {machine['load']}")
    if told.json:
        told.json.write_text(json.dumps({"machine": machine, "results": rows}, indent=1), encoding="utf-8")
    return 0


def _row(measure: Callable[[Options], Result], options: Options) -> dict[str, Any]:
    try:
        row = asdict(measure(options))
    except Skipped as reason:
        row = {"name": measure.__name__, "skipped": str(reason)}
    print(_line(row), flush=True)
    return row


def _line(row: dict[str, Any]) -> str:
    if "skipped" in row:
        return f"{row['name']:36} skipped: {row['skipped']}"
    low, high = row["spread"]
    verdict = "met" if row["met"] else "NOT met"
    measured = f"{row['name']:36} {row['value']:.4g} {row['unit']} ({low:.4g}–{high:.4g})"
    return f"{measured}, goal {row['goal']}: {verdict}"


def _machine() -> dict[str, Any]:
    """What ran it, and how many others wanted the cores meanwhile: a busy machine measures itself."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"cores": os.cpu_count(), "load": load, "system": platform.platform(), "python": sys.version}


if __name__ == "__main__":
    sys.exit(main())
