"""Orders on paper: the rules' own world, without a database, so that a question to the judges costs microseconds.

``Paper`` is one order that is carried along a shipped protocol by ``decide`` and ``fold.step`` alone, with everything
right in hand. ``road`` is a whole straight road; ``asked`` gives the right question at a checkpoint, with anything
about it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from coi.custody import fold
from coi.custody import protocol_register as protocols
from coi.custody.asked import Asked, Facts, Item
from coi.custody.effects import NEEDS_FRESH, count_of, numbered
from coi.custody.steps import waiting
from coi.custody.verdict import Accepted, decide
from coi.equipment.register import Equipment
from coi.labelling.pieces import Piece
from coi.ledger.entry import instant
from coi.person import ROLES, Grant, Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.order import Container, Order
    from coi.custody.protocol import Checkpoint, Protocol, Slot
    from coi.custody.verdict import Verdict
    from coi.shipping.shipment import Shipment

PRODUCTS = {"frozen": "CRYO-CAR-T", "fresh": "FRESH-CAR-T", "hospital": "HOSPITAL-CAR-T"}
PROTOCOLS: Mapping[str, Protocol] = {form: protocols.for_product(product) for form, product in PRODUCTS.items()}
"""The three shipped protocols by the form of their product."""
PROTOCOL: Protocol = PROTOCOLS["frozen"]
ROADS: Mapping[str, tuple[str, ...]] = {
    form: tuple(step.id for step in protocol.checkpoints if not step.side) for form, protocol in PROTOCOLS.items()
}
"""The checkpoints of each straight road."""
STEPS: tuple[str, ...] = ROADS["frozen"]
EVERY = tuple((form, step) for form, steps in ROADS.items() for step in steps)
"""Every checkpoint of every straight road."""
BEGAN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PATIENTS = 6
SITES = {
    "collection": "S-COL", "manufacturing": "S-MFG", "treatment": "S-TRT", "courier": "S-COU", "depot": "S-DEP",
}  # fmt: skip
KNOWN = {"S-COL": "collection", "S-MFG": "manufacturing", "S-TRT": "treatment", "S-NEW": "treatment"}
TRAINED = BEGAN + timedelta(days=400)
ANSWERS = {
    "condition": "in_range", "qc_result": "pass", "sample_result": "pass", "bags": "1", "conditioning": "may_start",
    "risk": "acceptable", "new_site": "S-NEW",
}  # fmt: skip
DAYS = {"slot_collection": 1, "slot_manufacturing": 2, "slot_infusion": 3}
DESIGNS = {"wristband": "W", "collection_bag": "B", "vessel": "V", "sample": "S", "product_bag": "P", "cassette": "K"}


def person(role: str, site: str, number: int = 1) -> Person:
    """Return the person of a role at a site; there are as many as one likes."""
    return Person(f"P-{role}-{site}-{number}", (Grant(role, site, None, TRAINED),))


def everybody() -> Person:
    """Return somebody who may do everything everywhere, so that only other rules can stop the act."""
    return Person("P-all", tuple(Grant(role, site, None, TRAINED) for site in SITES.values() for role in ROLES))


def thing(code: str, site: str) -> Equipment:
    """Return a registered and qualified thing of the house."""
    kinds = {"SHP": "shipper", "LOC": "location", "EQP": "equipment", "LGR": "logger", "KIT": "kit"}
    return Equipment(code, kinds[code[:3]], site, TRAINED)


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


def band(order: Order, at: datetime, *, whose: str = "own") -> Item:
    """Return the scan of the hospital's own wristband."""
    known = "" if whose == "other" else f"BAND-{order.patient}"
    return Item(klass="band", whose=whose, at=at, source="scanner", assurance="signed", code=known)


def unreadable(at: datetime) -> Item:
    """Return a scan of which nothing could be read."""
    return Item("unreadable", "unknown", at, "scanner", "signed", fault="expected a code, seen noise")


@dataclass(frozen=True, slots=True)
class Moment:
    """One order right before one checkpoint, with everything right in hand."""

    asked: Asked
    signed: Asked
    """The same question with the signatures given."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One order on paper: the order, its labels, and who holds which bench, as it stands before its next deed."""

    protocol: Protocol
    order: Order
    number: int = 0
    pieces: tuple[Piece, ...] = ()
    at: datetime = BEGAN
    seq: int = 3
    claims: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 10
    """From one deed to the next."""

    def step(self, name: str) -> Checkpoint:
        """Return a checkpoint of the protocol."""
        return self.protocol.checkpoint(name)

    def ready(self, name: str, *, pick: str | None = None, **values: str) -> Moment:
        """Return the right question at a checkpoint; *pick* names the container where several could be meant."""
        return self.at_step(self.step(name), pick=pick, **values)

    def at_step(self, step: Checkpoint, *, pick: str | None = None, **values: str) -> Moment:
        """Return the right question at a checkpoint that may stand in no protocol."""
        order, at = self.order, self.at + timedelta(minutes=self.minutes)
        seen = at - timedelta(seconds=5)
        site = dict(order.sites).get(step.site, "S-NONE")
        by = person(step.roles[0], site)
        signers = (
            () if step.sign is None else (by, *(person(min(r), site, n) for n, r in enumerate(step.sign.by[1:], 2)))
        )
        facts = Facts(
            items=tuple(item for slot in step.slots for item in self.scans(step, slot, seen, pick)),
            holds=(), pieces=self.pieces, values={**self.values(step), **values}, claims=self.claims,
            conditions={shipment.id: "in_range" for shipment in order.shipments if shipment.received_at is not None},
            known_sites=KNOWN if any(value.type == "site" for value in step.values) else {},
            device_site=site, device_state="qualified", site=site,
        )  # fmt: skip
        asked = Asked(step, order, self.protocol, facts, by, at)
        return Moment(asked, replace(asked, facts=replace(facts, signers=signers)))

    def judged(self, name: str, **how: Any) -> Verdict:  # noqa: ANN401  as of ready
        """Return the verdict on the right question at a checkpoint, signed."""
        signed = self.ready(name, **how).signed
        return decide(signed, self.fresh(signed))

    def do(self, name: str, **how: Any) -> Paper:  # noqa: ANN401  as of ready
        """Return the order after a deed; anything but a clean acceptance is an error of the caller."""
        signed = self.ready(name, **how).signed
        verdict = decide(signed, self.fresh(signed))
        if not isinstance(verdict, Accepted) or verdict.quarantine:
            raise AssertionError(f"{name}: expected accepted, seen {verdict}")
        return self.after(signed, verdict)

    def after(self, signed: Asked, verdict: Accepted) -> Paper:
        """Return the order after a deed that was accepted."""
        stmt = {
            "outcome": "accepted", "at": instant(signed.at), "effects": verdict.effects, "actor": signed.by.id,
            "checkpoint": signed.checkpoint.id,
        }  # fmt: skip
        order = fold.step(self.order, stmt, self.seq, tuple(signer.id for signer in signed.facts.signers))
        pieces, claims = self.pieces, dict(self.claims)
        for effect in verdict.effects:
            match effect:
                case {"do": "print"}:
                    pieces = (*pieces, self._printed(effect, pieces))
                case {"do": "piece"}:
                    pieces = tuple(replace(p, state=effect["to"]) if p.id == effect["piece"] else p for p in pieces)
                case {"do": "fact", "name": "bench", "value": bench}:
                    claims[f"bench {bench}"] = order.id
                case {"do": "ship"}:
                    claims = {thing: held for thing, held in claims.items() if not thing.startswith("bench")}
                case _:
                    pass
        return replace(self, order=order, pieces=pieces, at=signed.at, seq=self.seq + 1, claims=claims)

    def _printed(self, effect: Mapping[str, Any], pieces: tuple[Piece, ...]) -> Piece:
        design, held = effect["design"], effect.get("container")
        role = design if design in {"wristband", "cassette"} else "container"
        room = 8 - 2 * len(str(self.number))  # twelve characters in all
        name = f"{self.number}{DESIGNS[design]}{len(pieces):0{room}d}T{self.number}{len(pieces):02d}"
        return Piece(name, self.order.id, role, held, design, "printed", "00" * 32)

    def carried(self, until: str | None = None) -> Paper:
        """Return the order right before *until* on the straight road, or at its end; repeats until nothing waits."""
        paper = self
        steps = [step for step in self.protocol.checkpoints if not step.side]
        last = next(number for number, step in enumerate(steps) if step.id == "h14_ready")
        for step in steps[: last + 1]:
            if step.id == until:
                return paper
            if paper.order.did(step.id) is None:
                paper = paper.do(step.id)
            bag = next(
                (s for s in step.slots if s.klass == "container" and s.kind == "drug_product" and not s.many), None
            )
            while step.repeat and bag is not None and waiting(step, bag, paper.order):
                paper = paper.do(step.id)
        for held in paper.order.dose():
            for step in steps[last + 1 : -1]:
                if step.id == until:
                    return paper
                paper = paper.do(step.id, pick=held.id)
        return paper if until == steps[-1].id else paper.do(steps[-1].id)

    def fresh(self, asked: Asked) -> dict[str, str]:
        """Return identifiers as if allocated for a deed."""
        number, order = self.number, asked.order
        wanted = {name for plan in asked.checkpoint.effects for name in NEEDS_FRESH.get(plan["do"], ())}
        held = len(order.containers)
        made = {
            "coi": f"COI00000000{number}", "din": f"A99902600000{number}", "lot": f"L-{number}-{held}",
            "serial": f"S-{number}-{held}", "container": f"C-{number}-{held}",
            "shipment": f"SH-{number}-{len(order.shipments)}", "certificate": f"RC-{number}-{held}",
        }  # fmt: skip
        fresh = {name: made[name] for name in wanted}
        for plan in asked.checkpoint.effects:
            if plan["do"] == "register":
                for more in range(2, count_of(asked, plan) + 1):
                    fresh[numbered("container", more)] = f"C-{number}-{held + more - 1}"
                    fresh[numbered("serial", more)] = f"S-{number}-{held + more - 1}"
        return fresh

    def values(self, step: Checkpoint) -> dict[str, str]:
        """Return what is stated at a step of a straight road."""
        said: dict[str, str] = {}
        for value in step.values:
            match value.type:
                case "yes" | "identity" | "spoken":
                    said[value.name] = "yes"
                case "date":
                    said[value.name] = f"{self.at + timedelta(days=DAYS.get(value.name, 1)):%Y-%m-%d}"
                case "tail":
                    said[value.name] = (self.order.coi or "")[-4:]
                case "piece":
                    said[value.name] = self._label_here(step)
                case "decimal":
                    said[value.name] = "120"
                case "choice" if value.name not in ANSWERS:
                    said[value.name] = value.choices[0]
                case _:
                    said[value.name] = ANSWERS[value.name]
        return said

    def _label_here(self, step: Checkpoint) -> str:
        here = {held.id for held in self.order.containers if held.custodian == step.point(self.order) and held.live}
        found = [
            piece.id for piece in self.pieces if piece.role == "container" and piece.container in here and piece.alive
        ]
        return found[-1] if found else "0" * 12

    def scans(self, step: Checkpoint, slot: Slot, at: datetime, pick: str | None = None) -> tuple[Item, ...]:
        """Return what is scanned for a slot: one code, or every container of a slot for many, or nothing."""
        match slot.klass:
            case "wristband":
                worn = [p for p in self.pieces if p.role == "wristband" and p.state == slot.piece]
                return () if not worn else (own(worn[-1], self.order, at),)
            case "band":
                return (band(self.order, at, whose="none" if slot.new else "own"),)
            case "container" | "cassette":
                held = waiting(step, slot, self.order)
                meant = held if slot.many else ([h for h in held if h.id == pick] or held)[:1]
                return tuple(item for each in meant for item in self._label(each, slot, at))
            case klass:
                site = self.order.site(step.site)
                return (code(klass, self._thing(step, slot), at, site=None if klass == "seal" else site),)

    def _label(self, held: Container, slot: Slot, at: datetime) -> tuple[Item, ...]:
        fitting = [p for p in self.pieces if p.role == slot.klass and p.container == held.id and p.state == slot.piece]
        return tuple(own(piece, self.order, at, linear=slot.symbol == "linear") for piece in fitting[-1:])

    def _thing(self, step: Checkpoint, slot: Slot) -> str:
        order, site = self.order, step.site
        match slot.klass:
            case "equipment":
                return order.fact(slot.name) or f"EQP-{order.id}-{slot.name}-{site}"
            case "kit":
                return f"KIT-{order.id}-{len(order.done)}"
            case "location":
                return self._place(step, slot)
            case _:
                pass
        sent = None if "fresh_shipment" in step.checks else self._shipment(step)
        if sent is not None:
            return {"shipper": sent.shipper, "seal": sent.seal, "logger": sent.logger}[slot.klass]
        prefix = {"shipper": "SHP", "seal": "SEA", "logger": "LGR"}[slot.klass]
        return f"{prefix}-{order.id}-{len(order.shipments)}"

    def _shipment(self, step: Checkpoint) -> Shipment | None:
        """Return the shipment that a step at this point is about: one whose containers are here, or offered to here."""
        here, order = step.point(self.order), self.order
        for sent in (each for each in order.shipments if each.is_open):
            inside = [held for held in order.containers if held.id in sent.containers]
            offered = {offer.to for held in inside if (offer := order.offered(held.id)) is not None}
            if offered == {here} if step.takes else ({held.custodian for held in inside} == {here} and not offered):
                return sent
        return order.shipment()

    def _place(self, step: Checkpoint, slot: Slot) -> str:
        wanted = next((s for s in step.slots if s.klass == "container" and s.kind == "drug_product"), None)
        lies = [] if wanted is None else [held.location for held in waiting(step, wanted, self.order) if held.location]
        if "stored_here" in step.checks and lies:
            return lies[0]
        return f"LOC-{self.order.id}-{slot.name}-{step.site}"


def draft(number: int = 0, form: str = "frozen", *, minutes: int = 10) -> Paper:
    """Return one patient's order, just opened."""
    protocol = PROTOCOLS[form]
    sites = {part: site for part, site in SITES.items() if form != "hospital" or part not in {"courier", "depot"}}
    stmt: dict[str, Any] = {
        "order": f"O-{number}", "patient": f"P-{number}", "protocol": f"{protocol.id}/{protocol.version}",
        "product": PRODUCTS[form], "protocol_sha256": protocol.sha256, "sites": sites, "at": instant(BEGAN),
    }  # fmt: skip
    return Paper(protocol, fold.opened(f"chain-{number}", stmt), number, minutes=minutes)


@cache
def sheets(number: int, form: str = "frozen") -> tuple[dict[str, Paper], Paper]:
    """Return one patient's straight road: the paper before each checkpoint, and at its end."""
    paper, before = draft(number, form), {}
    for name in ROADS[form]:
        before[name] = paper
        paper = paper.do(name)
    return before, paper


def sheet(step: str, number: int = 0, form: str = "frozen") -> Paper:
    """Return an order on paper right before a checkpoint of its straight road."""
    return sheets(number, form)[0][step]


@cache
def road(number: int, form: str = "frozen") -> tuple[dict[str, Moment], Order, tuple[Piece, ...]]:
    """Return one patient's whole road: the moment before each checkpoint, the order at its end, and its pieces."""
    before, end = sheets(number, form)
    return {name: paper.ready(name) for name, paper in before.items()}, end.order, end.pieces


def moment(step: str, number: int = 0, form: str = "frozen") -> Moment:
    """Return an order right before *step*."""
    return road(number, form)[0][step]


def fresh(step: str, number: int = 0, form: str = "frozen") -> dict[str, str]:
    """Return identifiers as if allocated for a deed at *step*."""
    return sheet(step, number, form).fresh(moment(step, number, form).asked)


def asked(step: str, number: int = 0, form: str = "frozen", **facts: Any) -> Asked:  # noqa: ANN401 - any field of Facts
    """Return the right question at *step*, unsigned, with *facts* changed."""
    question = moment(step, number, form).asked
    return replace(question, facts=replace(question.facts, **facts))


def swapped(question: Asked, slot: str, *items: Item) -> Asked:
    """Return the question with what was scanned for *slot* replaced by *items*, none or several."""
    there = question.facts.items
    gone = question.filling(question.checkpoint.slot(slot))
    place = next((number for number, item in enumerate(there) if item in gone), len(there))
    rest = [item for item in there if item not in gone]
    return replace(question, facts=replace(question.facts, items=(*rest[:place], *items, *rest[place:])))


def changed(question: Asked, **order: Any) -> Asked:  # noqa: ANN401 - any field of Order
    """Return the question about an order that differs in the fields given."""
    return replace(question, order=replace(question.order, **order))


def with_container(question: Asked, container: str, **fields: Any) -> Asked:  # noqa: ANN401 - any field of Container
    """Return the question with one container changed, in the order and in what was scanned alike."""
    order = question.order
    containers = tuple(replace(held, **fields) if held.id == container else held for held in order.containers)
    order = replace(order, containers=containers)
    items = tuple(
        item if item.container is None else replace(item, container=order.container(item.container.id))
        for item in question.facts.items
    )
    return replace(question, order=order, facts=replace(question.facts, items=items))


def scanned(question: Asked, slot: str) -> Item:
    """Return what was scanned for *slot* in the right question."""
    return question.filling(question.checkpoint.slot(slot))[0]


def codes(verdict: object) -> set[str]:
    """Return the reason codes of a verdict, of a refusal or of a quarantine."""
    reasons = verdict.quarantine if isinstance(verdict, Accepted) else verdict.reasons  # type: ignore[attr-defined]
    return {reason.code for reason in reasons}
