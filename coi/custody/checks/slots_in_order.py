"""Are the booked days in the order of the road?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.checks import values
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a manufacture before the collection, or an infusion before the manufacture (ISO dates sort as text)."""
    days = [asked.facts.values.get(name, "") for name in ("slot_collection", "slot_manufacturing", "slot_infusion")]
    told = [day if values.is_date(day) else "no date" for day in days]
    return (
        ()
        if days == sorted(days)
        else (Reason("slots_order", expected="collection, manufacture, infusion", seen=" ".join(told)),)
    )
