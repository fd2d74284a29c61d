"""What accuracy is measured on: people and expressions that nobody trains on.

The manifest was committed before anything was trained and holds the hash of every set's truth. A truth that
comes out different later is refused: something that draws expressions has changed, and with it the test.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.core.curves import COEFFICIENT_COUNT

from .expressions import NEARLY_NEUTRAL, NEUTRAL, drawn, possible
from .heads import Floats, Ints

MANIFEST = Path(__file__).parents[1] / "benchmarks" / "test_manifest.json"
VERSION = 1
FIRST_TEST_IDENTITY = 100_000  # training takes 1 to 99,999
STEP = 1000  # truth lies on a grid of 1/STEP: no rounding of another machine changes its hash
TAKE = "take"  # kind of expression: a row of the real take, nothing changed
SLIGHT = (0.05, 0.15)  # how wrong a slightly wrong neutral is, in three channels


class WrongTruth(ValueError):
    """A set's truth is not the one that the manifest was committed with."""


@dataclass(frozen=True)
class Plan:
    """One set of the manifest.

    name        of its folder
    source      "anny", "ict", or the stem of a head's file
    seed        of expressions and pictures
    first       the first identity; of a source with one head it is the person painted onto it
    identities  how many people
    kinds       how many frames of each person show which kind of expression, the neutral first; besides
                those of expressions.KINDS: "nearly neutral", and "take" for rows of the motion
    motion      which real take: "performer" or "range_of_motion"; empty for none
    look        how the pictures are made, one of test_sets.LOOKS
    truth       sha256 of the truth; empty while the manifest is being written
    elsewhere   rendered by other means: only its truth is known here
    """

    name: str
    source: str
    seed: int
    first: int
    identities: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    motion: str = ""
    look: str = "plain"
    truth: str = ""
    elsewhere: bool = False

    def __post_init__(self) -> None:
        if self.first < FIRST_TEST_IDENTITY:
            raise ValueError(f"{self.name} begins with identity {self.first}, which is trained on")
        if next(iter(self.kinds), NEUTRAL) != NEUTRAL:
            raise ValueError(f"{self.name} begins with {next(iter(self.kinds))!r}, not with a neutral")

    @property
    def frames(self) -> tuple[str, ...]:
        """The kind of each frame of one person."""
        return tuple(kind for kind, count in self.kinds.items() for _ in range(count))


@dataclass(frozen=True, eq=False)
class Truth:
    """Of N frames, person by person, each beginning with the face at rest.

    coefficients (N, 52) on a grid of 1/STEP, identity (N,), kind (N,), neutral (N,) row of the person's rest
    """

    coefficients: Floats
    identity: Ints
    kind: NDArray[np.str_]

    @cached_property
    def neutral(self) -> Ints:
        """(N,) the first row of the same person."""
        _, first, person = np.unique(self.identity, return_index=True, return_inverse=True)
        return np.asarray(first[person])

    @cached_property
    def sha256(self) -> str:
        """Of coefficients and people, the same on every machine."""
        return truth_sha256(self.coefficients, self.identity)


def truth_sha256(coefficients: Floats, identity: Ints) -> str:
    """Hex, of coefficients (N, 52) on the grid and identities (N,)."""
    whole = np.rint(np.asarray(coefficients, np.float64) * STEP).astype("<i4")
    return hashlib.sha256(whole.tobytes() + identity.astype("<i8").tobytes()).hexdigest()


def manifest(path: Path = MANIFEST) -> dict[str, Plan]:
    """The sets by name. Raises ValueError when the file is no manifest."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        plans = [Plan(**entry) for entry in stored["sets"]]
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ValueError(f"{path} is no manifest of test sets: {err}") from err
    return {plan.name: plan for plan in plans}


def manifest_sha256(path: Path = MANIFEST) -> str:
    """Hex, of the file without regard to how its lines end; weights and tables name it."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def commit_to(truths: Mapping[str, str], path: Path = MANIFEST) -> None:
    """Enters the sha256 of truths, by set, into the manifest; for once, before training.

    Raises WrongTruth where another is entered already.
    """
    plans = manifest(path)
    for name, sha256 in truths.items():
        if plans[name].truth not in ("", sha256):
            raise WrongTruth(f"{name} is committed to another truth; a new test needs a new name")
        plans[name] = replace(plans[name], truth=sha256)
    entries = [{k: v for k, v in asdict(plan).items() if v not in ("", {}, False)} for plan in plans.values()]
    text = json.dumps({"version": VERSION, "sets": entries}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def truth(plan: Plan, takes: Floats | None = None) -> Truth:
    """What a set's faces do; the same for the same plan.

    takes  (M, 52) rows of the real take that the plan names

    Raises ValueError when the plan names a take and none is given.
    """
    if plan.motion and takes is None:
        raise ValueError(f"{plan.name} needs the motion {plan.motion!r}")
    people = range(plan.first, plan.first + plan.identities)
    rows = [
        _expression(kind, np.random.default_rng([plan.seed, identity, frame]), takes)
        for identity in people
        for frame, kind in enumerate(plan.frames)
    ]
    return Truth(
        coefficients=(np.rint(np.array(rows) * STEP) / STEP).astype(np.float32),
        identity=np.repeat(np.array(people, np.int64), len(plan.frames)),
        kind=np.tile(np.array(plan.frames), plan.identities),
    )


def _expression(kind: str, rng: np.random.Generator, takes: Floats | None) -> Floats:
    if kind == NEUTRAL:
        return np.zeros(COEFFICIENT_COUNT, np.float32)
    if kind == NEARLY_NEUTRAL:
        return _nearly_at_rest(rng)
    if kind == TAKE and takes is not None:
        return possible(takes[rng.integers(len(takes))])
    row: Floats = drawn(1, rng, kinds=(kind,)).coefficients[0]
    return row


def _nearly_at_rest(rng: np.random.Generator) -> Floats:
    """What an artist takes for neutral and is not quite."""
    out = np.zeros(COEFFICIENT_COUNT, np.float32)
    out[rng.choice(COEFFICIENT_COUNT, 3, replace=False)] = rng.uniform(*SLIGHT, 3)
    return possible(out)
