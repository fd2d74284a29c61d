"""Takes in and out as Live Link Face CSV, for the worker thread: ten minutes of it are 20 MB of text."""

from collections.abc import Iterator
from pathlib import Path

from .background import Cancel, Work
from .contract import live_link_csv
from .takes import TakeFacts, TakeFolder, TakeUnreadable
from .whole_file import write_whole

MODEL = "live-link-csv"


def imported(takes: TakeFolder, path: Path, rate: float) -> Work:
    """Work that yields the new take's facts. rate 0: found out from the timecodes.

    Raises TakeUnreadable, and OSError when the take cannot be kept.
    """

    def work(_: Cancel) -> Iterator[TakeFacts]:
        try:
            # what is not UTF-8 is a foreign column's name, or a file that the reader refuses with advice
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            read = live_link_csv.read_live_link_csv(text, rate or None)
        except OSError as err:
            raise TakeUnreadable(f"{path} cannot be read: {err.strerror}. Choose the CSV again.") from err
        except ValueError as err:
            raise TakeUnreadable(f"{path.name}: {err}") from err
        take = takes.begin(path.stem, "", read.curves.rate, model=MODEL, expected=len(read.curves))
        takes.append(take.id, read.curves)
        takes.finish(take, remarks=tuple(read.remarks))
        yield takes.facts(take.id)

    return work


def exported(takes: TakeFolder, take_id: str, path: Path) -> Work:
    """Work that yields the path once the raw take lies there; what was there stays until then.

    Raises TakeUnreadable and OSError.
    """

    def work(_: Cancel) -> Iterator[Path]:
        text = live_link_csv.live_link_csv(takes.curves(take_id))
        write_whole(path, text.encode())
        yield path

    return work
