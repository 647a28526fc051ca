"""What does a refusal cause? Holds on what was physically in the act, and a notice to the other order.

R8 of the hazards: a hold is placed only where a *known other* order's thing, or a dead piece, was seen. Unreadable
codes, foreign symbologies and wrong sequences stop and ask for another scan, and hold nobody's cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coi import ledger, people
from coi.custody import store
from coi.custody.order import FINAL_CONTAINER
from coi.custody.reasons import UNPROVEN, Reason
from coi.quality import actions as quality
from coi.quality import deviations, holds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.custody.asked import Asked, Item
    from coi.custody.deed import Deed
    from coi.custody.order import Order
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
    4. A shipment that is lost is held until it is identified anew; a release taken back holds what it had released.
    5. What identity or condition had to stop is a deviation, and so is an infusion that was never verified.
    """
    placed = [*_holds(session, deed, asked, entry, reasons), *_of_deed(session, deed, asked, entry)]
    for item in _foreign(asked.facts.items):
        _tell_the_other(session, deed, asked, item, entry)
    codes = tuple(reason.code for reason in reasons)
    unverified = any(effect.get("name") == "infused_without_verification" for effect in _effects(entry))
    _deviation(session, deed, asked.order, entry, ("infused_without_verification",) if unverified else codes)
    return tuple(placed)


def _holds(session: Session, deed: Deed, asked: Asked, entry: Entry, reasons: tuple[Reason, ...]) -> list[str]:
    """Place the holds that a refusal or a receipt into quarantine causes."""
    if not reasons:
        return []
    identity = any(reason.is_identity or reason.code in UNPROVEN for reason in reasons)
    if entry.stmt["outcome"] == "quarantined":
        shipment = asked.shipment()
        held = tuple(shipment.containers) if shipment is not None else _in_the_act(asked)
        return [
            place(session, deed, asked.order, "identity" if identity else "condition", reasons[0].code, held, entry)
        ]
    held = _in_the_act(asked)
    if not held or not _mixed_up(asked.facts.items, reasons):
        return []
    return [place(session, deed, asked.order, "identity", _first_identity(reasons), held, entry)]


def _effects(entry: Entry) -> list[Mapping[str, Any]]:
    told: Any = entry.stmt["effects"]
    return list(told)


def _of_deed(session: Session, deed: Deed, asked: Asked, entry: Entry) -> list[str]:
    """Place the hold that an accepted deed brings with it."""
    for effect in _effects(entry):
        match effect:
            case {"do": "state", "to": "LOST"}:
                lost = [c for s in asked.order.shipments if s.is_open for c in s.containers]
                if not lost:  # given up in the house: nothing of it lies anywhere that a hold could keep
                    return []
                return [place(session, deed, asked.order, "lost", "lost", tuple(lost), entry)]
            case {"do": "revoke"} if asked.order.dose():
                released = tuple(held.id for held in asked.order.dose() if held.live)
                return [place(session, deed, asked.order, "quality", "revoked", released, entry)] if released else []
            case _:
                continue
    return []


def place(
    session: Session,
    deed: Deed,
    order: Order,
    kind: str,
    reason: str,
    containers: tuple[str, ...],
    cause: Entry,
) -> str:
    """Place a hold and tell, at once, who must know of it."""
    name = quality.hold(
        session,
        order.chain,
        order.id,
        kind=kind,
        reason=reason,
        containers=containers,
        common=deed.common(),
        cause=cause,
    )
    alarm(session, deed, order, name)
    return name


def alarm(session: Session, deed: Deed, order: Order, hold: str) -> None:
    """Tell physician and quality of a hold on the cells of a patient who is being conditioned (hazards.md R4)."""
    given = {"INFUSED", "PARTIAL", "RECONCILED"}
    if order.fact("conditioning") != "may_start" or order.state in given:
        return
    stmt: dict[str, Any] = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": order.id,
        "outcome": "noted",
        "why": "hold_after_conditioning",
        "hold": hold,
        "to": ["physician", "qa_reviewer", "qa_releaser"],
    }
    ledger.record(session, order.chain, "custody.alarm", stmt, at=deed.at)


def _deviation(session: Session, deed: Deed, order: Order, entry: Entry, codes: tuple[str, ...]) -> None:
    severity = deviations.opens(codes, str(entry.stmt["outcome"]))
    if severity is None:
        return
    quality_sites = people.sites_with(session, deviations.QUALITY)
    scope = deviations.Scope(
        owner=holds.owner(deed.site, order.site("manufacturing"), quality_sites), order=order.id, product=order.product
    )
    quality.open_deviation(
        session, order.chain, scope, severity=severity, reason=deviations.leading(codes), cause=entry,
        common=deed.common(),
    )  # fmt: skip


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
        place(session, deed, other, "identity", "other_order", (held.id,), cause)
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
