"""What does a person see at the scan station: the step in hand, what it wants, and what waits?

Frozen pictures for the templates, kept by the same laws as ``verdict_views``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from coi.custody.thing_words import Symbol
    from coi.custody.verdict_views import VerdictView

StepState = Literal["done", "next", "waiting"]


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
    preflight: bool = False
    """Whether the step begins a thaw, before which the station may ask for a lease."""
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
