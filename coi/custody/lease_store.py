"""Which station holds which bag for the next hour? Leases are a store: a promise that runs out by itself.

That one was given or ended is an entry of the order's chain; the row is the fence between two stations at one instant,
and what a queue that comes back later is compared with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Index, String, Table, Text, insert, select, text, update

from coi import db
from coi.custody.lease import is_live, thawed
from coi.custody.lease_packet import from_json, to_json
from coi.errors import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.lease import Lease

lease_table = Table(
    "lease",
    db.metadata,
    Column("lease", String(40), primary_key=True),
    Column("order_id", String(40), nullable=False),
    Column("container", String(40), nullable=False),
    Column("device", String(40), nullable=False),
    Column("packet", Text, nullable=False),
    Column("ended_at", db.Instant),
    Index(
        "uq_lease_not_ended",
        "container",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
"""One container has one lease that has not ended; two stations that ask at one instant meet at this index."""

_COLUMNS = (lease_table.c.packet, lease_table.c.ended_at)


@dataclass(frozen=True, slots=True)
class Kept:
    """A lease as it lies in the store."""

    lease: Lease
    ended_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """Say whether it keeps other stations away at *at*."""
        return is_live(self.lease, self.ended_at, at)


def keep(session: Session, lease: Lease) -> None:
    """Keep a new lease; of two stations at one instant the database lets one through."""
    session.execute(
        insert(lease_table).values(
            lease=lease.id,
            order_id=lease.order,
            container=lease.container,
            device=lease.device,
            packet=_packed(lease),
        )
    )


def find(session: Session, lease_id: str) -> Kept:
    """Return a lease, ended or not, or raise Unknown."""
    row = session.execute(select(*_COLUMNS).where(lease_table.c.lease == lease_id)).first()
    if row is None:
        raise Unknown(f"Expected a lease, seen {lease_id[:40]!r}.")
    return _kept(*row)


def not_ended(session: Session, containers: Sequence[str]) -> dict[str, Lease]:
    """Return by container the lease that nobody has ended, whether its time is over or not."""
    rows = session.execute(
        select(*_COLUMNS).where(lease_table.c.container.in_(tuple(containers)), lease_table.c.ended_at.is_(None))
    )
    found = (_kept(*row).lease for row in rows)
    return {lease.container: lease for lease in found}


def is_busy(session: Session, device: str, order: str, at: datetime) -> bool:
    """Say whether a station has a live lease of another order than *order*."""
    table = lease_table.c
    rows = session.execute(
        select(*_COLUMNS).where(table.device == device, table.order_id != order, table.ended_at.is_(None))
    )
    return any(_kept(*row).is_live(at) for row in rows)


def live(session: Session, container: str, at: datetime) -> Lease | None:
    """Return the lease that keeps other stations from a container at *at*, or None."""
    lease = not_ended(session, (container,)).get(container)
    return lease if lease is not None and is_live(lease, None, at) else None


def end(session: Session, lease_id: str, at: datetime) -> bool:
    """End a lease; say whether it had not ended before."""
    table = lease_table.c
    done = session.execute(
        update(lease_table)
        .where(table.lease == lease_id, table.ended_at.is_(None))
        .values(ended_at=at)
        .returning(table.lease)
    )
    return done.first() is not None


def thaw_began(session: Session, container: str, began: datetime) -> None:
    """Let the thaw clock of a container's lease run; it moves only earlier."""
    lease = not_ended(session, (container,)).get(container)
    if lease is not None:
        packet = _packed(thawed(lease, began.replace(microsecond=0)))
        session.execute(update(lease_table).where(lease_table.c.lease == lease.id).values(packet=packet))


def _packed(lease: Lease) -> str:
    return json.dumps(to_json(lease), separators=(",", ":"), sort_keys=True)


def _kept(packet: str, ended_at: datetime | None) -> Kept:
    return Kept(from_json(json.loads(packet)), ended_at)
