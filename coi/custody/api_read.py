"""What stands where, for programs: tasks, orders and entries, as far as who asks may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger, web
from coi.custody import api_answers as a
from coi.custody import api_drawn, order_screen, store, tasks
from coi.custody import api_models as said
from coi.custody import api_pictures as m
from coi.custody.order import TERMINAL
from coi.web import api

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.tasks import Task

bp = api.blueprint("reading", "Orders and gates")

_ETAG = {"ETag": {"description": "The order's head, for If-Match", "schema": {"type": "string"}}}


@bp.get("/tasks")
@bp.output(a.Tasks)
@bp.doc(operation_id="list_tasks", responses=api.told())
def list_tasks() -> a.Tasks:
    """List the gates that who asks may pass at the site, the soonest deadline first."""
    who = web.me()

    def work(session: Session) -> a.Tasks:
        return a.Tasks(tasks=[_task(session, one) for one in tasks.tasks(session, who.person) if one.site == who.site])

    return web.read(work)


@bp.get("/orders")
@bp.input(said.OrdersAsked, location="query", arg_name="asked")
@bp.output(m.Orders)
@bp.doc(operation_id="list_orders", responses=api.told(422))
def list_orders(asked: said.OrdersAsked) -> m.Orders:
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
            orders=[api_drawn.line(session, order) for order in page],
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
    who, at = web.me(), web.now()

    def work(session: Session) -> tuple[m.OrderOut, ledger.Head]:
        found = order_screen.seen_by(session, who.person, order)
        head = ledger.head(session, found.chain)
        return api_drawn.whole(session, found, head, at), head

    body, head = web.read(work)
    return body, 200, api.etag(head)


@bp.get("/orders/<order>/entries")
@bp.input(said.EntriesAsked, location="query", arg_name="asked")
@bp.output(m.Entries)
@bp.doc(operation_id="list_entries", responses=api.told(404, 422))
def list_entries(order: str, asked: said.EntriesAsked) -> m.Entries:
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


def _task(session: Session, one: Task) -> a.Task:
    twins = one.checkpoint.patient_card and store.has_twin(session, one.order.id)
    return a.Task(
        order=one.order.id,
        coi=one.order.coi,
        due=one.due,
        held=one.held,
        gate=api_drawn.gate(one.order, one.checkpoint, twins=twins),
    )
