"""A small ledger to test on: an installation, some chains, deeds in them, and a toy projection that counts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, String, Table

from coi import ledger
from coi.db import Instant, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.ledger import Entry, Json

LOG = "coi.example.org/test"
AT = datetime(2026, 11, 21, 1, 31, 8, 4211, tzinfo=UTC)


def stmt(**said: Json) -> dict[str, Json]:
    """Return a statement with all it must say, and *said*."""
    return {"id": ledger.new_id(), "actor": "P-1", "at": ledger.instant(AT), "outcome": "accepted", **said}


def found(database: Database, purpose: str = "training") -> str:
    """Found the installation; return the organisation's chain."""
    return database.run(lambda session: ledger.found(session, log=LOG, purpose=purpose, at=AT)).org_chain


def open_chain(database: Database, ref: str = "COI-1") -> str:
    """Open an order's chain and return its id."""
    return database.run(lambda session: ledger.new_chain(session, "order", ref, at=AT, by="P-1"))


def deed(database: Database, chain: str, **said: Json) -> Entry:
    """Record one deed on *chain* in a transaction of its own."""
    return database.run(lambda session: ledger.record(session, chain, "bag.moved", stmt(**said), at=AT))


def fill(database: Database, chains: int = 3, deeds: int = 9) -> list[str]:
    """Found the installation and record *deeds* on each of *chains*; return the chains of the orders."""
    found(database)

    def work(session: Session) -> list[str]:
        made = [ledger.new_chain(session, "order", f"COI-{n}", at=AT, by="P-1") for n in range(chains)]
        for number in range(deeds):
            for chain in made:
                at = AT + timedelta(seconds=number)
                ledger.record(session, chain, "bag.moved", stmt(bag=f"B-{number % 3}", to=f"site {number}"), at=at)
        return made

    return database.run(work)


toy = MetaData()
bag = Table(
    "toy_bag",
    toy,
    Column("chain", String(26), primary_key=True),
    Column("bag", String(40), primary_key=True),
    Column("place", String(40)),
    Column("moves", Integer, nullable=False),
    Column("moved_at", Instant, nullable=False),
)


class Bags:
    """Where each bag is, and how often it was moved."""

    name = "bags"
    tables = (bag,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Show one move."""
        if entry.type == "bag.moved" and "bag" in entry.stmt:
            key = {"chain": entry.chain, "bag": entry.stmt["bag"]}
            upsert(
                session,
                bag,
                {**key, "place": entry.stmt["to"], "moves": self._moves(session, key), "moved_at": entry.at},
            )

    @staticmethod
    def _moves(session: Session, key: Mapping[str, Json]) -> int:
        """Return the number of this move, from the row that the moves before it made."""
        row = session.execute(bag.select().filter_by(**key)).one_or_none()
        return 1 if row is None else row.moves + 1
