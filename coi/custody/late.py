"""Which clocks of an order's shipments have run out? Told to the shipping room's alarms, which know no orders.

* A leg is planned to take as long as the protocol gives the carrier to deliver; after twice that time it is lost.
* What happened is read from the order as it stands: its open offers, and its newest deeds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi.shipping import alarms
from coi.shipping.alarms import Limits, Moments

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from coi.custody.order import Done, Order
    from coi.custody.protocol import Protocol
    from coi.shipping.alarms import Alarm
    from coi.shipping.shipment import Shipment

PLANNED_H = 24
"""Hours of a leg where no step of the protocol says how long the carrier has."""


def of_shipment(order: Order, protocol: Protocol, shipment: Shipment, at: datetime) -> tuple[Alarm, ...]:
    """Return the alarms of one shipment that stand at *at*, the oldest first; none once it has arrived."""
    if not shipment.is_open:
        return ()
    return alarms.due(limits(protocol), moments(order, protocol, shipment), at)


def limits(protocol: Protocol) -> Limits:
    """Return the times of the protocol's legs."""
    delivering = [
        step.due_h
        for step in protocol.checkpoints
        if step.site == "courier" and any(effect["do"] == "offer" for effect in step.effects)
    ]
    planned = timedelta(hours=float(max(delivering, default=PLANNED_H)))
    return Limits(planned=planned, lost_after=2 * planned)


def moments(order: Order, protocol: Protocol, shipment: Shipment) -> Moments:
    """Return what has happened on a shipment's way so far, as the order tells it."""
    sealed = _newest(order, (s.id for s in protocol.checkpoints if any(e["do"] == "ship" for e in s.effects)))
    began = order.opened_at if sealed is None else sealed.at
    taken = _newest(order, (s.id for s in protocol.checkpoints if s.takes and s.site in {"courier", "depot"}))
    picked = None if taken is None or taken.at < began else taken.at
    offers = [offer for offer in order.offers if set(offer.containers) & set(shipment.containers)]
    offered = offers[0].at if offers else None
    arrived = bool(offers) and offers[0].to.split("/")[0] == shipment.destination
    return Moments(
        offered_at=offered if picked is None else None,
        picked_up_at=picked,
        delivered_at=offered if picked is not None and arrived else None,
    )


def _newest(order: Order, names: Iterable[str]) -> Done | None:
    known = set(names)
    return next((deed for deed in reversed(order.done) if deed.checkpoint in known and not deed.undone), None)
