"""Register equipment at a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import identity, ledger, people
from coi.equipment import store
from coi.equipment.register import KINDS
from coi.errors import Conflict, Malformed, NotPermitted
from coi.ledger.entry import instant

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry
    from coi.person import Person

ROLES = ("metrology", "site_admin", "materials")
"""Who may register and requalify equipment."""


def register(
    session: Session,
    *,
    code: str,
    kind: str,
    site: str,
    label: str,
    qualified_until: datetime,
    by: Person,
    at: datetime,
) -> Entry:
    """Register a shipper, place or machine, or renew its qualification: one entry on the site's chain.

    Raises:
        Malformed: The code is no house code, or of another kind of thing.
        NotPermitted: The person registers nothing at this site.
        Conflict: Another site registered this code.
    """
    if kind not in KINDS:
        raise Malformed(f"Expected one of {KINDS}, seen {kind[:20]!r}.")
    seen = identity.HouseCode.parse(code).kind
    if seen != kind:
        raise Malformed(f"Expected the code of a {kind}, seen that of a {seen}.")
    if by.grant(ROLES, site, None) is None:
        raise NotPermitted(f"Expected one of {ROLES} at {site}, seen another role.")
    known = store.find(session, code)
    if known is not None and known.site != site:
        raise Conflict("Expected a code that no other site registered, seen one that another site did.")
    return ledger.record(
        session,
        people.site(session, site).chain,
        "equipment.registered",
        {
            "id": ledger.new_id(),
            "actor": by.id,
            "site": site,
            "at": instant(at),
            "outcome": "accepted",
            "code": code,
            "kind": kind,
            "label": label,
            "qualified_until": instant(qualified_until),
        },
        at=at,
    )
