"""What else can happen to an order now, beside its road? Steps, offers and shipments, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi import people
from coi.custody import late, order_boxes, steps
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody.order_views import AlarmView, BesideGroup, BesideStep, OfferView, ShipmentView
from coi.shipping import trace_words, traces

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint
    from coi.person import Person

BEGINNINGS = (
    ("x_destroy", "destroy"),
    ("h10_unused", "destroy"),
    ("r9_", "bags"),
    ("r_", "return"),
    ("h5_unpack", "shipment"),
    ("h12_unpack", "shipment"),
    ("h6_", "shipment"),
    ("x_lost", "shipment"),
    ("x_found", "shipment"),
    ("h8_", "batch"),
    ("h9_", "batch"),
    ("h11_", "batch"),
    ("x_fail", "batch"),
    ("x_remake", "batch"),
    ("h3_witness", "patient"),
    ("h16_witness", "patient"),
    ("x_change_site", "patient"),
    ("x_withdraw", "patient"),
    ("x_deceased", "patient"),
    ("h12_putback", "bags"),
    ("h14_putback", "bags"),
)
"""Beginnings of the names of steps, each with its group; any other step is of the first group."""


def group_of(step: Checkpoint) -> str:
    """Return the group of a step beside the road."""
    return next((group for beginning, group in BEGINNINGS if step.id.startswith(beginning)), things.GROUPS[0])


def groups(session: Session, order: Order, person: Person, site: str) -> tuple[BesideGroup, ...]:
    """Return every step beside the road that is open now: what *person*, who works at *site*, may do comes first."""
    found: dict[str, list[tuple[bool, BesideStep]]] = {name: [] for name in things.GROUPS}
    for step in steps.open_for(protocols.pinned(order.protocol_sha256), order):
        if step.side:
            mine = person.active and person.grant(step.roles, order.site(step.site), order.product) is not None
            found[group_of(step)].append((mine, _step(session, order, step, mine=mine, site=site)))
    return tuple(
        BesideGroup(
            things.group(name),
            mine=tuple(one for mine, one in all_of_it if mine),
            others=tuple(one for mine, one in all_of_it if not mine),
        )
        for name, all_of_it in found.items()
        if all_of_it
    )


def _step(session: Session, order: Order, step: Checkpoint, *, mine: bool, site: str) -> BesideStep:
    at = order.site(step.site)
    return BesideStep(
        title=str(_(step.title)),
        handoff=step.handoff,
        who=str(_(" or ")).join(things.role(name) for name in step.roles),
        site=people.name_of(session, at) + (f" · {step.unit}" if step.unit else ""),
        url=f"/station?order={order.id}&step={step.id}" if mine and at == site else "",
        elsewhere=mine and at != site,
    )


def offers(session: Session, order: Order, person: Person, site: str) -> tuple[OfferView, ...]:
    """Return the custody that is held out and not taken yet, the oldest first."""
    names = {held.id: order_boxes.bag(session, held, order) for held in order.containers}
    return tuple(
        OfferView(
            to=order_boxes.place(session, offer.to),
            by=people.name_of(session, offer.by),
            since=offer.at,
            containers=tuple(names[name] for name in offer.containers),
            mine=offer.to.split("/")[0] == site and site in person.sites(),
        )
        for offer in order.offers
    )


def shipments(session: Session, order: Order, at: datetime) -> tuple[ShipmentView, ...]:
    """Return the order's shipments, the newest first, with what their loggers say and which clocks have run out."""
    names = {held.id: order_boxes.bag(session, held, order) for held in order.containers}
    protocol = protocols.pinned(order.protocol_sha256)
    states = {
        "sealed": _("sealed"),
        "in_transit": _("on its way"),
        "received": _("received"),
        "opened": _("opened again"),
    }
    found = []
    for one in reversed(order.shipments):
        word = traces.verdict_of(session, one.id, one.received_at or at)
        found.append(
            ShipmentView(
                id=one.id,
                origin=people.name_of(session, one.origin),
                destination=people.name_of(session, one.destination),
                state=str(states.get(one.state, one.state)),
                shipper=order_boxes.called(session, one.shipper),
                seal=one.seal,
                logger=order_boxes.called(session, one.logger) if one.logger else "",
                containers=tuple(names[name] for name in one.containers if name in names),
                says=str(trace_words.VERDICTS[word][0]),
                word=word,
                alarms=tuple(
                    AlarmView(things.alarm(alarm.kind), alarm.level, alarm.since)
                    for alarm in late.of_shipment(order, protocol, one, at)
                ),
            )
        )
    return tuple(found)
