"""Who does it, where, when and through what: the frame of every deed, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from coi.custody.asked import Item
    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint
    from coi.custody.reasons import Reason
    from coi.ledger.entry import Entry
    from coi.people.signatures import Prepared
    from coi.person import Person


@dataclass(frozen=True, slots=True)
class Deed:
    """The frame of one deed, made by the web edge."""

    by: Person
    site: str
    at: datetime
    via: str = "session"
    """session, or token: gates accept a token only outside production."""
    device: str | None = None
    device_site: str | None = None
    device_state: str | None = None

    def common(self, role: str = "") -> dict[str, Any]:
        """Return the keys that every statement of this deed carries."""
        from coi import ledger  # noqa: PLC0415 - the frame itself is pure, its statement is not

        return {
            "actor": self.by.id,
            "role": role,
            "site": self.site,
            "device": self.device or "",
            "via": self.via,
            "at": ledger.instant(self.at),
        }


@dataclass(frozen=True, slots=True)
class Done:
    """The attempt was judged and stands in the ledger."""

    entry: Entry
    outcome: str
    """accepted, quarantined or blocked, as in the entry."""
    reasons: tuple[Reason, ...]
    items: tuple[Item, ...]
    order: Order
    """The order after the deed."""
    checkpoint: Checkpoint
    holds: tuple[str, ...] = ()
    """Holds that this attempt placed on the order."""


@dataclass(frozen=True, slots=True)
class NeedsSignatures:
    """Everything agrees; nothing is done until the persons have signed exactly this statement."""

    prepared: Prepared
    statement: Mapping[str, Any]
    order: Order
    checkpoint: Checkpoint


Outcome = Done | NeedsSignatures
