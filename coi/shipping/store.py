"""Shipments, and the seals and shippers that they bind: views of the orders' entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, String, Table, Text, insert, select, update

from coi import db
from coi.shipping.shipment import OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

shipment_table = Table(
    "shipment",
    db.metadata,
    Column("shipment", String(40), primary_key=True),
    Column("order_id", String(40), nullable=False, index=True),
    Column("chain_id", String(26), nullable=False),
    Column("origin", String(40), nullable=False),
    Column("destination", String(40), nullable=False),
    Column("shipper", String(40), nullable=False),
    Column("seal", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("containers", Text, nullable=False),
    Column("logger", String(40), nullable=False),
)
"""A seal is used once in its life: the schema says so. One open shipment a shipper: custody's claim fences that."""


class _Shipping:
    """Applies what orders say of shipments."""

    name = "shipping"
    tables: tuple[Table, ...] = (shipment_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take the ``ship`` and ``shipment`` effects of an entry."""
        stmt: Mapping[str, Any] = entry.stmt
        for effect in stmt.get("effects", ()):
            if effect["do"] == "ship":
                session.execute(
                    insert(shipment_table).values(
                        shipment=effect["shipment"],
                        order_id=stmt["order"],
                        chain_id=entry.chain,
                        origin=effect["origin"],
                        destination=effect["destination"],
                        shipper=effect["shipper"],
                        seal=effect["seal"],
                        logger=effect.get("logger", ""),
                        state="sealed",
                        containers=" ".join(effect["containers"]),
                    )
                )
            elif effect["do"] == "shipment":
                session.execute(
                    update(shipment_table)
                    .where(shipment_table.c.shipment == effect["shipment"])
                    .values(state=effect["state"])
                )


PROJECTION = _Shipping()


def used_seals(session: Session, seals: tuple[str, ...]) -> frozenset[str]:
    """Return those of *seals* that some shipment has used."""
    rows = session.execute(select(shipment_table.c.seal).where(shipment_table.c.seal.in_(seals)))
    return frozenset(rows.scalars())


def busy_shippers(session: Session, shippers: tuple[str, ...]) -> frozenset[str]:
    """Return those of *shippers* that carry an open shipment."""
    rows = session.execute(
        select(shipment_table.c.shipper).where(
            shipment_table.c.shipper.in_(shippers), shipment_table.c.state.in_(sorted(OPEN))
        )
    )
    return frozenset(rows.scalars())


def order_of(session: Session, code: str) -> str | None:
    """Return the order whose open shipment this shipper or seal belongs to, or None."""
    table = shipment_table.c
    found = session.execute(
        select(table.order_id).where(
            (table.shipper == code) | (table.seal == code) | (table.logger == code), table.state.in_(sorted(OPEN))
        )
    )
    return found.scalars().first()
