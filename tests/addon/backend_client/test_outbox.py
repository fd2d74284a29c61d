"""Ratings on disk until a backend has them."""

import errno
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from backend.core.ratings import Fact
from blender_addon.backend_client import outbox as outbox_module
from blender_addon.backend_client.errors import BackendAbsent, BackendBusy
from blender_addon.backend_client.fake_client import FakeClient
from blender_addon.backend_client.outbox import LeftBehind, Outbox, Sent
from blender_addon.backend_client.port import Recorded
from blender_addon.contract import rating_json
from protos.convention import FACTS_A_CALL
from tests.core.rated import facts, rating, retraction
from tests.entrypoints.fake_application import some_curves

often = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "not yet" / "outbox")


@pytest.fixture
def client() -> FakeClient:
    return FakeClient(some_curves(1))


def send(outbox: Outbox, client: FakeClient) -> list[Sent | LeftBehind]:
    return list(outbox.sending(client)(threading.Event()))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_nothing_waits_and_nothing_is_made_before_the_first(outbox: Outbox, client: FakeClient) -> None:
    assert outbox.waiting() == 0
    assert send(outbox, client) == []
    assert not outbox.folder.exists()


def test_a_rating_waits_until_it_is_acknowledged(outbox: Outbox, client: FakeClient) -> None:
    outbox.keep(rating(1))
    assert outbox.waiting() == 1
    client.error = BackendAbsent("nobody there")
    with pytest.raises(BackendAbsent):
        send(outbox, client)
    assert outbox.waiting() == 1
    client.error = None
    assert send(outbox, client) == [Sent(1)]
    assert list(client.record_of) == [rating(1).id]
    assert names(outbox.folder) == []


@often
@given(facts)
def test_what_is_sent_is_what_was_kept(tmp_path: Path, fact: Fact) -> None:
    outbox, client = Outbox(tmp_path / "outbox"), FakeClient(some_curves(1))
    outbox.keep(fact)
    send(Outbox(tmp_path / "outbox"), client)
    (arrived,) = client.record_of.values()
    assert rating_json.fact_to_line(arrived) == rating_json.fact_to_line(fact)


def test_many_go_in_batches_the_oldest_first(outbox: Outbox, client: FakeClient) -> None:
    order = [rating(number) for number in (5, 3, 9)] + [rating(100 + n) for n in range(FACTS_A_CALL)]
    for fact in order:
        outbox.keep(fact)
    assert send(outbox, client) == [Sent(FACTS_A_CALL), Sent(3)]
    assert list(client.record_of) == [fact.id for fact in order]


def test_a_cancel_stops_between_batches_and_loses_nothing(outbox: Outbox, client: FakeClient) -> None:
    for number in range(FACTS_A_CALL + 1):
        outbox.keep(rating(number))
    cancel = threading.Event()
    events = outbox.sending(client)(cancel)
    next(events)
    cancel.set()
    assert list(events) == []
    assert (len(client.record_of), outbox.waiting()) == (FACTS_A_CALL, 1)


def test_an_undo_is_kept_and_sent_like_the_rating(outbox: Outbox, client: FakeClient) -> None:
    outbox.keep(rating(1))
    outbox.keep(retraction(rating(1)))
    assert send(outbox, client) == [Sent(2)]


def test_the_same_rating_twice_arrives_once_and_leaves_nothing(outbox: Outbox, client: FakeClient) -> None:
    outbox.keep(rating(1))
    outbox.keep(rating(1))
    send(outbox, client)
    assert len(client.record_of) == 1
    assert outbox.waiting() == 0


def test_two_blenders_may_share_the_folder(outbox: Outbox, client: FakeClient) -> None:
    outbox.keep(rating(1))
    outbox.keep(rating(2))

    class Meanwhile(FakeClient):
        def record(self, facts: list[Fact]) -> Recorded:
            send(Outbox(outbox.folder), client)
            return super().record(facts)

    assert send(outbox, Meanwhile(some_curves(1))) == [Sent(2)]
    assert outbox.waiting() == 0


DAMAGED = {
    "empty": b"",
    "cut short": rating_json.fact_to_line(rating(7)).encode()[:500],
    "other words": b"These are only words.",
    "no text": b"\xff\xfe\x00",
    "not a number": rating_json.fact_to_line(rating(7)).replace("1.5", "NaN").encode(),
    "of a newer version": b'{"version": 9}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_set_aside_and_holds_up_nothing(
    outbox: Outbox, client: FakeClient, content: bytes
) -> None:
    outbox.keep(rating(1))
    (outbox.folder / "00000000000000000000-broken.json").write_bytes(content)
    outbox.keep(rating(2))
    left, sent = send(outbox, client)
    assert isinstance(left, LeftBehind)
    assert left.path.read_bytes() == content, "nothing is deleted"
    assert left.path.with_suffix(".txt").read_text(encoding="utf-8") == left.reason + "\n"
    assert sent == Sent(2)
    assert outbox.waiting() == 0
    assert send(outbox, client) == []


def test_a_rating_the_backend_never_takes_is_set_aside(outbox: Outbox, client: FakeClient) -> None:
    client.refused = {rating(1).id: "another is kept under this id"}
    outbox.keep(rating(1))
    outbox.keep(rating(2))
    left, sent = send(outbox, client)
    assert (left.reason, sent) == ("another is kept under this id", Sent(1))
    assert rating(1).id in left.path.read_text()
    assert names(outbox.folder) == sorted(f"set_aside/{left.path.stem}{kind}" for kind in (".json", ".txt"))


def test_what_the_backend_says_nothing_of_stays(outbox: Outbox, client: FakeClient) -> None:
    outbox.keep(rating(1))
    client.record = lambda facts: Recorded(frozenset(), {})
    assert send(outbox, client) == [Sent(0)]
    assert outbox.waiting() == 1


def test_a_busy_backend_is_no_reason_to_set_aside(outbox: Outbox, client: FakeClient) -> None:
    outbox.keep(rating(1))
    client.error = BackendBusy("locked")
    with pytest.raises(BackendBusy):
        send(outbox, client)
    assert names(outbox.folder) == [path.name for path in outbox.folder.glob("*.json")]


def test_what_a_killed_blender_left_half_written_is_not_taken_for_a_rating(
    outbox: Outbox, client: FakeClient
) -> None:
    outbox.keep(rating(1))
    (outbox.folder / "00000000000000000001-x.draft").write_text('{"version"')
    assert outbox.waiting() == 1
    assert send(outbox, client) == [Sent(1)]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_where_nothing_can_be_written_it_is_said_and_nothing_half_is_left(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    outbox.keep(rating(1))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    place = {
        "write": (outbox_module.rating_json, "fact_to_line"),
        "fsync": (os, "fsync"),
        "replace": (Path, "replace"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*place[failing], full)
        with pytest.raises(OSError, match="No space left"):
            outbox.keep(rating(2))
    assert outbox.waiting() == len(names(outbox.folder)) == 1


def test_file_and_folder_are_flushed_before_anybody_goes_on(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def flushed(handle: int) -> None:
        done.append("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        fsync(handle)

    def renamed(path: Path, target: Path) -> Path:
        done.append("rename")
        return replace(path, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to tell a file's handle from a folder's")
    outbox.keep(rating(1))
    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    outbox.keep(rating(2))
    assert done == ["file", "rename", "folder"]
