"""Is every gate of a protocol still a gate? What no protocol may leave out, and what none may ask for.

A protocol is data, and data can be emptied: a check struck out, a signer dropped, a limit of days. Here stand the
lowest demands of each state of the road and of each effect, and the hard bounds of the limits (hazards.md R12). A
protocol may ask for more, never for less.

* The road leads one way: each state is reached once, and no step of the road starts before it.
* Beside the road, nothing comes nearer to a patient without the checks of the road (``_beside``).
* What is reached demands its scans, checks, statements, signatures and effects (``GATES``).
* A handoff has two sides: an offer has a taker at that very point, and a taker takes only what was offered.
* Only the record of an infusion that began, and what takes off the road, is free of holds and expiry.
* A variant asks for everything that the shipped protocol of its form asks for (``forms``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coi.custody import shapes
from coi.custody.order import ALL_STATES, STATES, TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coi.custody.protocol import Checkpoint, Protocol

BOUNDS = {
    "wristband_to_bag_s": (1, 600),
    "thaw_to_infusion_min": (1, 240),
    "collected_expires_h": (1, 168),
}
"""Limits that every protocol states, with their hard bounds."""
SHELF_LIFE = {"product_expires_d": (1, 3650), "product_expires_h": (1, 240)}
"""Of these exactly one: in days where it is frozen, in hours where it is not."""


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
    "SCHEDULED": _gate(0, "", "slots_in_order", "date date date choice", "issue_coi register fact"),
    "COLLECTING": _gate(
        2, "wristband starting_material equipment kit", "window equipment machine_free", "spoken",
        "piece container custody fact",
    ),
    "COLLECTED": _gate(2, "wristband starting_material equipment", "window same_machine", "decimal", "container"),
    "IN_TRANSIT_TO_MFG": _gate(0, "shipper seal", "manifest offered_to_us", "", "custody shipment"),
    "RECEIVED_AT_MFG": _gate(0, "starting_material", "offered_to_us condition", "choice", "custody container"),
    "ACCEPTED": _gate(1, "starting_material", "", "", "container"),
    "MANUFACTURING": _gate(
        2, "location starting_material", "equipment one_order_in_suite", "yes", "container fact lot register print"
    ),
    "CRYOPRESERVED": _gate(2, "intermediate", "labels_used", "yes", "container"),
    "FINISHED": _gate(2, "intermediate", "labels_used", "yes", "container"),
    "QC_PENDING": _gate(1, "", "samples_tested", "choice", "fact"),
    "RELEASED": _gate(1, "", "not_executor qc_passed", "", "certify"),
    "IN_TRANSIT_TO_SITE": _gate(0, "shipper seal", "certificate manifest offered_to_us", "", "custody shipment"),
    "RECEIVED_AT_SITE": _gate(
        2, "drug_product", "certificate dose_together offered_to_us condition", "choice", "custody container"
    ),
    "STORED_AT_SITE": _gate(0, "drug_product location", "certificate equipment", "", "container"),
    "READY_FOR_INFUSION": _gate(1, "", "certificate conditioned banded dose_complete", "yes", "fact"),
    "THAWING": _gate(
        2, "drug_product equipment", "certificate equipment preflight_green one_thawed", "",
        "container thaw_clock reopen",
    ),
    "INFUSING": _gate(
        2, "wristband drug_product linear", "certificate window both_symbols banded", "spoken tail tail tail tail",
        "container",
    ),
    "INFUSED": _gate(1, "drug_product", "", "decimal", "container"),
    "RECONCILED": _gate(1, "", "all_accounted", "", ""),
}  # fmt: skip
"""By the state that a checkpoint reaches."""

OPTIONAL = frozenset(
    {"IN_TRANSIT_TO_MFG", "CRYOPRESERVED", "FINISHED", "IN_TRANSIT_TO_SITE", "STORED_AT_SITE", "THAWING", "PARTIAL"}
)
"""States that not every product has: what is made in the house does not travel, what is fresh is not thawed."""
OTHER_FACTOR = frozenset({"COLLECTING", "COLLECTED", "INFUSING"})
"""Where the second person proves who it is by another factor than the first (hazards.md 29)."""
BEGUN = frozenset({"infusing", "interrupted"})
RECEIPTS = frozenset({"RECEIVED_AT_MFG", "RECEIVED_AT_SITE"})
ONCE = ("custody", "offer", "ship", "certify", "thaw_clock", "lot", "issue_coi", "register", "reopen")
PRODUCT = frozenset({"code", "name", "label", "gtin"})


def faults(protocol: Protocol) -> Iterator[str]:
    """Yield everything that a protocol leaves out or asks for beyond the bounds, with its checkpoint's name."""
    if not protocol.product.keys() >= PRODUCT or not all(protocol.product[name] for name in PRODUCT):
        yield f"Expected a product with {sorted(PRODUCT)}, seen {sorted(protocol.product)}."
    yield from _limits(protocol.limits)
    road = [checkpoint for checkpoint in protocol.checkpoints if not checkpoint.side]
    before = dict(zip((one.id for one in road), (None, *road), strict=False))
    reached = "DRAFT"
    for checkpoint in protocol.checkpoints:
        for fault in (
            *(() if checkpoint.side else _follows(before[checkpoint.id], checkpoint, reached)),
            *shapes.faults(checkpoint, protocol.limits),
            *_values(checkpoint),
            *_after_the_end(checkpoint),
            *(_beside(checkpoint) if checkpoint.side else _reached(checkpoint)),
            *_moved(checkpoint, protocol),
        ):
            yield f"Checkpoint {checkpoint.id}: {fault}"
        if not checkpoint.side and checkpoint.to is not None:
            reached = checkpoint.to
    yield from _road([one.to for one in road if one.to is not None])
    yield from _filling(road)


def _road(reached: list[str]) -> Iterator[str]:
    """Judge the road as a whole: each state once, in its order, and none left out that every product has."""
    if reached != sorted(set(reached), key=ALL_STATES.index) or not set(reached) <= set(STATES):
        yield f"Expected each state reached once, in the order of the road, seen {' '.join(reached)}."
    missing = [state for state in STATES[1:] if state not in OPTIONAL and state not in reached]
    if missing:
        yield f"Expected every state that no product can do without, {' '.join(missing)} missing."
    if len({"CRYOPRESERVED", "FINISHED"} & set(reached)) != 1:
        yield "Expected the product to be frozen or finished fresh, one of the two."
    if ("CRYOPRESERVED" in reached) != ("THAWING" in reached):
        yield "Expected what is frozen to be thawed, and nothing else."


def _filling(road: list[Checkpoint]) -> Iterator[str]:
    """Judge that a fill is there: source, final label scanned back, place, two persons, two factors."""
    for step in road:
        new = {slot.kind for slot in step.slots if slot.piece == "printed"}
        if "MANUFACTURING" in step.states and "drug_product" in new:
            if step.sign is None or len(step.sign.by) < TWO or step.sign.factor != "other":
                yield f"Checkpoint {step.id}: expected two signatures, the second with another factor, at the fill"
            if not {"intermediate", "location"} <= _scanned(step) or "equipment" not in step.checks:
                yield f"Checkpoint {step.id}: expected the source and the place to be scanned at the fill"
            return
    yield "Expected a fill at which the final label is scanned back, seen none."


TWO = 2


def _limits(limits: Mapping[str, int]) -> Iterator[str]:
    for name, (low, high) in BOUNDS.items():
        limit = limits.get(name)
        if type(limit) is not int or not low <= limit <= high:
            yield f"Limit {name}: expected a whole number from {low} to {high}, seen {limit!r}."
    stated = [name for name in SHELF_LIFE if name in limits]
    if len(stated) != 1 or limits.keys() - BOUNDS.keys() - SHELF_LIFE.keys():
        yield f"Expected the limits {sorted(BOUNDS)} and one of {sorted(SHELF_LIFE)}, seen {sorted(limits)}."
    for name in stated:
        low, high = SHELF_LIFE[name]
        if type(limits[name]) is not int or not low <= limits[name] <= high:
            yield f"Limit {name}: expected a whole number from {low} to {high}, seen {limits[name]!r}."


def _follows(before: Checkpoint | None, checkpoint: Checkpoint, reached: str) -> Iterator[str]:
    """Judge that no step can be left out: each needs the one before it, or starts from the state that one reached.

    A step may go on further along the road (the second bag is thawed while the first is given), never start earlier.
    """
    late = [state for state in checkpoint.states if state in STATES]
    if len(late) != len(checkpoint.states):
        yield f"expected a step of the road to start on the road, seen {checkpoint.states}"
    elif min(STATES.index(state) for state in late) < STATES.index(reached) and checkpoint.to is not None:
        yield f"expected it to start from {reached} or later, seen {checkpoint.states}"
    if before is not None and before.id not in checkpoint.needs and before.to not in checkpoint.states:
        yield f"expected it to need {before.id}, which comes before it, seen {checkpoint.needs}"


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


def _beside(checkpoint: Checkpoint) -> Iterator[str]:
    """Judge a step beside the road: what it may do despite a hold, and that it is no shorter way.

    1. Only taking off the road, putting back and giving back go on under a hold or after an expiry.
    2. It issues no identity and starts no thaw; it gives nothing to the patient but what was verified.
    3. What it certifies, it certifies as a release does.
    """
    does = {effect["do"] for effect in checkpoint.effects}
    states = {effect.get("state", "") for effect in checkpoint.effects if effect["do"] == "container"}
    towards = {effect["to"] for effect in checkpoint.effects if effect["do"] in {"custody", "offer", "ship"}}
    if checkpoint.stops and (does & {"certify", "lot"} or not states <= SAFE or "treatment" in towards):
        yield f"expected a step that a hold does not stop to take off the road or to put back, seen {sorted(states)}"
    if does & {"issue_coi", "thaw_clock"}:
        yield "expected no identity and no thaw beside the road, seen one"
    if checkpoint.to in STATES and checkpoint.to not in {"INFUSED", "RECONCILED"} and checkpoint.sign is None:
        yield f"expected a signature where the order goes to {checkpoint.to}, seen none"
    given = states & {"infusing", "issued", "thawed"}
    if given and not {"certificate", "window"} <= set(checkpoint.checks):
        yield f"expected wristband and certificate to be checked before {sorted(given)}, seen less"
    if "certify" in does and not ("not_executor" in checkpoint.checks and _releases(checkpoint)):
        yield "expected a release to be signed by who may, and not by who made the batch"
    if checkpoint.records_only and not _only_records(checkpoint):
        yield "expected records_only where a lawfully begun infusion is recorded and nowhere else"
    if checkpoint.quarantine:
        yield "expected quarantine at receipts of the road and nowhere else"


def _after_the_end(checkpoint: Checkpoint) -> Iterator[str]:
    """Judge a step on a closed order: it destroys, before a witness, what was given up as lost and has turned up."""
    if not TERMINAL & set(checkpoint.states):
        return
    does = [(effect["do"], effect.get("state")) for effect in checkpoint.effects]
    lost = any("lost" in slot.states for slot in checkpoint.slots if slot.klass == "container")
    if does != [("container", "destroyed")] or not lost or checkpoint.sign is None or len(checkpoint.sign.by) < TWO:
        yield "expected a closed order to be touched only to destroy what turned up, before a witness, seen another"


SAFE = frozenset({"destroyed", "stored", "sealed", "received", "collected", "retrieved"})
"""States of containers that a step may bring about under a hold: none is nearer to a patient."""


def _releases(checkpoint: Checkpoint) -> bool:
    return checkpoint.sign is not None and all(roles <= {"qa_releaser"} for roles in checkpoint.sign.by)


def _only_records(checkpoint: Checkpoint) -> bool:
    """Say whether a step does no more than record what was begun, or what was done against a stop."""
    begun = all(set(slot.states) <= BEGUN for slot in checkpoint.slots if slot.klass == "container")
    done = any(effect.get("name") == "infused_without_verification" for effect in checkpoint.effects)
    return begun or (done and checkpoint.sign is not None and len(checkpoint.sign.by) >= TWO)


def _reached(checkpoint: Checkpoint) -> Iterator[str]:
    """Judge a checkpoint of the road by the state that it reaches."""
    to = checkpoint.to
    if checkpoint.records_only != (to == "INFUSED"):
        yield "expected records_only where INFUSED is reached and nowhere else"
    if checkpoint.quarantine != (to in RECEIPTS):
        yield f"expected quarantine at {' and '.join(sorted(RECEIPTS))} and nowhere else"
    if checkpoint.stops:
        yield "expected no step of the road to go on under a hold"
    if to is not None and to in GATES:
        yield from _least(checkpoint, to)


def _least(checkpoint: Checkpoint, to: str) -> Iterator[str]:
    """Judge a checkpoint by the least that its state demands."""
    if to == "INFUSED" and not _only_records(checkpoint):
        yield "expected the end to be recorded of what is infusing, seen other states"
    if to in OTHER_FACTOR and (checkpoint.sign is None or checkpoint.sign.factor != "other"):
        yield f"expected the second person's other factor where {to} is reached"
    yield from _demanded(checkpoint, to)


def _demanded(checkpoint: Checkpoint, to: str) -> Iterator[str]:
    """Judge a checkpoint by what the state that it reaches demands at least."""
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
    if "piece" in does.get("write_off", {}) and any(
        e["do"] == "ship" for each in protocol.checkpoints for e in each.effects
    ):
        yield "expected what is given up by its label only where nothing is shipped, seen a protocol that ships"
    if ("offer" in does) != ("no_open_offer" in checkpoint.checks) and ("offer" in does or not checkpoint.stops):
        yield "expected an offer to be made where none is open, and no such check elsewhere"
    if "offer" in does:
        yield from _offered(checkpoint, protocol, does["offer"])
    yield from _taken(checkpoint, does)
    frozen = any("THAWING" in each.states for each in protocol.checkpoints)
    late = {state for slot in checkpoint.slots for state in slot.states} & {"thawed", "issued"}
    wanted = {"certificate", "thaw_clock"} if frozen else {"certificate"}
    if late and not checkpoint.side and not wanted <= set(checkpoint.checks):
        yield f"expected {sorted(wanted)} at every step between thaw and infusion"
    yield from _filled(checkpoint)


def _packed(checkpoint: Checkpoint, does: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    checks, scans = set(checkpoint.checks), _scanned(checkpoint)
    if "ship" in does:
        released = _is_released(checkpoint) and not checkpoint.side
        wanted = {"equipment", "fresh_shipment", "at_bench", "pack_window"}
        wanted |= {"certificate", "dose_together", "expires_after_infusion"} if released else set()
        if not wanted <= checks or not {"shipper", "seal", "logger"} <= scans or not scans & shapes.MATERIAL:
            yield f"expected a packing to scan bag, shipper, logger and seal and to check {sorted(wanted)}"
    elif {"shipper", "seal"} & scans and "manifest" not in checks:
        yield "expected shipper and seal to be compared with the manifest"
    elif {"shipper", "seal"} & scans and not checkpoint.side and not {"shipper", "seal"} <= scans:
        yield "expected shipper and seal to be scanned together"


def _taken(checkpoint: Checkpoint, does: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    checks, scans = set(checkpoint.checks), _scanned(checkpoint)
    if "custody" in does:
        own = {"do": "custody", "to": checkpoint.site, **({"unit": checkpoint.unit} if checkpoint.unit else {})}
        if dict(does["custody"]) != own:
            yield f"expected custody to pass to where it is taken, seen {dict(does['custody'])}"
        if checkpoint.to != "COLLECTING" and "offered_to_us" not in checks:
            yield "expected custody to be taken only where it was offered"
        if not (scans & shapes.MATERIAL or {"shipper", "seal"} <= scans):
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
    sent = checkpoint.site not in {"courier", "depot"} and not checkpoint.side
    if _is_released(checkpoint) and sent and "certificate" not in checkpoint.checks:
        yield "expected a released product to be offered by its certificate"


def _is_released(checkpoint: Checkpoint) -> bool:
    """Say whether a checkpoint comes after the release, so that the certificate must name what it moves."""
    first = checkpoint.states[0]
    return first in STATES and STATES.index(first) >= STATES.index("RELEASED")


def _filled(checkpoint: Checkpoint) -> Iterator[str]:
    """Judge a fill: a label scanned back in manufacture stands beside the vessel that its content came from."""
    if checkpoint.states != ("MANUFACTURING",) or checkpoint.to is not None or checkpoint.stops:
        return
    new = {slot.name for slot in checkpoint.slots if slot.klass == "container" and slot.piece == "printed"}
    sources = {slot.name for slot in checkpoint.slots if slot.klass == "container"} - new
    named = {effect["slot"] for effect in checkpoint.effects if effect["do"] == "container" and "parent" in effect}
    pooled = not new and checkpoint.side
    if (new and not sources) or (named != new and not pooled):
        yield "expected every deed in manufacture to scan its source, and what is filled to name it"
