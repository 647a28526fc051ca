"""Is each effect of a checkpoint whole? Its keys, and that they name slots, values and limits that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from coi.custody.protocol import Checkpoint

EFFECT_KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "issue_coi": (frozenset(), frozenset()),
    "lot": (frozenset(), frozenset()),
    "register": (frozenset({"kind", "as"}), frozenset({"expires", "count"})),
    "print": (frozenset({"design"}), frozenset({"kind"})),
    "piece": (frozenset({"slot", "to"}), frozenset()),
    "container": (frozenset({"slot", "state"}), frozenset({"expires", "parent", "location"})),
    "site": (frozenset({"role", "value"}), frozenset()),
    "band": (frozenset({"slot"}), frozenset()),
    "reopen": (frozenset({"undone", "forget"}), frozenset()),
    "revoke": (frozenset(), frozenset()),
    "withdraw": (frozenset(), frozenset()),
    "write_off": (frozenset(), frozenset({"piece"})),
    "unused": (frozenset({"kinds"}), frozenset()),
    "custody": (frozenset({"to"}), frozenset({"unit"})),
    "offer": (frozenset({"to"}), frozenset({"unit"})),
    "ship": (frozenset({"to", "profile"}), frozenset()),
    "shipment": (frozenset({"state"}), frozenset()),
    "fact": (frozenset({"name"}), frozenset({"slot", "value", "is", "keep"})),
    "certify": (frozenset({"kind"}), frozenset({"oos"})),
    "thaw_clock": (frozenset(), frozenset()),
}
"""Of each effect, the keys it must have and those it may have beside ``do``."""


MATERIAL = frozenset({"starting_material", "intermediate", "drug_product", "sample"})
ANY = ("wristband", "container", "shipper", "seal", "logger", "location", "equipment", "band")
SLOTS = {"container": ("container",), "piece": ("container", "wristband", "cassette"), "band": ("band",)}
"""What must be scanned in the slot of an effect."""

WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("register", "kind"): MATERIAL,
    ("print", "kind"): MATERIAL,
    ("certify", "kind"): frozenset({"drug_product"}),
    ("piece", "to"): frozenset({"applied", "voided", "destroyed"}),
    ("shipment", "state"): frozenset({"in_transit", "received", "opened"}),
    ("site", "role"): frozenset({"treatment"}),
    ("ship", "profile"): frozenset({"cryogenic", "refrigerated", "ambient"}),
    ("ship", "to"): frozenset({"manufacturing", "treatment"}),
}
"""What may stand under a key of an effect."""


def faults(checkpoint: Checkpoint, limits: Collection[str]) -> Iterator[str]:
    """Judge each effect by itself: its keys, and that they name slots, values and limits that are there."""
    kinds = {slot.name: slot.klass for slot in checkpoint.slots}
    values = {value.name for value in checkpoint.values}
    applied = {effect["slot"] for effect in checkpoint.effects if effect["do"] == "piece"}
    for effect in checkpoint.effects:
        must, may = EFFECT_KEYS[effect["do"]]
        if not must <= effect.keys() - {"do"} <= must | may:
            yield f"expected effect {effect['do']} with {sorted(must)}, seen {sorted(effect.keys() - {'do'})}"
        if effect["do"] == "fact" and len(effect.keys() & {"slot", "value", "is"}) != 1:
            yield "expected a fact from a slot, from a value or from the deed itself, seen another"
        if "count" in effect and effect["count"] not in values:
            yield f"expected a count from a value of this checkpoint, seen {effect['count']!r}"
        wanted = {"slot": SLOTS.get(effect["do"], ANY), "parent": ("container",), "location": ("location",)}
        yield from (
            f"expected {key} of effect {effect['do']} to be a {' or '.join(classes)} that is scanned,"
            f" seen {effect[key]!r}"
            for key, classes in wanted.items()
            if key in effect and kinds.get(effect[key]) not in classes
        )
        if effect["do"] == "fact" and "value" in effect and effect["value"] not in values:
            yield f"expected a fact from a value of this checkpoint, seen {effect['value']!r}"
        if "expires" in effect and effect["expires"] not in limits:
            yield f"expected an expiry from a limit, seen {effect['expires']!r}"
        yield from (
            f"expected {key} of effect {effect['do']} to be one of {sorted(known)}, seen {effect[key]!r}"
            for (do, key), known in WORDS.items()
            if do == effect["do"] and effect.get(key, min(known)) not in known
        )
        yield from _said_of_one(effect, checkpoint)
    for slot in checkpoint.slots:
        if slot.klass in {"shipper", "seal", "logger"} and slot.name != slot.klass:
            yield f"expected a {slot.klass} to be scanned as {slot.klass}, seen {slot.name!r}"
    printed = {slot.name for slot in checkpoint.slots if slot.piece == "printed"}
    if printed - applied or (applied - printed and not checkpoint.side):
        yield f"expected each printed label scanned back and applied, seen {sorted(printed)} and {sorted(applied)}"


def _named(piece: str, checkpoint: Checkpoint) -> Iterator[str]:
    """Judge that what is given up by its label's number is a number that is asked for, and looked at."""
    if piece not in {value.name for value in checkpoint.values if value.type == "piece"}:
        yield f"expected what is given up to be named by a label's number, seen {piece!r}"
    if "missing_named" not in checkpoint.checks:
        yield "expected the check missing_named where a label's number says what is given up, seen none"


def _said_of_one(effect: Mapping[str, Any], checkpoint: Checkpoint) -> Iterator[str]:
    side = checkpoint.side
    match effect:
        case {"do": "write_off", "piece": piece}:
            yield from _named(piece, checkpoint)
        case {"do": "register", "kind": "drug_product"} | {"do": "container", "state": "collected"}:
            if "expires" not in effect and not (side and effect["do"] == "container"):
                yield "expected an expiry where material is collected or a product registered, seen none"
        case {"do": "container", "state": "stored"}:
            if "location" not in effect:
                yield "expected the place where a container is stored, seen none"
        case {"do": "piece", "to": "voided" | "destroyed" as to}:
            if not side:
                yield f"expected a label to be put on where it is scanned on the road, seen {to}"
        case _:
            return
