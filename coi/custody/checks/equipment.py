"""Are the shipper, the machine, the kit, the logger and the place registered, qualified and of this site?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


JUDGED = frozenset({"shipper", "location", "equipment", "kit", "logger"})
"""A kit's qualification ends with its expiry, a logger's with its calibration."""


def check(asked: Asked) -> tuple[Reason, ...]:
    """Judge every thing of the house that was scanned (21 CFR 11.10(h), ISO 21973 requalification).

    1. It is registered.
    2. Its qualification has not lapsed.
    3. A place or machine is of the site where the step happens; shippers, loggers and kits travel.

    What travels for another order is refused as that, and not looked at here.
    """
    reasons: list[Reason] = []
    for item in asked.facts.items:
        if item.klass not in JUDGED or item.whose == "other":
            continue
        if item.equipment is None:
            reasons.append(Reason("equipment_unknown", slot=item.klass, expected="a registered one", seen=item.code))
            continue
        if not item.equipment.qualified(asked.at):
            reasons.append(
                Reason(
                    "equipment_unqualified",
                    slot=item.klass,
                    expected=f"before {item.equipment.qualified_until:%Y-%m-%d}",
                    seen=item.code,
                )
            )
        if item.klass in {"location", "equipment"} and item.equipment.site != asked.order.site(asked.checkpoint.site):
            reasons.append(Reason("equipment_elsewhere", slot=item.klass, expected="one of this site", seen=item.code))
    return tuple(reasons)


def stored_here(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a retrieval from another place than the one where the container was put."""
    place = next((item for item in asked.facts.items if item.klass == "location"), None)
    return tuple(
        Reason(
            "not_stored_here",
            slot=container.kind,
            expected=container.location or "no place",
            seen="no place" if place is None else place.code,
        )
        for container in asked.containers()
        if place is None or container.location != place.code
    )
