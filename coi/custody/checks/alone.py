"""Is this machine, bench or packing session this order's alone?

Two products side by side is how they were mixed up: a separator, a bench and a packing have one open order (hazards.md
R1, R11 and scenario 20).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked

PACK_S = 60
"""From the bag to the seal, at most (hazards.md, scenario 20)."""


def machine_free(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a machine at which another order's collection is open."""
    return tuple(
        Reason("machine_taken", slot="equipment", expected="a machine without another order", seen=item.code)
        for item in asked.facts.items
        if item.klass == "equipment"
        and asked.facts.claims.get(f"machine {item.code}", asked.order.id) != asked.order.id
    )


def same_machine(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to end at another machine than the one where the collection began: that bag hangs on somebody else."""
    began = asked.order.fact("separator")
    return tuple(
        Reason("other_machine", slot="equipment", expected=began or "no machine", seen=item.code)
        for item in asked.facts.items
        if item.klass == "equipment" and item.code != began
    )


def bench_free(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a bench at which another order is being packed."""
    return tuple(
        Reason("bench_taken", slot="location", expected="a bench without another order", seen=item.code)
        for item in asked.facts.items
        if item.klass == "location" and asked.facts.claims.get(f"bench {item.code}", asked.order.id) != asked.order.id
    )


def at_bench(asked: Asked) -> tuple[Reason, ...]:
    """Let packing happen only while the order's own packing session is open at a bench."""
    bench = asked.order.fact("bench")
    if bench and asked.facts.claims.get(f"bench {bench}") == asked.order.id:
        return ()
    return (Reason("no_bench", slot="location", expected="an open packing session", seen=bench or "none"),)


def nothing_under_way(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to begin again while something of the order is packed or held out: it is taken back or delivered first."""
    order = asked.order
    if not order.offers and not any(shipment.is_open for shipment in order.shipments):
        return ()
    return (Reason("under_way", expected="nothing packed and nothing offered", seen="a shipment or an offer"),)


def pack_window(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a packing whose scans lie further apart than one movement of the hands."""
    if not asked.facts.items:
        return ()
    apart = max(item.at for item in asked.facts.items) - min(item.at for item in asked.facts.items)
    if apart <= timedelta(seconds=PACK_S):
        return ()
    return (Reason("pack_window", expected=f"at most {PACK_S} s", seen=f"{int(apart.total_seconds())} s"),)
