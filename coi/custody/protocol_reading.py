"""How does reviewed JSON become a protocol?

A protocol is a JSON file under ``protocols/``, known by the SHA-256 of its bytes. What the reader does not know, it
refuses: a gate that is not understood is no gate.
"""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from coi.custody import forms, gates
from coi.custody.checks import NAMED
from coi.custody.order import ALL_STATES, CONTAINER_STATES
from coi.custody.protocol import (
    CONDITIONS,
    EFFECTS,
    KINDS,
    LEFT,
    OPTIONAL_ROLES,
    PATIENT_BOUND,
    SITE_ROLES,
    SLOT_CLASSES,
    VALUE_TYPES,
    Checkpoint,
    Protocol,
    Signing,
    Slot,
    Value,
)
from coi.errors import Malformed
from coi.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMS = {"frozen": "cryo_car_t", "fresh": "fresh_car_t", "hospital": "hospital_made"}
"""The forms a product can have, each with the shipped protocol that says the least of it."""
NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
"""How a checkpoint is called: its entries bear the name."""


class BadProtocol(Malformed):
    """The protocol's data breaks a rule; the text says which checkpoint and what."""


def parse(data: bytes) -> Protocol:
    """Read a protocol that is proposed, approved or shipped from its JSON bytes, or raise BadProtocol.

    1. Every checkpoint names known states, roles, sites, slots, values, effects and checks.
    2. Checkpoint ids are unique, and *needs* name earlier checkpoints.
    3. Every effect's slot exists; a state is reached by some checkpoint before one starts from it.
    4. No gate is emptied, and no limit is past its hard bound (``gates``).
    5. Nothing is taken away from the shipped protocol of its form (``forms``).
    """
    protocol = pinned(data)
    for fault in forms.faults(protocol, form(protocol.form)):
        raise BadProtocol(fault)
    return protocol


def pinned(data: bytes) -> Protocol:
    """Read a protocol that was judged when it was proposed and approved, or raise BadProtocol.

    The form of today may ask for more than the form of that day did: an order goes on by what it pinned.
    """
    try:
        return _parsed(data)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as broken:
        if isinstance(broken, BadProtocol):
            raise
        raise BadProtocol(f"Expected a protocol with every field of its kind, seen a fault at {broken}.") from broken


def _parsed(data: bytes) -> Protocol:
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
        checkpoints=tuple(checkpoint_of(item) for item in raw["checkpoints"]),
    )
    seen: set[str] = set()
    there = reached(c.to for c in protocol.checkpoints if c.to is not None)
    for checkpoint in protocol.checkpoints:
        for fault in checkpoint_faults(checkpoint, seen, there, frozenset(NAMED)):
            raise BadProtocol(f"Checkpoint {checkpoint.id}: {fault}")
        seen.add(checkpoint.id)
    for fault in gates.faults(protocol):
        raise BadProtocol(fault)
    return protocol


def reached(states: Iterable[str]) -> frozenset[str]:
    """Return the states in which an order can stand.

    The first, those that its steps lead to, and the ends of a dose that was not given whole.
    """
    return frozenset({"DRAFT", "PARTIAL", "DESTROYED", "LOST", *states})


def form(name: str) -> Protocol:
    """Return the shipped protocol of a form, as its file says, or raise BadProtocol."""
    if name not in FORMS:
        raise BadProtocol(f"Expected one of the forms {sorted(FORMS)}, seen {name[:20]!r}.")
    return shipped_as(FORMS[name])


@cache
def shipped_as(name: str) -> Protocol:
    """Return the shipped protocol of a file's name."""
    return _parsed((resources.files("coi.custody") / "protocols" / f"{name}.json").read_bytes())


def checkpoint_of(item: Mapping[str, Any]) -> Checkpoint:
    """Read one checkpoint as its JSON says it; what is missing or of a wrong shape raises."""
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


def checkpoint_faults(
    checkpoint: Checkpoint, seen: set[str], reached: frozenset[str], checks: frozenset[str]
) -> list[str]:
    """Return what is wrong with one checkpoint among those *seen* before it; nothing where it is sound."""
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
