"""May a running order go on by another version of its protocol?

A road is not changed under somebody's feet: an order moves only by two signatures, and only where the new version
continues what was done. Everything that stands against it is told at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody import steps
from coi.custody.order import STATES, TERMINAL

if TYPE_CHECKING:
    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Protocol

RUNNING = frozenset({"THAWING", "INFUSING"})
"""States in which the clock of the cells runs: nobody changes the rules then."""
RUNNING_CONTAINERS = frozenset({"thawed", "issued", "infusing", "interrupted"})


def may_migrate(order: Order, old: Protocol, new: Protocol) -> tuple[str, ...]:
    """Return all that stands against the migration of *order* from *old* to *new*; nothing means that it may.

    1. It is another version of the protocol for the same product, and the order is not closed.
    2. Nothing is thawed or being infused.
    3. The new road has the order's state, and knows every deed that was done.
    4. No step of the new road that the old one did not have lies behind the order already.
    5. Custody that is offered can be taken by the new road.
    6. Where the old road goes on, the new one does.
    """
    against = []
    if new.sha256 == order.protocol_sha256 or new.product["code"] != order.product or new.id != old.id:
        against.append(f"Expected another version of {old.id} for {order.product}, seen {new.id} {new.version}.")
    if order.state in TERMINAL:
        against.append(f"Expected an open order, seen {order.state}.")
    if order.state in RUNNING or any(held.state in RUNNING_CONTAINERS for held in order.containers):
        against.append("Expected cells that are not thawed or being infused, seen some that are.")
    known = {checkpoint.id for checkpoint in new.checkpoints}
    lost = sorted({deed.checkpoint for deed in order.done if not _is_side(deed.checkpoint)} - known)
    if lost:
        against.append(f"Expected a version with every deed that was done, seen one without {', '.join(lost)}.")
    if order.state not in {"DRAFT", *(checkpoint.to for checkpoint in new.checkpoints)}:
        against.append(f"Expected a version whose road has the state {order.state}, seen none.")
    passed = _passed(order, old, new)
    if passed:
        against.append(f"Expected no new step behind the order, seen {', '.join(passed)}.")
    if order.offer is not None and not _can_be_taken(order, order.offer.to, old, new):
        against.append("Expected a version by which the offered custody can be taken, seen none.")
    if not against and _goes_on(order, old) and not _goes_on(order, new):
        against.append("Expected a next step by the new version, seen none.")
    return tuple(against)


def _is_side(deed: str) -> bool:
    """Tell whether a deed is lawful beside every road: the relabelling of a thing."""
    return deed.startswith("relabel_")


def _goes_on(order: Order, protocol: Protocol) -> bool:
    """Tell whether a step of the road is open; what lies beside the road leads nowhere by itself."""
    return any(not checkpoint.side for checkpoint in steps.open_for(protocol, order))


def _passed(order: Order, old: Protocol, new: Protocol) -> list[str]:
    """Return the steps that only the new road has and that happen only in states before the order's."""
    here = STATES.index(order.state) if order.state in STATES else 0
    had = {checkpoint.id for checkpoint in old.checkpoints}
    return [
        checkpoint.id
        for checkpoint in new.checkpoints
        if checkpoint.id not in had
        and order.did(checkpoint.id) is None
        and _is_wanted(checkpoint, new)
        and all(STATES.index(state) < here for state in checkpoint.states if state in STATES)
    ]


def _is_wanted(checkpoint: Checkpoint, protocol: Protocol) -> bool:
    """Tell whether the road leads over a step: it reaches a state, or another step needs it."""
    return not checkpoint.side and (
        checkpoint.to is not None or any(checkpoint.id in each.needs for each in protocol.checkpoints)
    )


def _can_be_taken(order: Order, to: str, old: Protocol, new: Protocol) -> bool:
    """Tell whether a step of the new road takes what the newest offering deed held out, at the place it names."""
    offering = {each.id for each in old.checkpoints if any(effect["do"] == "offer" for effect in each.effects)}
    newest = next((deed.checkpoint for deed in reversed(order.done) if deed.checkpoint in offering), "")
    return any(newest in each.needs and each.point(order) == to for each in new.checkpoints)
