"""Is custody offered, by whom and to whom? A handoff has two sides, and two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def no_open_offer(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to offer custody twice."""
    if asked.order.offer is None:
        return ()
    return (Reason("offer_open", expected="no open offer", seen=f"offered to {asked.order.offer.to}"),)


def offered_to_us(asked: Asked) -> tuple[Reason, ...]:
    """Let custody be taken only by whom it was offered to, and never by the person who offered it."""
    offer = asked.order.offer
    if offer is None:
        return (Reason("not_offered", expected=asked.expected_point, seen="no offer"),)
    if offer.to != asked.expected_point:
        return (Reason("not_offered", expected=offer.to, seen=asked.expected_point),)
    if asked.by.id == offer.by:
        return (Reason("giver_takes", expected="another person than the giver", seen="the giver"),)
    return ()
