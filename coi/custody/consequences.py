"""What does a refusal cause? Holds on what was physically in the act, and a notice to the other order.

R8 of the hazards: a hold is placed only where a *known other* order's thing, or a dead piece, was seen. Unreadable
codes, foreign symbologies and wrong sequences stop and ask for another scan, and hold nobody's cells.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.custody import store
from coi.custody.order import FINAL_CONTAINER

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.asked import Asked, Item
    from coi.custody.deed import Deed
    from coi.custody.reasons import Reason
    from coi.ledger.entry import Entry

NOT_HELD = FINAL_CONTAINER | {"registered"}
"""States in which a hold on a container would block nothing: not filled yet, or gone."""


def consequences(
    session: Session, deed: Deed, asked: Asked, entry: Entry, reasons: tuple[Reason, ...]
) -> tuple[str, ...]:
    """Append what follows from *entry*, and return the holds placed on its own order.

    1. Received into quarantine: a hold on the containers of the shipment, of kind identity or condition.
    2. Refused with another order's container or patient, a dead label or one whose symbol lies in hand: a hold on the
       own containers scanned. Another container of the same order, or another's shipper, is put down and scanned again.
    3. The other order gets a notice; a hold only if its container is in the custody of the very point of the act.
    """
    if not reasons:
        return ()
    order = asked.order
    placed: list[str] = []
    identity = any(reason.is_identity for reason in reasons)
    if entry.stmt["outcome"] == "quarantined":
        shipment = asked.shipment()
        held = tuple(shipment.containers) if shipment is not None else _in_the_act(asked)
        placed.append(
            _hold(
                session,
                deed,
                order.chain,
                order.id,
                "identity" if identity else "condition",
                reasons[0].code,
                held,
                entry,
            )
        )
    elif _mixed_up(asked.facts.items, reasons):
        held = _in_the_act(asked)
        if held:
            placed.append(
                _hold(session, deed, order.chain, order.id, "identity", _first_identity(reasons), held, entry)
            )
    for item in _foreign(asked.facts.items):
        _tell_the_other(session, deed, asked, item, entry)
    return tuple(placed)


def _mixed_up(items: tuple[Item, ...], reasons: tuple[Reason, ...]) -> bool:
    """Say whether cells may have been mixed up, and not only a wrong thing picked up (R8)."""
    others = any(
        item.whose == "other" and item.klass in {"container", "cassette", "wristband", "band"} for item in items
    )
    return others or any(reason.code in {"dead_piece", "contents_differ", "cassette_differs"} for reason in reasons)


def _first_identity(reasons: tuple[Reason, ...]) -> str:
    return next(reason.code for reason in reasons if reason.is_identity)


def _in_the_act(asked: Asked) -> tuple[str, ...]:
    """Return the own containers that were scanned and hold cells."""
    scanned = {i.container.id: i.container for i in asked.facts.items if i.whose == "own" and i.container is not None}
    return tuple(held.id for held in scanned.values() if held.state not in NOT_HELD)


def _foreign(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return one item for each other order that was met, in ascending order id."""
    met = {item.foreign_order: item for item in items if item.foreign_order is not None}
    return tuple(met[order] for order in sorted(met))


def _tell_the_other(session: Session, deed: Deed, asked: Asked, item: Item, cause: Entry) -> None:
    other = store.load(session, str(item.foreign_order))
    held = None if item.foreign_container is None else other.container(item.foreign_container)
    if held is not None and held.custodian == asked.expected_point and held.state not in NOT_HELD:
        _hold(session, deed, other.chain, other.id, "identity", "other_order", (held.id,), cause)
        return
    stmt: dict[str, Any] = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": other.id,
        "outcome": "noted",
        "class": item.klass,
        "tail": item.tail,
        "cause": {"chain": cause.chain, "seq": cause.seq},
    }
    ledger.record(session, other.chain, "custody.notice", stmt, at=deed.at)


def _hold(
    session: Session,
    deed: Deed,
    chain: str,
    order: str,
    kind: str,
    reason: str,
    containers: tuple[str, ...],
    cause: Entry,
) -> str:
    name = f"H-{secrets.token_hex(5)}"
    stmt: dict[str, Any] = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": order,
        "outcome": "accepted",
        "hold": name,
        "kind": kind,
        "reason": reason,
        "containers": list(containers),
        "cause": {"chain": cause.chain, "seq": cause.seq},
    }
    ledger.record(session, chain, "hold.placed", stmt, at=deed.at)
    return name
