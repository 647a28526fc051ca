"""The continuity packs that were printed: a view of the orders' chains."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, String, Table, Text, insert, select, update

from coi import db
from coi.custody.continuity import Pack
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

pack_table = Table(
    "continuity_pack",
    db.metadata,
    Column("pack", String(16), primary_key=True),
    Column("order_id", String(40), nullable=False, index=True),
    Column("site", String(40), nullable=False),
    Column("printed_at", db.Instant, nullable=False),
    Column("expires_at", db.Instant, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("holds", Text, nullable=False),
    Column("state", String(16), nullable=False),
)


class _Packs:
    """Applies what orders say of their packs."""

    name = "continuity"
    tables: tuple[Table, ...] = (pack_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take a pack that was printed, which voids the ones before it, or one whose paper was entered."""
        stmt: Mapping[str, Any] = entry.stmt
        columns = pack_table.c
        if entry.type == "continuity.printed":
            older = update(pack_table).where(columns.order_id == stmt["order"], columns.state == "current")
            session.execute(older.values(state="voided"))
            session.execute(
                insert(pack_table).values(
                    pack=stmt["pack"],
                    order_id=stmt["order"],
                    site=stmt["site"],
                    printed_at=moment(stmt["at"]),
                    expires_at=moment(stmt["expires"]),
                    seq=entry.seq,
                    holds=json.dumps(stmt["holds"]),
                    state="current",
                )
            )
        elif entry.type == "continuity.reentered" and stmt["outcome"] == "accepted":
            session.execute(update(pack_table).where(columns.pack == stmt["pack"]).values(state="reentered"))


PROJECTION = _Packs()


def _pack(row: Row[Any]) -> Pack:
    return Pack(
        code=row.pack,
        order=row.order_id,
        site=row.site,
        printed_at=row.printed_at,
        expires=row.expires_at,
        seq=row.seq,
        holds=tuple(json.loads(row.holds)),
        state=row.state,
    )


def find(session: Session, code: str) -> Pack | None:
    """Return a pack by its code, or None."""
    row = session.execute(select(pack_table).where(pack_table.c.pack == code)).first()
    return None if row is None else _pack(row)


def order_of(session: Session, code: str) -> str | None:
    """Return the order that a pack was printed for, or None where nobody knows it."""
    found = find(session, code)
    return None if found is None else found.order


def of_order(session: Session, order: str) -> tuple[Pack, ...]:
    """Return the packs of an order, the newest first."""
    query = select(pack_table).where(pack_table.c.order_id == order).order_by(pack_table.c.seq.desc())
    return tuple(_pack(row) for row in session.execute(query))
