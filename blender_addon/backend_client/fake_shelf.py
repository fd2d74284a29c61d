"""The versions that a fake backend has learnt, and how it trains; beside fake_client.py, which has the rest.

What becomes of a decision follows from the rules that the real shelf obeys (backend/core/versions.py).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..contract import versions
from .errors import RequestRefused
from .versions import (
    RatingCount,
    TrainEvent,
    TrainProgress,
    TrainRequest,
    TrainResult,
    Trial,
    VersionCard,
    VersionFile,
    VersionList,
    VersionRegion,
    VersionStep,
)

BASE = "fake@1"
STEPS = {
    VersionStep.USE: versions.Step.CURRENT,
    VersionStep.RETIRE: versions.Step.RETIRED,
    VersionStep.ROLL_BACK: versions.Step.ROLLED_BACK,
}
COUNT = RatingCount(learnt=96, held_out=24, corrections=4)
TRIALS = (
    Trial("upper", "no change", 0.69, 0.0, 0.5),
    Trial("upper", "group, penalty 3", 0.61, 0.08, 0.66),
    Trial("lower", "no change", 0.69, 0.0, 0.5),
    Trial("lower", "group, penalty 1", 0.58, 0.11, 0.71),
)


@dataclass
class FakeShelf:
    """Plays what it was told, and remembers.

    count, trials  what each training tells
    learns         regions that it learns; none: nothing better was found
    judged         what fresh pairs say of a version, by its id and region; else nothing yet
    trainings      what it was asked to learn
    decided        step, version, regions and by whom
    """

    count: RatingCount = COUNT
    trials: tuple[Trial, ...] = TRIALS
    learns: tuple[str, ...] = versions.REGIONS
    remarks: tuple[str, ...] = ()
    judged: Mapping[tuple[str, str], VersionRegion] = field(default_factory=dict)
    trainings: list[TrainRequest] = field(default_factory=list)
    decided: list[tuple[VersionStep, str, tuple[str, ...], str]] = field(default_factory=list)
    cards: dict[str, VersionCard] = field(default_factory=dict)
    places: dict[versions.Place, versions.Shelf] = field(default_factory=dict)

    def train(self, request: TrainRequest, go_on: Callable[[int], None]) -> Iterator[TrainEvent]:
        """go_on: asked before each trial with its number; may raise."""
        self.trainings.append(request)
        yield self.count
        for number, trial in enumerate(self.trials):
            go_on(number)
            yield TrainProgress(number / len(self.trials), f"trying the {trial.region} face")
            yield trial
        yield TrainResult(self._learnt(request.profile) if self.learns else None, self.remarks)

    def all(self) -> VersionList:
        """As they stand."""
        return VersionList(tuple(self._standing(card) for card in self.cards.values()))

    def decide(self, step: VersionStep, version: str, regions: Sequence[str], by: str) -> VersionList:
        """Raises RequestRefused for a version that is not there."""
        card = self._card(version)
        self.decided.append((step, version, tuple(regions), by))
        for region in regions or [each.region for each in card.regions]:
            self._step(STEPS[step], card, region)
        return self.all()

    def export(self, version: str) -> VersionFile:
        """Raises RequestRefused for a version that is not there."""
        card = self._card(version)
        told = {"id": card.id, "name": card.name, "regions": [each.region for each in card.regions]}
        return VersionFile(json.dumps(told).encode(), f"{card.name}.superface")

    def bring_in(self, content: bytes) -> VersionCard:
        """Raises RequestRefused for what is no such file."""
        try:
            told = json.loads(content)
        except ValueError as err:
            raise RequestRefused("This is no version.", "Choose another file.", "model_damaged") from err
        return self._put(VersionCard(told["id"], told["name"], BASE, _untried(told["regions"])))

    def _learnt(self, profile: str) -> VersionCard:
        number = len(self.cards) + 1
        name = f"{profile or 'Everybody'} {number}"
        return self._put(
            VersionCard(
                f"{number:032x}", name, BASE, _untried(self.learns), profile=profile, raters={"Ada": 96},
                pairs=92, corrections=4,
            )
        )  # fmt: skip

    def _put(self, card: VersionCard) -> VersionCard:
        self.cards[card.id] = card
        for each in card.regions:
            self._step(versions.Step.CANDIDATE, card, each.region)
        return self._standing(card)

    def _step(self, step: versions.Step, card: VersionCard, region: str) -> None:
        place = _place(card, region)
        self.places[place] = self.places.get(place, versions.Shelf()).after(step, card.id)

    def _standing(self, card: VersionCard) -> VersionCard:
        return replace(
            card,
            regions=tuple(
                replace(
                    self.judged.get((card.id, each.region), each),
                    state=self.places[_place(card, each.region)].state(card.id),
                )
                for each in card.regions
            ),
        )

    def _card(self, version: str) -> VersionCard:
        if version not in self.cards:
            raise RequestRefused(f"There is no version {version}.", "Choose another one.", "model_unknown")
        return self.cards[version]


def _place(card: VersionCard, region: str) -> versions.Place:
    return versions.Place(card.base, card.profile, region)


def _untried(regions: Sequence[str]) -> tuple[VersionRegion, ...]:
    return tuple(
        VersionRegion(region, None, against=BASE, says="no fresh pair was rated yet") for region in regions
    )
