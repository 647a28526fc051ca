"""What stands where, for programs: tasks, orders, entries and holds, as far as who asks may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger, web
from coi.custody import api_models as m
from coi.custody import order_screen, steps, tasks, words
from coi.custody import protocol as protocols
from coi.custody.order import TERMINAL
from coi.labelling import store as pieces
from coi.quality import store as quality
from coi.web import api

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint
    from coi.people.signing import Place
    from coi.quality.holds import Hold

bp = api.blueprint("reading", "Orders, gates and holds")

_ETAG = {"ETag": {"description": "The order's head, for If-Match", "schema": {"type": "string"}}}


@bp.get("/tasks")
@bp.output(m.Tasks)
@bp.doc(operation_id="list_tasks", responses=api.told())
def list_tasks() -> m.Tasks:
    """List the gates that who asks may pass at the site, the soonest deadline first."""
    who = web.me()

    def work(session: Session) -> m.Tasks:
        found = [one for one in tasks.tasks(session, who.person) if one.site == who.site]
        return m.Tasks(
            tasks=[
                m.Task(order=t.order.id, coi=t.order.coi, due=t.due, held=t.held, gate=_gate(t.order, t.checkpoint))
                for t in found
            ]
        )

    return web.read(work)


@bp.get("/orders")
@bp.input(m.OrdersAsked, location="query", arg_name="asked")
@bp.output(m.Orders)
@bp.doc(operation_id="list_orders", responses=api.told(422))
def list_orders(asked: m.OrdersAsked) -> m.Orders:
    """List the orders of the sites of who asks, by descending order number."""
    who = web.me()

    def work(session: Session) -> m.Orders:
        found = [
            order
            for order in order_screen.visible(session, who.person)
            if (asked.after is None or order.id < asked.after) and not (asked.only_open and order.state in TERMINAL)
        ]
        page = found[: asked.limit]
        return m.Orders(
            orders=[_line(session, order) for order in page],
            next=page[-1].id if len(found) > len(page) else None,
        )

    return web.read(work)


@bp.get("/orders/<order>")
@bp.output(m.OrderOut)
@bp.doc(
    operation_id="show_order",
    responses=api.told(404, also={200: {"description": "The order", "headers": _ETAG}}),
)
def show_order(order: str) -> tuple[m.OrderOut, int, dict[str, str]]:
    """Show one order, by its number or its chain-of-identity identifier."""
    who = web.me()

    def work(session: Session) -> tuple[m.OrderOut, ledger.Head]:
        found = order_screen.seen_by(session, who.person, order)
        head = ledger.head(session, found.chain)
        return _order(session, found, head), head

    body, head = web.read(work)
    return body, 200, api.etag(head)


@bp.get("/orders/<order>/entries")
@bp.input(m.EntriesAsked, location="query", arg_name="asked")
@bp.output(m.Entries)
@bp.doc(operation_id="list_entries", responses=api.told(404, 422))
def list_entries(order: str, asked: m.EntriesAsked) -> m.Entries:
    """List the entries of an order, the oldest first."""
    who = web.me()

    def work(session: Session) -> m.Entries:
        found = order_screen.seen_by(session, who.person, order)
        entries = ledger.entries(session, found.chain, asked.after, asked.limit + 1)
        page = entries[: asked.limit]
        return m.Entries(
            entries=[m.EntryOut.of(one) for one in page], next=page[-1].seq if len(entries) > len(page) else None
        )

    return web.read(work)


@bp.get("/orders/<order>/entries/<int:seq>")
@bp.output(m.EntryWhole)
@bp.doc(operation_id="show_entry", responses=api.told(404))
def show_entry(order: str, seq: int) -> m.EntryWhole:
    """Show one entry with the very bytes that were hashed."""
    who = web.me()

    def work(session: Session) -> m.EntryWhole:
        found = order_screen.seen_by(session, who.person, order)
        one = ledger.entry(session, found.chain, seq)
        return m.EntryWhole.of(one, body=one.body.decode("utf-8"))

    return web.read(work)


@bp.get("/holds")
@bp.input(m.HoldsAsked, location="query", arg_name="asked")
@bp.output(m.Holds)
@bp.doc(operation_id="list_holds", responses=api.told(422))
def list_holds(asked: m.HoldsAsked) -> m.Holds:
    """List the holds on orders of the sites of who asks, the oldest first."""
    who = web.me()

    def work(session: Session) -> m.Holds:
        found = [
            hold
            for order in order_screen.visible(session, who.person)
            for hold in quality.of_order(session, order.id)
            if hold.is_open or not asked.only_open
        ]
        return m.Holds(holds=[_hold(hold) for hold in sorted(found, key=lambda hold: (hold.placed_at, hold.id))])

    return web.read(work)


def places(found: Iterable[Place]) -> list[m.Place]:
    """Return the places to sign."""
    return [m.Place(roles=sorted(place.roles), meaning=place.meaning, factor=place.factor) for place in found]


def _gate(order: Order, step: Checkpoint) -> m.Gate:
    sign = step.sign
    return m.Gate(
        checkpoint=step.id,
        handoff=step.handoff,
        title=step.title,
        site=order.site(step.site),
        roles=list(step.roles),
        scans=[
            m.Slot(slot=slot.name, what=slot.klass, kind=slot.kind, symbol=slot.symbol, say=slot.say)
            for slot in step.slots
        ],
        values=[
            m.Asked(
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
        places=[]
        if sign is None
        else [
            m.Place.model_validate(
                {"roles": sorted(roles), "meaning": sign.meaning, "factor": sign.factor if number else "any"}
            )
            for number, roles in enumerate(sign.by)
        ],
    )


def _line(session: Session, order: Order) -> m.OrderLine:
    return m.OrderLine(
        id=order.id,
        coi=order.coi,
        product=order.product,
        state=order.state,
        custodian=order.custodian,
        held=any(hold.is_open for hold in quality.of_order(session, order.id)),
        refused=order.refused,
        opened_at=order.opened_at,
    )


def _order(session: Session, order: Order, head: ledger.Head) -> m.OrderOut:
    protocol = protocols.pinned(order.protocol_sha256)
    return m.OrderOut.model_validate(
        {
            "id": order.id,
            "chain": order.chain,
            "head": api.Receipt.of(head),
            "coi": order.coi,
            "lot": order.lot,
            "patient": order.patient,
            "product": order.product,
            "protocol": order.protocol,
            "sites": dict(order.sites),
            "state": order.state,
            "opened_at": order.opened_at,
            "custodian": order.custodian,
            "offer": order.offer,
            "certificate": order.certificate,
            "thaw_began": order.thaw_began,
            "containers": [
                m.ContainerOut(
                    id=held.id,
                    kind=held.kind,
                    state=held.state,
                    keys=dict(held.keys),
                    expires=held.expires,
                    location=held.location,
                    parents=list(held.parents),
                )
                for held in order.containers
            ],
            "pieces": [m.PieceOut.model_validate(piece) for piece in pieces.of_order(session, order.id)],
            "done": [m.DoneOut.model_validate(deed) for deed in order.done],
            "holds": [_hold(hold) for hold in quality.of_order(session, order.id)],
            "refused": order.refused,
            "next": [_gate(order, step) for step in steps.open_for(protocol, order)],
        }
    )


def _hold(hold: Hold) -> m.HoldOut:
    return m.HoldOut(
        id=hold.id,
        order=hold.order,
        kind=hold.kind,
        reason=hold.reason,
        sentence=words.reason(hold.reason),
        containers=list(hold.containers),
        site=hold.site,
        placed_at=hold.placed_at,
        lifted_at=hold.lifted_at,
        way_out=hold.way_out,
    )
