"""What becomes of versions: tried, offered, used, retired, and rolled back; by the gate, or by a person.

Before a version is used it is read as a whole, so that a damaged one is refused while the one in use stays.
"""

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.duels import Standing, Verdict, score, standing
from ..core.ratings import Rating
from ..core.versions import GATE, REGIONS, Decision, Place, Shelf, Step, Version, shelf
from ..errors import ModelDamaged, RequestInvalid
from ..ports import VersionShelf


@dataclass(frozen=True)
class Word:
    """Who decides, why, and when: seconds since 1970."""

    by: str
    why: str
    at: float


def try_out(version: Version, learnt: bytes, versions: VersionShelf, word: Word) -> None:
    """Keeps it, as the candidate in each region that it learnt. Raises ModelDamaged, DiskFull."""
    versions.put(version, learnt)
    versions.decide([_decision(Step.CANDIDATE, version, region, word) for region in version.regions])


def bring_in(path: Path, versions: VersionShelf, bases: Collection[str], word: Word) -> Version:
    """Another artist's file becomes a candidate; bases: model ids that can run here. Raises ModelMissing,
    ModelDamaged and DiskFull, and then everything is as it was.
    """
    version, learnt = versions.look_into(path)
    if version.base not in bases:
        raise ModelDamaged(
            f"{path} was learnt on {version.base}, which is not here",
            f"Here are: {', '.join(sorted(bases))}.",
        )
    try_out(version, learnt, versions, word)
    return version


def use(version_id: str, regions: Collection[str], versions: VersionShelf, word: Word) -> None:
    """From now on, in these regions; the others keep what they have. Raises ModelError, RequestInvalid."""
    _decide(Step.CURRENT, version_id, regions, versions, word)


def retire(version_id: str, regions: Collection[str], versions: VersionShelf, word: Word) -> None:
    """Takes it off trial in these regions. Raises ModelError, RequestInvalid."""
    _decide(Step.RETIRED, version_id, regions, versions, word)


def roll_back(place: Place, versions: VersionShelf, word: Word) -> str:
    """To what was used before; its id. Raises RequestInvalid where nothing was, and ModelError where it
    cannot be read any more.
    """
    found = shelf(versions.history(), place)
    if not found.used:
        raise RequestInvalid(
            f"in the {place.region} face the base is used as it is", "Nothing is to be done."
        )
    if found.before:
        versions.read(found.before)
    versions.decide([
        Decision(
            step=Step.ROLLED_BACK, version=found.before, region=place.region, base=place.base,
            profile=place.profile, by=word.by, why=word.why, at=word.at,
        )
    ])  # fmt: skip
    return found.before


def heads(base: str, profile: str, versions: VersionShelf) -> dict[str, Shelf]:
    """By region, what is used, tried and retired. Raises ModelError where the history cannot be read."""
    history = versions.history()
    return {region: shelf(history, Place(base, profile, region)) for region in REGIONS}


def judged(version_id: str, ratings: Sequence[Rating], versions: VersionShelf) -> list[Standing]:
    """By region that it learnt, how it stands in duels against what is used there: another version, or the
    base by its model id. ratings: those that stand. Raises ModelError.
    """
    version, _ = versions.read(version_id)
    history = versions.history()
    return [
        _judged(version, ratings, region, shelf(history, Place(version.base, version.profile, region)))
        for region in REGIONS
        if region in version.regions
    ]


def _judged(version: Version, ratings: Sequence[Rating], region: str, found: Shelf) -> Standing:
    against = found.current or version.base
    before = itertools.takewhile(lambda tried: tried != version.id, found.tries)
    earlier = [score(ratings, tried, against, region) for tried in before]
    return standing(region, score(ratings, version.id, against, region), earlier, found.lineage)


def heed_gate(version_id: str, standings: Iterable[Standing], versions: VersionShelf, at: float) -> None:
    """Offers and promotes what the evidence says, once each. Raises ModelError."""
    version, _ = versions.read(version_id)
    history = versions.history()
    offered = {past.region for past in history if (past.step, past.version) == (Step.OFFERED, version_id)}
    due: list[Decision] = []
    for each in standings:
        word = Word(GATE, _because(each), at)
        place = Place(version.base, version.profile, each.region)
        if shelf(history, place).candidate != version_id:
            continue  # a person has decided meanwhile
        if each.verdict is Verdict.PROMOTE:
            due.append(_decision(Step.CURRENT, version, each.region, word))
        elif each.verdict is Verdict.OFFER and each.region not in offered:
            due.append(_decision(Step.OFFERED, version, each.region, word))
    if due:
        versions.decide(due)


def _decide(
    step: Step, version_id: str, regions: Collection[str], versions: VersionShelf, word: Word
) -> None:
    version, _ = versions.read(version_id)
    unlearnt = sorted(set(regions) - set(version.regions))
    if unlearnt or not regions:
        learnt = ", ".join(sorted(version.regions))
        raise RequestInvalid(
            f"version {version_id} has learnt {learnt}, not {', '.join(unlearnt) or 'nothing'}",
            "Choose one of the regions that it has learnt.",
        )
    versions.decide([_decision(step, version, region, word) for region in sorted(regions)])


def _decision(step: Step, version: Version, region: str, word: Word) -> Decision:
    return Decision(
        step=step, version=version.id, region=region, base=version.base, profile=version.profile,
        by=word.by, why=word.why, at=word.at,
    )  # fmt: skip


def _because(reached: Standing) -> str:
    found = reached.score
    return (
        f"preferred {found.wins} of {found.decided} times in the {reached.region} face, {found.ties} ties; "
        f"evidence {reached.evidence:.3g}"
    )
