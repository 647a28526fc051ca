"""How does an order look to a program? Drawn from what the rooms know; nothing is decided here, and nobody is named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from coi.custody import api_answers as a
from coi.custody import api_pictures as m
from coi.custody import order_boxes, order_notes, steps, store, words
from coi.custody import protocol_register as protocols
from coi.labelling import store as pieces
from coi.quality import calls
from coi.quality import screen as quality_screen
from coi.quality import store as quality
from coi.shipping import traces
from coi.web import api

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi import ledger
    from coi.custody.order import Container, Order
    from coi.custody.protocol import Checkpoint
    from coi.people.signing import Place
    from coi.quality.holds import Hold
    from coi.shipping.shipment import Shipment


def places(found: Iterable[Place]) -> list[a.Place]:
    """Return the places to sign."""
    return [a.Place(roles=sorted(place.roles), meaning=place.meaning, factor=place.factor) for place in found]


def gate(order: Order, step: Checkpoint, *, twins: bool) -> a.Gate:
    """Return one checkpoint and what it wants; *twins* says whether the order has a twin at all."""
    return a.Gate(
        checkpoint=step.id,
        handoff=step.handoff,
        title=step.title,
        site=order.site(step.site),
        roles=list(step.roles),
        side=step.side,
        takes=step.takes,
        stops=step.stops,
        scans=[
            a.Slot(
                slot=slot.name,
                what=slot.klass,
                kind=slot.kind,
                states=list(slot.states),
                symbol=slot.symbol,
                many=slot.many,
                optional=slot.optional,
                say=slot.say,
            )
            for slot in step.slots
        ],
        values=[
            a.Asked(
                name=value.name,
                type=value.type,
                ask=value.ask,
                unit=value.unit,
                low=None if value.low is None else str(value.low),
                high=None if value.high is None else str(value.high),
                choices=list(value.choices),
            )
            for value in step.values
        ],
        places=_to_sign(step),
        twins=twins and step.patient_card,
    )


def _to_sign(step: Checkpoint) -> list[a.Place]:
    """Return the places of a step that nobody has prepared yet: who acts is known by the session, others prove more."""
    if step.sign is None:
        return []
    return [
        a.Place.model_validate(
            {"roles": sorted(roles), "meaning": step.sign.meaning, "factor": step.sign.factor if number else "any"}
        )
        for number, roles in enumerate(step.sign.by)
    ]


def line(session: Session, order: Order) -> m.OrderLine:
    """Return an order as a line of a list."""
    return m.OrderLine(
        id=order.id,
        coi=order.coi,
        product=order.product,
        state=order.state,
        custodian=order.custodian,
        custodians=list(order.custodians()),
        held=any(hold.is_open for hold in quality.of_order(session, order.id)),
        refused=order.refused,
        opened_at=order.opened_at,
    )


def whole(session: Session, order: Order, head: ledger.Head, at: datetime) -> m.OrderOut:
    """Return one order whole, with the gates that it stands before."""
    protocol = protocols.pinned(order.protocol_sha256)
    twins = store.has_twin(session, order.id)
    thaw = timedelta(minutes=protocol.limits["thaw_to_infusion_min"])
    dose = order_boxes.dose(order)
    same = ("id", "chain", "coi", "lot", "patient", "product", "protocol", "state", "opened_at", "custodian")
    more: dict[str, Any] = {name: getattr(order, name) for name in (*same, "certificate", "thaw_began", "refused")}
    return m.OrderOut.model_validate(
        {
            **more,
            "head": api.Receipt.of(head),
            "sites": dict(order.sites),
            "custodians": list(order.custodians()),
            "offers": [m.Offer.model_validate(offer) for offer in order.offers],
            "certificate": None if order.certificate is None else m.Certificate.model_validate(order.certificate),
            "dose": None if dose is None else m.Dose(given=dose.given, of=dose.bags),
            "out_of_specification": order_notes.is_out_of_specification(order),
            "infused_without_verification": order.fact("infused_without_verification") == "yes",
            "containers": [_container(held, thaw) for held in order.containers],
            "shipments": [_shipment(session, one, at) for one in order.shipments],
            "pieces": [m.PieceOut.model_validate(piece) for piece in pieces.of_order(session, order.id)],
            "done": [m.DoneOut.model_validate(deed) for deed in order.done],
            "holds": [hold(session, one, order, at) for one in quality.of_order(session, order.id)],
            "next": [gate(order, step, twins=twins) for step in steps.open_for(protocol, order)],
        }
    )


def _container(held: Container, thaw: timedelta) -> m.ContainerOut:
    return m.ContainerOut(
        id=held.id,
        kind=held.kind,
        state=held.state,
        keys=dict(held.keys),
        expires=held.expires,
        custodian=held.custodian,
        location=held.location,
        parents=list(held.parents),
        thaw_began=held.thaw_began,
        thaw_ends=held.thaw_began + thaw if held.thaw_began is not None and held.live else None,
    )


def _shipment(session: Session, one: Shipment, at: datetime) -> m.ShipmentOut:
    return m.ShipmentOut(
        id=one.id,
        origin=one.origin,
        destination=one.destination,
        state=one.state,
        shipper=one.shipper,
        seal=one.seal,
        logger=one.logger,
        containers=list(one.containers),
        received_at=one.received_at,
        temperature=traces.verdict_of(session, one.id, one.received_at or at),
    )


def hold(session: Session, one: Hold, order: Order, at: datetime) -> m.HoldOut:
    """Return one hold with who looks after it."""
    return m.HoldOut(
        id=one.id,
        order=one.order,
        kind=one.kind,
        reason=one.reason,
        sentence=words.reason(one.reason),
        containers=list(one.containers),
        site=one.site,
        placed_at=one.placed_at,
        lifted_at=one.lifted_at,
        way_out=one.way_out,
        care=_care(session, one, order, at) if one.is_open else None,
    )


def _care(session: Session, one: Hold, order: Order, at: datetime) -> m.Care:
    made_at = order.site("manufacturing")
    told = quality_screen.care(session, one, made_at=made_at, state=order.state, since=order.thaw_began, at=at)
    return m.Care(
        owner=calls.owner(session, one.site, made_at),
        deadline=told.deadline,
        escalation=told.level,
        says=told.escalation,
        signers=told.signers,
        call=[m.Call.model_validate(called) for called in told.calls],
    )
