"""What is waiting for this person, the soonest deadline first?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from coi.custody import protocol_register as protocols
from coi.custody import steps, store
from coi.quality import store as quality
from coi.quality.holds import blocking

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Protocol
    from coi.person import Person


@dataclass(frozen=True, slots=True)
class Task:
    """One checkpoint of one order that this person may pass now."""

    order: Order
    checkpoint: Checkpoint
    site: str
    due: datetime
    held: bool
    """Whether an open hold stops the order."""


def due(order: Order, checkpoint: Checkpoint, protocol: Protocol) -> datetime:
    """Return when a step should be done: its time after the newest deed, and no later than what the cells allow."""
    since = order.done[-1].at if order.done else order.opened_at
    latest = [since + timedelta(hours=float(checkpoint.due_h))]
    latest += [held.expires for held in order.containers if held.expires is not None and held.live]
    if order.thaw_began is not None:
        latest.append(order.thaw_began + timedelta(minutes=protocol.limits["thaw_to_infusion_min"]))
    return min(latest)


def of_order(order: Order, person: Person, *, held: bool) -> tuple[Task, ...]:
    """Return the tasks of one order for one person."""
    protocol = protocols.pinned(order.protocol_sha256)
    return tuple(
        Task(order, step, order.site(step.site), due(order, step, protocol), held)
        for step in steps.open_for(protocol, order)
        if _is_work(step, order, protocol)
        and person.active
        and person.grant(step.roles, order.site(step.site), order.product) is not None
    )


def _is_work(step: Checkpoint, order: Order, protocol: Protocol) -> bool:
    """Say whether a step belongs on a work list.

    Every step of the road does. One beside the road only once it has begun: something was offered, or it follows
    another step beside the road (a shipment at the depot, a return that is packed, a bag that was kept).
    """
    if not step.side or step.takes:
        return True
    beside = {each.id for each in protocol.checkpoints if each.side}
    return any(need in beside and order.did(need) is not None for need in step.needs)


def others(order: Order, person: Person, site: str) -> tuple[Task, ...]:
    """Return every step of one order that this person could do at a site now: the road first, then beside it."""
    protocol = protocols.pinned(order.protocol_sha256)
    found = [
        Task(order, step, site, due(order, step, protocol), held=False)
        for step in steps.open_for(protocol, order)
        if order.site(step.site) == site and person.active and person.grant(step.roles, site, order.product) is not None
    ]
    return tuple(sorted(found, key=lambda task: task.checkpoint.side))


MANY = 6
"""As many tasks as an idle station shows."""


def at_station(session: Session, person: Person, site: str) -> tuple[Task, ...]:
    """Return the tasks that an idle station lists, in the order of their numbers; what is on hold cannot be begun."""
    mine = [task for task in tasks(session, person) if task.site == site]
    return tuple(task for task in mine if not task.held or task.checkpoint.records_only)[:MANY]


def tasks(session: Session, person: Person) -> tuple[Task, ...]:
    """Return everything that this person may do at the gates of open orders, the soonest deadline first."""
    found: list[Task] = []
    for order in store.at_sites(session, person.sites(), open_only=True):
        moved = tuple(held.id for held in order.containers)
        held = bool(blocking(quality.of_order(session, order.id), moved))
        found += of_order(order, person, held=held)
    return tuple(sorted(found, key=lambda task: (task.due, task.order.id, task.checkpoint.id)))
