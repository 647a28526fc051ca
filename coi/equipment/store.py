"""The equipment register: a view of the sites' entries ``equipment.registered``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, String, Table, delete, insert, select

from coi import db
from coi.equipment.register import Equipment
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

equipment_table = Table(
    "equipment",
    db.metadata,
    Column("code", String(40), primary_key=True),
    Column("chain_id", String(26), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("site", String(40), nullable=False, index=True),
    Column("label", String(80), nullable=False),
    Column("qualified_until", db.Instant, nullable=False),
)


class _Register:
    """Applies registrations; a later one of the same site's chain replaces the earlier."""

    name = "equipment"
    tables: tuple[Table, ...] = (equipment_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take a registration or a new qualification."""
        if entry.type != "equipment.registered":
            return
        stmt: Mapping[str, Any] = entry.stmt
        session.execute(
            delete(equipment_table).where(
                equipment_table.c.code == stmt["code"], equipment_table.c.chain_id == entry.chain
            )
        )
        session.execute(
            insert(equipment_table).values(
                code=stmt["code"],
                chain_id=entry.chain,
                kind=stmt["kind"],
                site=stmt["site"],
                label=stmt["label"],
                qualified_until=moment(stmt["qualified_until"]),
            )
        )


PROJECTION = _Register()


def find(session: Session, code: str) -> Equipment | None:
    """Return what is registered under a house code, or None."""
    row = session.execute(select(equipment_table).where(equipment_table.c.code == code)).mappings().first()
    if row is None:
        return None
    return Equipment(row["code"], row["kind"], row["site"], row["qualified_until"], row["label"])


def at_site(session: Session, site: str) -> tuple[Equipment, ...]:
    """Return everything that a site registered, by kind and code."""
    rows = session.execute(
        select(equipment_table)
        .where(equipment_table.c.site == site)
        .order_by(equipment_table.c.kind, equipment_table.c.code)
    ).mappings()
    return tuple(Equipment(row["code"], row["kind"], row["site"], row["qualified_until"], row["label"]) for row in rows)
