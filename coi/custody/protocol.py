"""What has to be scanned, by whom, in which order, and what follows? The values that a protocol is made of.

A site's variant is other data, never other code: ``protocol_reading`` makes these from reviewed JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coi.errors import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from coi.custody.order import Order

SITE_ROLES = ("collection", "manufacturing", "treatment", "courier")
OPTIONAL_ROLES = ("depot",)
"""Sites that an order may have; a checkpoint there is not on the road of an order without one."""
SLOT_CLASSES = (
    "wristband", "container", "cassette", "shipper", "seal", "logger", "location", "equipment", "kit", "band",
)  # fmt: skip
"""band: the hospital's own wristband, which the site's system printed."""
PATIENT_BOUND = frozenset({"container", "cassette"})
"""Scan classes that name one container of the order."""
KINDS = ("starting_material", "intermediate", "drug_product", "sample")
VALUE_TYPES = ("yes", "identity", "spoken", "tail", "piece", "choice", "decimal", "date", "site")
"""identity: the vault compares what was entered blind; spoken: likewise, what the patient says (or ``cannot_speak``);
tail: the last four characters that a person reads from a label and keys without seeing what is expected; piece: a whole
label number, keyed likewise;
site: another site of the installation. No client can state the answer of identity or spoken."""
COMPARED = frozenset({"identity", "spoken"})
CONDITIONS = frozenset({"none_left", "dose_done"})
"""Under which a state may be reached: what they mean stands in ``steps.WHEN``."""
IN_TRANSIT = frozenset({"IN_TRANSIT_TO_MFG", "IN_TRANSIT_TO_SITE"})
LEFT = "@left"
"""As the state a step reaches: the one from which the order left the road."""
EFFECTS = frozenset(
    {
        "issue_coi",
        "lot",
        "site",
        "band",
        "reopen",
        "revoke",
        "withdraw",
        "write_off",
        "unused",
        "register",
        "print",
        "piece",
        "container",
        "custody",
        "offer",
        "ship",
        "shipment",
        "fact",
        "certify",
        "thaw_clock",
    }
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One code that a checkpoint wants scanned."""

    name: str
    klass: str
    say: str
    kind: str | None = None
    piece: str = "applied"
    """State the label piece must be in: printed where this very scan proves that it was applied."""
    symbol: str = "any"
    """any, or linear for the bar code that is scanned beside the square one."""
    states: tuple[str, ...] = ()
    """States in which the container may be (``in`` in the data)."""
    many: bool = False
    """Whether every container of the kind that stands in those states here must be scanned, not one."""
    optional: bool = False
    """Whether the code may be left out; what is scanned must still agree."""
    new: bool = False
    """Whether the hospital's band may be one that nobody has bound yet."""


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that a person states."""

    name: str
    type: str
    ask: str
    unit: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    choices: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    """Choices that do not send the material into quarantine."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs a checkpoint and what the signature means (21 CFR 11.50)."""

    meaning: str
    by: tuple[frozenset[str], ...]
    """One set of roles a signer; the first signer is who acts, all are different persons."""
    factor: str = "any"
    """other: every signer after the first gives a second factor beside the password (hazards.md 29)."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One gate of the road."""

    id: str
    handoff: str
    title: str
    site: str
    unit: str
    roles: tuple[str, ...]
    states: tuple[str, ...]
    to: str | None
    needs: tuple[str, ...]
    slots: tuple[Slot, ...]
    values: tuple[Value, ...]
    checks: tuple[str, ...]
    sign: Signing | None
    effects: tuple[Mapping[str, Any], ...]
    due_h: Decimal
    repeat: bool = False
    quarantine: bool = False
    """Whether a fault of contents or condition is received into quarantine, custody passing, instead of refused."""
    records_only: bool = False
    """Whether the deed only records what has lawfully begun, so that expiry and holds cannot stop the record."""
    patient_card: bool = False
    """Whether the screen opens the patient's name and birth date from the vault."""
    stops: bool = False
    """Whether it takes material or the order off the road, which no hold and no expiry may forbid."""
    side: bool = False
    """Whether it lies beside the road: it may happen, it need not, and no step of the road waits for it."""
    when: str | None = None
    """Under which condition the state is reached: a key of ``WHEN``; until then the order stays where it is."""

    def point(self, order: Order) -> str:
        """Return the custody point where this checkpoint happens for *order*; empty where it has no such site."""
        site = dict(order.sites).get(self.site, "")
        return point(site, self.unit) if site else ""

    @property
    def carries(self) -> bool:
        """Whether it only carries on what is on its way: what arrives held or expired is received into quarantine."""
        return self.site in {"courier", "depot"} and set(self.states) <= IN_TRANSIT

    @property
    def certified(self) -> bool:
        """Whether only what the effective release certificate names may pass."""
        return "certificate" in self.checks

    @property
    def takes(self) -> bool:
        """Whether who acts here takes custody that was offered."""
        return "offered_to_us" in self.checks

    def slot(self, name: str) -> Slot:
        """Return a slot by name."""
        return next(slot for slot in self.slots if slot.name == name)


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version of one protocol."""

    id: str
    version: int
    title: str
    form: str
    """frozen, fresh or hospital: whose shipped protocol it must not fall short of."""
    sha256: str
    product: Mapping[str, str]
    isbt_product_code: str
    limits: Mapping[str, int]
    checkpoints: tuple[Checkpoint, ...]

    def checkpoint(self, name: str) -> Checkpoint:
        """Return a checkpoint; Unknown names what there is."""
        for checkpoint in self.checkpoints:
            if checkpoint.id == name:
                return checkpoint
        raise Unknown(f"Expected a checkpoint of protocol {self.id} version {self.version}, seen {name!r}.")


def point(site: str, unit: str) -> str:
    """Return the custody point of a unit at a site: ``S-1/lab``, or the site where there is no unit."""
    return f"{site}/{unit}" if unit else site
