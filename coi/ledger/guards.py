"""What stops an entry from being changed inside the database itself?

* ``ledger_entry``: UPDATE, DELETE and (PostgreSQL) TRUNCATE fail; an INSERT must follow its chain's newest entry and
  must not meet a row that is there, so that neither ``INSERT OR REPLACE`` nor an upsert can overwrite one.
* ``installation``: the one row is written once.
* PostgreSQL triggers are ENABLE ALWAYS: ``session_replication_role = replica`` does not pass them.

The statements stand here once and hang on the tables, so ``create_all`` runs them; the migration holds its own frozen
copy, and a test holds both equal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import DDL, event, text

from coi.errors import Malformed

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine import Connection


def _sqlite_refuse(table: str, deed: str) -> str:
    """Return the trigger that refuses *deed* on every row of *table*."""
    return (
        f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {deed} is refused'); END"
    )


SQLITE = {
    "ledger_entry": (
        _sqlite_refuse("ledger_entry", "UPDATE"),
        _sqlite_refuse("ledger_entry", "DELETE"),
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
    ),
    "installation": (
        _sqlite_refuse("installation", "UPDATE"),
        _sqlite_refuse("installation", "DELETE"),
        """CREATE TRIGGER installation_once BEFORE INSERT ON installation
WHEN EXISTS (SELECT 1 FROM installation)
BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: the installation is founded already'); END""",
    ),
}

_REFUSE = """CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused';
END $$"""

_LINK = """CREATE OR REPLACE FUNCTION ledger_entry_link() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$"""


def _postgresql_refuse(table: str, deed: str, each: str) -> tuple[str, str]:
    """Return the trigger that refuses *deed* on *table*, and the statement that makes it fire always."""
    name = f"{table}_no_{deed.lower()}"
    return (
        f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH {each} EXECUTE FUNCTION ledger_refuse()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    )


POSTGRESQL = {
    "ledger_entry": (
        _REFUSE,
        _LINK,
        *_postgresql_refuse("ledger_entry", "UPDATE", "ROW"),
        *_postgresql_refuse("ledger_entry", "DELETE", "ROW"),
        *_postgresql_refuse("ledger_entry", "TRUNCATE", "STATEMENT"),
        (
            "CREATE TRIGGER ledger_entry_link BEFORE INSERT ON ledger_entry "
            "FOR EACH ROW EXECUTE FUNCTION ledger_entry_link()"
        ),
        "ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_link",
    ),
    "installation": (
        _REFUSE,
        *_postgresql_refuse("installation", "UPDATE", "ROW"),
        *_postgresql_refuse("installation", "DELETE", "ROW"),
        *_postgresql_refuse("installation", "TRUNCATE", "STATEMENT"),
    ),
}

NAMES = {
    "sqlite": (
        "installation_no_delete",
        "installation_no_update",
        "installation_once",
        "ledger_entry_link",
        "ledger_entry_no_delete",
        "ledger_entry_no_update",
    ),
    "postgresql": (
        "installation_no_delete",
        "installation_no_truncate",
        "installation_no_update",
        "ledger_entry_link",
        "ledger_entry_no_delete",
        "ledger_entry_no_truncate",
        "ledger_entry_no_update",
    ),
}
"""Every trigger that must be there, by database."""


def guard(table: Table) -> None:
    """Hang the triggers of *table* on its creation."""
    for dialect, statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
        for statement in statements[table.name]:
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy left its __init__ untyped
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def rights(role: str) -> tuple[str, ...]:
    """Return what a PostgreSQL owner runs after each migration, so that the service's own *role* is less than an owner.

    Such a role can neither change an entry, nor switch a trigger off, nor drop a table.
    """
    if re.fullmatch("[a-z_][a-z0-9_]{0,62}", role) is None:
        raise Malformed(f"Expected a role of lower-case letters, digits and _, seen {role[:80]!r}.")
    return (
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON ledger_entry, installation FROM {role}",
    )


def missing(connection: Connection) -> list[str]:
    """Name the triggers that should stand in this database and do not, or not always."""
    dialect = connection.dialect.name
    seen = connection.scalars(
        text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        if dialect == "sqlite"
        else text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'")
    )
    return sorted(set(NAMES[dialect]) - set(seen))
