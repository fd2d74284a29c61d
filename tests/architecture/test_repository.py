"""What may not lie in the repository."""

import hashlib
import subprocess
from pathlib import Path


def tracked(repository: Path) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout
    return [path for name in listed.split("\0") if name and (path := repository / name).is_file()]


def test_none_of_the_shared_clips_and_rigs_is_in_the_repository(repository: Path, shared_data: Path) -> None:
    ours = {path.stat().st_size: [] for path in tracked(repository)}
    for path in tracked(repository):
        ours[path.stat().st_size].append(path)
    for theirs in (path for path in shared_data.rglob("*") if path.is_file()):
        size = theirs.stat().st_size
        for path in ours.get(size, []) if size else []:
            assert sha256(path) != sha256(theirs), f"{path} is {theirs}"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
