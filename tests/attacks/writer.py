"""A process that records deeds until it is killed, and says of each when it was acknowledged.

Each deed is three entries on two chains and one row of its idempotency key, in one transaction. After the commit its
key goes to the one who listens.
"""

from __future__ import annotations

import os
import random
from itertools import count
from typing import TYPE_CHECKING

from coi import ledger
from coi.db import Database
from tests.ledgers import AT, Bags, stmt

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from sqlalchemy.orm import Session


def write(url: str, chains: list[str], listener: Connection) -> None:
    """Record for ever."""
    database = Database(url, [Bags()])
    for number in count():
        key = f"{os.getpid()}-{number}"

        def work(session: Session, key: str = key) -> None:
            """Record one deed."""
            for chain in sorted(chains):
                ledger.lock(session, chain)
            for step, chain in enumerate((*chains, chains[0])):
                ledger.record(session, chain, "bag.moved", stmt(bag="B-1", to=key, key=key, step=step), at=AT)
            ledger.remember(session, key, "P-1", "ab" * 32, {"key": key})

        database.run(work)
        listener.send_bytes(key.encode())


def write_some(url: str, chains: list[str], number: int, deeds: int) -> None:
    """Record so many deeds, each on a chain that chance chooses, without locking it first."""
    database = Database(url, [Bags()])
    mind = random.Random(number)
    for turn in range(deeds):
        chain, said = mind.choice(chains), stmt(bag=f"B-{number}", to=str(turn), by=number, turn=turn)
        database.run(lambda session, chain=chain, said=said: ledger.record(session, chain, "bag.moved", said, at=AT))  # type: ignore[misc]  # bound now
    database.dispose()
