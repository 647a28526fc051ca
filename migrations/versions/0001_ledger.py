"""The ledger: what this installation is, entries that only grow, their heads and outbox, and what a key did.

The triggers stand here as they were at this step, word for word, and are never edited: a later step replaces them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TRIGGER ledger_entry_link BEFORE INSERT ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'ledger_entry is append-only: this stmt_id is recorded already')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE stmt_id = NEW.stmt_id);
  SELECT RAISE(ABORT, 'UNIQUE constraint failed: ledger_entry is append-only and this place is taken')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE chain_id = NEW.chain_id AND seq >= NEW.seq)
       OR EXISTS (SELECT 1 FROM ledger_entry WHERE chain_id = NEW.chain_id AND prev_hash = NEW.prev_hash)
       OR EXISTS (SELECT 1 FROM ledger_entry WHERE entry_hash = NEW.entry_hash);
  SELECT RAISE(ABORT, 'ledger_entry: the entry does not follow the newest of its chain')
    WHERE NOT (NEW.seq = 1 AND NEW.prev_hash = zeroblob(32))
      AND NOT EXISTS (SELECT 1 FROM ledger_entry
                      WHERE chain_id = NEW.chain_id AND seq = NEW.seq - 1 AND entry_hash = NEW.prev_hash);
END""",
    """CREATE TRIGGER installation_once BEFORE INSERT ON installation
WHEN EXISTS (SELECT 1 FROM installation)
BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: the installation is founded already'); END""",
)

POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused';
END $$""",
    """CREATE OR REPLACE FUNCTION ledger_entry_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_entry WHERE stmt_id = NEW.stmt_id) THEN
    RAISE EXCEPTION USING ERRCODE = 'unique_violation',
      MESSAGE = 'ledger_entry is append-only: this stmt_id is recorded already';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_entry WHERE chain_id = NEW.chain_id AND seq >= NEW.seq)
    OR EXISTS (SELECT 1 FROM ledger_entry WHERE chain_id = NEW.chain_id AND prev_hash = NEW.prev_hash)
    OR EXISTS (SELECT 1 FROM ledger_entry WHERE entry_hash = NEW.entry_hash) THEN
    RAISE EXCEPTION USING ERRCODE = 'unique_violation',
      MESSAGE = 'ledger_entry is append-only and this place is taken';
  END IF;
  IF NOT (NEW.seq = 1 AND NEW.prev_hash = decode(repeat('00', 32), 'hex'))
    AND NOT EXISTS (SELECT 1 FROM ledger_entry
                    WHERE chain_id = NEW.chain_id AND seq = NEW.seq - 1 AND entry_hash = NEW.prev_hash) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
      MESSAGE = 'ledger_entry: the entry does not follow the newest of its chain';
  END IF;
  RETURN NEW;
END $$""",
    """CREATE TRIGGER ledger_entry_link BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_link()""",
    "ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_link",
)


def sqlite_refusals() -> Iterator[str]:
    """Return the triggers that refuse to change or remove a row."""
    for table in ("ledger_entry", "installation"):
        for deed in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {deed} is refused'); END"
            )


def postgresql_refusals() -> Iterator[str]:
    """Return the same for PostgreSQL, where a table can be emptied as a whole, and a trigger can sleep."""
    for table in ("ledger_entry", "installation"):
        for deed, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{table}_no_{deed.lower()}"
            yield f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH {each} EXECUTE FUNCTION ledger_refuse()"
            yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def upgrade() -> None:
    op.create_table(
        "deed",
        sa.Column("once", sa.String(200), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("once", name=op.f("pk_deed")),
    )
    op.create_table(
        "installation",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("log", sa.String(128), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("org_chain", sa.String(26), nullable=False),
        sa.Column("founded_at", sa.String(27), nullable=False),
        sa.CheckConstraint("purpose IN ('production', 'training', 'demo')", name=op.f("ck_installation_purpose")),
        sa.CheckConstraint("one = 1", name=op.f("ck_installation_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_installation")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stmt_id", sa.String(36), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.CheckConstraint("length(body) BETWEEN 2 AND 16384", name=op.f("ck_ledger_entry_body")),
        sa.CheckConstraint("length(entry_hash) = 32", name=op.f("ck_ledger_entry_entry_hash")),
        sa.CheckConstraint("length(prev_hash) = 32", name=op.f("ck_ledger_entry_prev_hash")),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_ledger_entry_seq")),
        sa.PrimaryKeyConstraint("chain_id", "seq", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("chain_id", "prev_hash", name=op.f("uq_ledger_entry_chain_id_prev_hash")),
        sa.UniqueConstraint("entry_hash", name=op.f("uq_ledger_entry_entry_hash")),
        sa.UniqueConstraint("stmt_id", name=op.f("uq_ledger_entry_stmt_id")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_ledger_head")),
    )
    op.create_table(
        "ledger_pending",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_pending")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_pending_entry", "ledger_pending", ["chain_id", "seq"], unique=False)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (*SQLITE, *sqlite_refusals()) if is_sqlite else (*POSTGRESQL, *postgresql_refusals()):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    entries = op.get_bind().scalar(sa.text("SELECT count(*) FROM ledger_entry"))
    if entries:
        raise RuntimeError(f"Expected no entry to go down from here, seen {entries}: a ledger is never removed.")
    op.drop_index("ix_ledger_pending_entry", table_name="ledger_pending")
    op.drop_table("ledger_pending")
    op.drop_table("ledger_head")
    op.drop_table("ledger_entry")
    op.drop_table("installation")
    op.drop_table("deed")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_entry_link()")
        op.execute("DROP FUNCTION ledger_refuse()")
