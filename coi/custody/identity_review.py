"""Another system says that a patient was merged, split, linked or renamed. What follows? A hold, and nothing else.

Imports propose (hazards.md R7): who is bound to an order is decided at H1 by two persons, and no message of another
system moves that, whoever's token brings it. The proposal is one entry, and the whole order waits until two persons
have compared the identifiers with their source and quality has signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coi import ledger
from coi.custody import consequences, order_screen, store
from coi.custody.order import TERMINAL
from coi.errors import Conflict, Malformed
from coi.quality import store as quality

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.ledger.entry import Entry

CHANGES: Final = ("merged", "unmerged", "linked", "identifiers_changed")
"""What a patient's record elsewhere can have become."""
REASON: Final = "identifiers_changed"
PROPOSED: Final = "custody.identity_proposed"


def propose(session: Session, deed: Deed, order_id: str, change: str) -> tuple[Entry, str]:
    """Record what another system says of the patient of an open order; return the entry and the hold that stands.

    While an open hold waits for that very question, another proposal is one more entry and no second hold.

    Raises:
        Malformed: The change is not of the list.
        Unknown: There is no such order, or the person may not see it.
        Conflict: The order is closed: there is nothing left to hold.
    """
    if change not in CHANGES:
        raise Malformed(f"Expected one of {CHANGES}, seen {change[:20]!r}.")
    order = order_screen.seen_by(session, deed.by, order_id)
    store.lock(session, frozenset({order.id}))
    order = store.load(session, order.id)
    if order.state in TERMINAL:
        raise Conflict("Expected an order that is open, seen one that is closed.")
    stmt = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": order.id,
        "outcome": "noted",
        "change": change,
    }
    entry = ledger.record(session, order.chain, PROPOSED, stmt, at=deed.at)
    for hold in quality.of_order(session, order.id):
        if hold.is_open and hold.kind == "review":
            return entry, hold.id
    return entry, consequences.place(session, deed, order, "review", REASON, (), entry)
