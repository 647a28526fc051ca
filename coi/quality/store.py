"""The holds: a view of the orders' entries ``hold.placed`` and ``hold.lifted``; deviations are in their own store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, String, Table, Text, insert, select, update

from coi import db
from coi.errors import Unknown
from coi.ledger.entry import moment
from coi.quality import deviation_store
from coi.quality.holds import Hold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

hold_table = Table(
    "hold",
    db.metadata,
    Column("hold", String(40), primary_key=True),
    Column("order_id", String(40), nullable=False, index=True),
    Column("chain_id", String(26), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("containers", Text, nullable=False),
    Column("site", String(40), nullable=False),
    Column("placed_at", db.Instant, nullable=False),
    Column("lifted_at", db.Instant),
)


class _Quality:
    """Applies holds and deviations."""

    name = "quality"
    tables: tuple[Table, ...] = (hold_table, deviation_store.deviation_table, deviation_store.note_table)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take a hold placed or lifted, or what is said of a deviation."""
        stmt: Mapping[str, Any] = entry.stmt
        if entry.type == "hold.placed":
            session.execute(
                insert(hold_table).values(
                    hold=stmt["hold"],
                    order_id=stmt["order"],
                    chain_id=entry.chain,
                    kind=stmt["kind"],
                    reason=stmt["reason"],
                    containers=" ".join(stmt["containers"]),
                    site=stmt["site"],
                    placed_at=moment(stmt["at"]),
                )
            )
        elif entry.type == "hold.lifted":
            session.execute(
                update(hold_table).where(hold_table.c.hold == stmt["hold"]).values(lifted_at=moment(stmt["at"]))
            )
        else:
            deviation_store.apply(session, entry)


PROJECTION = _Quality()


def _hold(data: RowMapping) -> Hold:
    return Hold(
        id=data["hold"],
        order=data["order_id"],
        kind=data["kind"],
        reason=data["reason"],
        containers=tuple(data["containers"].split()),
        site=data["site"],
        placed_at=data["placed_at"],
        lifted_at=data["lifted_at"],
    )


def of_order(session: Session, order: str) -> tuple[Hold, ...]:
    """Return every hold of an order, the oldest first."""
    rows = session.execute(
        select(hold_table).where(hold_table.c.order_id == order).order_by(hold_table.c.placed_at, hold_table.c.hold)
    )
    return tuple(_hold(row) for row in rows.mappings())


def open_holds(session: Session) -> tuple[Hold, ...]:
    """Return every open hold, the oldest first."""
    rows = session.execute(
        select(hold_table).where(hold_table.c.lifted_at.is_(None)).order_by(hold_table.c.placed_at, hold_table.c.hold)
    )
    return tuple(_hold(row) for row in rows.mappings())


def hold(session: Session, hold_id: str) -> Hold:
    """Return one hold, or raise Unknown."""
    row = session.execute(select(hold_table).where(hold_table.c.hold == hold_id)).mappings().first()
    if row is None:
        raise Unknown(f"Expected a hold, seen {hold_id!r}.")
    return _hold(row)
