"""A trainer that has learnt already, and all that learns from ratings in memory."""

import hashlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backend.core.correction import BeliefCorrection
from backend.core.frozen_ratings import FrozenRatings
from backend.core.ratings import standing
from backend.errors import SuperFaceError
from backend.ports import Cancelled, Trained
from backend.usecases.decide_versions import Decided, decide
from backend.usecases.keep_versions import Word, bring_in
from backend.usecases.list_versions import Listed, VersionCard, list_versions
from backend.usecases.train_from_ratings import TrainEvent, TrainOrder, TrainTools, train_from_ratings
from tests.usecases.fake_ratings import FakeRatings
from tests.usecases.fake_versions import FakeVersions
from tests.usecases.fakes import FakeReadings

BASE = "superface-base@39752e5d"
LEARNT = b"a correction"


def report(**halves: str) -> dict[str, Any]:
    """As the trainer writes it; the level by half of the face."""
    told = {
        half: {
            "level": level, "penalty": 3.0, "loss": 0.6, "gain": 0.04, "error": 0.01, "agreement": 0.71,
            "base": {"agreement": 0.64}, "answers": 30,
            "likelihood": {"sharpness": 2.0, "noise": 0.05, "smoothing": 0.05},
        }
        for half, level in halves.items()
    }  # fmt: skip
    return {
        "configuration": {"data": "", "method": "ideal point", "seed": 0, "smoothing": 0.05, "replay": 0.2},
        "halves": told,
        "left": {},
        "unheard": [],
        "style": {
            "visible_percent": {"upper": 0.0, "lower": 0.4},
            "mean_change_by_channel": {"jawOpen": 0.02},
        },
    }


@dataclass
class FakeLauncher:
    """ports.TrainingLauncher. error: raised instead of an outcome; given: what it was to learn from."""

    learnt: bytes | None = LEARNT
    told: Mapping[str, Any] = field(default_factory=lambda: report(lower="groups"))
    error: SuperFaceError | None = None
    given: list[FrozenRatings] = field(default_factory=list)

    def train(self, ratings: FrozenRatings, cancelled: Cancelled) -> Generator[Mapping[str, Any] | Trained]:
        self.given.append(ratings)
        for number in range(3):
            if cancelled():
                return
            scores = {"loss": 0.6, "gain": 0.01 * number, "agreement": 0.7}
            yield {"tried": f"lower: groups, penalty {number}", **scores}
        if self.error is not None:
            raise self.error
        data = hashlib.sha256(str(len(ratings.pairs.yes)).encode()).hexdigest()
        yield Trained(data, self.learnt, self.told)


@dataclass
class FakeLearning:
    """entrypoints.application.Learning, in memory."""

    ratings: FakeRatings = field(default_factory=FakeRatings)
    readings: FakeReadings = field(default_factory=FakeReadings)
    shelf: FakeVersions = field(default_factory=FakeVersions)
    launcher: FakeLauncher = field(default_factory=FakeLauncher)
    now: float = 1000.0

    @property
    def tools(self) -> TrainTools:
        nothing = np.zeros((52, 0))
        return TrainTools(
            self.ratings, self.readings, self.shelf, self.launcher, lambda _: {},
            lambda _, __: BeliefCorrection.none(nothing), self._clock,
        )  # fmt: skip

    def train(self, order: TrainOrder, model_id: str, cancelled: Cancelled) -> Iterator[TrainEvent]:
        return train_from_ratings(order, BASE, self.tools, cancelled)

    def versions(self, profile: str = "") -> Listed:
        return list_versions(standing(self.ratings.read()), self.shelf, self._clock, profile)

    def decide(self, decided: Decided) -> Listed:
        decide(decided, self.shelf, self._clock())
        return self.versions()

    def export(self, version_id: str) -> tuple[bytes, VersionCard]:
        self.shelf.export(version_id, Path("out"))
        return self.shelf.exported[Path("out")].encode(), self._card(version_id)

    def bring_in(self, content: bytes, by: str) -> VersionCard:
        self.shelf.exported[Path("in")] = content.decode("ascii", "replace")
        version = bring_in(Path("in"), self.shelf, [BASE], Word(by, "brought in", self._clock()))
        return self._card(version.id)

    def _card(self, version_id: str) -> VersionCard:
        return next(card for card in self.versions().cards if card.version.id == version_id)

    def _clock(self) -> float:
        self.now += 1
        return self.now
