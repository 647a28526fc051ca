"""Orders on paper: the rules' own world, without a database, so that a question to the judges costs microseconds.

``road`` is one of six patients' orders, carried along the shipped protocol by ``decide`` and ``order.step`` alone.
``asked`` gives the right question at a checkpoint, with anything about it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from coi.custody import order as orders
from coi.custody import protocol as protocols
from coi.custody.asked import Asked, Facts, Item
from coi.custody.effects import NEEDS_FRESH
from coi.custody.verdict import Accepted, decide
from coi.equipment.register import Equipment
from coi.labelling.pieces import Piece
from coi.ledger.entry import instant
from coi.person import ROLES, Grant, Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Protocol, Slot

PROTOCOL: Protocol = protocols.for_product("CRYO-CAR-T")
STEPS: tuple[str, ...] = tuple(step.id for step in PROTOCOL.checkpoints)
BEGAN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PATIENTS = 6
SITES = {"collection": "S-COL", "manufacturing": "S-MFG", "treatment": "S-TRT", "courier": "S-COU"}
TRAINED = BEGAN + timedelta(days=400)
ANSWERS = {
    "consent": "yes", "identity_match": "yes", "line_clearance": "yes", "patient_ready": "yes", "condition": "in_range",
    "qc_result": "pass", "volume": "120", "slot_collection": "2026-11-05", "slot_manufacturing": "2026-11-07",
    "slot_infusion": "2026-12-02",
}  # fmt: skip
DESIGNS = {"wristband": "W", "collection_bag": "B", "vessel": "V", "product_bag": "P"}


def person(role: str, site: str, number: int = 1) -> Person:
    """Return the person of a role at a site; there are as many as one likes."""
    return Person(f"P-{role}-{site}-{number}", (Grant(role, site, None, TRAINED),))


def everybody() -> Person:
    """Return somebody who may do everything everywhere, so that only other rules can stop the act."""
    return Person("P-all", tuple(Grant(role, site, None, TRAINED) for site in SITES.values() for role in ROLES))


def thing(code: str, site: str) -> Equipment:
    """Return a registered and qualified shipper or place."""
    return Equipment(code, "shipper" if code.startswith("SHP") else "location", site, TRAINED)


@dataclass(frozen=True, slots=True)
class Moment:
    """One order right before one checkpoint, with everything right in hand."""

    asked: Asked
    signed: Asked
    """The same question with the signatures given."""


def items_for(order: Order, pieces: tuple[Piece, ...], step: Checkpoint, at: datetime) -> tuple[Item, ...]:
    """Return the right scans for a checkpoint."""
    return tuple(_item(order, pieces, step, slot, at) for slot in step.slots)


def _item(order: Order, pieces: tuple[Piece, ...], step: Checkpoint, slot: Slot, at: datetime) -> Item:
    match slot.klass:
        case "wristband":
            return own(next(p for p in pieces if p.role == "wristband"), order, at)
        case "container":
            held = order.of_kind(slot.kind or "")[-1]
            return own(next(p for p in pieces if p.container == held.id), order, at, linear=slot.symbol == "linear")
        case "seal":
            return code("seal", _shipped(order, "seal"), at)
        case "shipper":
            return code("shipper", _shipped(order, "shipper"), at, site=order.site("collection"))
        case _:
            return code("location", _place(order, slot, step), at, site=order.site(step.site))


def own(piece: Piece, order: Order, at: datetime, *, linear: bool = False) -> Item:
    """Return the scan of one of the order's own pieces."""
    container = None if piece.container is None else order.container(piece.container)
    return Item(
        klass=piece.role, whose="own", at=at, source="scanner", assurance="signed", linear=linear, code=piece.id,
        tail=piece.tail, piece=piece, container=container, aim="]C0" if linear else "]d1", length=30,
    )  # fmt: skip


def foreign(piece: Piece, at: datetime, *, linear: bool = False) -> Item:
    """Return the same piece as another order sees it: its class and its last four, and nothing else."""
    return Item(
        klass=piece.role, whose="other", at=at, source="scanner", assurance="signed", linear=linear, tail=piece.tail,
        foreign_order=piece.order, foreign_container=piece.container, aim="]C0" if linear else "]d1", length=30,
    )  # fmt: skip


def code(klass: str, text: str, at: datetime, *, site: str | None = None) -> Item:
    """Return the scan of a house code; with *site*, of a registered thing."""
    equipment = None if site is None else thing(text, site)
    return Item(klass=klass, whose="none", at=at, source="scanner", assurance="signed", code=text, equipment=equipment)


def unreadable(at: datetime) -> Item:
    """Return a scan of which nothing could be read."""
    return Item("unreadable", "unknown", at, "scanner", "signed", fault="expected a code, seen noise")


def _shipped(order: Order, what: str) -> str:
    shipment = order.shipment()
    if shipment is not None:
        return str(getattr(shipment, what))
    return f"{'SHP' if what == 'shipper' else 'SEA'}-{order.id}-{len(order.shipments)}"


def _place(order: Order, slot: Slot, step: Checkpoint) -> str:
    stored = [held.location for held in order.containers if held.state == "stored" and held.location]
    return stored[-1] if stored else f"LOC-{order.id}-{slot.name}-{step.site}"


def _fresh(step: Checkpoint, number: int, order: Order) -> dict[str, str]:
    wanted = {name for plan in step.effects for name in NEEDS_FRESH.get(plan["do"], ())}
    made = {
        "coi": f"COI-{number}", "din": f"A99902600000{number}", "lot": f"L-{number}", "serial": f"S-{number}",
        "container": f"C-{number}-{len(order.containers)}", "shipment": f"SH-{number}-{len(order.shipments)}",
        "certificate": f"RC-{number}",
    }  # fmt: skip
    return {name: made[name] for name in wanted}


def _values(step: Checkpoint) -> dict[str, str]:
    return {value.name: ANSWERS[value.name] for value in step.values}


def _actors(order: Order, step: Checkpoint) -> tuple[Person, tuple[Person, ...]]:
    site = order.site(step.site)
    by = person(step.roles[0], site)
    signers = () if step.sign is None else (by, *(person(min(r), site, 2) for r in step.sign.by[1:]))
    return by, signers


@cache
def road(number: int) -> tuple[dict[str, Moment], Order, tuple[Piece, ...]]:
    """Return one patient's whole road: the moment before each checkpoint, the order at its end, and its pieces."""
    stmt: dict[str, Any] = {
        "order": f"O-{number}", "patient": f"P-{number}", "protocol": "cryo-car-t/1", "product": "CRYO-CAR-T",
        "protocol_sha256": PROTOCOL.sha256, "sites": SITES, "at": instant(BEGAN),
    }  # fmt: skip
    order = orders.opened(f"chain-{number}", stmt)
    pieces: tuple[Piece, ...] = ()
    moments: dict[str, Moment] = {}
    at = BEGAN
    for seq, step in enumerate(PROTOCOL.checkpoints, start=3):
        at += timedelta(minutes=10)
        by, signers = _actors(order, step)
        site = order.site(step.site)
        facts = Facts(
            items=items_for(order, pieces, step, at - timedelta(seconds=5)), holds=(), pieces=pieces,
            values=_values(step), device_site=site, device_state="qualified", site=site,
        )  # fmt: skip
        asked = Asked(step, order, PROTOCOL, facts, by, at)
        moments[step.id] = Moment(asked, replace(asked, facts=replace(facts, signers=signers)))
        fresh = _fresh(step, number, order)
        verdict = decide(moments[step.id].signed, fresh)
        if not isinstance(verdict, Accepted) or verdict.quarantine:
            raise AssertionError(f"{step.id}: expected accepted, seen {verdict}")
        done = {"outcome": "accepted", "at": instant(at), "effects": verdict.effects, "actor": by.id}
        order = orders.step(order, {**done, "checkpoint": step.id}, seq, tuple(signer.id for signer in signers))
        pieces = _pieces(order, pieces, verdict.effects, number)
    return moments, order, pieces


def _pieces(
    order: Order, pieces: tuple[Piece, ...], effects: tuple[Mapping[str, Any], ...], number: int
) -> tuple[Piece, ...]:
    for effect in effects:
        if effect["do"] == "print":
            held = effect.get("container")
            role = "container" if held else "wristband"
            name = f"{number}{DESIGNS[effect['design']]}{len(pieces):06d}T{number}{len(pieces):02d}"
            pieces = (*pieces, Piece(name, order.id, role, held, effect["design"], "printed", "00" * 32))
        elif effect["do"] == "piece":
            pieces = tuple(replace(p, state=effect["to"]) if p.id == effect["piece"] else p for p in pieces)
    return pieces


def moment(step: str, number: int = 0) -> Moment:
    """Return an order right before *step*."""
    return road(number)[0][step]


def fresh(step: str, number: int = 0) -> dict[str, str]:
    """Return identifiers as if allocated for a deed at *step*."""
    asked = moment(step, number).asked
    return _fresh(asked.checkpoint, number, asked.order)


def asked(step: str, number: int = 0, **facts: Any) -> Asked:  # noqa: ANN401 - any field of Facts
    """Return the right question at *step*, unsigned, with *facts* changed."""
    question = moment(step, number).asked
    return replace(question, facts=replace(question.facts, **facts))


def swapped(question: Asked, slot: str, *items: Item) -> Asked:
    """Return the question with what was scanned for *slot* replaced by *items*, none or several."""
    place = [each.name for each in question.checkpoint.slots].index(slot)
    there = question.facts.items
    return replace(question, facts=replace(question.facts, items=(*there[:place], *items, *there[place + 1 :])))


def changed(question: Asked, **order: Any) -> Asked:  # noqa: ANN401 - any field of Order
    """Return the question about an order that differs in the fields given."""
    return replace(question, order=replace(question.order, **order))


def scanned(question: Asked, slot: str) -> Item:
    """Return what was scanned for *slot* in the right question."""
    return question.facts.items[[each.name for each in question.checkpoint.slots].index(slot)]


def codes(verdict: object) -> set[str]:
    """Return the reason codes of a verdict, of a refusal or of a quarantine."""
    reasons = verdict.quarantine if isinstance(verdict, Accepted) else verdict.reasons  # type: ignore[attr-defined]
    return {reason.code for reason in reasons}
