"""The database itself refuses to change an entry."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from coi import db
from coi.db import Database
from coi.errors import Malformed
from coi.ledger import audit, guards
from tests import postgres
from tests.ledgers import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = "chain_id, seq, entry_hash, prev_hash, body, stmt_id, recorded_at"
AGAIN = "SELECT {} FROM ledger_entry WHERE seq = 2 LIMIT 1"
VALUES = "substr(chain_id, 1), seq, entry_hash, prev_hash, body, stmt_id, recorded_at"

EVERYWHERE = {
    "update": "UPDATE ledger_entry SET body = body",
    "update of one column": "UPDATE ledger_entry SET recorded_at = '2026' WHERE seq = 2",
    "delete": "DELETE FROM ledger_entry",
    "delete of the newest": "DELETE FROM ledger_entry WHERE seq = 4",
    "insert again": f"INSERT INTO ledger_entry ({COLUMNS}) {AGAIN.format(VALUES)}",
    "upsert": f"INSERT INTO ledger_entry ({COLUMNS}) {AGAIN.format(VALUES)} "
    "ON CONFLICT (chain_id, seq) DO UPDATE SET body = excluded.body",
    "upsert of the same statement": f"INSERT INTO ledger_entry ({COLUMNS}) "
    f"{AGAIN.format(VALUES.replace('seq', '4', 1))} ON CONFLICT (stmt_id) DO UPDATE SET seq = 4",
    "a second child": f"INSERT INTO ledger_entry ({COLUMNS}) SELECT chain_id, 9, entry_hash, prev_hash, body, 'x', "
    "'2026' FROM ledger_entry WHERE seq = 4 LIMIT 1",
    "a gap": f"INSERT INTO ledger_entry ({COLUMNS}) SELECT chain_id, seq + 2, prev_hash, entry_hash, body, 'x', '2026' "
    "FROM ledger_entry WHERE seq = 4 LIMIT 1",
    "a chain that begins at 2": f"INSERT INTO ledger_entry ({COLUMNS}) SELECT 'other', 2, prev_hash, entry_hash, body, "
    "'x', '2026' FROM ledger_entry WHERE seq = 1 LIMIT 1",
    "a first entry behind another": f"INSERT INTO ledger_entry ({COLUMNS}) SELECT 'other', 1, prev_hash, entry_hash, "
    "body, 'x', '2026' FROM ledger_entry WHERE seq = 3 LIMIT 1",
    "another purpose": "UPDATE installation SET purpose = 'production'",
    "no installation": "DELETE FROM installation",
    "another installation": "INSERT INTO installation SELECT 1, 'x', log, 'demo', org_chain, founded_at "
    "FROM installation",
    "a second installation": "INSERT INTO installation SELECT 2, 'x', log, 'demo', org_chain, founded_at "
    "FROM installation",
}
ONLY = {
    "sqlite": {
        "insert or replace": f"INSERT OR REPLACE INTO ledger_entry ({COLUMNS}) {AGAIN.format(VALUES)}",
        "insert or replace, triggers not recursive": "PRAGMA recursive_triggers=OFF; "
        f"INSERT OR REPLACE INTO ledger_entry ({COLUMNS}) {AGAIN.format(VALUES)}",
        "replace of the same statement": f"REPLACE INTO ledger_entry ({COLUMNS}) "
        f"{AGAIN.format(VALUES.replace('seq', '77', 1))}",
        "replace of the same hash": f"REPLACE INTO ledger_entry ({COLUMNS}) SELECT chain_id, 5, entry_hash, prev_hash, "
        "body, 'x', '2026' FROM ledger_entry WHERE seq = 3 LIMIT 1",
        "update or replace": "UPDATE OR REPLACE ledger_entry SET seq = 3 WHERE seq = 2",
        "update or ignore": "UPDATE OR IGNORE ledger_entry SET body = x'7b7d' WHERE seq = 2",
        "replace of the installation": "REPLACE INTO installation SELECT 1, id, log, 'production', org_chain, "
        "founded_at FROM installation",
    },
    "postgresql": {
        "truncate": "TRUNCATE ledger_entry",
        "truncate of the installation": "TRUNCATE installation CASCADE",
        "merge": "MERGE INTO ledger_entry a USING ledger_entry b ON a.chain_id = b.chain_id AND a.seq = b.seq "
        "WHEN MATCHED THEN DELETE",
        "update as a replica": "SET LOCAL session_replication_role = replica; UPDATE ledger_entry SET body = body",
        "delete as a replica": "SET LOCAL session_replication_role = replica; DELETE FROM ledger_entry WHERE seq = 4",
        "truncate as a replica": "SET LOCAL session_replication_role = replica; TRUNCATE ledger_entry",
        "a gap as a replica": "SET LOCAL session_replication_role = replica; " + EVERYWHERE["a gap"],
        "purpose as a replica": "SET LOCAL session_replication_role = replica; " + EVERYWHERE["another purpose"],
    },
}


def _all(database: Database) -> list[object]:
    return database.read(
        lambda session: (
            [tuple(row) for row in session.execute(text("SELECT * FROM ledger_entry ORDER BY chain_id, seq"))]
            + [tuple(row) for row in session.execute(text("SELECT * FROM installation"))]
        )
    )


@pytest.mark.parametrize(
    ("database_kind", "attack"),
    [(kind, attack) for kind in ONLY for attack in (*EVERYWHERE, *ONLY[kind])],
    indirect=["database_kind"],
)
def test_append_only(database: Database, database_kind: str, attack: str) -> None:
    """No statement of SQL changes, replaces, removes or misplaces an entry, nor what the installation is."""
    sql = {**EVERYWHERE, **ONLY[database_kind]}[attack]
    fill(database, chains=1, deeds=3)
    before = _all(database)

    with pytest.raises(DBAPIError), database.engine.connect() as connection:  # noqa: PT012  all of it is the attack
        for one in sql.split("; "):
            if one.startswith("PRAGMA"):
                connection.rollback()
            connection.exec_driver_sql(one)
        connection.commit()

    assert before == _all(database)
    assert database.read(audit.fsck).ok


def test_refusals_say_why(database: Database) -> None:
    """Who tries is told what is refused."""
    fill(database, chains=1, deeds=1)
    for sql, words in {
        EVERYWHERE["update"]: "ledger_entry is append-only: UPDATE is refused",
        EVERYWHERE["delete"]: "ledger_entry is append-only: DELETE is refused",
        EVERYWHERE["no installation"]: "installation is append-only: DELETE is refused",
        EVERYWHERE["insert again"]: "ledger_entry is append-only: this stmt_id is recorded already",
        EVERYWHERE["a chain that begins at 2"]: "ledger_entry: the entry does not follow the newest of its chain",
    }.items():
        with pytest.raises(DBAPIError, match=words), database.engine.begin() as connection:
            connection.execute(text(sql))


def test_the_guards_are_there(database: Database, database_kind: str) -> None:
    """What stands guard can be asked for, and one that is taken away or put to sleep is named."""
    taken = "ledger_entry_no_delete"
    assert [] == database.read(lambda session: guards.missing(session.connection()))

    with database.engine.begin() as connection:
        if database_kind == "sqlite":
            connection.execute(text(f"DROP TRIGGER {taken}"))
        else:
            connection.execute(text(f"ALTER TABLE ledger_entry ENABLE TRIGGER {taken}"))

    assert [taken] == database.read(lambda session: guards.missing(session.connection()))


@pytest.fixture
def served() -> Iterator[tuple[Database, Database]]:
    """A PostgreSQL database as its owner sees it, and as the service's own role does."""
    url = postgres.new_database()
    owner, service = Database(url), Database(url)
    db.create_all(owner.engine)
    role = f"coi_test_{uuid.uuid4().hex[:12]}"
    with owner.engine.begin() as connection:
        for sql in (f"CREATE ROLE {role}", *guards.rights(role)):
            connection.execute(text(sql))
    event.listen(service.engine, "begin", lambda connection: connection.exec_driver_sql(f"SET LOCAL ROLE {role}"))
    yield owner, service
    service.dispose()
    with owner.engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    owner.dispose()
    postgres.drop(url)


def test_the_service_is_no_owner(served: tuple[Database, Database]) -> None:
    """The service records and verifies with rights under which nothing of the guards can be changed or passed."""
    _, service = served
    fill(service, chains=1, deeds=3)
    assert service.read(audit.fsck).ok

    for sql in (
        "UPDATE ledger_entry SET body = body",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_update",
        "DROP TRIGGER ledger_entry_no_update ON ledger_entry",
        "DROP TABLE ledger_entry",
        "ALTER FUNCTION ledger_refuse() RENAME TO other",
        "SET session_replication_role = replica",
        "UPDATE installation SET purpose = 'production'",
        "TRUNCATE installation",
    ):
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), service.engine.begin() as connection:
            connection.execute(text(sql))


def test_a_role_is_a_plain_name() -> None:
    """A role that could be read as more than a name is refused."""
    with pytest.raises(Malformed, match=r"^Expected a role of lower-case letters, digits and _, seen 'a; DROP'\.$"):
        guards.rights("a; DROP")
