"""Who was refused what, where no gate judged? One entry on the chain of the site at which the person works.

A gate writes its own refusals, with the scans and all reasons. Any other deed that an authenticated person asks for
and that role, separation of duty or the present state forbids (403, 409) is written here, in a transaction of its own:
the one of the deed is gone (ADR 0020). What was mistyped (422), unknown (404) or stale (412) was not judged and is no
entry. No text of the refusal goes in: it may repeat what was typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coi import ledger
from coi.people import store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.errors import CoiError
    from coi.ledger import Entry
    from coi.web import Who

REFUSED = "deed.refused"
NAMES = re.compile(
    r"[A-Z]{1,3}-[0-9A-Z]{6,16}|LS-[0-9a-f]{12}"
    r"|(?=[0-9]*[B-X])[0-9BCDEFGHJKLNPRSTUVX]{12}"
    r"|(?=[0-9]*[a-f])[0-9a-f]{12}([0-9a-f]{52})?"
)
"""How an order, a hold, a station, a lease, a label, or a template or protocol by its hash is called.

Anything else in an address stays out. Digits alone are none of these: somebody may have typed a patient's number."""


def record(session: Session, who: Who, deed: str, about: Iterable[object], refusal: CoiError, at: datetime) -> Entry:
    """Write down that *who* was refused *deed*, and about what."""
    site = store.site(session, who.site)
    chain = ledger.installation(session).org_chain if site is None else site.chain
    ledger.lock(session, chain)
    stmt: dict[str, ledger.Json] = {
        "id": ledger.new_id(),
        "actor": who.id,
        "role": "",
        "site": who.site,
        "device": "",
        "via": who.via,
        "at": ledger.instant(at),
        "outcome": "blocked",
        "deed": deed,
        "about": [str(name) for name in about if NAMES.fullmatch(str(name))],
        "reasons": [{"code": refusal.slug.replace("-", "_"), "slot": "", "expected": "", "seen": ""}],
    }
    return ledger.record(session, chain, REFUSED, stmt, at=at)
