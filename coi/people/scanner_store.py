"""Which scanners were checked, and how did it end? A projection of the chains of their stations' sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, String, Table, select

from coi.db import Instant, metadata, upsert
from coi.ledger import moment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Entry

scanner_table = Table(
    "people_scanner",
    metadata,
    Column("device", String(40), primary_key=True),
    Column("source", String(20), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("fault", String(30), nullable=False),
    Column("at", Instant, nullable=False),
)

_ENTRY = "people.scanner_"


@dataclass(frozen=True, slots=True)
class Scanner:
    """One kind of scanner at one station: passed, failed or reconnected since."""

    device: str
    source: str
    state: str
    fault: str
    at: datetime


def apply(session: Session, entry: Entry) -> None:
    """Take in one entry about a scanner."""
    if not entry.type.startswith(_ENTRY):
        return
    stmt = entry.stmt
    known = scanner(session, str(stmt["concerns"]), str(stmt["source"]))
    state = entry.type.removeprefix(_ENTRY)
    if state == "reconnected" and known is not None and known.state == "failed":
        return  # a scanner that failed does not come clean by pulling its plug
    row = {
        "device": stmt["concerns"],
        "source": stmt["source"],
        "state": state,
        "fault": str(stmt.get("fault", "")),
        "at": moment(str(stmt["at"])),
    }
    upsert(session, scanner_table, row)


def scanner(session: Session, device: str, source: str) -> Scanner | None:
    """Return one scanner of a station, if it was ever checked."""
    columns = scanner_table.c
    row = session.execute(select(scanner_table).where(columns.device == device, columns.source == source)).first()
    return None if row is None else Scanner(*row)


def scanners(session: Session, device: str) -> tuple[Scanner, ...]:
    """Return every scanner of a station that was ever checked."""
    query = select(scanner_table).where(scanner_table.c.device == device).order_by(scanner_table.c.source)
    return tuple(Scanner(*row) for row in session.execute(query))
