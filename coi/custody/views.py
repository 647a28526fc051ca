"""What does a person see of an order, a task, a scan and its verdict?

Frozen pictures for the templates, in the words of the people who read them: an action makes one after the commit,
a template draws it, and nothing here knows a request, a clock or a table.

* An identity stands here only as this order's own, or as a class and a last four ("bag of another order, …7K3M").
* Words are ready to be shown: translated, grouped for reading, without a person's data unless the vault was opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from coi.custody.order_views import BesideGroup, DoseView, Node, OfferView, ShipmentView
    from coi.custody.thing_words import Symbol
    from coi.people import ToCall

Word = Literal["GO", "STOP", "HOLD", "NOT VERIFIED"]
"""The one word of a full screen."""

StepState = Literal["done", "next", "waiting"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the ledger keeps what was just judged."""

    chain: str
    seq: int
    hash: str
    """Hex SHA-256 of the entry; the screen shows the first twelve characters and links to the whole."""

    @property
    def short(self) -> str:
        """Return the part of the hash that a person reads aloud, in groups of four."""
        return " ".join(self.hash[i : i + 4] for i in range(0, 12, 4))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One slot of a gate: what had to be there and what was scanned, as grouped text."""

    slot: str
    """Words such as "Bag" or "Wristband"."""
    expected: str
    scanned: str
    """Empty when nothing was scanned for the slot."""
    agrees: bool

    @property
    def marked(self) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
        """Return both texts cut into runs, each with whether it differs from the other side."""
        return marks(self.expected, self.scanned)


def marks(expected: str, scanned: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    """Cut two texts into runs of characters that agree (False) and that differ (True).

    Texts of one length are compared place by place, because that is how a person with two labels compares.

    >>> marks("7K3M", "7X3M")
    ((('7', False), ('K', True), ('3M', False)), (('7', False), ('X', True), ('3M', False)))
    >>> marks("7K3M", "")
    ((('7K3M', True),), ())
    >>> marks("7K3M LNPQ", "…LNVQ")[1]
    (('…', False), ('LN', False), ('V', True), ('Q', False))
    """
    if scanned.startswith("…"):  # of another order's code only the tail is told: it is compared with ours
        kept = len(expected) - len(scanned) + 1
        left_tail, right_tail = marks(expected[kept:], scanned[1:])
        return ((expected[:kept], False), *left_tail), (("…", False), *right_tail)
    if len(expected) == len(scanned):
        differs = [a != b for a, b in zip(expected, scanned, strict=True)]
        return _runs(expected, differs), _runs(scanned, differs)
    left, right = [True] * len(expected), [True] * len(scanned)
    for a, b, size in SequenceMatcher(None, expected, scanned, autojunk=False).get_matching_blocks():
        left[a : a + size] = [False] * size
        right[b : b + size] = [False] * size
    return _runs(expected, left), _runs(scanned, right)


def _runs(text: str, differs: list[bool]) -> tuple[tuple[str, bool], ...]:
    """Join neighbouring characters of one mark."""
    runs: list[tuple[str, bool]] = []
    for character, mark in zip(text, differs, strict=True):
        if runs and runs[-1][1] == mark:
            runs[-1] = (runs[-1][0] + character, mark)
        else:
            runs.append((character, mark))
    return tuple(runs)


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A full screen that answers one attempt."""

    word: Word
    headline: str
    """One line under the word: "The bag belongs to another order"."""
    what: str
    """What is it: the gate and the order, "H5 Hand over to courier, order A9992 26 000123 4"."""
    happened: str
    """What happened, in one or two sentences."""
    risk: str
    """Is the product at risk? Always answered, "No. Nothing has moved." is an answer."""
    next: tuple[str, ...]
    """What to do now, in order, each a short imperative."""
    comparisons: tuple[Comparison, ...] = ()
    reasons: tuple[str, ...] = ()
    by: str = ""
    also_by: tuple[str, ...] = ()
    """Those who signed with them."""
    at: datetime | None = None
    site: str = ""
    device: str = ""
    receipt: Receipt | None = None
    calls: tuple[ToCall, ...] = ()
    """Who is called about it, the first one first."""
    notes: tuple[tuple[str, str], ...] = ()
    """What every screen of this order says, as kind and text."""
    reference: str = ""
    """The id that stands in the log, when nothing could be judged."""

    @property
    def stays(self) -> bool:
        """Tell whether the screen stays until a person has acknowledged it."""
        return self.word != "GO"


@dataclass(frozen=True, slots=True)
class StepView:
    """One code that the gate wants scanned."""

    slot: str
    """The protocol's slot name, stable: "wristband", "bag", "seal"."""
    name: str
    expected: str
    """Words for the person: "the wristband on the patient's arm"."""
    state: StepState
    seen: str = ""
    """What was scanned, grouped; empty until then."""
    symbol: Symbol = "code"
    found: int = 0
    """How many things were scanned for it."""
    wanted: int = 1
    """How many it wants: every bag of a step that wants them all."""
    optional: bool = False
    """Whether it may be left out where it cannot be read."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One value that the gate wants typed, such as a volume."""

    name: str
    label: str
    kind: Literal["text", "decimal", "choice", "tick", "blind"] = "text"
    """blind: what is typed is hidden, since nobody may read it from the screen."""
    unit: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    """What the field holds; for a tick, what it says when it is set."""
    error: str = ""
    pattern: str = ""
    """The shape of a right entry, so that a slip of the keyboard is no statement."""


@dataclass(frozen=True, slots=True)
class SignerView:
    """One person of a signature panel."""

    role: str
    state: Literal["signed", "next", "waiting"]
    name: str = ""
    """Who it is, once known; the first signer is the person signed in."""
    needs_login: bool = True
    """A second person types the login too; the one signed in only the password."""
    needs_code: bool = False
    """The place asks for a code of the signer's own telephone beside the password."""


@dataclass(frozen=True, slots=True)
class SignatureView:
    """What is about to be signed, shown before anybody types a secret."""

    prepared: str
    meaning: str
    """"I have compared wristband and bag with my own eyes and they agree"."""
    lines: tuple[tuple[str, str], ...]
    """Exactly what is signed, label and value, in the order of the statement."""
    sha256: str
    expires: datetime
    signers: tuple[SignerView, ...]
    statement: str = ""
    """The statement as text, whole: what the hash is over."""
    error: str = ""

    @property
    def grouped(self) -> str:
        """Return the hash in groups of eight, so that two people can compare it."""
        return " ".join(self.sha256[i : i + 8] for i in range(0, len(self.sha256), 8))


@dataclass(frozen=True, slots=True)
class TaskView:
    """One thing that somebody at this site must do now."""

    title: str
    """"Hand over to the courier"."""
    checkpoint: str
    """"H5"."""
    coi: str
    """Canonical text, for links."""
    order: str
    """Grouped text, for eyes."""
    product: str
    site: str
    due: datetime | None = None
    """When it must be done; None sorts last."""
    why: str = ""
    """Why that moment: "the cells expire", "the courier waits"."""
    blocked: str = ""
    """Why nobody can do it now: "on hold since 14:05"; empty when it can be done."""
    url: str = ""
    """Where the task is done."""
    step: str = ""
    """The protocol's name of the step."""
    here: bool = True
    """Whether it is done at the site where the person works now."""


@dataclass(frozen=True, slots=True)
class StationView:
    """The scan station of one person at one device, as the server keeps it."""

    site: str
    title: str = ""
    """The task; empty when the station waits for any code."""
    checkpoint: str = ""
    coi: str = ""
    order: str = ""
    """The order's grouped number; empty when idle."""
    product: str = ""
    patient: tuple[tuple[str, str], ...] = ()
    """Name and birth date from the vault, only at the gates that may show them."""
    steps: tuple[StepView, ...] = ()
    fields: tuple[FieldView, ...] = ()
    ready: bool = False
    """Every code and value is there: CONFIRM may be scanned or pressed."""
    notice: str = ""
    """A mild word that is no verdict: "Already scanned: the wristband"."""
    verdict: VerdictView | None = None
    """The last verdict, until acknowledged."""
    signature: SignatureView | None = None
    tasks: tuple[TaskView, ...] = ()
    """The soonest tasks of the site, shown while idle."""
    deadline: datetime | None = None
    """When the present window closes (wristband to bag), if one runs."""
    notes: tuple[tuple[str, str], ...] = ()
    """What every screen of this order says, as kind and text."""
    twins: bool = False
    """Whether another open order's patient could be taken for this one."""
    choices: tuple[TaskView, ...] = ()
    """Steps that all want what was scanned: the person says which."""
    others: tuple[TaskView, ...] = ()
    """What else this person could do for this order here, beside the road too."""
    symbols: str = "any"
    """Which symbols of a label a camera hands on: any, matrix (a bar code alone is not enough) or both."""
    may_type: bool = False
    """Whether two persons may type a code at this step that no scanner reads."""
    bands: bool = False
    """Whether a hospital's own band is asked for, whose symbology is the hospital's."""

    @property
    def scanned(self) -> int:
        """Count the things that were scanned."""
        return sum(step.found for step in self.steps)

    @property
    def wanted(self) -> int:
        """Count the things that must be scanned."""
        return sum(step.wanted for step in self.steps if not step.optional)


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """One stop of the road from vein to vein."""

    checkpoint: str
    title: str
    state: Literal["done", "now", "ahead", "refused"]
    at: datetime | None = None
    by: str = ""
    site: str = ""
    seq: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CustodyView:
    """One interval of custody; *until* is None while some of it has not moved on."""

    custodian: str
    unit: str
    person: str
    since: datetime
    what: str = ""
    """How many containers of which kind."""
    until: datetime | None = None
    now: bool = False
    """Whether some of it is still there."""
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class PieceView:
    """One printed label."""

    human: str
    role: str
    state: str
    printed: datetime | None = None
    copy: int = 1
    alive: bool = True
    id: str = ""


@dataclass(frozen=True, slots=True)
class ContainerView:
    """One bag, cassette or tube."""

    human: str
    kind: str
    state: str
    symbol: Symbol = "bag"
    custodian: str = ""
    """Who has it now."""
    place: str = ""
    expires: datetime | None = None
    thaw_ends: datetime | None = None
    """When the time after its thaw is over, while it runs."""
    hold: str = ""
    live: bool = True
    pieces: tuple[PieceView, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One entry as a line of a list."""

    chain: str
    seq: int
    type: str
    title: str
    """The type in words."""
    at: datetime
    by: str
    site: str
    outcome: Literal["accepted", "blocked", "noted"]
    hash: str
    prev: str
    reasons: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldView:
    """One hold, open or lifted."""

    id: str
    coi: str
    order: str
    scope: str
    reason: str
    placed_at: datetime
    placed_by: str
    owner: str
    contact: str
    deadline: datetime | None = None
    lifted_at: datetime | None = None
    lifted_by: tuple[str, ...] = ()
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order as a line of the list."""

    coi: str
    order: str
    product: str
    state: str
    where: str
    since: datetime
    due: datetime | None = None
    hold: bool = False
    refusals: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order whole."""

    coi: str
    order: str
    product: str
    protocol: str
    state: str
    chain: str
    head: int
    head_hash: str
    closed: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    """Label and value for the summary: ordered by, sites, slot, donation number, lot…"""
    flags: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """What every screen of this order says, as kind and text."""
    road: tuple[MilestoneView, ...] = ()
    custody: tuple[CustodyView, ...] = ()
    genealogy: tuple[Node, ...] = ()
    dose: DoseView | None = None
    offers: tuple[OfferView, ...] = ()
    shipments: tuple[ShipmentView, ...] = ()
    beside: tuple[BesideGroup, ...] = ()
    containers: tuple[ContainerView, ...] = ()
    entries: tuple[LedgerLine, ...] = ()
    holds: tuple[HoldView, ...] = ()
    tasks: tuple[TaskView, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry whole, with the bytes that were hashed."""

    line: LedgerLine
    recorded_at: datetime
    node: str
    log: str
    facts: tuple[tuple[str, str], ...]
    signatures: tuple[tuple[str, ...], ...]
    """Person, role, meaning, time of each."""
    body: str
    """The canonical JSON text, byte for byte."""
    next_seq: int | None = None


@dataclass(frozen=True, slots=True)
class TrayItem:
    """One picture in the virtual printer's tray (databases of purpose demo only)."""

    name: str
    caption: str
    role: str
    order: str
    coi: str
    at: datetime | None = None
    alive: bool = True
    url: str = ""
