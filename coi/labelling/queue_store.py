"""The print queue: what a printer has to do, is doing, or has done. A store; what became of a piece is an entry.

* ``queued`` waits for a printer; ``held`` waits for a person's hands (paper, ribbon) and goes on by itself after them.
* ``leased`` is in a worker's hands, and not a byte of it is sent; when the lease runs out, it is free again.
* ``stuck`` was tried in vain: it cannot be drawn, for a reason that nobody foresaw. It waits for a person, and no other
  label waits for it.
* ``sending`` was committed before the first byte; who finds it without its worker knows nothing: ``uncertain``.
* ``done`` is over, and stays as the archive of what was drawn from which facts, with the hash of the bytes sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    insert,
    or_,
    select,
    text,
    true,
    update,
)

from coi import db

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

IN_FLIGHT = ("leased", "sending")
WAITING = ("queued", "held")
OPEN = (*WAITING, *IN_FLIGHT, "uncertain")
"""What may still go on by itself, or asks for an answer while it stands in another's way."""
STUCK = "stuck"
TRIALS = ("test", "sheet")
"""Prints that come out also where labels are stopped."""
_FLYING = "state IN ('leased', 'sending')"

job_table = Table(
    "print_job",
    db.metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("piece", String(12), unique=True),
    Column("order_id", String(40), nullable=False),
    Column("chain_id", String(26), nullable=False),
    Column("site", String(40), nullable=False),
    Column("stock", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("printer", String(40), nullable=False),
    Column("lease_by", String(64), nullable=False),
    Column("lease_until", db.Instant),
    Column("attempts", Integer, nullable=False),
    Column("next_try", db.Instant),
    Column("counter_before", BigInteger),
    Column("bytes_sha256", String(64), nullable=False),
    Column("why", String(80), nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("queued_at", db.Instant, nullable=False),
    Column("facts", Text, nullable=False),
    Column("device", String(80), nullable=False),
    Column("faults", Integer, nullable=False),
    Index("ix_print_job_site_state", "site", "state", "number"),
    Index("ix_print_job_order_id", "order_id"),
    Index(
        "uq_print_job_in_flight",
        "device",
        unique=True,
        sqlite_where=text(f"{_FLYING} AND device <> ''"),
        postgresql_where=text(f"{_FLYING} AND device <> ''"),
    ),
    sqlite_autoincrement=True,  # a number that was used is never given again: numbers are the order of printing
)
"""One label in flight on each printer, in the schema and not only in code: else its odometer would count for two.

A device is what has one odometer: a printer by its serial, under however many names it is registered."""


@dataclass(frozen=True, slots=True)
class Job:
    """One print that was asked for."""

    number: int
    kind: str
    """label, or a print that can be nobody's: test, sheet, a thing's tag; clear prints nothing."""
    piece: str
    """The piece of a label; empty for a test print."""
    order: str
    chain: str
    """The chain that its entries go to: the order's; a test print's is that of the site."""
    site: str
    stock: str
    state: str
    printer: str
    device: str
    lease_by: str
    lease_until: datetime | None
    attempts: int
    next_try: datetime | None
    counter_before: int | None
    bytes_sha256: str
    why: str
    asked_by: str
    queued_at: datetime
    facts: dict[str, Any]
    faults: int
    """How often it could not be drawn, for a reason that nobody foresaw."""


def _job(row: RowMapping) -> Job:
    return Job(
        number=row["number"],
        kind=row["kind"],
        piece=row["piece"] or "",
        order=row["order_id"],
        chain=row["chain_id"],
        site=row["site"],
        stock=row["stock"],
        state=row["state"],
        printer=row["printer"],
        device=row["device"],
        lease_by=row["lease_by"],
        lease_until=row["lease_until"],
        attempts=row["attempts"],
        next_try=row["next_try"],
        counter_before=row["counter_before"],
        bytes_sha256=row["bytes_sha256"],
        why=row["why"],
        asked_by=row["asked_by"],
        queued_at=row["queued_at"],
        facts=json.loads(row["facts"]),
        faults=row["faults"],
    )


def queue(  # noqa: PLR0913 - one print has this many facts
    session: Session,
    *,
    chain: str,
    site: str,
    stock: str,
    facts: Mapping[str, Any],
    at: datetime,
    piece: str | None = None,
    order: str = "",
    kind: str = "label",
    printer: str = "",
    asked_by: str = "",
) -> None:
    """Put a print at the end of the queue; a test print names its *printer*."""
    session.execute(
        insert(job_table).values(
            kind=kind,
            piece=piece,
            order_id=order,
            chain_id=chain,
            site=site,
            stock=stock,
            state="queued",
            printer=printer,
            device="",
            lease_by="",
            attempts=0,
            faults=0,
            bytes_sha256="",
            why="",
            asked_by=asked_by,
            queued_at=at,
            facts=json.dumps(facts),
        )
    )


def jobs(session: Session, *states: str, site: str | None = None) -> tuple[Job, ...]:
    """Return the jobs in one of *states*, in the order in which they were asked for."""
    asked = select(job_table).where(job_table.c.state.in_(states)).order_by(job_table.c.number)
    if site is not None:
        asked = asked.where(job_table.c.site == site)
    return tuple(_job(row) for row in session.execute(asked).mappings())


def of_piece(session: Session, piece: str, *, lock: bool = False) -> Job | None:
    """Return the job of a piece, or None; *lock* keeps others from changing it until the work ends."""
    asked = select(job_table).where(job_table.c.piece == piece)
    row = session.execute(asked.with_for_update() if lock else asked).mappings().first()
    return None if row is None else _job(row)


def of_order(session: Session, order: str) -> tuple[Job, ...]:
    """Return every job that an order ever had, in the order in which they were asked for."""
    rows = session.execute(select(job_table).where(job_table.c.order_id == order).order_by(job_table.c.number))
    return tuple(_job(row) for row in rows.mappings())


def job(session: Session, number: int) -> Job | None:
    """Return a job by its number, or None."""
    row = session.execute(select(job_table).where(job_table.c.number == number)).mappings().first()
    return None if row is None else _job(row)


def of_device(session: Session, device: str) -> tuple[Job, ...]:
    """Return the jobs that are in flight on a printer, or uncertain there."""
    asked = select(job_table).where(job_table.c.device == device, job_table.c.state.in_((*IN_FLIGHT, "uncertain")))
    return tuple(_job(row) for row in session.execute(asked.order_by(job_table.c.number)).mappings())


def next_for(session: Session, site: str, printer: str, *, labels: bool, stock: str | None = None) -> tuple[Job, ...]:
    """Return the waiting jobs that may go to a printer, the oldest first, each locked unless another has locked it.

    With *stock* only labels of that stock, so that many of another cannot stand before them.
    """
    mine = job_table.c.printer == printer
    fits = job_table.c.stock.in_(("", stock)) if stock is not None else true()
    asked = (
        select(job_table)
        .where(
            job_table.c.site == site,
            job_table.c.state.in_(WAITING),
            or_(and_(job_table.c.kind == "label", fits), mine) if labels else and_(job_table.c.kind.in_(TRIALS), mine),
        )
        .order_by(job_table.c.number)
        .limit(40)
        .with_for_update(skip_locked=True)
    )
    return tuple(_job(row) for row in session.execute(asked).mappings())


def clearing(session: Session, printer: str) -> Job | None:
    """Return the waiting wish that a printer shall forget what it holds, or None."""
    asked = select(job_table).where(
        job_table.c.kind == "clear", job_table.c.printer == printer, job_table.c.state.in_(WAITING)
    )
    row = session.execute(asked.order_by(job_table.c.number).with_for_update(skip_locked=True)).mappings().first()
    return None if row is None else _job(row)


def release(session: Session, number: int, **to: object) -> None:
    """Give a leased job back: not a byte of it was sent."""
    values = {"state": "queued", "lease_by": "", "lease_until": None, "device": "", **to}
    session.execute(
        update(job_table).where(job_table.c.number == number, job_table.c.state == "leased").values(**values)
    )


def drop(session: Session, number: int, why: str) -> None:
    """End a job that is no label."""
    values = {"state": "done", "lease_by": "", "lease_until": None, "why": why}
    session.execute(update(job_table).where(job_table.c.number == number).values(**values))


def take(session: Session, number: int) -> bool:
    """Take a waiting job in hand without a lease; False when somebody else took it."""
    return change(session, number, WAITING, state="sending")


def change(session: Session, number: int, seen: tuple[str, ...], *, of: str | None = None, **to: object) -> bool:
    """Change a job that is still in one of the states *seen* (and leased by the worker *of*); tell whether it was."""
    wanted = update(job_table).where(job_table.c.number == number, job_table.c.state.in_(seen))
    if of is not None:
        wanted = wanted.where(job_table.c.lease_by == of)
    done = session.execute(wanted.values(**to))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def finish(session: Session, piece: str) -> None:
    """End the job of a piece, whatever state it was in."""
    session.execute(
        update(job_table).where(job_table.c.piece == piece).values(state="done", lease_by="", lease_until=None)
    )
