"""What has to be scanned, by whom, in which order, and what follows? Read from reviewed data.

A protocol is a JSON file under ``protocols/``, pinned by each order through the SHA-256 of its bytes. A site's variant
is other data, never other code. What the loader does not know, it refuses: a gate that is not understood is no gate.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from coi.custody import forms
from coi.custody.order import ALL_STATES, CONTAINER_STATES
from coi.errors import Malformed, Unknown
from coi.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coi.custody.order import Order

SHIPPED = ("cryo_car_t", "fresh_car_t", "hospital_made")
FORMS = {"frozen": "cryo_car_t", "fresh": "fresh_car_t", "hospital": "hospital_made"}
"""The forms a product can have, each with the shipped protocol that says the least of it."""
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
NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
"""How a checkpoint is called: its entries bear the name."""
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


def parse(data: bytes) -> Protocol:
    """Read a protocol from its JSON bytes, or raise BadProtocol.

    1. Every checkpoint names known states, roles, sites, slots, values, effects and checks.
    2. Checkpoint ids are unique, and *needs* name earlier checkpoints.
    3. Every effect's slot exists; a state is reached by some checkpoint before one starts from it.
    4. No gate is emptied, and no limit is past its hard bound (``gates``).
    5. Nothing is taken away from the shipped protocol of its form (``forms``).
    """
    try:
        protocol = _parsed(data)
        for fault in forms.faults(protocol, form(protocol.form)):
            raise BadProtocol(fault)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as broken:
        if isinstance(broken, BadProtocol):
            raise
        raise BadProtocol(f"Expected a protocol with every field of its kind, seen a fault at {broken}.") from broken
    return protocol


def _parsed(data: bytes) -> Protocol:
    from coi.custody import gates  # noqa: PLC0415 - gates and checks read Checkpoint, so they come second
    from coi.custody.checks import NAMED  # noqa: PLC0415 - same

    raw = json.loads(data)
    protocol = Protocol(
        id=_text(raw["id"]),
        version=int(raw["version"]),
        title=_text(raw["title"]),
        form=_text(raw["form"]),
        sha256=hashlib.sha256(data).hexdigest(),
        product={name: _text(value) for name, value in raw["product"].items()},
        isbt_product_code=_text(raw["isbt_product_code"]),
        limits=dict(raw["limits"]),
        checkpoints=tuple(_checkpoint(item) for item in raw["checkpoints"]),
    )
    seen: set[str] = set()
    there = reached(c.to for c in protocol.checkpoints if c.to is not None)
    for checkpoint in protocol.checkpoints:
        for fault in _faults(checkpoint, seen, there, frozenset(NAMED)):
            raise BadProtocol(f"Checkpoint {checkpoint.id}: {fault}")
        seen.add(checkpoint.id)
    for fault in gates.faults(protocol):
        raise BadProtocol(fault)
    return protocol


def reached(states: Iterable[str]) -> frozenset[str]:
    """Return the states in which an order can stand.

    The first, those that its steps lead to, and the ends of a dose that was not given whole.
    """
    return frozenset({"DRAFT", "PARTIAL", "DESTROYED", *states})


def form(name: str) -> Protocol:
    """Return the shipped protocol of a form, as its file says, or raise BadProtocol."""
    if name not in FORMS:
        raise BadProtocol(f"Expected one of the forms {sorted(FORMS)}, seen {name[:20]!r}.")
    return _shipped(FORMS[name])


@cache
def _shipped(name: str) -> Protocol:
    return _parsed((resources.files("coi.custody") / "protocols" / f"{name}.json").read_bytes())


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
        else Signing(
            _text(sign["meaning"]),
            tuple(frozenset(_texts(roles)) for roles in _list(sign["by"])),
            _text(sign.get("factor", "any")),
        ),
        effects=tuple(
            {name: _texts(said) if isinstance(said, list) else _text(said) for name, said in effect.items()}
            for effect in _list(item["effects"])
        ),
        due_h=Decimal(item["due_h"]),
        repeat=item.get("repeat", False),
        quarantine=item.get("quarantine", False),
        records_only=item.get("records_only", False),
        patient_card=item.get("patient_card", False),
        stops=item.get("stops", False),
        side=item.get("side", False),
        when=None if "when" not in item else _text(item["when"]),
    )


def _slot(item: Mapping[str, Any]) -> Slot:
    return Slot(
        name=_text(item["slot"]),
        klass=_text(item["is"]),
        say=_text(item["say"]),
        kind=None if "kind" not in item else _text(item["kind"]),
        piece=_text(item.get("piece", "applied")),
        symbol=_text(item.get("symbol", "any")),
        states=_texts(item.get("in", [])),
        many=item.get("many", False),
        optional=item.get("optional", False),
        new=item.get("new", False),
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


def _faults(checkpoint: Checkpoint, seen: set[str], reached: frozenset[str], checks: frozenset[str]) -> list[str]:
    slots = {slot.name for slot in checkpoint.slots}
    signers = () if checkpoint.sign is None else checkpoint.sign.by
    rules: list[tuple[bool, str]] = [
        (checkpoint.id not in seen, "expected a new id, seen it twice"),
        (NAME.fullmatch(checkpoint.id) is not None, "expected a name of at most 32 small letters, digits and _"),
        (
            bool(checkpoint.roles) and set(checkpoint.roles) <= set(ROLES),
            f"expected known roles, seen {checkpoint.roles}",
        ),
        (checkpoint.site in SITE_ROLES + OPTIONAL_ROLES, f"expected a site of the order, seen {checkpoint.site!r}"),
        (
            bool(checkpoint.states) and set(checkpoint.states) <= reached,
            f"expected states that are reached, seen {checkpoint.states}",
        ),
        (
            checkpoint.to in {None, LEFT, *ALL_STATES},
            f"expected a state, seen {checkpoint.to!r}",
        ),
        (checkpoint.when in {None, *CONDITIONS}, f"expected one of {sorted(CONDITIONS)}, seen {checkpoint.when!r}"),
        (checkpoint.when is None or checkpoint.to is not None, "expected a state where a condition stands, seen none"),
        (_flags(checkpoint) <= {bool}, "expected true or false"),
        (checkpoint.due_h > 0, f"expected a time in hours, seen {checkpoint.due_h}"),
        (all(s.piece in {"printed", "applied"} for s in checkpoint.slots), "expected labels printed or applied"),
        (all(s.symbol in {"any", "linear"} for s in checkpoint.slots), "expected any symbol or linear"),
        (set(checkpoint.needs) <= seen, f"expected earlier checkpoints, seen {checkpoint.needs}"),
        (len(slots) == len(checkpoint.slots), "expected each slot once"),
        (all(s.klass in SLOT_CLASSES for s in checkpoint.slots), "expected known scan classes"),
        (
            all((s.klass in PATIENT_BOUND) == (s.kind in KINDS) for s in checkpoint.slots),
            "expected a kind on containers only",
        ),
        (
            all((s.klass in PATIENT_BOUND) == bool(s.states) for s in checkpoint.slots),
            "expected the states of containers, and of nothing else",
        ),
        (
            all(set(s.states) <= set(CONTAINER_STATES) for s in checkpoint.slots),
            "expected known states of containers",
        ),
        (all(not s.many or s.klass == "container" for s in checkpoint.slots), "expected many of containers only"),
        (all(not s.new or s.klass == "band" for s in checkpoint.slots), "expected only a hospital's band to be new"),
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
        (
            checkpoint.sign is None or checkpoint.sign.factor in {"any", "other"},
            "expected any factor or an other one",
        ),
        (checkpoint.sign is None or bool(signers), "expected at least one signer"),
        (all(roles and roles <= set(ROLES) for roles in signers), "expected known roles of signers"),
        (not signers or bool(signers[0] & set(checkpoint.roles)), "expected the first signer to be who acts"),
    ]
    return [text for holds, text in rules if not holds]


def _flags(checkpoint: Checkpoint) -> set[type]:
    """Return the types of everything that is true or false."""
    own = (
        checkpoint.repeat, checkpoint.quarantine, checkpoint.records_only, checkpoint.patient_card, checkpoint.side,
        checkpoint.stops,
    )  # fmt: skip
    return {type(flag) for flag in (*own, *(f for s in checkpoint.slots for f in (s.many, s.optional, s.new)))}


@cache
def shipped() -> Mapping[str, Protocol]:
    """Return the shipped protocols by the SHA-256 of their bytes."""
    parsed = (_shipped(name) for name in SHIPPED)
    return {protocol.sha256: protocol for protocol in parsed}


def pinned(sha256: str) -> Protocol:
    """Return the protocol that an order pinned; an order never moves to another by itself."""
    known = shipped().get(sha256) or _learnt.get(sha256)
    if known is None:
        raise Unknown(
            f"Expected a protocol with SHA-256 {sha256[:12]}…, seen only {[p.id for p in shipped().values()]}."
        )
    return known


_learnt: dict[str, Protocol] = {}
"""Approved protocols that are not shipped, by the hash of their bytes: what was read once need not be read again."""


def learn(protocol: Protocol) -> None:
    """Let ``pinned`` know a protocol that the installation holds."""
    _learnt[protocol.sha256] = protocol


def knows(sha256: str) -> bool:
    """Say whether ``pinned`` can answer for a hash."""
    return sha256 in _learnt or sha256 in shipped()


def for_product(product: str) -> Protocol:
    """Return the newest shipped protocol for a product code."""
    fitting = [protocol for protocol in shipped().values() if protocol.product["code"] == product]
    if not fitting:
        raise Unknown(f"Expected one of {[p.product['code'] for p in shipped().values()]}, seen product {product!r}.")
    return max(fitting, key=lambda protocol: protocol.version)
