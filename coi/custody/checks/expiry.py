"""Has anything that this act moves expired at this instant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Compute expiry at every decision from *at*.

    1. A container whose expiry has come is refused, except to record what lawfully began or to take it off the road.
    2. A filled container without an expiry is refused from the shipment on: missing is not "never".

    Where nothing is scanned and there are products, they are judged alone: a bag of cells kept in reserve may lapse.
    """
    step = asked.checkpoint
    if step.records_only or step.stops or step.carries:
        return ()
    moved = asked.containers()
    if not any(item.container is not None for item in asked.facts.items):
        moved = tuple(held for held in moved if held.kind == "drug_product") or moved
    reasons: list[Reason] = []
    for container in moved:
        if container.expires is not None and asked.at >= container.expires:
            reasons.append(
                Reason(
                    "expired",
                    slot=container.kind,
                    expected=f"before {container.expires:%Y-%m-%d %H:%M} UTC",
                    seen=f"{asked.at:%Y-%m-%d %H:%M} UTC",
                )
            )
        if container.expires is None and container.kind == "drug_product":
            reasons.append(Reason("no_expiry", slot=container.kind, expected="an expiry", seen="none"))
    return tuple(reasons)
