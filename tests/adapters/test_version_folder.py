"""One suite for every shelf, in memory and in a folder; then what only folders do."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend import whole_file
from backend.adapters.version_folder import VersionFolder
from backend.core.formats import version_json
from backend.core.formats.version_json import version_to_text
from backend.core.versions import Step
from backend.errors import DiskFull, ModelDamaged, ModelMissing, ModelUnknown
from backend.ports import VersionShelf
from tests.core.learnt import decision, learnt, version
from tests.usecases.fake_versions import FakeVersions

ONE, TWO = version(1).id, version(2).id
KILLS = 25


@pytest.fixture(params=["memory", "folder"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> VersionShelf:
    return FakeVersions() if request.param == "memory" else VersionFolder(tmp_path / "learnt")


def test_a_new_shelf_is_empty(shelf: VersionShelf) -> None:
    assert (shelf.ids(), shelf.history()) == ([], [])
    with pytest.raises(ModelUnknown, match=ONE):
        shelf.read(ONE)


def test_what_is_put_there_is_there_and_doing_it_again_does_no_harm(shelf: VersionShelf) -> None:
    for number in (1, 2, 1):
        shelf.put(version(number), learnt(number))
    assert shelf.ids() == sorted([ONE, TWO])
    assert [shelf.read(each) for each in (ONE, TWO)] == [(version(n), learnt(n)) for n in (1, 2)]


def test_a_card_with_another_content_is_not_kept(shelf: VersionShelf) -> None:
    with pytest.raises(ModelDamaged, match="hash"):
        shelf.put(version(1), learnt(2))
    assert shelf.ids() == []


def test_decisions_come_back_in_their_order_whatever_a_clock_says(shelf: VersionShelf) -> None:
    some = [decision(at=5000.0), decision(Step.OFFERED, at=0.0), decision(Step.CURRENT, at=3.0)]
    shelf.decide(some[:2])
    shelf.decide(some[2:])
    assert shelf.history() == some


def test_an_export_can_be_read_elsewhere(shelf: VersionShelf, tmp_path: Path) -> None:
    shelf.put(version(), learnt())
    file = tmp_path / "a smile.superface"
    shelf.export(ONE, file)
    assert shelf.look_into(file) == (version(), learnt())
    with pytest.raises(ModelUnknown):
        shelf.export(TWO, file)
    with pytest.raises(ModelMissing, match="gone"):
        shelf.look_into(tmp_path / "gone")


# What only folders do


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shelf with one version and two decisions."""
    versions = VersionFolder(tmp_path / "learnt")
    versions.put(version(), learnt())
    versions.decide([decision()])
    versions.decide([decision(Step.CURRENT)])
    return tmp_path / "learnt"


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def test_it_is_files_that_can_be_read_and_copied(folder: Path) -> None:
    wanted = {f"versions/{ONE}.json", "decisions/000001.json", "decisions/000002.json"}
    assert set(files(folder)) == wanted
    assert VersionFolder(folder).history() == [decision(), decision(Step.CURRENT)]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(_: bytes) -> bytes:
    return b""


def edited(content: bytes) -> bytes:
    return content.replace(b"-0.15", b"-0.55")


def reweighted(content: bytes) -> bytes:
    return content.replace(b"AAECAwQ", b"AAECAwU")


def of_another(_: bytes) -> bytes:
    return version_to_text(version(2), learnt(2)).encode()


def overwritten(content: bytes) -> bytes:
    return b"\xff\x00" * len(content)


@pytest.mark.parametrize("damage", [cut, emptied, edited, reweighted, of_another, overwritten])
def test_a_damaged_or_edited_version_is_refused_and_named(
    folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = folder / "versions" / f"{ONE}.json"
    assert damage(path.read_bytes()) != path.read_bytes()
    path.write_bytes(damage(path.read_bytes()))
    versions = VersionFolder(folder)
    with pytest.raises(ModelDamaged, match=ONE) as refusal:
        versions.read(ONE)
    assert "the one in use stays" in refusal.value.advice
    assert versions.ids() == [ONE]
    assert len(versions.history()) == 2
    versions.put(version(), learnt())
    assert versions.read(ONE) == (version(), learnt())


@pytest.mark.parametrize("damage", [cut, emptied, overwritten])
def test_a_damaged_decision_is_named_and_nothing_is_decided_on_top(
    folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = folder / "decisions" / "000001.json"
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    with pytest.raises(ModelDamaged, match=r"000001\.json") as refusal:
        VersionFolder(folder).history()
    assert "copy" in refusal.value.advice
    path.write_bytes(whole)
    assert len(VersionFolder(folder).history()) == 2


def test_a_lost_decision_is_noticed(folder: Path) -> None:
    (folder / "decisions" / "000001.json").unlink()
    before = files(folder)
    for deed in (VersionFolder(folder).history, lambda: VersionFolder(folder).decide([decision()])):
        with pytest.raises(ModelDamaged, match=r"000001\.json is lost"):
            deed()
    assert files(folder) == before


def test_a_file_that_is_far_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.adapters.version_folder.LARGEST", 100)
    with pytest.raises(ModelDamaged, match="over 0 MB"):
        VersionFolder(folder).read(ONE)
    assert version_json.LARGEST > 1 << 20


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a/b", "a.b", "ä"])
def test_an_id_never_leads_out_of_the_folder(folder: Path, name: str) -> None:
    with pytest.raises(ModelUnknown):
        VersionFolder(folder).read(name)


def test_a_full_disk_leaves_everything_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    versions = VersionFolder(folder)
    for deed in (
        lambda: versions.put(version(2), learnt(2)),
        lambda: versions.decide([decision()]),
        lambda: versions.export(ONE, folder / "out.superface"),
    ):
        with pytest.raises(DiskFull, match="No space left"):
            deed()
    assert files(folder) == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file stands where the folder should")
    with pytest.raises(DiskFull, match="taken"):
        VersionFolder(tmp_path / "taken").put(version(), learnt())


def _decide_each(folder: Path, first: int) -> None:
    for number in range(first, first + 20):
        VersionFolder(folder).decide([decision(why=f"reason {number}")])


def test_backends_that_decide_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_decide_each, args=(tmp_path, first)) for first in (0, 20, 40)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    found = [each.why for each in VersionFolder(tmp_path).history()]
    assert sorted(found) == sorted(f"reason {number}" for number in range(60))


BUSY = """
import sys
from itertools import count
from pathlib import Path
from backend.adapters.version_folder import VersionFolder
from backend.core.versions import Step
from tests.core.learnt import decision, learnt, version

shelf, first = VersionFolder(Path(sys.argv[1])), int(sys.argv[2])
for number in count(first):
    shelf.put(version(number), learnt(number))
    print("put", version(number).id, flush=True)
    shelf.decide([decision(step, number, why=str(number)) for step in (Step.CANDIDATE, Step.CURRENT)])
    print("decided", number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not known to Windows")
def test_killed_at_any_moment_it_leaves_a_whole_shelf_with_all_that_was_said_to_be_there(
    repository: Path, tmp_path: Path
) -> None:
    folder, chance = tmp_path / "learnt", np.random.default_rng(4)
    put: set[str] = set()
    decided: set[str] = set()
    for kill in range(KILLS):
        command = [sys.executable, "-c", BUSY, str(folder), str(1000 * kill)]
        with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as busy:
            assert busy.stdout is not None
            first = busy.stdout.readline()
            assert first, "it ended before it had said anything"
            time.sleep(chance.random() / 50)
            busy.send_signal(signal.SIGKILL)
            said = [first, *busy.stdout.readlines()]
        for line in said:
            kind, _, what = line.strip().partition(" ")
            (put if kind == "put" else decided).add(what)
        _check_whole(VersionFolder(folder), put, decided)
    assert len(decided) > KILLS / 2


def _check_whole(shelf: VersionFolder, put: set[str], decided: set[str]) -> None:
    assert put <= set(shelf.ids())
    for version_id in shelf.ids():
        assert shelf.read(version_id)[0].id == version_id
    history = shelf.history()
    steps = {each.why: [] for each in history}
    for each in history:
        steps[each.why].append(each.step)
    assert decided <= set(steps)
    assert all(found == [Step.CANDIDATE, Step.CURRENT] for found in steps.values()), "both or neither"


def test_what_a_killed_backend_left_half_written_is_not_taken_for_a_version(folder: Path) -> None:
    (folder / "versions" / ".0f.part").write_bytes(b'{"kind": "super')
    (folder / "decisions" / ".0e.part").write_bytes(b"[")
    versions = VersionFolder(folder)
    assert (versions.ids(), len(versions.history())) == ([ONE], 2)
