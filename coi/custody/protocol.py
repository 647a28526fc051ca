"""What has to be scanned, by whom, in which order, and what follows? Read from reviewed data.

A protocol is a JSON file under ``protocols/``, pinned by each order through the SHA-256 of its bytes. A site's variant
is other data, never other code. What the loader does not know, it refuses: a gate that is not understood is no gate.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from coi.custody.order import STATES, Order
from coi.errors import Malformed, Unknown
from coi.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

SHIPPED = ("cryo_car_t",)
SITE_ROLES = ("collection", "manufacturing", "treatment", "courier")
SLOT_CLASSES = ("wristband", "container", "shipper", "seal", "location")
KINDS = ("starting_material", "intermediate", "drug_product")
VALUE_TYPES = ("yes", "identity", "choice", "decimal", "date")
"""identity: the vault compares what was entered blind; no client can state the answer."""
EFFECTS = frozenset(
    {
        "issue_coi",
        "lot",
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


class BadProtocol(Malformed):
    """The protocol's data breaks a rule; the text says which checkpoint and what."""


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

    def point(self, order: Order) -> str:
        """Return the custody point where this checkpoint happens for *order*."""
        return point(order.site(self.site), self.unit)

    def slot(self, name: str) -> Slot:
        """Return a slot by name."""
        return next(slot for slot in self.slots if slot.name == name)


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version of one protocol."""

    id: str
    version: int
    title: str
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

    def open_for(self, order: Order) -> tuple[Checkpoint, ...]:
        """Return the checkpoints that could be done next, in road order; whether they may is for ``decide``."""
        return tuple(checkpoint for checkpoint in self.checkpoints if is_next(checkpoint, order))


def point(site: str, unit: str) -> str:
    """Return the custody point of a unit at a site: ``S-1/lab``, or the site where there is no unit."""
    return f"{site}/{unit}" if unit else site


def is_next(checkpoint: Checkpoint, order: Order) -> bool:
    """Say whether the order stands where *checkpoint* happens: state, deeds before it, not done yet.

    Offer as needed.
    """
    if order.state not in checkpoint.states or any(order.did(need) is None for need in checkpoint.needs):
        return False
    if order.did(checkpoint.id) is not None and not checkpoint.repeat:
        return False
    if "no_open_offer" in checkpoint.checks:
        taker = _offered_to(checkpoint, order)
        return order.offer is None and order.custodian != taker
    if "offered_to_us" in checkpoint.checks:
        return order.offer is not None and order.offer.to == checkpoint.point(order)
    return True


def _offered_to(checkpoint: Checkpoint, order: Order) -> str:
    offer = next(effect for effect in checkpoint.effects if effect["do"] == "offer")
    return point(order.site(offer["to"]), offer.get("unit", ""))


def step_of(protocol: Protocol, order: Order, name: str) -> Checkpoint:
    """Return a checkpoint of the protocol, or the relabelling of one kind of thing, which is lawful in every state."""
    if not name.startswith("relabel_"):
        return protocol.checkpoint(name)
    what = name.removeprefix("relabel_")
    if what not in {"wristband", *KINDS}:
        raise Unknown(f"Expected relabel_wristband or relabel_ and one of {KINDS}, seen {name!r}.")
    return _relabelling(order, what)


RELABELLERS = ("collection_operator", "cell_lab", "mfg_operator", "mfg_supervisor", "pharmacist", "ward_nurse")


def _relabelling(order: Order, what: str) -> Checkpoint:
    """Return the gate at which a reprinted label is scanned back onto its thing, where the thing is, by two persons."""
    site, unit = _where(order)
    slot = Slot(
        "label",
        "wristband" if what == "wristband" else "container",
        "the new label, on its place",
        None if what == "wristband" else what,
        "printed",
    )
    return Checkpoint(
        id=f"relabel_{what}",
        handoff="R9",
        title="Put the new label on and scan it back",
        site=site,
        unit=unit,
        roles=RELABELLERS,
        states=STATES,
        to=None,
        needs=("h2_print",),
        slots=(slot,),
        values=(),
        checks=("replaces_dead",),
        sign=Signing("verified", (frozenset(RELABELLERS), frozenset(RELABELLERS))),
        effects=({"do": "piece", "slot": "label", "to": "applied"},),
        due_h=Decimal(1),
        repeat=True,
        records_only=True,
    )


def _where(order: Order) -> tuple[str, str]:
    """Return the order's site role and unit where its material is now; the collection site before there is any."""
    custodian = order.custodian or order.site("collection")
    site, _, unit = custodian.partition("/")
    return next((role for role in SITE_ROLES if order.site(role) == site), "collection"), unit


def parse(data: bytes) -> Protocol:
    """Read a protocol from its JSON bytes, or raise BadProtocol.

    1. Every checkpoint names known states, roles, sites, slots, values, effects and checks.
    2. Checkpoint ids are unique, and *needs* name earlier checkpoints.
    3. Every effect's slot exists; a state is reached by some checkpoint before one starts from it.
    4. No gate is emptied, and no limit is past its hard bound (``gates``).
    """
    try:
        return _parsed(data)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as broken:
        if isinstance(broken, BadProtocol):
            raise
        raise BadProtocol(f"Expected a protocol with every field of its kind, seen a fault at {broken}.") from broken


def _parsed(data: bytes) -> Protocol:
    from coi.custody import gates  # noqa: PLC0415 - gates and checks read Checkpoint, so they come second
    from coi.custody.checks import NAMED  # noqa: PLC0415 - same

    raw = json.loads(data)
    protocol = Protocol(
        id=_text(raw["id"]),
        version=int(raw["version"]),
        title=_text(raw["title"]),
        sha256=hashlib.sha256(data).hexdigest(),
        product={name: _text(value) for name, value in raw["product"].items()},
        isbt_product_code=_text(raw["isbt_product_code"]),
        limits=dict(raw["limits"]),
        checkpoints=tuple(_checkpoint(item) for item in raw["checkpoints"]),
    )
    seen: set[str] = set()
    reached = {"DRAFT"}
    for checkpoint in protocol.checkpoints:
        for fault in _faults(checkpoint, seen, reached, frozenset(NAMED)):
            raise BadProtocol(f"Checkpoint {checkpoint.id}: {fault}")
        seen.add(checkpoint.id)
        if checkpoint.to is not None:
            reached.add(checkpoint.to)
    for fault in gates.faults(protocol):
        raise BadProtocol(fault)
    return protocol


def _checkpoint(item: Mapping[str, Any]) -> Checkpoint:
    sign = item["sign"]
    return Checkpoint(
        id=_text(item["id"]),
        handoff=_text(item["handoff"]),
        title=_text(item["title"]),
        site=_text(item["site"]),
        unit="" if item["unit"] == "" else _text(item["unit"]),
        roles=_texts(item["roles"]),
        states=_texts(item["from"]),
        to=None if item["to"] is None else _text(item["to"]),
        needs=_texts(item["needs"]),
        slots=tuple(_slot(slot) for slot in _list(item["scans"])),
        values=tuple(_value(value) for value in _list(item["values"])),
        checks=_texts(item["checks"]),
        sign=None
        if sign is None
        else Signing(_text(sign["meaning"]), tuple(frozenset(_texts(roles)) for roles in _list(sign["by"]))),
        effects=tuple({name: _text(said) for name, said in effect.items()} for effect in _list(item["effects"])),
        due_h=Decimal(item["due_h"]),
        repeat=item.get("repeat", False),
        quarantine=item.get("quarantine", False),
        records_only=item.get("records_only", False),
        patient_card=item.get("patient_card", False),
    )


def _slot(item: Mapping[str, Any]) -> Slot:
    return Slot(
        name=_text(item["slot"]),
        klass=_text(item["is"]),
        say=_text(item["say"]),
        kind=None if "kind" not in item else _text(item["kind"]),
        piece=_text(item.get("piece", "applied")),
        symbol=_text(item.get("symbol", "any")),
    )


def _text(value: object) -> str:
    """Return a text that says something, or raise TypeError."""
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"a text was expected, seen {value!r}")
    return value


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """Return a list, or raise TypeError: a text would be taken for a list of its characters."""
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, seen {value!r}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(each) for each in _list(value))


def _value(item: Mapping[str, Any]) -> Value:
    return Value(
        name=_text(item["name"]),
        type=_text(item["type"]),
        ask=_text(item["ask"]),
        unit=None if "unit" not in item else _text(item["unit"]),
        low=Decimal(item["min"]) if "min" in item else None,
        high=Decimal(item["max"]) if "max" in item else None,
        choices=_texts(item.get("choices", [])),
        good=_texts(item.get("good", [])),
    )


def _faults(checkpoint: Checkpoint, seen: set[str], reached: set[str], checks: frozenset[str]) -> list[str]:
    slots = {slot.name for slot in checkpoint.slots}
    signers = () if checkpoint.sign is None else checkpoint.sign.by
    rules: list[tuple[bool, str]] = [
        (checkpoint.id not in seen, "expected a new id, seen it twice"),
        (
            bool(checkpoint.roles) and set(checkpoint.roles) <= set(ROLES),
            f"expected known roles, seen {checkpoint.roles}",
        ),
        (checkpoint.site in SITE_ROLES, f"expected a site of the order, seen {checkpoint.site!r}"),
        (
            bool(checkpoint.states) and set(checkpoint.states) <= reached,
            f"expected states reached before, seen {checkpoint.states}",
        ),
        (checkpoint.to is None or checkpoint.to in STATES, f"expected a state, seen {checkpoint.to!r}"),
        (
            {type(checkpoint.repeat), type(checkpoint.quarantine), type(checkpoint.records_only)} == {bool},
            "expected true or false",
        ),
        (checkpoint.due_h > 0, f"expected a time in hours, seen {checkpoint.due_h}"),
        (all(s.piece in {"printed", "applied"} for s in checkpoint.slots), "expected labels printed or applied"),
        (all(s.symbol in {"any", "linear"} for s in checkpoint.slots), "expected any symbol or linear"),
        (set(checkpoint.needs) <= seen, f"expected earlier checkpoints, seen {checkpoint.needs}"),
        (len(slots) == len(checkpoint.slots), "expected each slot once"),
        (all(s.klass in SLOT_CLASSES for s in checkpoint.slots), "expected known scan classes"),
        (
            all((s.klass == "container") == (s.kind in KINDS) for s in checkpoint.slots),
            "expected a kind on containers only",
        ),
        (
            all(v.type in VALUE_TYPES and (v.type == "choice") == bool(v.choices) for v in checkpoint.values),
            "expected known values",
        ),
        (set(checkpoint.checks) <= checks, f"expected known checks, seen {sorted(set(checkpoint.checks) - checks)}"),
        (all(e["do"] in EFFECTS for e in checkpoint.effects), "expected known effects"),
        (
            all(e["slot"] in slots for e in checkpoint.effects if "slot" in e),
            "expected effects on slots of this checkpoint",
        ),
        (checkpoint.sign is None or bool(signers), "expected at least one signer"),
        (all(roles and roles <= set(ROLES) for roles in signers), "expected known roles of signers"),
        (not signers or bool(signers[0] & set(checkpoint.roles)), "expected the first signer to be who acts"),
    ]
    return [text for holds, text in rules if not holds]


@cache
def shipped() -> Mapping[str, Protocol]:
    """Return the shipped protocols by the SHA-256 of their bytes."""
    folder = resources.files("coi.custody") / "protocols"
    parsed = (parse((folder / f"{name}.json").read_bytes()) for name in SHIPPED)
    return {protocol.sha256: protocol for protocol in parsed}


def pinned(sha256: str) -> Protocol:
    """Return the protocol that an order pinned; an order never moves to another by itself."""
    try:
        return shipped()[sha256]
    except KeyError:
        raise Unknown(
            f"Expected a protocol with SHA-256 {sha256[:12]}…, seen only {[p.id for p in shipped().values()]}."
        ) from None


def for_product(product: str) -> Protocol:
    """Return the newest shipped protocol for a product code."""
    fitting = [protocol for protocol in shipped().values() if protocol.product["code"] == product]
    if not fitting:
        raise Unknown(f"Expected one of {[p.product['code'] for p in shipped().values()]}, seen product {product!r}.")
    return max(fitting, key=lambda protocol: protocol.version)
