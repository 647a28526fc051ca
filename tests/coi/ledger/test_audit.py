"""The check of the whole ledger says that it is whole, or names the first break of each chain."""

from __future__ import annotations

import threading
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from coi import db, ledger
from coi.db import Database
from coi.errors import Unavailable
from coi.ledger import audit
from coi.ledger.audit import Fault, Report
from tests.attacks.vandal import Vandal
from tests.ledgers import deed, fill

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tests.evidence import Evidence


def _do(database: Database, *statements: str) -> None:
    """Change the database behind the service's back, triggers out of the way."""
    with database.engine.begin() as connection:
        for name in ("installation_no_update", "installation_no_delete"):
            one = f"DROP TRIGGER {name}"
            connection.execute(text(one if database.is_sqlite else f"{one} ON installation"))
        for sql in statements:
            connection.execute(text(sql))


def test_an_empty_database_is_whole(database: Database) -> None:
    """Where nothing was founded and nothing recorded, nothing is broken."""
    assert Report(0, 0, ()) == database.read(audit.fsck)


def test_a_whole_ledger(database: Database) -> None:
    """A ledger that nobody touched is whole, and the report counts what it read."""
    fill(database, chains=3, deeds=4)

    report = database.read(audit.fsck)

    assert Report(entries=16, chains=4, faults=()) == report
    assert (True, 0) == (report.ok, report.exit_code)
    assert "The ledger is whole: 16 entries in 4 chains read and hashed again." == report.as_text()
    assert {"ok": True, "entries": 16, "chains": 4, "faults": []} == report.as_dict()


def test_a_broken_report() -> None:
    """A broken ledger's report begins with the verdict and has one line for each broken chain."""
    report = Report(9, 2, (Fault("a", 3, "this entry is missing"), Fault("b", 1, "gone")))

    assert (False, 1) == (report.ok, report.exit_code)
    assert (
        "THE LEDGER IS BROKEN in 2 chains: 9 entries in 2 chains read and hashed again.\n"
        "  chain a, entry 3: this entry is missing\n"
        "  chain b, entry 1: gone"
    ) == report.as_text()
    faults = [{"chain": "a", "seq": 3, "what": "this entry is missing"}, {"chain": "b", "seq": 1, "what": "gone"}]
    assert {"ok": False, "entries": 9, "chains": 2, "faults": faults} == report.as_dict()


def test_more_rows_than_one_batch(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains are judged whole wherever a batch of rows ends."""
    fill(database, chains=3, deeds=4)
    for batch in (1, 2, 5):
        monkeypatch.setattr(audit, "BATCH", batch)

        assert Report(16, 4, ()) == database.read(audit.fsck)


@pytest.mark.long("ledger")
def test_no_false_alarm_under_writers(database: Database, evidence: Evidence) -> None:
    """While others record, every check sees one moment and finds it whole."""
    chains = fill(database, chains=4, deeds=1)
    stop = threading.Event()

    def write(chain: str) -> None:
        while not stop.is_set():
            deed(database, chain)

    threads = [threading.Thread(target=write, args=(chain,)) for chain in chains]
    for thread in threads:
        thread.start()
    try:
        for _ in range(evidence.size(15, 80)):
            report = database.read(audit.fsck)
            assert report.ok, report.as_text()
            evidence.count("checks")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    evidence.count("entries", database.read(ledger.count))


FOUNDING = {
    "another purpose": ("UPDATE installation SET purpose = 'production'", "the installation is another one than "),
    "another id": ("UPDATE installation SET id = 'x'", "the installation is another one than "),
    "no such chain": ("UPDATE installation SET org_chain = 'nowhere'", "the organisation's chain does not begin"),
}


@pytest.mark.parametrize(("sql", "what"), FOUNDING.values(), ids=FOUNDING)
def test_the_installation_is_what_its_chain_says(database: Database, sql: str, what: str) -> None:
    """An installation that was given another purpose or identity than its first entry says is found."""
    fill(database, chains=1, deeds=1)
    _do(database, sql)

    chain = database.read(ledger.installation).org_chain
    (fault,) = database.read(audit.fsck).faults

    assert (chain, 1) == (fault.chain, fault.seq)
    assert fault.what.startswith(what)


def test_a_chain_that_begins_with_a_deed(database: Database) -> None:
    """A chain whose first entry is no opening is named, even where every hash, head and outbox row agrees."""
    chain = fill(database, chains=1, deeds=2)[0]

    def work(session: Session) -> None:
        vandal = Vandal(session, Random(1))
        rows = vandal.chains[chain]
        rows[0].say(type="bag.moved")
        vandal.rewrite(rows)

    database.run(work)

    words = "a chain begins, and only begins, with chain.opened; this is bag.moved"
    assert (Fault(chain, 1, words),) == database.read(audit.fsck).faults


def test_another_log(database: Database) -> None:
    """Entries of another log than the installation's are named, in every chain."""
    fill(database, chains=1, deeds=1)
    _do(database, "UPDATE installation SET log = 'coi.example.org/other'")

    report = database.read(audit.fsck)

    assert 2 == len(report.faults)
    words = "its bytes say coi.example.org/test, and the installation's log is coi.example.org/other"
    assert {(1, words)} == {(fault.seq, fault.what) for fault in report.faults}


def test_no_installation(database: Database) -> None:
    """Entries without an installation are a fault, and each chain is of no known log."""
    fill(database, chains=1, deeds=1)
    _do(database, "DELETE FROM installation")

    faults = database.read(audit.fsck).faults
    words = "its bytes say coi.example.org/test, and the installation's log is "
    assert Fault("", 0, "there are entries, and no installation") == faults[0]
    assert [(1, words)] * 2 == [(fault.seq, fault.what) for fault in faults[1:]]


def test_the_outbox_vouches(database: Database) -> None:
    """An outbox row of an entry that is not there, or has another hash, names that entry."""
    chain = fill(database, chains=1, deeds=3)[0]
    with database.engine.begin() as connection:
        other = "(SELECT entry_hash FROM ledger_entry WHERE seq = 2)"
        connection.execute(text(f"UPDATE ledger_pending SET entry_hash = {other} WHERE seq = 3"))

    what = "the outbox holds another entry than the ledger in this place"
    assert (Fault(chain, 3, what),) == database.read(audit.fsck).faults


def test_a_head_that_is_gone(database: Database) -> None:
    """A chain without its projected head is named."""
    chain = fill(database, chains=1, deeds=3)[0]
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger_head WHERE seq = 4"))

    assert (Fault(chain, 1, "no projected head vouches for this chain"),) == database.read(audit.fsck).faults


def test_a_database_without_a_ledger(tmp_path: Path) -> None:
    """A database that has no ledger's tables cannot be judged; that is neither whole nor broken."""
    database = Database(f"sqlite:///{tmp_path / 'coi.db'}")

    with pytest.raises(Unavailable, match="no such table: installation"):
        database.read(audit.fsck)

    database.dispose()


def test_a_damaged_file(tmp_path: Path) -> None:
    """A file whose pages are destroyed is a broken ledger; a file that is no database cannot be judged."""
    path = tmp_path / "coi.db"
    database = Database(f"sqlite:///{path}")
    db.create_all(database.engine)
    fill(database, chains=2, deeds=3)
    root = "SELECT rootpage FROM sqlite_master WHERE name = 'ledger_entry'"
    page = database.read(lambda session: session.scalar(text(root)))
    database.dispose()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)

    report = database.read(audit.fsck)
    database.dispose()
    path.write_bytes(b"no database" * 1000)

    assert Report(0, 0, (Fault("", 0, "the database file itself is damaged (DatabaseError)"),)) == report
    with pytest.raises(Unavailable, match="file is not a database"):
        Database(f"sqlite:///{path}")
