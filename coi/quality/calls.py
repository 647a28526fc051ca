"""Who owns what happened at a place, and who is called about it now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import people
from coi.people.on_call_rules import HEAD, QUALITY
from coi.quality import holds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.people import ToCall


def owner(session: Session, site: str, manufacturing: str) -> str:
    """Return the site whose quality unit owns what happened at *site* to an order made at *manufacturing*."""
    staffed = {one for one in (site, manufacturing) if people.at_site(session, one, QUALITY)}
    return holds.owner(site, manufacturing, staffed)


def to_call(session: Session, site: str, at: datetime, level: int = 0, other: str | None = None) -> tuple[ToCall, ...]:
    """Return whom to call at that level of escalation, the first one first, each person once.

    0 the quality on call at the owning site; 1 its head as well, or where it has none that of the *other* site; 2 the
    heads of both.
    """
    found = list(people.who_to_call(session, site, at))
    heads = people.who_to_call(session, site, at, HEAD) if level else ()
    found += heads
    if other is not None and (level > 1 or (level and not heads)):
        found += people.who_to_call(session, other, at, HEAD)
    called: dict[str, ToCall] = {}
    for one in found:
        called.setdefault(one.person, one)
    return tuple(called.values())
