"""A sitting of a scripted artist with one clip on one rig, by the product's own questions.

The artist is asked as the add-on would ask: a moment, two takes that differ visibly, an answer, and what is
learnt from it decides what is asked next. Only the answers come from a script.
"""

import uuid
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from backend.core.asking import half_to_ask, moment
from backend.core.clip_taste import Learnt, asked_from
from backend.core.curves import COEFFICIENT_COUNT, ExpressionCurves, curves_from_values
from backend.core.expression_distribution import Numbers
from backend.core.muscle_groups import HALVES
from backend.core.ratings import Candidate, Correction, Outcome, Rating
from backend.core.sight import Sight
from backend.core.takes import Choice, Proposer
from training.acting import RATE
from training.scripted_artist import Question, ScriptedArtist

from .learning_clips import Clip

OURS, MEDIAPIPE = "ours", "MediaPipe"
WIDER = 1.5  # times as far apart are takes after "can't see a difference"
RECENT = 6  # questions after which a moment may be asked about again, which short clips need
ATTEMPTS = 4  # at a pair: where nothing visible is uncertain there is none
DRAGGED_FROM = 0.05  # sliders that are off by less are left alone
HAND = 0.03  # standard deviation of where a slider is let go


@dataclass(frozen=True, eq=False)
class Rated:
    """A clip as one base reads it, before somebody rates it on its rig."""

    clip: Clip
    base: str

    @cached_property
    def curves(self) -> ExpressionCurves:
        """What the predictor says, with the spread that it states, if it states one."""
        if self.base == MEDIAPIPE:
            return curves_from_values(self.clip.scores, RATE)
        curves = curves_from_values(self.clip.belief.point(self.clip.gate), RATE)
        spread = np.zeros_like(curves.spread)
        spread[:, :COEFFICIENT_COUNT] = self.clip.belief.deviation()
        return replace(curves, spread=spread)

    @cached_property
    def said(self) -> Numbers:
        """(T, 52)"""
        return np.clip(self.curves.values[:, :COEFFICIENT_COUNT].astype(np.float64), 0.0, 1.0)

    @cached_property
    def sight(self) -> Sight:
        """What can be seen on the rig."""
        return Sight({half: self.clip.visible * np.outer(mask, mask) for half, mask in HALVES.items()})


@dataclass
class Sitting:
    """What was asked and answered so far; all of it follows from the seed."""

    rated: Rated
    artist: ScriptedArtist
    seed: int
    ratings: list[Rating] = field(default_factory=list)
    asked: dict[str, list[int]] = field(default_factory=lambda: {half: [] for half in HALVES})
    agreed: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng([self.seed, self.rated.clip.plan.identity])
        self._wider = 1.0

    def rate(self, count: int) -> None:
        """So many more pairs."""
        enough = len(self.ratings) + count
        for attempt in range(ATTEMPTS * count):
            pair = self._pair(attempt)
            if pair is not None:
                self.asked[pair.region].append(pair.frame)
                self._answer(pair)
            if len(self.ratings) == enough:
                break

    def correct(self, count: int) -> None:
        """So many more frames put right by hand, both halves at once."""
        corrected: list[int] = []
        for _ in range(count):
            now = self._learnt().taste
            frame = moment(now, self.rated.sight, "full", corrected, RATE, self._random)
            if frame is not None:
                corrected.append(frame)
                self._drag(frame, np.asarray(now.ideal[frame], np.float64))
        for frames in self.asked.values():
            frames.extend(corrected)

    @property
    def unasked(self) -> Numbers:
        """(T,) bool: frames of which nothing was asked."""
        free = np.ones(len(self.rated.said), np.bool_)
        free[[frame for frames in self.asked.values() for frame in frames]] = False
        return free

    def _learnt(self) -> Learnt:
        return asked_from(self.rated.curves, self.rated.sight, self.ratings)

    def _pair(self, number: int) -> Choice | None:
        now = self._learnt()
        half = half_to_ask(now.taste, self.rated.sight, self._random)
        recent = self.asked[half][-RECENT:]
        frame = moment(now.taste, self.rated.sight, half, recent, RATE, self._random)
        if frame is None:
            return None
        proposer = Proposer(now.taste, self.rated.sight, now.sharpness, wider=self._wider)
        return proposer.pair(frame, half, self.seed * 1000 + number)

    def _answer(self, pair: Choice) -> None:
        a, b = (take.coefficients for take in pair.takes)
        a_left = bool(self._random.random() < 0.5)
        truth = self.rated.clip.truth[pair.frame]
        question = Question(a, b, truth, pair.region, a_left, len(self.ratings))
        said, meant = self.artist.answer(question, self._random), self.artist.noiseless(question)
        if {said, meant} <= {Outcome.A, Outcome.B}:
            self.agreed.append(said is meant)
        self._wider = self._wider * WIDER if said is Outcome.SKIP else 1.0
        takes = tuple(
            Candidate(_row(take.coefficients), self.rated.base, take.drawn, direction=take.direction)
            for take in pair.takes
        )
        order = (0, 1) if a_left else (1, 0)
        self._keep(pair.frame, pair.region, takes, order, said, None)

    def _drag(self, frame: int, began: Numbers) -> None:
        """Sliders that are visibly off go to the ideal, give or take an unsteady hand."""
        wanted = self.artist.ideal(self.rated.clip.truth[frame])
        dragged = np.abs(wanted - began) > DRAGGED_FROM
        let_go = np.clip(wanted + self._random.normal(0, HAND, len(wanted)), 0, 1)
        ended = _row(np.where(dragged, let_go, began))
        takes = tuple(
            Candidate(_row(row), self.rated.base, "prediction") for row in (began, self.rated.said[frame])
        )
        self._keep(frame, "full", takes, (0, 1), Outcome.BOTH_BAD, Correction(0, ended, ended))

    def _keep(
        self, frame: int, region: str, takes: tuple[Candidate, ...], order: tuple[int, ...],
        outcome: Outcome, correction: Correction | None,
    ) -> None:  # fmt: skip
        number = len(self.ratings)
        self.ratings.append(
            Rating(
                id=str(uuid.UUID(int=number)), clip=self.rated.clip.plan.name, seconds=(frame / RATE,),
                region=region, candidates=takes, rig=self.rated.clip.plan.source, shown_order=order,
                outcome=outcome, rater=self.artist.name, session=str(self.seed), shown_at=float(number),
                answered_at=number + 1.0, client_version="scripted", correction=correction,
            )
        )  # fmt: skip


def _row(coefficients: Numbers) -> Numbers:
    return np.asarray(coefficients, np.float32)[None]
