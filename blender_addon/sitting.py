"""One sitting of an artist who rates takes: what is asked, what was said, what comes next.

Knows no Blender and no backend. From an answer to the next question nothing is worked out: the next one has
been made ready while the artist looked at this one, from everything said before.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .contract import ExpressionCurves, asking, clip_taste, ratings, sight, takes

HALVES = ("upper", "lower")
LOOP_SECONDS = 0.6
_REPEAT_EVERY, _REPEAT_AFTER = 8, 8  # answers; and how many must lie between a question and its repeat
_TRIES = 8  # moments that are looked at for a pair that can be told apart
_WIDEST = 4.0
_SETTLED = 10  # answers between two choices of how sharply the artist tells takes apart
GOAL = 50  # answers after which a clip is visibly better


@dataclass(frozen=True)
class About:
    """What is judged, by the words that its ratings carry.

    clip    sha256 of the footage, or another lasting name
    start   seconds of the clip at which the curves begin
    """

    clip: str
    rig: str
    model: str
    rater: str
    client_version: str
    start: float = 0.0
    camera: str = "front"
    shading: str = "own shader, two lights"


@dataclass(frozen=True, eq=False)
class Question:
    """Takes of one moment, and how they stand.

    frame    row of the curves in the middle of what is shown
    seconds  of the clip, one a row of the takes
    order    candidates from left to right, a grid row by row
    """

    frame: int
    seconds: tuple[float, ...]
    region: str
    candidates: tuple[ratings.Candidate, ...]
    order: tuple[int, ...]
    repeat_of: str = ""

    def shown(self, place: int) -> ratings.Candidate:
        """What stands there, counted from the left."""
        return self.candidates[self.order[place]]


@dataclass(eq=False)
class Sitting:
    """Main thread only. `clock` seconds since 1970; `now` is shown, `ready` comes after it.

    loops   moments of LOOP_SECONDS are judged, not single frames
    best_of  takes to choose from, 2 to 4, where there are so many that differ
    halves   of the face that are asked about
    facts   all that was ever said about this clip on this rig, this sitting's included
    others  (T, 52) what another estimator says; None: there is none
    among   rows of the curves that may be asked about; None: all
    """

    about: About
    curves: ExpressionCurves
    seen: sight.Sight
    facts: list[ratings.Fact]
    loops: bool = False
    best_of: int = 2
    halves: tuple[str, ...] = HALVES
    others: NDArray[np.float64] | None = None
    among: NDArray[np.intp] | None = None
    clock: Callable[[], float] = time.time
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    now: Question | None = None
    ready: Question | None = None
    answered: list[ratings.Rating] = field(default_factory=list)
    flips: int = 0
    replays: int = 0
    _shown_at: float = 0.0
    _wider: float = 1.0
    _again: int | None = None  # frame of a pair that was both bad
    _wanted: int | None = None  # frame that the artist asked to be asked about
    _made: int = 0
    _sharpness: tuple[int, float] | None = None

    # What is asked

    def prepare(self) -> bool:
        """Make the next question ready, where none is; whether there is one. Tens of milliseconds."""
        if self.ready is None:
            self.ready = self._repeat() or self._fresh()
        return self.ready is not None

    def go_on(self) -> Question | None:
        """Show what is ready; None where nothing more can be asked."""
        self.now, self.ready = self.ready, None
        self._shown_at, self.flips, self.replays = self.clock(), 0, 0
        return self.now

    def ask_about(self, frame: int) -> None:
        """The next question is about this row of the curves, if anything can be asked there."""
        self._wanted, self.ready = frame, None

    # What is said

    def answer(
        self,
        outcome: ratings.Outcome,
        strength: int | None = None,
        correction: ratings.Correction | None = None,
    ) -> ratings.Rating:
        """The fact to keep; what stands left of `now` was candidate `order[0]`. Goes on by itself."""
        asked = self.now
        if asked is None:
            raise ValueError("nothing was asked")
        rating = ratings.Rating(
            id=str(uuid.uuid4()),
            clip=self.about.clip,
            seconds=asked.seconds,
            region=asked.region,
            candidates=asked.candidates,
            rig=self.about.rig,
            shown_order=asked.order,
            outcome=outcome,
            rater=self.about.rater,
            session=self.id,
            shown_at=self._shown_at,
            answered_at=self.clock(),
            client_version=self.about.client_version,
            camera=self.about.camera,
            shading=self.about.shading,
            strength=strength,
            replays=self.replays,
            flips=self.flips,
            repeat_of=asked.repeat_of,
            correction=correction,
        )
        self.facts.append(rating)
        self.answered.append(rating)
        self._heed(rating, asked)
        self.go_on()
        return rating

    def take_back(self) -> ratings.Retraction | None:
        """The last answer of this sitting; its question is asked again. None where there is none."""
        if not self.answered:
            return None
        rating = self.answered.pop()
        retraction = ratings.Retraction(
            id=str(uuid.uuid4()),
            rating=rating.id,
            rater=self.about.rater,
            session=self.id,
            retracted_at=self.clock(),
            client_version=self.about.client_version,
        )
        self.facts.append(retraction)
        self.ready = _asked(rating, self._frame(rating))
        self.go_on()
        return retraction

    # How it goes

    @property
    def told(self) -> list[ratings.Rating]:
        """Everything that stands, earlier sittings included."""
        return ratings.standing(self.facts)

    @property
    def pairs_a_minute(self) -> float:
        """Of this sitting; 0 before there are two answers."""
        if len(self.answered) < 2:
            return 0.0
        seconds = self.answered[-1].answered_at - self.answered[0].shown_at
        return 60 * len(self.answered) / seconds if seconds > 0 else 0.0

    def _heed(self, rating: ratings.Rating, asked: Question) -> None:
        """Who sees no difference is shown wider ones; two bad ones give way to others of that moment."""
        if rating.outcome is ratings.Outcome.SKIP:
            self._wider = min(1.5 * self._wider, _WIDEST)
            self.ready = None
        elif rating.chosen is not None:
            self._wider = max(self._wider / 1.2, 1.0)
        if rating.outcome is ratings.Outcome.BOTH_BAD and rating.correction is None:
            self._again, self.ready = asked.frame, None

    def _repeat(self) -> Question | None:
        """Every so often one from earlier, with sides swapped."""
        if not self.answered or len(self.answered) % _REPEAT_EVERY:
            return None
        done = {rating.repeat_of for rating in self.answered}
        before = [one for one in self.answered[:-_REPEAT_AFTER] if not one.repeat_of and one.id not in done]
        if not before:
            return None
        one = before[int(self._random().integers(len(before)))]
        asked = _asked(one, self._frame(one))
        return replace(asked, order=tuple(reversed(asked.order)), repeat_of=one.id)

    def _fresh(self) -> Question | None:
        """One that was not asked; None where all takes look the same."""
        proposer = self._proposer()
        wanted, again = self._wanted, self._again
        self._wanted = self._again = None
        if wanted is not None:
            return self._about(wanted, proposer)
        if again is not None and (question := self._about(again, proposer)):
            return question
        narrower = replace(proposer, wider=1.0)
        for attempt in range(_TRIES):
            able = proposer if attempt < _TRIES / 2 else narrower
            for half in self._halves(able):
                self._made += 1
                frame = self._moment(half, able)
                if frame is not None and (question := self._pair(frame, half, able)):
                    return question
        return None

    def _about(self, frame: int, proposer: takes.Proposer) -> Question | None:
        """A question about this frame, in whichever half one can be asked."""
        self._made += 1
        found = (self._pair(frame, half, proposer) for half in self._halves(proposer))
        return next((question for question in found if question), None)

    def _pair(self, frame: int, half: str, proposer: takes.Proposer) -> Question | None:
        choice = None
        if self.best_of > 2:
            choice = proposer.best_of(self.best_of, frame, half, self._seed())
        choice = choice or proposer.pair(frame, half, self._seed())
        return self._question(choice, proposer) if choice else None

    def _halves(self, proposer: takes.Proposer) -> tuple[str, ...]:
        """Both, the one to ask about first."""
        first = asking.half_to_ask(proposer.taste, self.seen, self._random())
        return tuple(sorted(self.halves, key=lambda half: half != first))

    def _moment(self, region: str, proposer: takes.Proposer) -> int | None:
        asked = [self._frame(rating) for rating in self.told if rating.region == region]
        for lately in (asked, asked[-3:]):  # once everything was asked about, again what lies further back
            found = asking.moment(
                proposer.taste,
                self.seen,
                region,
                lately,
                self.curves.rate,
                self._random(),
                self.others,
                self.among,
            )
            if found is not None:
                return found
        return None

    def _proposer(self) -> takes.Proposer:
        told = self.told
        known = None
        if self._sharpness is not None and len(told) < self._sharpness[0] + _SETTLED:
            known = self._sharpness[1]
        found = clip_taste.asked_from(self.curves, self.seen, told, self.about.start, known)
        if known is None:
            self._sharpness = len(told), found.sharpness
        return takes.Proposer(found.taste, self.seen, found.sharpness, self.others, self._wider)

    def _question(self, choice: takes.Choice, proposer: takes.Proposer) -> Question:
        rows = self._rows(choice.frame)
        shown = takes.looped(proposer.taste, choice, rows)
        candidates = tuple(
            ratings.Candidate(
                rows_of.astype(np.float32),
                self.about.model,
                take.drawn,
                seed=self._seed(),
                temperature=1.0 if take.drawn == takes.SAMPLE else None,
                direction=take.direction,
            )
            for take, rows_of in zip(choice.takes, shown, strict=True)
        )
        order = tuple(int(place) for place in self._random().permutation(len(candidates)))
        seconds = tuple((self.curves.times[rows] + self.about.start).tolist())
        return Question(choice.frame, seconds, choice.region, candidates, order)

    def _rows(self, frame: int) -> NDArray[np.intp]:
        around = round(LOOP_SECONDS / 2 * self.curves.rate) if self.loops else 0
        around = min(around, (ratings.MOST_FRAMES - 1) // 2)
        rows = np.arange(frame - around, frame + around + 1)
        return rows[(rows >= 0) & (rows < len(self.curves))]

    def _frame(self, rating: ratings.Rating) -> int:
        return clip_taste.frame_of(rating, self.curves, self.about.start)

    def _seed(self) -> int:
        """The same for the same model, clip and count of questions."""
        said = f"{self.about.model}|{self.about.clip}|{len(self.facts)}|{self._made}"
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big")

    def _random(self) -> np.random.Generator:
        return np.random.default_rng(self._seed())


def _asked(rating: ratings.Rating, frame: int) -> Question:
    return Question(
        frame,
        rating.seconds,
        rating.region,
        rating.candidates,
        rating.shown_order,
        rating.repeat_of,
    )


def consistency(told: Sequence[ratings.Rating]) -> tuple[int, int]:
    """Repeats answered as the first time, and repeats."""
    by_id = {rating.id: rating for rating in told}
    both = [(one, by_id[one.repeat_of]) for one in told if one.repeat_of in by_id]
    same = sum(again.meaning(again.outcome) == first.meaning(first.outcome) for again, first in both)
    return same, len(both)
