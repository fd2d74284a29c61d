"""The record of ratings in a database: SQLite in a file, or a PostgreSQL server that a studio shares.

One row a fact: the words it is looked for by, and all of it as a line of JSON (core/formats/rating_json.py).
The schema is made and brought up to date when a database is first used; triggers in it refuse to change or
delete anything. One transaction writes at a time, so that reading in the order of numbers never skips a fact.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from ..core.formats.rating_json import fact_from_line, fact_to_line
from ..core.ratings import Fact, Retraction, Wanted
from ..core.rig_sights import RigSight, sights
from ..errors import Busy, DiskFull, RatingsError, RatingsUnreachable, RatingsUnreadable, SuperFaceError
from ..ports import EVERYTHING

MIGRATIONS = Path(__file__).parent / "rating_migrations"
PATIENCE = 5  # seconds to wait for others who write, and for a server to answer
PAGE = 200  # facts read at one time

FACTS = sql.table(
    "facts",
    *map(sql.column, ("number", "id", "retraction", "clip", "rig", "rater", "region", "session", "record")),
)
IS_RATING = FACTS.c.clip != ""  # each rating has one; other facts are read whatever is wanted
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# Taken before anything is written; held to the end of the transaction. The number is ours alone.
WRITE_LOCK = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(7301992)"}
SQLITE_KINDS = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_CORRUPT: "unreadable",
    sqlite3.SQLITE_NOTADB: "unreadable",
    sqlite3.SQLITE_CONSTRAINT: "refused",
}
POSTGRESQL_KINDS = {
    "53100": "full",
    "53": "busy",  # too many connections
    "40": "busy",  # given up for others
    "55": "busy",  # a lock was not to be had
    "57": "busy",  # it is starting or stopping
    "08": "unreachable",
    "28": "unreachable",  # the user or the password
    "3D": "unreachable",  # no such database
}


class SqlRatings:
    """ports.RatingStore in a SQLite file, or by URL: sqlite:///FILE or postgresql://USER@HOST/DATABASE.

    Connections live as long as one call, so that a server that was started anew is no matter and nothing
    needs to be closed. Making one brings the schema up to date. Raises RatingsError, Busy and DiskFull.
    """

    def __init__(self, place: Path | str) -> None:
        self._engine = _engine(place)
        self._place = _name(self._engine.url)
        with self._reading() as connection:
            lacking = _lacking_steps(connection, self._place)
        if lacking:
            with self._writing() as connection:
                _upgrade(connection, self._place)

    def append(self, facts: Sequence[Fact]) -> list[bool]:
        """See ports.RatingStore."""
        if not facts:
            return []
        rows = [_row(fact) for fact in facts]
        insert = INSERT[self._engine.dialect.name](FACTS).on_conflict_do_nothing(index_elements=["id"])
        kept = sql.select(FACTS.c.id, FACTS.c.record).where(FACTS.c.id.in_([row["id"] for row in rows]))
        with self._writing() as connection:
            connection.execute(insert, rows)
            records = {row.id: row.record for row in connection.execute(kept)}
        return [records[row["id"]] == row["record"] for row in rows]

    def read(self, wanted: Wanted = EVERYTHING) -> Iterator[Fact]:
        """See ports.RatingStore."""
        return self._read(sql.or_(~IS_RATING, _fits(wanted)))

    def rigs(self) -> dict[str, RigSight]:
        """See ports.RatingStore."""
        return sights(self._read(sql.and_(~IS_RATING, ~FACTS.c.retraction)))

    def count(self, wanted: Wanted = EVERYTHING) -> int:
        """See ports.RatingStore."""
        asked = sql.select(sql.func.count()).select_from(FACTS)
        with self._reading() as connection:
            return int(connection.execute(asked.where(IS_RATING, _fits(wanted))).scalar_one())

    def _read(self, wanted: sql.ColumnElement[bool]) -> Iterator[Fact]:
        """In the order of arrival, page by page: nobody who writes waits for a reader."""
        chosen = sql.select(FACTS.c.number, FACTS.c.record).where(wanted)
        number = 0
        while True:
            page = chosen.where(FACTS.c.number > number).order_by(FACTS.c.number).limit(PAGE)
            with self._reading() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                number = row.number
                yield self._fact(row.number, row.record)
            if len(rows) < PAGE:
                return

    def _fact(self, number: int, record: str) -> Fact:
        try:
            return fact_from_line(record)
        except ValueError as err:
            raise RatingsUnreadable(
                f"fact {number} in {self._place} cannot be read: {err}", "Update the backend."
            ) from err

    @contextmanager
    def _writing(self) -> Iterator[sql.Connection]:
        with self._translated(), self._engine.begin() as connection:
            connection.exec_driver_sql(WRITE_LOCK[connection.dialect.name])
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sql.Connection]:
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Inside, what the database says becomes an error of ours."""
        try:
            yield
        except DBAPIError as err:
            raise _error(err, self._place) from err


def _name(url: sql.URL) -> str:
    """For people: the file, or the server without its password."""
    on_sqlite = url.get_backend_name() == "sqlite"
    return str(url.database) if on_sqlite else url.render_as_string(hide_password=True)


def _engine(place: Path | str) -> sql.Engine:
    """Raises RatingsUnreachable for a URL that names no database we know."""
    advice = "Give a URL like sqlite:////folder/ratings.sqlite or postgresql://user@host/database."
    try:
        url = _file_url(place) if isinstance(place, Path) else sql.make_url(place)
        kind = url.get_backend_name()
        if kind == "postgresql":
            return _on_postgresql(url)
        if kind == "sqlite" and url.database not in (None, "", ":memory:"):
            return _on_sqlite(url)
    except (ArgumentError, NoSuchModuleError, ValueError) as err:
        raise RatingsUnreachable("the ratings' URL cannot be read", advice) from err
    raise RatingsUnreachable("the ratings' URL names neither a SQLite file nor PostgreSQL", advice)


def _file_url(file: Path) -> sql.URL:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise RatingsUnreachable(
            f"{file.parent} cannot be made: {err.strerror}", "Set SUPERFACE_HOME to another folder."
        ) from err
    return sql.URL.create("sqlite", database=str(file))


def _on_sqlite(url: sql.URL) -> sql.Engine:
    arguments = {"timeout": PATIENCE, "isolation_level": None}  # None: it begins nothing by itself
    engine = sql.create_engine(url, poolclass=sql.NullPool, connect_args=arguments)
    sql.event.listen(engine, "connect", _made_lasting)
    return engine


def _on_postgresql(url: sql.URL) -> sql.Engine:
    arguments = {"connect_timeout": PATIENCE, "options": f"-c lock_timeout={PATIENCE}s"}
    try:
        return sql.create_engine(
            url.set(drivername="postgresql+psycopg"), poolclass=sql.NullPool, connect_args=arguments
        )
    except ImportError as err:
        raise RatingsUnreachable(
            f"PostgreSQL's driver cannot be loaded: {err}",
            "Run: python -m pip install 'superface[backend,postgresql]'",
        ) from err


def _made_lasting(connection: Any, _: object) -> None:
    """Each SQLite connection: what was committed is on the disk, and readers do not keep writers waiting."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _upgrade(connection: sql.Connection, place: str) -> None:
    """All steps or none. Looks anew at what is lacking: another process may have been quicker."""
    steps = ScriptDirectory(MIGRATIONS)
    context = MigrationContext.configure(connection)
    with Operations.context(context):
        for step in _lacking_steps(connection, place):
            step.module.upgrade()
            context.stamp(steps, step.revision)


def _lacking_steps(connection: sql.Connection, place: str) -> list[Script]:
    """From the database's version to the newest. Raises RatingsUnreadable where it is newer still."""
    steps = ScriptDirectory(MIGRATIONS)
    version = MigrationContext.configure(connection).get_current_revision()
    if version not in (None, *(step.revision for step in steps.walk_revisions())):
        raise RatingsUnreadable(
            f"{place} was written by a newer SuperFace (version {version})",
            "Update this backend; the ratings are as they were.",
        )
    return list(steps.iterate_revisions("head", version or "base"))[::-1]


def _row(fact: Fact) -> dict[str, Any]:
    words = {each.name: getattr(fact, each.name, "") for each in fields(Wanted)}
    is_retraction = isinstance(fact, Retraction)
    return {"id": fact.id, "retraction": is_retraction, **words, "record": fact_to_line(fact)}


def _fits(wanted: Wanted) -> sql.ColumnElement[bool]:
    return sql.and_(sql.true(), *(FACTS.c[name] == word for name, word in vars(wanted).items() if word))


def _error(err: DBAPIError, place: str) -> SuperFaceError:
    """The database's complaint in our words."""
    said = str(err.orig).strip().partition("\n")[0]
    match _kind(err.orig):
        case "full":
            return DiskFull(f"ratings cannot be written to {place}: {said}", "Make room; nothing is lost.")
        case "busy":
            advice = "Try again; what was not kept still waits where it came from."
            return Busy(f"others have been writing to {place} for {PATIENCE} s", advice)
        case "unreadable":
            advice = "Put a copy from before in its place; the damaged one may still be read in part."
            return RatingsUnreadable(f"{place} is no database, or damaged: {said}", advice)
        case "refused":
            return RatingsError(f"{place} refuses: {said}", "See to its rights, or to SUPERFACE_RATINGS_URL.")
        case _:
            advice = "See to that file or server, or to SUPERFACE_RATINGS_URL."
            return RatingsUnreachable(f"{place} cannot be opened: {said}", advice)


def _kind(complaint: BaseException | None) -> str:
    """By PostgreSQL's code, whose first two characters are a class, or by the lowest byte of SQLite's."""
    number = getattr(complaint, "sqlite_errorcode", 0) & 0xFF
    if state := getattr(complaint, "sqlstate", None):
        return POSTGRESQL_KINDS.get(state) or POSTGRESQL_KINDS.get(state[:2], "refused")
    return SQLITE_KINDS.get(number, "unreachable")
