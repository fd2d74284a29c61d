"""What a person decides about a version: use it, try it no more, or go back to what was used before it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from ..core.versions import Place, Version, shelf
from ..errors import RequestInvalid
from ..ports import VersionShelf
from .keep_versions import Word, retire, roll_back, use

BY_HAND = "decided by hand"


class Choice(StrEnum):
    """What can be decided."""

    USE = "use"
    RETIRE = "retire"
    ROLL_BACK = "roll back"


@dataclass(frozen=True)
class Decided:
    """regions: empty for all of the version's, or where it is rolled back, all in which it is in use; by: who
    decides.
    """

    choice: Choice
    version: str
    regions: tuple[str, ...]
    by: str


def decide(decided: Decided, versions: VersionShelf, at: float) -> None:
    """at: seconds since 1970. Raises ModelError, RequestInvalid and DiskFull; the shelf is then as it was."""
    if not decided.by.strip():
        raise RequestInvalid("nobody is named who decides", "Say who you are.")
    version, _ = versions.read(decided.version)
    word = Word(decided.by, BY_HAND, at)
    match decided.choice:
        case Choice.USE:
            use(version.id, decided.regions or tuple(version.regions), versions, word)
        case Choice.RETIRE:
            retire(version.id, decided.regions or tuple(version.regions), versions, word)
        case Choice.ROLL_BACK:
            for region in _current_in(version, decided.regions, versions):
                roll_back(Place(version.base, version.profile, region), versions, word)


def _current_in(version: Version, regions: Collection[str], versions: VersionShelf) -> list[str]:
    """Those of the regions in which it is current. Raises RequestInvalid."""
    history = versions.history()
    current = [
        region
        for region in version.regions
        if shelf(history, Place(version.base, version.profile, region)).current == version.id
    ]
    elsewhere = sorted(set(regions) - set(current))
    if elsewhere or not current:
        raise RequestInvalid(
            f"version {version.id} is not in use in the {elsewhere[0] if elsewhere else 'whole'} face",
            "Roll back the version that is in use.",
        )
    return sorted(regions or current)
