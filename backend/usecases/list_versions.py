"""How all versions stand, for whoever decides about them: states, evidence, and what it says in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..core.duels import Standing, Verdict
from ..core.ratings import Rating
from ..core.versions import Decision, Place, State, Step, Version, shelf
from ..errors import ModelError
from ..ports import VersionShelf
from .keep_versions import heed_gate, judged

EVERYBODY = "Everybody"


@dataclass(frozen=True)
class RegionCard:
    """One region of a version. standing: against what is used there, None for one that is not on trial."""

    region: str
    state: State
    against: str
    standing: Standing | None
    says: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class VersionCard:
    """name: for people; learnt_at: seconds since 1970, when it came here."""

    version: Version
    name: str
    learnt_at: float
    regions: tuple[RegionCard, ...]


@dataclass(frozen=True)
class Listed:
    """The oldest first; remarks: which files are damaged."""

    cards: tuple[VersionCard, ...]
    remarks: tuple[str, ...] = ()


def list_versions(
    ratings: Sequence[Rating], versions: VersionShelf, clock: Callable[[], float], profile: str = ""
) -> Listed:
    """Once the gate has been heeded. ratings: those that stand; clock: seconds since 1970; profile: whose,
    empty for all. Raises ModelError where the history of decisions cannot be read.
    """
    known, remarks = _read(versions)
    for version in known:
        heed_gate(version.id, judged(version.id, ratings, versions), versions, clock())
    history = versions.history()
    cards, numbers = [], dict[str, int]()
    for version in sorted(known, key=lambda each: _came(each, history)):
        numbers[version.profile] = numbers.get(version.profile, 0) + 1
        if profile in ("", version.profile):
            name = f"{version.profile or EVERYBODY} {numbers[version.profile]}"
            cards.append(_card(version, name, ratings, versions, history))
    return Listed(tuple(cards), tuple(remarks))


def _read(versions: VersionShelf) -> tuple[list[Version], list[str]]:
    known, remarks = [], []
    for version_id in versions.ids():
        try:
            known.append(versions.read(version_id)[0])
        except ModelError as err:
            remarks.append(err.message)
    return known, remarks


def _came(version: Version, history: Sequence[Decision]) -> int:
    """Its place among all decisions."""
    return next((at for at, past in enumerate(history) if past.version == version.id), len(history))


def _card(
    version: Version, name: str, ratings: Sequence[Rating], versions: VersionShelf,
    history: Sequence[Decision],
) -> VersionCard:  # fmt: skip
    standings = {each.region: each for each in judged(version.id, ratings, versions)}
    learnt_at = next((past.at for past in history if past.version == version.id), 0.0)
    regions = [_region(version, region, standings[region], history) for region in standings]
    return VersionCard(version, name, learnt_at, tuple(regions))


def _region(version: Version, region: str, found: Standing, history: Sequence[Decision]) -> RegionCard:
    place = shelf(history, Place(version.base, version.profile, region))
    state = place.state(version.id) or State.RETIRED
    on_trial = found if state is State.CANDIDATE else None
    against = (place.current or version.base) if on_trial else ""
    last = next((past.by for past in reversed(history) if _chose(past, version, region)), "")
    says = _said(on_trial) if on_trial else f"it is {_WORDS[state]}" + (f", by {last}" if last else "")
    return RegionCard(region, state, against, on_trial, says, tuple(_remarks(version, region)))


def _chose(past: Decision, version: Version, region: str) -> bool:
    decided = past.step in (Step.CURRENT, Step.RETIRED, Step.ROLLED_BACK)
    return decided and (past.version, past.region) == (version.id, region)


_WORDS = {State.CURRENT: "in use", State.RETIRED: "off trial"}


def _said(found: Standing) -> str:
    """The gate's word, one sentence."""
    score = found.score
    preferred = f"preferred in {score.wins} of {score.decided} fresh pairs"
    match found.verdict:
        case Verdict.PROMOTE:
            return f"{preferred}: it is used from now on"
        case Verdict.OFFER:
            more = found.pairs_to_promote
            return f"{preferred}: it seems better; use it" + (
                f", or rate about {more} more pairs and it is used by itself" if more else ""
            )
        case _ if not score.decided:
            return "no fresh pair was rated yet"
        case _ if found.pairs_to_offer is None:
            return f"{preferred}: nothing speaks for it so far"
        case _:
            return f"{preferred}: about {found.pairs_to_offer} more pairs until it can be told"


def _remarks(version: Version, region: str) -> list[str]:
    figures = version.regions[region]
    remarks = []
    if {"choices_foretold", "choices_foretold_by_base"} <= set(figures):
        now, before = (figures[name] for name in ("choices_foretold", "choices_foretold_by_base"))
        remarks.append(f"foretells {now:.0%} of choices it had not seen, its base {before:.0%}")
    if "visible_change_percent" in figures:
        change = figures["visible_change_percent"]
        remarks.append(f"moves what was rated by {change:.2g} % of the distance of the eyes")
    return remarks
