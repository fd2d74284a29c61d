"""One suite for every record of ratings, in memory, SQLite and PostgreSQL; then what only databases do."""

import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sql
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.adapters import sql_ratings
from backend.adapters.sql_ratings import MIGRATIONS, SqlRatings
from backend.core.formats.rating_json import fact_to_line
from backend.core.ratings import Fact, Outcome, Wanted
from backend.errors import Busy, DiskFull, RatingsError, RatingsUnreachable, RatingsUnreadable
from backend.ports import RatingStore
from tests.adapters import postgresql
from tests.core.rated import an_id, facts, rating, retraction, rig_sight
from tests.usecases.fake_ratings import FakeRatings

numbers = count()
few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("needs PostgreSQL's programs, as from `apt-get install postgresql`")
    with postgresql.running(programs) as url:
        yield url


def new_database(server: str) -> str:
    name = f"ratings_{next(numbers)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a database can be made."""
    if request.param == "sqlite":
        return tmp_path / "home" / "ratings.sqlite"
    return new_database(request.getfixturevalue("server"))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> RatingStore:
    if request.param == "memory":
        return FakeRatings()
    if request.param == "sqlite":
        return SqlRatings(tmp_path / "ratings.sqlite")
    return SqlRatings(new_database(request.getfixturevalue("server")))


def lines(facts: Iterator[Fact] | list[Fact]) -> list[str]:
    return [fact_to_line(fact) for fact in facts]


def execute(place: Path | str, statement: str) -> None:
    """Whatever somebody types who has the database open."""
    if isinstance(place, Path):
        with sqlite3.connect(place) as connection:
            connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(place) as connection:
            connection.execute(statement)


def test_a_new_record_is_empty(store: RatingStore) -> None:
    assert (list(store.read()), store.count()) == ([], 0)


@few
@given(st.lists(facts, max_size=4, unique_by=lambda fact: fact.id))
def test_facts_come_back_as_the_very_same_in_the_order_of_arrival(
    store: RatingStore, given: list[Fact]
) -> None:
    known = lines(store.read())
    new = [fact for fact in given if fact_to_line(fact) not in known]
    store.append(new)
    assert lines(store.read()) == known + lines(new)


def test_telling_a_fact_again_keeps_it_once(store: RatingStore) -> None:
    both = [rating(1), retraction(rating(1))]
    assert store.append(both) == [True, True]
    assert store.append([*both, rating(2)]) == [True, True, True]
    assert store.append([rating(3), rating(3)]) == [True, True]
    assert lines(store.read()) == lines([*both, rating(2), rating(3)])


def test_the_first_under_an_id_stays(store: RatingStore) -> None:
    other = rating(1, outcome=Outcome.B)
    assert store.append([rating(1), other, rating(2)]) == [True, False, True]
    assert store.append([replace(retraction(rating(5)), id=an_id(1))]) == [False]
    assert lines(store.read()) == lines([rating(1), rating(2)])


def test_ratings_are_looked_for_by_any_of_their_words(store: RatingStore) -> None:
    odd = rating(2, clip="c2", rig="r2", rater="Bob", region="lower", session="s2")
    store.append([rating(1), odd, retraction(odd), rating(3, rater="Bob")])
    for name in vars(Wanted()):
        wanted = Wanted(**{name: getattr(odd, name)})
        assert odd.id in {fact.id for fact in store.read(wanted)}
        assert rating(1).id not in {fact.id for fact in store.read(wanted)}
    assert [store.count(Wanted(rater="Bob")), store.count(Wanted(rater="Bob", region="lower"))] == [2, 1]
    assert store.count(Wanted(rater="nobody'; DROP TABLE facts; --")) == 0


def test_retractions_are_read_whatever_is_wanted_and_are_not_counted(store: RatingStore) -> None:
    store.append([rating(1), retraction(rating(1))])
    assert lines(store.read(Wanted(clip="another"))) == lines([retraction(rating(1))])
    assert store.count() == 1


def test_sights_are_found_by_rig_and_are_read_whatever_is_wanted(store: RatingStore) -> None:
    measured_anew = rig_sight(1, triangles=12)
    store.append([rig_sight(1), rating(1), rig_sight(2), retraction(rating(1)), measured_anew])
    assert store.append([rig_sight(2)]) == [True]
    assert {rig: sight.id for rig, sight in store.rigs().items()} == {
        "rig-1": measured_anew.id,
        "rig-2": rig_sight(2).id,
    }
    assert store.count() == store.count(Wanted(rig="rig-1")) == 1
    others = [rig_sight(1), rig_sight(2), retraction(rating(1)), measured_anew]
    assert lines(store.read(Wanted(rig="rig-2"))) == lines(others)


def test_more_than_one_page_is_read_in_order(store: RatingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_ratings, "PAGE", 3)
    some = [rating(n) for n in range(10)]
    store.append(some)
    assert lines(store.read()) == lines(some)


# What only databases do


def test_another_process_finds_what_was_kept(place: Path | str) -> None:
    SqlRatings(place).append([rating(1)])
    assert lines(SqlRatings(place).read()) == lines([rating(1)])


@pytest.mark.parametrize("change", ["UPDATE facts SET record = ''", "DELETE FROM facts"])
def test_nobody_changes_or_deletes_a_rating(place: Path | str, change: str) -> None:
    store = SqlRatings(place)
    store.append([rating(1)])
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="only ever appended"):
        execute(place, change)
    with pytest.raises(RatingsError, match="only ever appended"), store._writing() as connection:
        connection.exec_driver_sql(change)
    assert lines(store.read()) == lines([rating(1)])


def test_postgresql_does_not_empty_the_table_either(server: str) -> None:
    url = new_database(server)
    SqlRatings(url)
    with pytest.raises(psycopg.errors.RaiseException, match="only ever appended"):
        execute(url, "TRUNCATE facts")


def test_what_is_committed_in_sqlite_is_on_the_disk(tmp_path: Path) -> None:
    with SqlRatings(tmp_path / "ratings.sqlite")._reading() as connection:
        asked = ("PRAGMA journal_mode", "PRAGMA synchronous")
        found = [connection.exec_driver_sql(each).scalar() for each in asked]
    assert found == ["wal", 2]


def test_every_version_leads_from_an_empty_database_to_the_newest(place: Path | str) -> None:
    steps = ScriptDirectory(MIGRATIONS)
    assert len(steps.get_heads()) == 1
    SqlRatings(place)
    SqlRatings(place)
    with SqlRatings(place)._reading() as connection:
        found = connection.execute(sql.text("SELECT version_num FROM alembic_version")).scalars().all()
        columns = {column["name"] for column in sql.inspect(connection).get_columns("facts")}
    assert found == steps.get_heads()
    assert columns == set(sql_ratings.FACTS.c.keys())


def test_an_upgrade_that_breaks_off_leaves_nothing_behind(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sql_ratings.MigrationContext, "stamp", killed)
        with pytest.raises(KeyboardInterrupt):
            SqlRatings(place)
    engine = sql_ratings._engine(place)
    with engine.connect() as connection:
        assert sql.inspect(connection).get_table_names() == []
    SqlRatings(place).append([rating(1)])


def test_a_database_of_a_newer_version_is_refused_and_left_alone(place: Path | str) -> None:
    SqlRatings(place).append([rating(1)])
    execute(place, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RatingsUnreadable, match=r"newer SuperFace \(version 9999\)") as refusal:
        SqlRatings(place)
    assert "Update" in refusal.value.advice
    execute(place, "UPDATE alembic_version SET version_num = '0001'")
    assert lines(SqlRatings(place).read()) == lines([rating(1)])


def test_a_fact_of_a_newer_version_is_named(place: Path | str) -> None:
    store = SqlRatings(place)
    execute(place, "INSERT INTO facts (id, retraction, clip, rig, rater, region, session, record) "
                   "VALUES ('x', false, '', '', '', '', '', '{\"version\": 9}')")  # fmt: skip
    with pytest.raises(RatingsUnreadable, match=r"fact 1 .*version is 9"):
        list(store.read())


def _append_each(place: Path | str, first: int, many: int) -> None:
    """In a process of its own: opens, and appends one by one, half of them those of its neighbour."""
    store = SqlRatings(place)
    for number in range(first, first + many):
        assert store.append([rating(number)]) == [True]


def test_processes_open_and_append_at_once(place: Path | str) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_append_each, args=(place, first, 40)) for first in (0, 20, 40)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    store = SqlRatings(place)
    found = [fact.id for fact in store.read()]
    assert sorted(found) == [an_id(number) for number in range(80)]


def test_a_full_disk_keeps_nothing_of_the_batch_and_says_so(tmp_path: Path) -> None:
    store = SqlRatings(tmp_path / "ratings.sqlite")
    store.append([rating(1)])

    def narrow(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 15")

    sql.event.listen(store._engine, "connect", narrow)
    with pytest.raises(DiskFull, match=r"ratings\.sqlite") as refusal:
        store.append([rating(number) for number in range(2, 60)])
    assert refusal.value.advice
    assert lines(store.read()) == lines([rating(1)])


def test_a_locked_database_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_ratings, "PATIENCE", 0.2)
    store = SqlRatings(tmp_path / "ratings.sqlite")
    other = sqlite3.connect(tmp_path / "ratings.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match=r"0\.2 s"):
        store.append([rating(1)])
    assert list(store.read()) == [], "whoever reads is not kept waiting"
    other.execute("COMMIT")
    other.close()
    assert store.append([rating(1)]) == [True]


def test_a_locked_table_of_postgresql_is_waited_for_and_then_named(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_ratings, "PATIENCE", 1)
    url = new_database(server)
    store = SqlRatings(url)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE facts")
        with pytest.raises(Busy):
            store.append([rating(1)])
    assert store.append([rating(1)]) == [True]


def text_file(folder: Path) -> Path:
    (folder / "ratings.sqlite").write_text("These are only words.\n" * 400)
    return folder / "ratings.sqlite"


def damaged(folder: Path) -> Path:
    file = folder / "ratings.sqlite"
    SqlRatings(file).append([rating(number) for number in range(50)])
    content = bytearray(file.read_bytes())
    content[4096:20480] = b"\xaa" * 16384
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("spoilt", [text_file, damaged])
def test_a_file_that_is_no_database_or_damaged_is_named(
    tmp_path: Path, spoilt: Callable[[Path], Path]
) -> None:
    file = spoilt(tmp_path)
    content = file.read_bytes()
    with pytest.raises(RatingsUnreadable, match=r"ratings\.sqlite is no database, or damaged"):
        list(SqlRatings(file).read())
    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_made_or_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file stands where the folder should")
    with pytest.raises(RatingsUnreachable, match="taken"):
        SqlRatings(tmp_path / "taken" / "ratings.sqlite")
    with pytest.raises(RatingsUnreachable, match="cannot be opened"):
        SqlRatings(tmp_path)


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://host/ratings", "klingon://host/ratings"],
)
def test_a_url_that_names_no_lasting_database_is_refused(url: str) -> None:
    with pytest.raises(RatingsUnreachable, match="URL") as refusal:
        SqlRatings(url)
    assert "postgresql://" in refusal.value.advice


def test_a_server_that_does_not_answer_is_named_and_no_password_is_told(unused_port: int) -> None:
    with pytest.raises(RatingsUnreachable, match="cannot be opened") as refusal:
        SqlRatings(f"postgresql://artist:secret@127.0.0.1:{unused_port}/ratings")
    assert "secret" not in f"{refusal.value.message} {refusal.value.advice}"


def test_a_database_or_user_that_is_not_there_is_named(server: str) -> None:
    with pytest.raises(RatingsUnreachable, match="does not exist"):
        SqlRatings(f"{server}/nowhere")
    with pytest.raises(RatingsUnreachable, match="does not exist"):
        SqlRatings(server.replace("artist", "nobody") + "/postgres")


def test_without_the_driver_its_installation_is_advised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(RatingsUnreachable, match="driver") as refusal:
        SqlRatings("postgresql://artist@127.0.0.1/ratings")
    assert "pip install" in refusal.value.advice


def test_a_path_may_hold_signs_that_mean_something_in_a_url(tmp_path: Path) -> None:
    file = tmp_path / "50% of what? #1" / "ratings.sqlite"
    SqlRatings(file).append([rating(1)])
    assert file.is_file()


@pytest.fixture
def unused_port() -> int:
    return postgresql._free_port()
