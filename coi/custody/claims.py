"""What can only one order have at a time? Shippers, suites, benches, machines, and a patient's one open therapy.

Claims are a store (ADR 0008): their key is the fence between two orders at one instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coi.custody import orders, store
from coi.custody.order import STOPPED, TERMINAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from coi.custody.order import Order


def take(session: Session, order: Order, effects: Sequence[Mapping[str, Any]]) -> None:
    """Claim and give back what follows from the effects of a deed."""
    for effect in effects:
        match effect:
            case {"do": "ship", "shipper": shipper}:
                store.claim(session, f"shipper {shipper}", order.id)
                store.give_back(session, order.id, ("bench ",))
            case {"do": "shipment", "state": "received" | "opened"}:
                store.give_back(session, order.id, ("shipper ",))
            case {"do": "fact", "name": "suite" | "bench" | "separator" as thing, "value": code} if code:
                name = "machine" if thing == "separator" else thing
                store.give_back(session, order.id, (f"{name} ",))
                store.claim(session, f"{name} {code}", order.id)
            case {"do": "state", "to": to}:
                store.give_back(session, order.id, _given_back(order, to))
            case _:
                continue


def _given_back(order: Order, to: str) -> tuple[str, ...]:
    """Return what an order gives back when it reaches a state."""
    if to in TERMINAL:
        return (orders.therapy(order.patient, order.product), "shipper ", "suite ", "bench ", "machine ")
    if to in STOPPED:
        return ("suite ", "bench ", "machine ")
    return {
        "SCHEDULED": ("machine ", "suite "),
        "COLLECTED": ("machine ",),
        "CRYOPRESERVED": ("suite ",),
        "FINISHED": ("suite ",),
    }.get(to, ())
