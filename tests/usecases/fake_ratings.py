"""A record of ratings in memory. Passes the same tests as the one in a database (tests/adapters)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backend.core.formats.rating_json import fact_to_line
from backend.core.ratings import Fact, Rating, Wanted
from backend.core.rig_sights import RigSight, sights
from backend.errors import SuperFaceError
from backend.ports import EVERYTHING


@dataclass
class FakeRatings:
    """ports.RatingStore. error: raised instead of an answer."""

    facts: dict[str, Fact] = field(default_factory=dict)  # by id, in order of arrival
    error: SuperFaceError | None = None

    def append(self, facts: Sequence[Fact]) -> list[bool]:
        self._check()
        for fact in facts:
            self.facts.setdefault(fact.id, fact)
        return [fact_to_line(self.facts[fact.id]) == fact_to_line(fact) for fact in facts]

    def read(self, wanted: Wanted = EVERYTHING) -> Iterator[Fact]:
        self._check()
        kept = list(self.facts.values())
        return (fact for fact in kept if not isinstance(fact, Rating) or wanted.fits(fact))

    def rigs(self) -> dict[str, RigSight]:
        return sights(self.read())

    def count(self, wanted: Wanted = EVERYTHING) -> int:
        return sum(isinstance(fact, Rating) for fact in self.read(wanted))

    def _check(self) -> None:
        if self.error is not None:
            raise self.error
