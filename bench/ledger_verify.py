"""How fast is ``coi ledger verify``, beside the limit that SHA-256 itself sets on this machine in the same run?

``python bench/ledger_verify.py [--entries 20000] [--chains 100] [--rounds 5] [--postgresql]``

Each round hashes all stored bytes with ``hashlib`` alone (the limit), reads all rows without judging them, and runs the
whole check. Times are processor time of this process, so that neither the rate nor the ratio hangs on what else the
machine does; the time that a PostgreSQL server spends on handing out rows is therefore not in them. Peak memory is of
the check alone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import statistics
import tempfile
import time
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from coi import db, ledger
from coi.db import Database
from coi.ledger import audit
from coi.ledger.store import ledger_entry
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

AT = datetime(2026, 11, 21, tzinfo=UTC)
SCANS: list[ledger.Json] = [
    {
        "sha256": hashlib.sha256(str(n).encode()).hexdigest(),
        "length": 58,
        "class": "piece",
        "source": "station 1, wedge",
    }
    for n in range(3)
]


def statement(number: int) -> dict[str, ledger.Json]:
    """Return a statement as long as that of a handoff: an entry of about 930 bytes."""
    return {
        "id": ledger.new_id(), "actor": "U-7Q2K9XH4", "role": "courier", "site": "S-APHERESIS", "outcome": "accepted",
        "at": ledger.instant(AT), "device": "D-1", "step": number, "scans": SCANS, "reason": "", "shipment": "SHP-1",
    }  # fmt: skip


def fill(database: Database, entries: int, chains: int) -> None:
    """Record *entries* deeds on *chains*."""
    database.run(lambda session: ledger.found(session, log="bench.example/1", purpose="training", at=AT))
    names = database.run(
        lambda session: [ledger.new_chain(session, "order", str(n), at=AT, by="bench") for n in range(chains)]
    )
    for start in range(0, entries, 2_000):

        def work(session: Session, start: int = start) -> None:
            """Record the next two thousand."""
            for number in range(start, min(start + 2_000, entries)):
                at = AT + timedelta(seconds=number)
                ledger.record(session, names[number % chains], "custody.handoff.accepted", statement(number), at=at)

        database.run(work)


def seconds(work: Callable[[], object]) -> float:
    """Return how much processor time *work* took."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(name: str, database: Database, rounds: int) -> None:
    """Print one database's table."""
    bodies: list[bytes] = database.read(lambda session: list(session.scalars(select(ledger_entry.c.body))))
    count, size = len(bodies), sum(map(len, bodies))

    def limit() -> None:
        """Hash every body, and nothing else."""
        for body in bodies:
            hashlib.sha256(b"\x00" + body).digest()

    def rows() -> None:
        """Read every row, and nothing else."""
        database.read(lambda session: sum(1 for _ in session.execute(select(ledger_entry))))

    def check() -> None:
        """Verify."""
        assert database.read(audit.fsck).ok

    took = [(seconds(limit), seconds(rows), seconds(check)) for _ in range(rounds)]
    rates = [statistics.median(count / one[column] for one in took) for column in range(3)]
    ratios = [statistics.median(one[column] / one[0] for one in took) for column in range(3)]
    for words, rate, ratio in zip(("hashlib alone", "reading rows", "ledger verify"), rates, ratios, strict=True):
        print(f"| {name} | {words} | {rate:,.0f} | {1e6 / rate:.2f} | {ratio:.1f} |")
    tracemalloc.start()
    check()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"| {name} | peak memory of verify | {peak / 1e6:.1f} MB | {count:,} entries of {size // count} bytes | |")


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open a new database with the ledger's tables."""
    database = Database(url)
    db.create_all(database.engine)
    try:
        yield database
    finally:
        database.dispose()


def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--chains", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgresql", action="store_true", help="measure on PostgreSQL as well")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| database | what | entries a second | us an entry | times the limit |")
    print("| --- | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder, opened(f"sqlite:///{Path(folder) / 'coi.db'}") as database:
        fill(database, asked.entries, asked.chains)
        measure("SQLite", database, asked.rounds)
    if asked.postgresql:
        with opened(postgres.new_database()) as database:
            fill(database, asked.entries, asked.chains)
            measure("PostgreSQL", database, asked.rounds)


if __name__ == "__main__":
    main()
