"""Which legs did an order's shipments travel? Told to the shipping room, which knows no orders.

* A leg begins when its shipper is sealed and ends when the shipment is received, as the order's own entries say.
* The logger is the one that was scanned when the shipper was sealed; its maker's serial number is the name under which
  the equipment register knows it. A logger that nobody scanned, or nobody registered, is none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.custody import order_screen
from coi.equipment import store as equipment
from coi.ledger.entry import moment
from coi.shipping.trace import Logger
from coi.shipping.trace_leg import Leg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.person import Person


def seen_by(session: Session, person: Person, name: str) -> tuple[Leg, ...]:
    """Return the legs of an order that *person* may see, the newest first.

    Raises:
        Unknown: There is no such order, or it is not this person's.
    """
    return of_order(session, order_screen.seen_by(session, person, name))


def of_order(session: Session, order: Order) -> tuple[Leg, ...]:
    """Return the legs of an order, the newest first."""
    legs: dict[str, Leg] = {}
    for entry in ledger.entries(session, order.chain):
        stmt: Mapping[str, Any] = entry.stmt
        for effect in stmt.get("effects", ()):
            match effect:
                case {"do": "ship", "shipment": shipment}:
                    legs[shipment] = _sealed(session, order, stmt, effect)
                case {"do": "shipment", "shipment": shipment, "state": "received"} if shipment in legs:
                    legs[shipment] = replace(legs[shipment], received_at=moment(stmt["at"]))
    return tuple(reversed(legs.values()))


def _sealed(session: Session, order: Order, stmt: Mapping[str, Any], effect: Mapping[str, Any]) -> Leg:
    """Return a leg as it stands when its shipper has been sealed."""
    return Leg(
        chain=order.chain,
        order=order.id,
        name=order.coi or order.id,
        shipment=effect["shipment"],
        origin=effect["origin"],
        destination=effect["destination"],
        product=order.product,
        sealed_at=moment(stmt["at"]),
        received_at=None,
        logger=_logger(session, effect.get("logger", "")),
        profile=effect.get("profile"),
    )


def _logger(session: Session, code: str) -> Logger | None:
    """Return the logger of a house code as the register knows it, or None."""
    known = equipment.find(session, code)
    if known is None or known.kind != "logger":
        return None
    return Logger(known.code, known.label, known.qualified_until)
