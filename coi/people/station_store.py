"""What did the stations' programs hand in, and which page is each bound to? The only SQL about it.

Both tables are stores: the events themselves lie sealed in the vault, and the site's chain names each of them by hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Table, Text, insert, select, update

from coi.db import Instant, metadata, upsert
from coi.people.station_events import Head

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

scan_table = Table(
    "station_scan",
    metadata,
    Column("device", String(40), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("sealed", String(80), nullable=False),
    Column("flaw", String(20), nullable=False),
    Column("scanned_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("taken_by", String(40), nullable=True),
    PrimaryKeyConstraint("device", "seq"),
)
"""Store: each event of a device once, by number and hash; *sealed* is the vault's name of its text and signature."""

program_table = Table(
    "station_program",
    metadata,
    Column("device", String(40), primary_key=True),
    Column("seen_at", Instant, nullable=True),
    Column("refused", String(20), nullable=False, default=""),
    Column("refused_at", Instant, nullable=True),
    Column("door", String(400), nullable=False, default=""),
    Column("bound_to", String(43), nullable=False, default=""),
    Column("bound_at", Instant, nullable=True),
    Column("waits_since", Instant, nullable=True),
    Column("leases", Text, nullable=True),
    Column("holds", Text, nullable=True),
)
"""Store: when a station's program was last heard, why it was last refused, since when scans wait in its outbox, the one
page that it is bound to, and the leases that it reads for, as we gave them and as it has them."""


@dataclass(frozen=True, slots=True)
class Program:
    """A station's program as it was last heard."""

    device: str
    seen_at: datetime | None = None
    refused: str = ""
    refused_at: datetime | None = None
    door: str = ""
    """Where the bound page may ask while this server is away; a secret."""
    bound_to: str = ""
    bound_at: datetime | None = None
    waits_since: datetime | None = None
    """Since when the oldest scan waits that the program has and this server has not; None while none does."""
    leases: str | None = None
    """Leases of the bound page whose codes the program may show while this server is away, each after a space."""
    holds: str | None = None
    """Those of them that it has on its disk."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept event."""

    device: str
    seq: int
    sha256: str
    sealed: str
    flaw: str
    scanned_at: datetime
    received_at: datetime
    taken_by: str | None


def keep(session: Session, kept: Kept) -> None:
    """Keep one event; its number is taken once."""
    session.execute(
        insert(scan_table).values(
            device=kept.device,
            seq=kept.seq,
            sha256=kept.sha256,
            sealed=kept.sealed,
            flaw=kept.flaw,
            scanned_at=kept.scanned_at,
            received_at=kept.received_at,
            taken_by=kept.taken_by,
        )
    )


def head(session: Session, device: str) -> Head:
    """Return the newest kept event of a device."""
    columns = scan_table.c
    row = session.execute(
        select(columns.seq, columns.sha256).where(columns.device == device).order_by(columns.seq.desc()).limit(1)
    ).first()
    return Head() if row is None else Head(*row)


def find(session: Session, device: str, seq: int) -> Kept | None:
    """Return the kept event of a number."""
    columns = scan_table.c
    row = session.execute(select(scan_table).where(columns.device == device, columns.seq == seq)).first()
    return None if row is None else Kept(*row)


def after(session: Session, device: str, seq: int, limit: int = 1000) -> list[Kept]:
    """Return the kept events after a number, in order."""
    columns = scan_table.c
    query = select(scan_table).where(columns.device == device, columns.seq > seq).order_by(columns.seq).limit(limit)
    return [Kept(*row) for row in session.execute(query)]


def untaken(session: Session, device: str, seq: int, since: datetime, limit: int = 50) -> list[Kept]:
    """Return the flawless events after a number that nobody took, scanned since a moment, in order."""
    columns = scan_table.c
    free = (columns.flaw == "") & columns.taken_by.is_(None) & (columns.scanned_at >= since)
    query = select(scan_table).where(columns.device == device, columns.seq > seq, free).order_by(columns.seq)
    return [Kept(*row) for row in session.execute(query.limit(limit))]


def taken_between(session: Session, first: datetime, last: datetime) -> list[Kept]:
    """Return the taken events of a time."""
    columns = scan_table.c
    query = select(scan_table).where(columns.scanned_at.between(first, last), columns.taken_by.is_not(None))
    return [Kept(*row) for row in session.execute(query)]


def reseal(session: Session, kept: Kept, sealed: str) -> None:
    """Let an event's bytes lie under another name in the vault."""
    columns = scan_table.c
    this = (columns.device == kept.device) & (columns.seq == kept.seq)
    session.execute(update(scan_table).where(this).values(sealed=sealed))


def take(session: Session, device: str, seq: int, person: str) -> bool:
    """Let one person have an event; of two at once, the database lets one."""
    columns = scan_table.c
    taken = session.execute(
        update(scan_table)
        .where(columns.device == device, columns.seq == seq, columns.taken_by.is_(None))
        .values(taken_by=person)
        .returning(columns.seq)
    ).first()
    return taken is not None


def program(session: Session, device: str) -> Program:
    """Return how a program was last heard; one that never was is empty."""
    row = session.execute(select(program_table).where(program_table.c.device == device)).first()
    return Program(device) if row is None else Program(*row)


def heard(session: Session, device: str, at: datetime, waits_since: datetime | None, holds: str) -> None:
    """Keep when a program was heard, since when scans wait in its outbox, and which leases it has."""
    _set(session, device, seen_at=at, waits_since=waits_since, holds=holds)


def refused(session: Session, device: str, why: str, at: datetime) -> None:
    """Keep why a program was refused."""
    _set(session, device, refused=why, refused_at=at)


def bind(session: Session, device: str, mark: str, at: datetime) -> None:
    """Bind a program to the page of *mark*; what the page before was told is forgotten."""
    _set(session, device, bound_to=mark, bound_at=at, door="")


def open_door(session: Session, device: str, mark: str, door: str) -> None:
    """Keep where a program listens, for the page of *mark*, if that is still the one that it is bound to."""
    columns = program_table.c
    of_page = (columns.device == device) & (columns.bound_to == mark)
    session.execute(update(program_table).where(of_page).values(door=door))


def lend(session: Session, device: str, lease: str) -> bool:
    """Let a program, and no other, read for a lease; tell whether it did not before."""
    kept = (program(session, device).leases or "").split()
    if lease in kept:
        return False
    unlend(session, lease)
    _set(session, device, leases=" ".join([*kept, lease]))
    return True


def reads_for(session: Session, lease: str) -> str | None:
    """Return the program that reads for a lease, or None."""
    columns = program_table.c
    return session.scalar(select(columns.device).where(columns.leases.contains(lease, autoescape=True)))


def unlend(session: Session, lease: str) -> None:
    """Let no program read for a lease any more."""
    columns = program_table.c
    for device, leases in session.execute(
        select(columns.device, columns.leases).where(columns.leases.contains(lease, autoescape=True))
    ).all():
        _set(session, device, leases=" ".join(one for one in leases.split() if one != lease))


def _set(session: Session, device: str, **now: str | datetime | None) -> None:
    """Write these columns and no others: a program is heard while a page is bound to it."""
    change = (
        update(program_table).where(program_table.c.device == device).values(**now).returning(program_table.c.device)
    )
    if session.execute(change).first() is None:
        upsert(session, program_table, {"device": device})
        session.execute(change)
