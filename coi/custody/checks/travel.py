"""Can this label really be here, when it was just scanned at another place?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked, Item

LEAST_MIN = 5
"""No way between two sites is shorter, in minutes; who shares a building shares a site."""
MOVING = frozenset({"courier"})
"""A courier firm is no place: it is wherever the goods are."""


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a label that was scanned at another site a moment ago: one of the two is a copy.

    In a demonstration or a training an order is walked in minutes: there, what was handed on since may have come.
    """
    if asked.checkpoint.site in MOVING:
        return ()
    moving = {site for name, site in asked.order.sites if name in MOVING}
    reasons = []
    for item in asked.facts.items:
        site, at = asked.facts.sightings.get("" if item.piece is None else item.piece.id, ("", asked.at))
        away = site not in {"", asked.facts.site, *moving} and not (asked.facts.hurried and _left(item, site))
        if away and abs(asked.at - at) < timedelta(minutes=LEAST_MIN):
            minutes = int(abs(asked.at - at).total_seconds() // 60)
            reasons.append(
                Reason(
                    "too_fast",
                    slot=item.klass,
                    expected=f"at least {LEAST_MIN} minutes from another site",
                    seen=f"{minutes} minutes",
                )
            )
    return tuple(reasons)


def _left(item: Item, site: str) -> bool:
    """Say whether the container that wears the label is in the custody of somebody away from *site*."""
    held = item.container
    return held is not None and held.custodian is not None and held.custodian.partition("/")[0] != site
