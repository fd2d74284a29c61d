"""From what was answered to a version on trial: gathers, freezes, has it trained elsewhere, judges, shelves.

What is used stays as it is, whatever happens. Nothing is learnt from what is held out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.agreement import Agreement
from ..core.correction import BeliefCorrection
from ..core.freezing import LeftOut, frozen
from ..core.frozen_ratings import FEWEST_TO_LEARN, FrozenRatings, answers_about, may_become_shared
from ..core.held_out_agreement import held_out_agreement
from ..core.holding_out import split
from ..core.muscle_groups import HALVES
from ..core.preferences import Weights
from ..core.ratings import Rating, standing
from ..core.versions import Version
from ..errors import NothingToLearn, RequestInvalid
from ..ports import Cancelled, RatingStore, ReadingStore, Trained, TrainingLauncher, VersionShelf
from .keep_versions import Word, heads, try_out
from .learnt_version import version_of

BETWEEN = "lies between what is learnt from and what the result is judged by"
_TRIALS = 27  # that one half of the face takes at most


@dataclass(frozen=True)
class TrainOrder:
    """Which ratings, an empty word fits all; profile: whose style is to be held, empty: everybody's."""

    rater: str = ""
    performer: str = ""
    rig: str = ""
    profile: str = ""

    def fits(self, rating: Rating) -> bool:
        """Whether the rating is among them."""
        asked = {name: getattr(self, name) for name in ("rater", "performer", "rig")}
        return all(not word or getattr(rating, name) == word for name, word in asked.items())


@dataclass(frozen=True)
class RatingCount:
    """left_out: how many, by the reason, the most frequent first."""

    learnt: int
    held_out: int
    corrections: int
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class TrainProgress:
    """fraction 0..1; stage: for people."""

    fraction: float
    stage: str


@dataclass(frozen=True)
class Trial:
    """Something that was tried on answers it had not seen; see Trial in training.proto."""

    region: str
    tried: str
    loss: float
    gain: float | None = None
    agreement: float | None = None


@dataclass(frozen=True)
class TrainResult:
    """version: on trial from now on; None: no change foretold the answers best."""

    version: Version | None
    remarks: tuple[str, ...]


TrainEvent = RatingCount | TrainProgress | Trial | TrainResult


@dataclass(frozen=True, eq=False)
class TrainTools:
    """What a training needs.

    weigh            what each rater's word counts, of ratings that stand
    read_correction  of what was learnt, and the base it is for. Raises ModelDamaged.
    clock            seconds since 1970
    """

    ratings: RatingStore
    readings: ReadingStore
    versions: VersionShelf
    launcher: TrainingLauncher
    weigh: Callable[[Sequence[Rating]], Weights]
    read_correction: Callable[[bytes, str], BeliefCorrection]
    clock: Callable[[], float]


def train_from_ratings(
    order: TrainOrder, base: str, tools: TrainTools, cancelled: Cancelled
) -> Iterator[TrainEvent]:
    """A RatingCount, then TrainProgress and Trials as they come, then a TrainResult; once cancelled it ends.

    base: the model id with its weights. Raises NothingToLearn, TrainingError, RequestInvalid, RatingsError,
    ModelError, Busy and DiskFull; the shelf is then as it was.
    """
    yield TrainProgress(0.0, "gathering ratings")
    gathered = _gathered(order, base, tools)
    yield gathered.count
    _check(gathered.learnt, order.profile)
    progress = _Progress()
    for told in tools.launcher.train(gathered.learnt, cancelled):
        if isinstance(told, Trained):
            yield _shelved(told, gathered, order.profile, tools)
        else:
            yield from progress.events(told)


@dataclass(frozen=True, eq=False)
class _Gathered:
    """held_out: None where there is nothing to judge by."""

    learnt: FrozenRatings
    held_out: FrozenRatings | None
    count: RatingCount


def _gathered(order: TrainOrder, base: str, tools: TrainTools) -> _Gathered:
    """Who is held out is decided among all ratings there are, whichever of them are asked for."""
    everything = standing(tools.ratings.read())
    learnt, held_out = (list(filter(order.fits, part)) for part in split(everything))
    wanted = [rating for rating in everything if order.fits(rating)]
    if not wanted:
        raise NothingToLearn(f"there are no ratings{_asked_for(order)}", "Rate some takes first.")
    grams = {rig: np.stack([seen.upper, seen.lower]) for rig, seen in tools.ratings.rigs().items()}
    clips = {rating.clip: tools.readings.read(rating.clip, base) for rating in wanted}
    known = {clip: reading for clip, reading in clips.items() if reading is not None}
    weights = tools.weigh(everything)
    try:
        kept, left_out = frozen(learnt, known, grams, base, weights)
    except ValueError as err:
        advice = f"Retarget these clips once more with {base.split('@')[0]}, with the rig open in Blender."
        raise NothingToLearn(str(err), advice) from err
    judged, also_left_out = _judged_by(lambda: frozen(held_out, known, grams, base, weights))
    placed = {rating.id for rating in (*learnt, *held_out)}
    between = [LeftOut(rating.id, BETWEEN) for rating in wanted if rating.id not in placed]
    reasons = Counter(each.reason for each in (*left_out, *also_left_out, *between))
    count = RatingCount(
        learnt=len(learnt) - len(left_out),
        held_out=len(held_out) - len(also_left_out),
        corrections=len(kept.corrections.moments.weight),
        left_out=dict(reasons.most_common()),
    )
    return _Gathered(kept, judged, count)


def _judged_by(
    freeze: Callable[[], tuple[FrozenRatings, list[LeftOut]]],
) -> tuple[FrozenRatings | None, list[LeftOut]]:
    try:
        return freeze()
    except ValueError:
        return None, []


def _asked_for(order: TrainOrder) -> str:
    words = {"by": order.rater, "of": order.performer, "on the rig": order.rig}
    return "".join(f" {link} {word}" for link, word in words.items() if word)


def _check(ratings: FrozenRatings, profile: str) -> None:
    """Raises NothingToLearn and RequestInvalid."""
    counts = {half: answers_about(ratings, half) for half in HALVES}
    most = max(counts, key=lambda half: counts[half])
    if counts[most] < FEWEST_TO_LEARN:
        told = " and ".join(f"{count} about the {half} face" for half, count in counts.items())
        raise NothingToLearn(
            f"too few answers can be learnt from: {told}; it takes {FEWEST_TO_LEARN} about one of them",
            f"Rate {FEWEST_TO_LEARN - counts[most]} more pairs of the {most} face.",
        )
    if not profile and not may_become_shared(ratings):
        raise RequestInvalid(
            "what fewer than three people answered is style, and no version for everybody",
            "Name a profile to keep it in, like the artist's name.",
        )


class _Progress:
    """Reads the trainer's lines: what it has tried of one half of the face, then of the other."""

    def __init__(self) -> None:
        self._tried = dict.fromkeys(HALVES, 0)

    def events(self, line: Mapping[str, Any]) -> Iterator[TrainEvent]:
        """Of one line."""
        half, _, tried = str(line.get("tried", "")).partition(": ")
        if half in HALVES:
            self._tried[half] += 1
            done = list(HALVES).index(half) + min(self._tried[half] / _TRIALS, 1.0)
            yield TrainProgress(done / len(HALVES), f"trying the {half} face")
            yield Trial(half, tried, line["loss"], line.get("gain"), line.get("agreement"))


def _shelved(trained: Trained, gathered: _Gathered, profile: str, tools: TrainTools) -> TrainResult:
    """Raises ModelError and DiskFull."""
    remarks = tuple(_remarks(trained.report))
    if trained.learnt is None:
        return TrainResult(None, ("nothing is kept: what is predicted now suits the answers best", *remarks))
    base = gathered.learnt.base
    correction = tools.read_correction(trained.learnt, base)
    agreements = _agreements(trained.report, correction, gathered.held_out)
    current = [found.current for found in heads(base, profile, tools.versions).values() if found.current]
    parent = current[0] if current else ""
    version = version_of(trained, gathered.learnt, profile, parent, agreements)
    why = f"learnt from {gathered.count.learnt} ratings"
    try_out(version, trained.learnt, tools.versions, Word("training", why, tools.clock()))
    return TrainResult(version, remarks)


def _agreements(
    report: Mapping[str, Any], correction: BeliefCorrection, held_out: FrozenRatings | None
) -> dict[str, Agreement | None]:
    if held_out is None:
        return {}
    sharpness = {half: told["likelihood"]["sharpness"] for half, told in report["halves"].items()}
    return {
        half: held_out_agreement(held_out, correction, half, each, np.random.default_rng(0))
        for half, each in sharpness.items()
    }


def _remarks(report: Mapping[str, Any]) -> Iterable[str]:
    for half, reason in report["left"].items():
        yield f"the {half} face was left as it is: {reason}"
    for half, told in report["halves"].items():
        if told["level"] == "no change":
            yield f"the {half} face was left as it is: no change foretells its answers best"
    for rater in report["unheard"]:
        yield f"{rater} was not heard: asked again, gave another answer more often than the same one"
