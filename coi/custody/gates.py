"""Is every gate of a protocol still a gate? What no protocol may leave out, and what none may ask for.

A protocol is data, and data can be emptied: a check struck out, a signer dropped, a limit of days. Here stand the
lowest demands of each state of the road and of each effect, and the hard bounds of the limits (hazards.md R12). A
protocol may ask for more, never for less.

* The road is straight: each state is reached once, and only from the state before it.
* What is reached demands its scans, checks, statements, signatures and effects (``GATES``).
* A handoff has two sides: an offer has a taker at that very point, and a taker takes only what was offered.
* Only the record of an infusion that lawfully began is free of holds and expiry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coi.custody.order import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coi.custody.protocol import Checkpoint, Protocol

MATERIAL = frozenset({"starting_material", "intermediate", "drug_product"})

BOUNDS = {
    "wristband_to_bag_s": (1, 600),
    "thaw_to_infusion_min": (1, 240),
    "collected_expires_h": (1, 168),
    "product_expires_d": (1, 3650),
}
"""Every limit that a protocol states, with its hard bounds."""

EFFECT_KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "issue_coi": (frozenset(), frozenset()),
    "lot": (frozenset(), frozenset()),
    "register": (frozenset({"kind", "as"}), frozenset({"expires"})),
    "print": (frozenset({"design"}), frozenset({"kind"})),
    "piece": (frozenset({"slot", "to"}), frozenset()),
    "container": (frozenset({"slot", "state"}), frozenset({"expires", "parent", "location"})),
    "custody": (frozenset({"to"}), frozenset({"unit"})),
    "offer": (frozenset({"to"}), frozenset({"unit"})),
    "ship": (frozenset({"to"}), frozenset()),
    "shipment": (frozenset({"state"}), frozenset()),
    "fact": (frozenset({"name"}), frozenset({"slot", "value"})),
    "certify": (frozenset({"kind"}), frozenset()),
    "thaw_clock": (frozenset(), frozenset()),
}
"""Of each effect, the keys it must have and those it may have beside ``do``."""


ANY = ("wristband", "container", "shipper", "seal", "location")
SLOTS = {"container": ("container",), "piece": ("container", "wristband")}
"""What must be scanned in the slot of an effect."""

WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("register", "kind"): MATERIAL,
    ("print", "kind"): MATERIAL,
    ("certify", "kind"): frozenset({"drug_product"}),
    ("piece", "to"): frozenset({"applied"}),
    ("shipment", "state"): frozenset({"in_transit", "received"}),
    ("ship", "to"): frozenset({"manufacturing", "treatment"}),
}
"""What may stand under a key of an effect."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The least that reaching a state demands."""

    signers: int = 0
    slots: frozenset[str] = frozenset()
    """Scan classes, kinds of containers, or ``linear``."""
    checks: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()
    effects: frozenset[str] = frozenset()


def _gate(signers: int, slots: str, checks: str, values: str, effects: str) -> Gate:
    return Gate(
        signers, frozenset(slots.split()), frozenset(checks.split()), tuple(values.split()), frozenset(effects.split())
    )


GATES: Mapping[str, Gate] = {
    "ORDERED": _gate(1, "", "", "yes identity", ""),
    "SCHEDULED": _gate(0, "", "slots_in_order", "date date date", "issue_coi register"),
    "COLLECTING": _gate(2, "wristband starting_material", "window", "", "piece container custody"),
    "COLLECTED": _gate(2, "wristband starting_material", "window", "decimal", "container"),
    "IN_TRANSIT_TO_MFG": _gate(0, "shipper seal", "manifest offered_to_us", "", "custody shipment"),
    "RECEIVED_AT_MFG": _gate(
        0, "shipper seal starting_material", "manifest offered_to_us condition", "choice", "custody shipment container"
    ),
    "ACCEPTED": _gate(1, "starting_material", "", "", "container"),
    "MANUFACTURING": _gate(
        2, "location starting_material", "equipment one_order_in_suite", "yes", "container fact lot register print"
    ),
    "CRYOPRESERVED": _gate(2, "intermediate drug_product location", "equipment", "decimal", "piece container"),
    "QC_PENDING": _gate(1, "", "", "choice", "fact"),
    "RELEASED": _gate(1, "", "not_executor qc_passed", "", "certify"),
    "IN_TRANSIT_TO_SITE": _gate(0, "shipper seal", "certificate manifest offered_to_us", "", "custody shipment"),
    "RECEIVED_AT_SITE": _gate(
        2,
        "shipper seal drug_product",
        "certificate manifest offered_to_us condition",
        "choice",
        "custody shipment container",
    ),
    "STORED_AT_SITE": _gate(0, "drug_product location", "certificate equipment", "", "container"),
    "READY_FOR_INFUSION": _gate(1, "", "certificate", "yes", "fact"),
    "THAWING": _gate(2, "drug_product location", "certificate equipment stored_here", "", "container thaw_clock"),
    "INFUSING": _gate(
        2, "wristband drug_product linear", "certificate thaw_clock window both_symbols", "", "container"
    ),
    "INFUSED": _gate(1, "drug_product", "", "decimal", "container"),
    "RECONCILED": _gate(1, "", "all_accounted", "", ""),
}
"""By the state that a checkpoint reaches."""

RECORDS = "INFUSED"
RECEIPTS = frozenset({"RECEIVED_AT_MFG", "RECEIVED_AT_SITE"})
ONCE = ("custody", "offer", "ship", "certify", "thaw_clock", "lot", "issue_coi")
PRODUCT = frozenset({"code", "name", "label", "gtin"})


def faults(protocol: Protocol) -> Iterator[str]:
    """Yield everything that a protocol leaves out or asks for beyond the bounds, with its checkpoint's name."""
    if not protocol.product.keys() >= PRODUCT or not all(protocol.product[name] for name in PRODUCT):
        yield f"Expected a product with {sorted(PRODUCT)}, seen {sorted(protocol.product)}."
    yield from _limits(protocol.limits)
    for before, checkpoint in zip((None, *protocol.checkpoints), protocol.checkpoints, strict=False):
        for fault in (
            *_follows(before, checkpoint),
            *_shape(checkpoint),
            *_values(checkpoint),
            *_reached(checkpoint),
            *_moved(checkpoint, protocol),
        ):
            yield f"Checkpoint {checkpoint.id}: {fault}"
    reached = [checkpoint.to for checkpoint in protocol.checkpoints if checkpoint.to is not None]
    if reached != list(STATES[1:]):
        yield f"Expected each state reached once, in the order of the road, seen {' '.join(reached)}."


def _limits(limits: Mapping[str, int]) -> Iterator[str]:
    for name, (low, high) in BOUNDS.items():
        limit = limits.get(name)
        if type(limit) is not int or not low <= limit <= high:
            yield f"Limit {name}: expected a whole number from {low} to {high}, seen {limit!r}."


def _follows(before: Checkpoint | None, checkpoint: Checkpoint) -> Iterator[str]:
    """Judge that no step can be left out: each needs the one before it, or starts from the state that one reached."""
    if before is not None and before.id not in checkpoint.needs and checkpoint.states != (before.to,):
        yield f"expected it to need {before.id}, which comes before it, seen {checkpoint.needs}"


def _shape(checkpoint: Checkpoint) -> Iterator[str]:
    """Judge each effect by itself: its keys, and that they name slots, values and limits that are there."""
    kinds = {slot.name: slot.klass for slot in checkpoint.slots}
    values = {value.name for value in checkpoint.values}
    applied = {effect["slot"] for effect in checkpoint.effects if effect["do"] == "piece" and effect["to"] == "applied"}
    for effect in checkpoint.effects:
        must, may = EFFECT_KEYS[effect["do"]]
        if not must <= effect.keys() - {"do"} <= must | may:
            yield f"expected effect {effect['do']} with {sorted(must)}, seen {sorted(effect.keys() - {'do'})}"
        if effect["do"] == "fact" and ("slot" in effect) == ("value" in effect):
            yield "expected a fact from a slot or from a value, seen both or neither"
        wanted = {"slot": SLOTS.get(effect["do"], ANY), "parent": ("container",), "location": ("location",)}
        yield from (
            f"expected {key} of effect {effect['do']} to be a {' or '.join(classes)} that is scanned,"
            f" seen {effect[key]!r}"
            for key, classes in wanted.items()
            if key in effect and kinds.get(effect[key]) not in classes
        )
        if effect["do"] == "fact" and "value" in effect and effect["value"] not in values:
            yield f"expected a fact from a value of this checkpoint, seen {effect['value']!r}"
        if effect.get("expires", "product_expires_d") not in BOUNDS:
            yield f"expected an expiry from a limit, seen {effect['expires']!r}"
        yield from (
            f"expected {key} of effect {effect['do']} to be one of {sorted(known)}, seen {effect[key]!r}"
            for (do, key), known in WORDS.items()
            if do == effect["do"] and effect.get(key, min(known)) not in known
        )
        yield from _expiry_and_place(effect)
    for slot in checkpoint.slots:
        if slot.klass in {"shipper", "seal"} and slot.name != slot.klass:
            yield f"expected a {slot.klass} to be scanned as {slot.klass}, seen {slot.name!r}"
    printed = {slot.name for slot in checkpoint.slots if slot.piece == "printed"}
    if printed != applied:
        yield f"expected each printed label scanned back and applied, seen {sorted(printed)} and {sorted(applied)}"


def _expiry_and_place(effect: Mapping[str, Any]) -> Iterator[str]:
    match effect:
        case {"do": "register", "kind": "drug_product"} | {"do": "container", "state": "collected"}:
            if "expires" not in effect:
                yield "expected an expiry where material is collected or a product registered, seen none"
        case {"do": "container", "state": "stored"}:
            if "location" not in effect:
                yield "expected the place where a container is stored, seen none"
        case _:
            return


def _values(checkpoint: Checkpoint) -> Iterator[str]:
    for value in checkpoint.values:
        if value.type == "decimal" and (not value.unit or value.low is None or value.high is None):
            yield f"expected a number with its unit and both ends of its range, seen {value.name} without"
        if value.low is not None and value.high is not None and value.low >= value.high:
            yield f"expected a range, seen {value.name} from {value.low} to {value.high}"
        if value.type == "choice" and (len(set(value.choices)) < 2 or not set(value.good) < set(value.choices)):  # noqa: PLR2004  a choice
            yield f"expected a choice of several, not all of them good, seen {value.name}: {' '.join(value.choices)}"
    if "condition" in checkpoint.checks and not any(value.good for value in checkpoint.values):
        yield "expected a statement of the condition to judge, seen none"
    days = {f"slot_{part}" for part in ("collection", "manufacturing", "infusion")}
    if "slots_in_order" in checkpoint.checks and not days <= {value.name for value in checkpoint.values}:
        yield f"expected {sorted(days)} to put in order, seen others"


def _reached(checkpoint: Checkpoint) -> Iterator[str]:
    """Judge a checkpoint by the state that it reaches."""
    to = checkpoint.to
    if checkpoint.records_only != (to == RECORDS):
        yield f"expected records_only where {RECORDS} is reached and nowhere else"
    if checkpoint.quarantine != (to in RECEIPTS):
        yield f"expected quarantine at {' and '.join(sorted(RECEIPTS))} and nowhere else"
    if to is None:
        return
    before = STATES[STATES.index(to) - 1]
    if checkpoint.states != (before,):
        yield f"expected {to} from {before} alone, seen {checkpoint.states}"
    gate = GATES[to]
    seen = {
        "scans": (gate.slots, _scanned(checkpoint)),
        "checks": (gate.checks, set(checkpoint.checks)),
        "effects": (gate.effects, {effect["do"] for effect in checkpoint.effects}),
    }
    for what, (least, there) in seen.items():
        if not least <= there:
            yield f"expected the {what} {sorted(least)} where {to} is reached, {sorted(least - there)} missing"
    signers = 0 if checkpoint.sign is None else len(checkpoint.sign.by)
    if signers < gate.signers:
        yield f"expected {gate.signers} signatures where {to} is reached, seen {signers}"
    types = [value.type for value in checkpoint.values]
    if any(types.count(kind) < gate.values.count(kind) for kind in gate.values):
        yield f"expected the statements {gate.values} where {to} is reached, seen {tuple(types)}"


def _scanned(checkpoint: Checkpoint) -> set[str]:
    """Return what is scanned: classes, kinds of containers in any symbol, and whether a bar code is."""
    linear = {"linear" for slot in checkpoint.slots if slot.symbol == "linear"}
    return linear | {
        slot.kind if slot.kind is not None else slot.klass for slot in checkpoint.slots if slot.symbol != "linear"
    }


def _moved(checkpoint: Checkpoint, protocol: Protocol) -> Iterator[str]:
    """Judge what moves: packing, offering, taking, filling."""
    does = {effect["do"]: effect for effect in checkpoint.effects}
    for name in ONCE:
        if [effect["do"] for effect in checkpoint.effects].count(name) > 1:
            yield f"expected effect {name} once, seen it again"
    yield from _packed(checkpoint, does)
    if ("offer" in does) != ("no_open_offer" in checkpoint.checks):
        yield "expected an offer to be made where none is open, and no such check elsewhere"
    if "offer" in does:
        yield from _offered(checkpoint, protocol, does["offer"])
    yield from _taken(checkpoint, does)
    if checkpoint.states == ("THAWING",) and not {"certificate", "thaw_clock"} <= set(checkpoint.checks):
        yield "expected certificate and thaw_clock at every step between thaw and infusion"
    yield from _filled(checkpoint)


def _packed(checkpoint: Checkpoint, does: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    checks, scans = set(checkpoint.checks), _scanned(checkpoint)
    if "ship" in does:
        released = _is_released(checkpoint)
        wanted = {"equipment", "fresh_shipment"} | ({"certificate", "stored_here"} if released else set())
        if not wanted <= checks or not {"shipper", "seal"} <= scans or not scans & MATERIAL:
            yield f"expected a packing to scan bag, shipper and seal and to check {sorted(wanted)}"
    elif {"shipper", "seal"} & scans and not ({"shipper", "seal"} <= scans and "manifest" in checks):
        yield "expected shipper and seal to be scanned together and compared with the manifest"


def _taken(checkpoint: Checkpoint, does: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    checks, scans = set(checkpoint.checks), _scanned(checkpoint)
    if "custody" in does:
        own = {"do": "custody", "to": checkpoint.site, **({"unit": checkpoint.unit} if checkpoint.unit else {})}
        if dict(does["custody"]) != own:
            yield f"expected custody to pass to where it is taken, seen {dict(does['custody'])}"
        if checkpoint.to != "COLLECTING" and "offered_to_us" not in checks:
            yield "expected custody to be taken only where it was offered"
        if not (scans & MATERIAL or {"shipper", "seal"} <= scans):
            yield "expected what is taken over to be scanned"
    elif "offered_to_us" in checks:
        yield "expected who takes an offer to have custody after it"


def _offered(checkpoint: Checkpoint, protocol: Protocol, offer: Mapping[str, Any]) -> Iterator[str]:
    to = (offer["to"], offer.get("unit", ""))
    takers = {(taker.site, taker.unit) for taker in protocol.checkpoints if checkpoint.id in taker.needs}
    if takers != {to}:
        yield f"expected an offer to be taken at {to}, seen takers {sorted(takers)}"
    if not checkpoint.repeat:
        yield "expected an offer to repeat, since it may be declined"
    if not _scanned(checkpoint):
        yield "expected what is offered to be scanned"
    if _is_released(checkpoint) and checkpoint.site != "courier" and "certificate" not in checkpoint.checks:
        yield "expected a released product to be offered by its certificate"


def _is_released(checkpoint: Checkpoint) -> bool:
    """Say whether a checkpoint comes after the release, so that the certificate must name what it moves."""
    return STATES.index(checkpoint.states[0]) >= STATES.index("RELEASED")


def _filled(checkpoint: Checkpoint) -> Iterator[str]:
    """Judge a fill: a label scanned back in manufacture stands beside the vessel that its content came from."""
    if checkpoint.states != ("MANUFACTURING",):
        return
    new = {slot.name for slot in checkpoint.slots if slot.klass == "container" and slot.piece == "printed"}
    sources = {slot.name for slot in checkpoint.slots if slot.klass == "container"} - new
    named = {effect["slot"] for effect in checkpoint.effects if effect["do"] == "container" and "parent" in effect}
    if not sources or named != new:
        yield "expected every deed in manufacture to scan its source, and what is filled to name it"
