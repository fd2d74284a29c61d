"""`superface versions`: what was learnt, how it stands, and what a person decides about it."""

import argparse
import getpass
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..core.formats.version_json import LARGEST
from ..core.versions import REGIONS
from ..errors import DiskFull, RequestInvalid
from ..settings import Settings
from ..usecases.decide_versions import Choice, Decided
from ..usecases.list_versions import Listed, VersionCard
from ..whole_file import write_whole
from .application import Learning

CHOICES = {"use": Choice.USE, "retire": Choice.RETIRE, "rollback": Choice.ROLL_BACK}
NEEDED = {"list": (), **dict.fromkeys(CHOICES, ("ID",)), "export": ("ID", "FILE"), "import": ("FILE",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of versions."""
    parser.add_argument("action", choices=NEEDED, help="what to do")
    parser.add_argument("given", nargs="*", metavar="ID|FILE", help="use ID, export ID FILE, import FILE …")
    parser.add_argument("--region", choices=REGIONS, help="decide about this half of the face alone (both)")
    parser.add_argument("--profile", default="", metavar="NAME", help="list this profile's alone (all)")
    parser.add_argument("--by", default="", metavar="NAME", help="who decides (the user of this machine)")


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Raises RequestInvalid, ModelError, RatingsError, Busy and DiskFull."""
    from ..bootstrap import make_application

    needed = NEEDED[chosen.action]
    if len(chosen.given) != len(needed):
        usage = " ".join(["superface versions", chosen.action, *needed])
        raise RequestInvalid(f"versions {chosen.action} got {len(chosen.given)} names", f"Say: {usage}.")
    _say(_done(chosen, make_application(settings).learning), as_json=chosen.json)
    return 0


def _done(chosen: argparse.Namespace, learning: Learning) -> Listed:
    """What there is to tell after it."""
    by = chosen.by or getpass.getuser()
    match chosen.action, *chosen.given:
        case "list", *_:
            return learning.versions(chosen.profile)
        case "export", version, file:
            content, card = learning.export(version)
            _write(Path(file), content)
            return Listed((card,))
        case "import", file:
            return Listed((learning.bring_in(_read(Path(file)), by),))
        case action, version:
            regions = (chosen.region,) if chosen.region else ()
            return learning.decide(Decided(CHOICES[action], version, regions, by))
    raise AssertionError(f"{chosen.action} is none of the actions")


def plain(cards: Iterable[VersionCard]) -> list[dict[str, Any]]:
    """For JSON."""
    return [{"id": card.version.id, **asdict(card)} for card in cards]


def told(card: VersionCard) -> Iterator[str]:
    """For people, line by line."""
    version = card.version
    answers = sum(version.raters.values())
    yield f"{version.id} {card.name}: {answers} answers by {', '.join(version.raters)}; on {version.base}"
    for region in card.regions:
        yield f"  {region.region} face, {region.state}: {region.says}"
        yield from (f"    {remark}" for remark in region.remarks)


def _say(listed: Listed, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"versions": plain(listed.cards), "remarks": listed.remarks}))
        return
    lines = [line for card in listed.cards for line in told(card)]
    print(*(lines or ["nothing was learnt yet"]), *listed.remarks, sep="\n")


def _read(path: Path) -> bytes:
    """Raises RequestInvalid."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as err:
        raise RequestInvalid(f"{path} cannot be read: {err.strerror}", "Name an exported version.") from err


def _write(path: Path, content: bytes) -> None:
    """Raises DiskFull."""
    try:
        write_whole(path, content)
    except OSError as err:
        raise DiskFull(
            f"{path} cannot be written: {err.strerror}", "Make room, or name another file."
        ) from err
