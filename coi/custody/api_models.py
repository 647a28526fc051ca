"""What does a program say and hear about orders, gates and holds? Nothing here can carry a name or a birth date out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, SecretStr

from coi.web.api import MAX_SEQ, At, In, Name, Out, Problem, Receipt

if TYPE_CHECKING:
    from coi.ledger import Entry

Text = Annotated[str, Field(pattern=r"^[ -~]{0,40}$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Line = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
Login = Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00-\x1f\x7f]+$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=1024)]
Base64 = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", max_length=8_192),
]

ReprintReason = Literal["damaged", "unreadable", "lost", "never_printed"]
DeclineReason = Literal["damaged", "wrong_address", "no_capacity", "seal_broken", "late"]
Basis = Literal[
    "label_and_record_agree",
    "two_labels_agree",
    "biological_identity",
    "condition_evidence",
    "scan_of_another_by_mistake",
]


class Patient(In):
    """What identifies a patient: into the vault and nowhere else."""

    name: Line
    birth_date: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    issuer: Annotated[Line, Field(max_length=60)]
    """Who issued the record number: the hospital's short name."""
    record_number: Annotated[Line, Field(max_length=60)]


class NewOrderIn(In):
    """What a coordinator orders."""

    patient: Patient
    product: Name
    collection: Name
    manufacturing: Name
    treatment: Name
    courier: Name


class Scan(In):
    """One read of one code, as the scanner gave it."""

    data: Base64
    """The very bytes, in base64."""
    aim: str = Field(default="", pattern=r"^[!-~]{0,3}$")
    """Symbology identifier of ISO/IEC 15424, as ]d1; empty when the reader did not say."""
    source: str = Field(default="wedge", pattern=r"^[a-z_]{1,20}$")
    device: Name | None = None
    """The station that signed this read; all reads of one deed come through one."""
    nonce: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,100}$")
    signature: Base64 = Field(default="", max_length=200)
    """ECDSA on P-256, raw r and s, over nonce, LF, base64 of the data, LF, aim, LF, source."""


class Attempt(In):
    """What is brought to a gate."""

    scans: list[Scan] = Field(default=[], max_length=12)
    values: dict[Word, Text] = Field(default={}, max_length=20)
    patient: Patient | None = None
    """Only where the gate compares what a physician enters a second time, blind."""


class Signer(In):
    """Both components of one electronic signature, given anew each time."""

    login: Login
    secret: Secret


class PlaceSigner(Signer):
    """Who takes one place to sign."""

    code: SecretStr = Field(default=SecretStr(""), max_length=12)
    """The code that the signer's own telephone shows; only where the place asks for the other factor."""


class Signatures(In):
    """Signatures over one prepared statement, in the order of its places."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The SHA-256 of the statement that the signers were shown."""
    signatures: list[PlaceSigner] = Field(min_length=1, max_length=4)


class Reprint(In):
    """Why a label is replaced."""

    why: ReprintReason


class Decline(In):
    """Why offered custody is not taken."""

    why: DeclineReason


class Lift(Signer):
    """What settled a hold, and the signature of quality."""

    basis: Basis


class OrdersAsked(In):
    """Which orders to list."""

    only_open: bool = False
    after: Name | None = None
    """The last order of the page before."""
    limit: int = Field(default=100, ge=1, le=500)


class EntriesAsked(In):
    """Which entries to list."""

    after: int = Field(default=0, ge=0, le=MAX_SEQ)
    """The number of the last entry of the page before."""
    limit: int = Field(default=100, ge=1, le=200)


class HoldsAsked(In):
    """Which holds to list."""

    only_open: bool = False


class Slot(Out):
    """One code that a gate wants scanned."""

    slot: str
    what: str
    """wristband, container, shipper, seal or location."""
    kind: str | None
    """Which kind of container."""
    symbol: str
    say: str


class Asked(Out):
    """One thing that a gate wants stated."""

    name: str
    type: str
    ask: str
    unit: str | None
    low: str | None
    high: str | None
    choices: list[str]


class Place(Out):
    """One place to sign."""

    roles: list[str]
    meaning: str
    factor: Literal["any", "other"] = "any"
    """other: a password and a code of the signer's own telephone, and never who acts."""


class Gate(Out):
    """One checkpoint and what it wants."""

    checkpoint: str
    handoff: str
    title: str
    site: str
    roles: list[str]
    scans: list[Slot]
    values: list[Asked]
    places: list[Place]


class Task(Out):
    """One gate of one order that waits for who asks."""

    order: str
    coi: str | None
    due: At
    held: bool
    gate: Gate


class Tasks(Out):
    """What waits, the soonest deadline first."""

    tasks: list[Task]


class OrderLine(Out):
    """One order in a list."""

    id: str
    coi: str | None
    product: str
    state: str
    custodian: str | None
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
    location: str | None
    parents: list[str]


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


class Offer(Out):
    """Custody held out and not yet taken."""

    to: str
    by: str
    at: At


class Certificate(Out):
    """The effective release: exactly these containers."""

    id: str
    containers: list[str]
    at: At


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
    offer: Offer | None
    certificate: Certificate | None
    thaw_began: At | None
    containers: list[ContainerOut]
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


class ReasonOut(Out):
    """One reason of a refusal, or of a receipt into quarantine."""

    code: str
    slot: str
    expected: str
    seen: str
    sentence: str


class Opened(Out):
    """A new order."""

    order: str
    receipt: Receipt


class Judged(Out):
    """The deed was accepted, or received into quarantine, and stands in the ledger."""

    outcome: Literal["accepted", "quarantined"]
    order: str
    checkpoint: str
    state: str
    """The order's state after the deed."""
    receipt: Receipt
    effects: list[dict[str, JsonValue]]
    reasons: list[ReasonOut]
    holds: list[str]


class Refusal(Problem):
    """The gate refused, for all these reasons; the attempt stands in the ledger."""

    outcome: Literal["blocked"] = "blocked"
    order: str
    checkpoint: str
    receipt: Receipt
    reasons: list[ReasonOut]
    holds: list[str]


class Waiting(Out):
    """Everything agrees; nothing is done until the persons have signed exactly this statement."""

    id: str
    sha256: str
    statement: dict[str, JsonValue]
    meaning: str
    places: list[Place]
    expires: At
    order: str
    checkpoint: str


class Recorded(Out):
    """The deed stands in the ledger."""

    order: str
    receipt: Receipt


class Reprinted(Recorded):
    """The old label is dead; a new one is being printed."""

    voided: str
    piece: str
    """The label that takes its place; it counts once it is scanned back."""
