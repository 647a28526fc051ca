"""``kill -9`` at any moment loses nothing that was acknowledged and leaves no half of a deed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, select, text

from coi import db, ledger
from coi.db import Database
from coi.ledger import audit
from coi.ledger.store import deed
from tests import postgres
from tests.attacks.writer import write
from tests.ledgers import Bags, fill, toy

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess
    from random import Random

    from tests.conftest import MakeDatabase
    from tests.evidence import Evidence

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([write.__module__])
ENTRIES = 3
"""How many entries one deed of the writer is."""


@pytest.fixture(autouse=True)
def _without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the writer from importing the program that started the tests: it takes longer than its life."""
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)


def _write_until(url: str, chains: list[str], mind: Random, kill: Callable[[ForkServerProcess], None]) -> list[str]:
    """Let a process record deeds, kill at a random moment after its first one, and return what it had acknowledged."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=write, args=(url, chains, theirs), daemon=True)
    process.start()
    theirs.close()
    heard = [ours.recv_bytes().decode()]
    time.sleep(mind.uniform(0, 0.1))
    kill(process)
    process.join()
    with contextlib.suppress(EOFError):
        while True:
            heard.append(ours.recv_bytes().decode())
    ours.close()
    return heard


def _whole(database: Database, chains: list[str], acknowledged: list[str]) -> int:
    """Assert that every acknowledged deed is there, whole, and that no half of any other is; return how many deeds."""
    report = database.read(audit.fsck)
    assert report.ok, report.as_text()
    assert [] == audit.rebuild_check(database)
    steps: Counter[str] = Counter()
    for chain in chains:
        for entry in database.read(lambda session, chain=chain: ledger.entries(session, chain)):  # type: ignore[misc]  # bound now
            steps[str(entry.stmt.get("key", ""))] += 1
    del steps[""]
    remembered = set(database.read(lambda session: list(session.scalars(select(deed.c.once)))))
    assert set(steps.values()) <= {ENTRIES}
    assert set(steps) == remembered
    assert set(acknowledged) <= remembered
    return len(remembered)


@pytest.mark.long("ledger")
def test_the_writer_is_killed(make_database: MakeDatabase, evidence: Evidence) -> None:
    """A process killed with -9 at 20 random points of its writing loses no acknowledged deed and leaves no half one."""
    database = make_database(Bags())
    toy.create_all(database.engine)
    chains = fill(database, chains=2, deeds=0)
    url = database.url.render_as_string(hide_password=False)
    acknowledged: list[str] = []
    mind = evidence.random()

    for _ in range(evidence.size(20, 200)):
        acknowledged += _write_until(url, chains, mind, lambda process: process.kill())

    deeds = _whole(database, chains, acknowledged)
    evidence.count("kills", evidence.size(20, 200))
    evidence.count("acknowledged deeds", len(acknowledged))
    evidence.count("deeds found whole", deeds)


@pytest.mark.long("ledger")
def test_the_database_is_killed(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PostgreSQL of which a process is killed with -9, so that it recovers as after a crash, loses no deed."""
    monkeypatch.delenv("COI_TEST_PG", raising=False)
    with postgres.server() as server:
        url = server()
        database = Database(url, [Bags()])
        db.create_all(database.engine)
        toy.create_all(database.engine)
        chains = fill(database, chains=2, deeds=0)
        acknowledged: list[str] = []
        mind = evidence.random()
        for _ in range(evidence.size(2, 50)):
            acknowledged += _write_until(url, chains, mind, lambda process: _kill_backend(url, process))
            database.dispose()
            _until_up(url)
        deeds = _whole(database, chains, acknowledged)
        database.dispose()
    evidence.count("kills", evidence.size(2, 50))
    evidence.count("acknowledged deeds", len(acknowledged))
    evidence.count("deeds found whole", deeds)


def _kill_backend(url: str, process: ForkServerProcess) -> None:
    """Kill the server's process that serves the writer, as the kernel does when memory runs out; then the writer."""
    engine = create_engine(url)
    with engine.connect() as connection:
        (pid,) = connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE application_name = 'coi' AND pid <> pg_backend_pid() LIMIT 1")
        )
    os.kill(pid, signal.SIGKILL)
    engine.dispose()
    time.sleep(0.05)
    process.kill()


def _until_up(url: str) -> None:
    """Wait until the server has recovered."""
    end = time.monotonic() + 30
    while True:
        engine = create_engine(url)
        try:
            with engine.connect():
                return
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        finally:
            engine.dispose()
