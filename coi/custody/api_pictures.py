"""What does a program hear of what stands where? Orders, entries and holds; no name or birth date can leave here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, JsonValue

from coi.custody.api_answers import Gate  # noqa: TC001 - pydantic reads it
from coi.web.api import At, Out, Receipt

if TYPE_CHECKING:
    from coi.ledger import Entry


class OrderLine(Out):
    """One order in a list."""

    id: str
    coi: str | None
    product: str
    state: str
    custodian: str | None
    custodians: list[str]
    held: bool
    refused: int
    opened_at: At


class Orders(Out):
    """A page of orders."""

    orders: list[OrderLine]
    next: str | None
    """What to give as *after* for the next page; null at the end."""


class ContainerOut(Out):
    """One container of an order."""

    id: str
    kind: str
    state: str
    keys: dict[str, str]
    """What its symbol says beside the piece."""
    expires: At | None
    custodian: str | None
    """The custody point that has it: a site, or a unit of one; null until somebody has it."""
    location: str | None
    parents: list[str]
    thaw_began: At | None
    thaw_ends: At | None
    """When the time after its thaw is over, while that runs."""


class PieceOut(Out):
    """One printed label or wristband."""

    id: str
    role: str
    container: str | None
    design: str
    state: str
    replaces: str | None


class DoneOut(Out):
    """One accepted deed at a checkpoint."""

    checkpoint: str
    at: At
    seq: int
    persons: list[str]
    undone: bool
    """The order went back to before it: it was done, and must be done again."""


class Offer(Out):
    """Custody held out and not yet taken."""

    to: str
    by: str
    at: At
    containers: list[str]


class ShipmentOut(Out):
    """One sealed shipper on its way, or arrived."""

    id: str
    origin: str
    destination: str
    state: str
    """sealed, in_transit, received or opened (unpacked again by who had packed it)."""
    shipper: str
    seal: str
    logger: str
    """House code of the data logger inside; empty where there is none."""
    containers: list[str]
    received_at: At | None
    temperature: Literal["in_range", "out_of_range", "no_data"]
    """What the logger's files say of the whole leg; no file is no data."""


class Certificate(Out):
    """The effective release: exactly these containers."""

    id: str
    containers: list[str]
    at: At
    oos: bool
    """It releases a product out of specification."""


class Dose(Out):
    """How much of what is released has been given: all of it is one dose."""

    given: int
    of: int


class Call(Out):
    """Somebody of quality who is called now."""

    person: str
    name: str
    role: str
    contact: str
    on_duty: bool


class Care(Out):
    """Who looks after an open hold, until when, and how many sign its end."""

    owner: str
    """The site whose quality decides."""
    deadline: At
    escalation: int = Field(ge=0, le=2)
    """0 quality on call, 1 the head of quality as well, 2 the heads of both sites."""
    says: str
    signers: int
    """How many persons of quality sign: two while the cells stand thawed, and for a recall."""
    call: list[Call]


class HoldOut(Out):
    """One hold."""

    id: str
    order: str
    kind: str
    reason: str
    sentence: str
    containers: list[str]
    """The containers that may not move; empty for the whole order."""
    site: str
    placed_at: At
    lifted_at: At | None
    way_out: str
    care: Care | None
    """Who looks after it; null once it is lifted."""


class Holds(Out):
    """Holds, the oldest first."""

    holds: list[HoldOut]


class OrderOut(Out):
    """One order whole. The patient is a pseudonym."""

    id: str
    chain: str
    head: Receipt
    coi: str | None
    lot: str | None
    patient: str
    product: str
    protocol: str
    sites: dict[str, str]
    state: str
    opened_at: At
    custodian: str | None
    """The one custody point of all live containers; null where there is none, or several."""
    custodians: list[str]
    offers: list[Offer]
    certificate: Certificate | None
    dose: Dose | None
    thaw_began: At | None
    out_of_specification: bool
    infused_without_verification: bool
    containers: list[ContainerOut]
    shipments: list[ShipmentOut]
    pieces: list[PieceOut]
    done: list[DoneOut]
    holds: list[HoldOut]
    refused: int
    next: list[Gate]
    """The gates that the order stands before, whoever may pass them."""


class EntryOut(Out):
    """One entry of the ledger."""

    chain: str
    seq: int
    hash: str
    prev: str
    type: str
    at: At
    node: str
    log: str
    stmt: dict[str, JsonValue]
    sig: list[dict[str, JsonValue]]

    @classmethod
    def of(cls, entry: Entry, **more: str) -> Self:
        """Return an entry as programs see it."""
        said: dict[str, Any] = {name: getattr(entry, name) for name in EntryOut.model_fields}
        return cls.model_validate({**said, "stmt": dict(entry.stmt), "sig": [dict(one) for one in entry.sig], **more})


class EntryWhole(EntryOut):
    """One entry with its bytes."""

    body: str
    """The canonical text; hash = SHA-256(0x00, its UTF-8 bytes)."""


class Entries(Out):
    """A page of entries, the oldest first."""

    entries: list[EntryOut]
    next: int | None
    """What to give as *after* for the next page; null at the end."""
