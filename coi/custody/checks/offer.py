"""Is custody offered, by whom and to whom? A handoff has two sides, and two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def no_open_offer(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to offer custody of anything twice, and to offer nothing."""
    held = asked.containers()
    if not held:
        return (Reason("no_shipment", expected="something to hand over", seen="nothing"),)
    offers = {offer.to for each in held if (offer := asked.order.offered(each.id)) is not None}
    return tuple(Reason("offer_open", expected="no open offer", seen=f"offered to {to}") for to in sorted(offers))


def offered_to_us(asked: Asked) -> tuple[Reason, ...]:
    """Let custody be taken only of what was offered to this point, and never by the person who offered it."""
    offers = [asked.order.offered(held.id) for held in asked.containers()]
    if not offers or any(offer is None for offer in offers):
        return (Reason("not_offered", expected=asked.expected_point, seen="no offer"),)
    reasons: dict[Reason, None] = {}
    for offer in offers:
        if offer is not None and offer.to != asked.expected_point:
            reasons[Reason("not_offered", expected=offer.to, seen=asked.expected_point)] = None
        elif offer is not None and asked.by.id == offer.by:
            reasons[Reason("giver_takes", expected="another person than the giver", seen="the giver")] = None
    return tuple(reasons)
