"""Test sets as they lie on disk, and the refusal of those whose truth was not committed before training.

A folder for each set: sights.npz holds what a predictor is given and what is true, set.json says where it
comes from; see training/test_sets.py, which makes them.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protos import arkit
from training.test_plans import NEARLY_NEUTRAL, Plan, WrongTruth, truth_sha256

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TestSet:
    """N faces as predictors see them, with what they truly do; person by person.

    name             of the set
    source           (N,) where each head is from
    atlas            (N, 96, 416, 3) uint8, the views of face_views.py
    shape, angles    (N, 478, 3) centimetres in the performer's frame, (N, 3) radians
    teacher          (N, 52) MediaPipe's scores
    truth            (N, 52)
    presence         (N,) 0 where the tracker found no face
    identity, kind   (N,) who, and which kind of expression
    neutral          (N,) row of the same person's face at rest
    owned            (52,) channels that move something on these heads
    """

    __test__ = False  # to pytest it looks like one of its own

    name: str
    source: NDArray[np.str_]
    atlas: NDArray[np.uint8]
    shape: Floats
    angles: Floats
    teacher: Floats
    truth: Floats
    presence: Floats
    identity: Ints
    kind: NDArray[np.str_]
    neutral: Ints
    owned: Mask

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def scored(self) -> Mask:
        """(N,) rows that count, the same for all predictors: a face was found, and it is nobody's neutral."""
        spared = (self.neutral == np.arange(len(self))) | (self.kind == NEARLY_NEUTRAL)
        found = (self.presence > 0) & (self.presence[self.neutral] > 0)
        return np.asarray(found & ~spared)

    @cached_property
    def nearly_neutral(self) -> Ints:
        """(N,) row of the same person's slightly wrong neutral; −1 where the set has none."""
        rows = np.flatnonzero(self.kind == NEARLY_NEUTRAL)
        of_person = {int(self.identity[row]): int(row) for row in rows if self.presence[row] > 0}
        return np.array([of_person.get(int(person), -1) for person in self.identity], np.int64)

    def of_people(self, count: int) -> "TestSet":
        """The first people only."""
        people = np.unique(self.identity)[:count]
        return self.rows(np.flatnonzero(np.isin(self.identity, people)))

    def rows(self, kept: Ints) -> "TestSet":
        """Some of the rows, in order; people's neutrals must be among them."""
        place = np.full(len(self), -1)
        place[kept] = np.arange(len(kept))
        cut = {
            field.name: getattr(self, field.name)[kept]
            for field in fields(self)
            if field.name not in ("name", "owned")
        }
        return replace(self, **{**cut, "neutral": place[cut["neutral"]]})


def read(folder: Path, plans: Mapping[str, Plan]) -> TestSet:
    """One set. Raises WrongTruth when the manifest knows another truth by its name, ValueError when the
    folder does not hold a whole set.
    """
    try:
        facts = json.loads((folder / "set.json").read_text(encoding="utf-8"))
        with (folder / "sights.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        owned = np.isin(arkit.COEFFICIENTS, facts.get("channels", arkit.COEFFICIENTS))
        known = {field.name for field in fields(TestSet)}
        arrays = {name: values for name, values in arrays.items() if name in known}
        arrays.setdefault("source", np.full(len(arrays["truth"]), facts["source"]))
        test_set = TestSet(name=facts["name"], owned=owned, **arrays)
    except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as err:
        raise ValueError(f"{folder} holds no whole test set: {err}") from err
    _check(test_set, plans)
    return test_set


def _check(test_set: TestSet, plans: Mapping[str, Plan]) -> None:
    plan = plans.get(test_set.name)
    if plan is None:
        return
    if truth_sha256(test_set.truth, test_set.identity) != plan.truth:
        raise WrongTruth(
            f"{test_set.name}: its truth is not the one committed in the manifest; build the set anew, or "
            "undo what changed the drawing of expressions"
        )


def folders(root: Path) -> Iterator[Path]:
    """Folders below root that hold a set, by name."""
    yield from sorted(path.parent for path in root.glob("*/set.json"))
