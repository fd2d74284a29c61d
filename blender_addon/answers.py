"""What was answered about each clip on each rig, on this machine: what learning and resuming read.

One file for a clip and a rig, a fact a line, only ever appended to. The outbox carries the same facts to the
backend; this copy stays, so that a clip is learnt without any backend. A line cut short by a crash is left
out: the outbox, which was written first, has it.
"""

from pathlib import Path

from .contract import rating_json, ratings

_NAME = 24  # characters of each hash in a file's name


class Answers:
    """The folder of all answers on this machine; made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, clip: str, rig: str, fact: ratings.Fact) -> None:
        """Appended. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._path(clip, rig).open("a", encoding="ascii") as file:
            file.write(f"\n{rating_json.fact_to_line(fact)}")  # what was cut short stays a line of its own

    def told(self, clip: str, rig: str) -> list[ratings.Fact]:
        """In the order they were kept. Raises OSError."""
        path = self._path(clip, rig)
        if not path.exists():
            return []
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
        return [fact for line in lines if (fact := _whole(line)) is not None]

    def any(self) -> bool:
        """Whether anything was answered on this machine."""
        return any(self.folder.glob("*.jsonl"))

    def _path(self, clip: str, rig: str) -> Path:
        return self.folder / f"{_word(clip)}-{_word(rig)}.jsonl"


def _word(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name[:_NAME])


def _whole(line: str) -> ratings.Fact | None:
    try:
        return rating_json.fact_from_line(line)
    except ValueError:
        return None
