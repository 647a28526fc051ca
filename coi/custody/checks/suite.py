"""Is the suite free of every other order?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a suite in which another order's manufacture is open.

    Two products side by side is how they were mixed up.
    """
    return tuple(
        Reason("suite_taken", slot="location", expected="a suite without another order", seen=item.code)
        for item in asked.facts.items
        if item.klass == "location" and asked.facts.suites.get(item.code, asked.order.id) != asked.order.id
    )
