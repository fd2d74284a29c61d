"""One table of facts, to which the database itself allows nothing but appending."""

import sqlalchemy as sql
from alembic import op

revision = "0001"
down_revision = None

REFUSAL = "ratings are only ever appended"
ON_SQLITE = tuple(
    f"CREATE TRIGGER facts_no_{change.lower()} BEFORE {change} ON facts "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for change in ("UPDATE", "DELETE")
)
ON_POSTGRESQL = (
    "CREATE FUNCTION facts_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    "CREATE TRIGGER facts_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON facts "
    "FOR EACH STATEMENT EXECUTE FUNCTION facts_refuse()",
)


def upgrade() -> None:
    """From an empty database."""
    op.create_table(
        "facts",
        sql.Column("number", sql.BigInteger().with_variant(sql.Integer(), "sqlite"), primary_key=True),
        sql.Column("id", sql.String(36), nullable=False, unique=True),
        sql.Column("retraction", sql.Boolean, nullable=False),
        *(sql.Column(name, sql.Text, nullable=False, index=True) for name in ("clip", "rig", "rater")),
        *(sql.Column(name, sql.Text, nullable=False) for name in ("region", "session")),
        sql.Column("record", sql.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in ON_SQLITE if on_sqlite else ON_POSTGRESQL:
        op.execute(statement)
