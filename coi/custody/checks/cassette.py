"""Is the right bag in the right cassette?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a cassette whose label names another container than the bag beside it (hazards.md 12, R11).

    A scan pair: a cassette alone, or a bag alone, is no pair. Where nothing at all was scanned for one of the two, it
    is missing and nothing more: who scans a specimen in its place has mixed up nobody's cells (R8, R10).
    """
    bags = {i.container.id for i in asked.facts.items if i.klass == "container" and i.container is not None}
    cassettes = {i.container.id for i in asked.facts.items if i.klass == "cassette" and i.container is not None}
    products = {held.id for held in asked.order.of_kind("drug_product")}
    if len(cassettes) == 1 and bags & products == cassettes:
        return ()
    wanted = (slot for slot in asked.checkpoint.slots if slot.klass == "cassette" or slot.kind == "drug_product")
    empty = [slot for slot in wanted if not asked.filling(slot)]
    if empty:
        return tuple(Reason("missing", slot=slot.name, expected=slot.say, seen="nothing") for slot in empty)
    return (
        Reason(
            "cassette_differs",
            slot="cassette",
            expected="the cassette of this bag",
            seen=f"{len(cassettes)} cassettes, {len(bags & products)} bags",
        ),
    )
