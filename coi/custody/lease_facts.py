"""What does a preflight look at? The order, its labels, its holds, its people and its station, gathered as they stand.

Which steps a station may do alone is said here: from the thaw to the empty bag. A step that scans anything but
wristband and bag cannot be done alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi import ledger
from coi.custody import lease_store, reading, trust
from coi.custody import protocol_register as protocols
from coi.custody.checks.spoken import TAIL
from coi.custody.lease import Used, is_live
from coi.custody.lease_packet import sha256
from coi.custody.lease_preflight import Able, Facts, Plan
from coi.equipment import store as equipment
from coi.errors import Unknown
from coi.labelling import store as pieces
from coi.quality import store as quality
from coi.quality.holds import blocking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Container, Order
    from coi.custody.protocol import Checkpoint, Protocol, Slot
    from coi.custody.reading import Scanned
    from coi.person import Person

THAW = "h14_thaw"
DEEDS = ("h15_issue", "h15_accept", "h16_start", "h17_end")
"""Checkpoints that a station may pass alone, in the order of the road."""
PAST = {
    "thawed": (THAW,),
    "issued": (THAW, *DEEDS[:2]),
    "infusing": (THAW, *DEEDS[:3]),
    "interrupted": (THAW, *DEEDS[:3]),
}
"""What a bag in each state has behind it: the order's other bags may have more."""
BEFORE_THAW = frozenset({"stored", "retrieved"})
READY = BEFORE_THAW | {"thawed", "issued", "infusing", "interrupted"}
"""Container states in which a lease is of use."""
CLASSES = frozenset({"wristband", "container"})
STATES = frozenset({"READY_FOR_INFUSION", "THAWING", "INFUSING"})


def gather(
    session: Session, deed: Deed, order: Order, container: Container, persons: Sequence[Able], wristband: Scanned | None
) -> Facts:
    """Return everything that the preflight of one container judges."""
    protocol = protocols.pinned(order.protocol_sha256)
    minutes = protocol.limits.get("thaw_to_infusion_min")
    live = lease_store.not_ended(session, (container.id,)).get(container.id)
    return Facts(
        order=order.id,
        container=container.id,
        ready=container.state in READY and order.state in STATES,
        site=order.site("treatment"),
        device=deed.device,
        device_site=deed.device_site,
        device_state=deed.device_state,
        persons=tuple(persons),
        wristband=_wristband(session, order, wristband),
        plans=plans(protocol),
        sha256s=_known(session, order, container),
        certified=None if order.certificate is None else order.certificate.containers,
        holds=tuple(hold.id for hold in blocking(quality.of_order(session, order.id), (container.id,))),
        expires=container.expires,
        equipment=_needed(session, container) if container.state == "stored" else (),
        dead=_dead(session, order),
        done=done_with(order, container),
        thaw_limit_s=None if minutes is None else minutes * 60,
        thaw_began=container.thaw_began,
        live=live if live is not None and is_live(live, None, deed.at) else None,
        busy=deed.device is not None and lease_store.is_busy(session, deed.device, order.id, deed.at),
        aids=ledger.installation(session).purpose != "production",
        tail=(order.coi or "")[-TAIL:],
    )


def container_of(order: Order, wanted: str = "") -> Container:
    """Return the named bag, or the one that comes next where none is named.

    Raises:
        Unknown: The order has no such bag.
    """
    bags = [one for one in order.of_kind("drug_product") if not wanted or one.id == wanted]
    if not bags:
        raise Unknown("Expected a bag of this order, seen none.")
    begun = [one for one in bags if one.state in READY - BEFORE_THAW]
    waiting = [one for one in bags if one.state in BEFORE_THAW]
    return next(iter([*begun, *waiting, *bags]))


def able(person: Person, site: str, product: str) -> Able:
    """Return what a person may do at a site, and until when."""
    grants = [grant for grant in person.grants if grant.site == site and grant.product in {None, product}]
    return Able(person.id, tuple((grant.role, grant.trained_until) for grant in grants), person.active)


def plans(protocol: Protocol) -> tuple[Plan, ...]:
    """Return the steps of a protocol that a station may do alone."""
    steps = [step for step in protocol.checkpoints if step.id in DEEDS and _wanted(step)]
    return tuple(_plan(protocol, step) for step in steps if {slot.klass for slot in _wanted(step)} <= CLASSES)


def _wanted(step: Checkpoint) -> list[Slot]:
    """Return the codes that must be scanned; what may be left out is left out without the server."""
    return [slot for slot in step.slots if not slot.optional]


def _plan(protocol: Protocol, step: Checkpoint) -> Plan:
    acts = frozenset(step.roles)
    by = (acts,) if step.sign is None else (step.sign.by[0] & acts, *step.sign.by[1:])
    gives = [need for need in step.needs if any(e["do"] == "offer" for e in protocol.checkpoint(need).effects)]
    return Plan(
        deed=step.id,
        wants=tuple(_role(slot.klass, linear=slot.symbol == "linear") for slot in _wanted(step)),
        places=by,
        other=tuple(range(1, len(by))) if step.sign is not None and step.sign.factor == "other" else (),
        needs=step.needs,
        not_by=tuple(gives) if "offered_to_us" in step.checks else (),
        window_s=protocol.limits["wristband_to_bag_s"] if "window" in step.checks else None,
        thawed="thaw_clock" in step.checks,
        records=step.records_only,
        blind=tuple(value.name for value in step.values if value.type == "tail"),
    )


def _role(klass: str, *, linear: bool) -> str:
    name = "wristband" if klass == "wristband" else "product"
    return f"{name}_bar" if linear else name


def _known(session: Session, order: Order, container: Container) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return by role the SHA-256 of every payload that counts: of labels that are on their thing now."""
    found: dict[str, list[str]] = {}
    for piece in pieces.of_order(session, order.id):
        worn = piece.role == "wristband" or (piece.role == "container" and piece.container == container.id)
        if worn and piece.state == "applied":
            found.setdefault(_role(piece.role, linear=False), []).append(piece.payload_sha256)
            found.setdefault(_role(piece.role, linear=True), []).append(sha256(piece.id.encode("ascii")))
    return tuple((role, tuple(sorted(hashes))) for role, hashes in sorted(found.items()))


def _dead(session: Session, order: Order) -> tuple[str, ...]:
    dead = [piece for piece in pieces.of_order(session, order.id) if not piece.alive]
    return tuple(sorted({hashed for one in dead for hashed in (one.payload_sha256, sha256(one.id.encode("ascii")))}))


def _needed(session: Session, container: Container) -> tuple[tuple[str, datetime | None], ...]:
    """Return the place that the bag is fetched from, and until when it is qualified."""
    code = container.location or ""
    known = equipment.find(session, code)
    return ((code or "no place", None if known is None else known.qualified_until),)


def done_with(order: Order, container: Container) -> tuple[Used, ...]:
    """Return what was done with this very bag after its thaw, and what was done with the order before it."""
    ahead = {THAW, *DEEDS}
    behind = [*PAST.get(container.state, ())]
    if container.state == "thawed" and order.offered(container.id) is not None:
        behind.append(DEEDS[0])
    found = {one.checkpoint: one.persons[0] for one in order.done if not one.undone}
    return tuple(Used(name, by) for name, by in found.items() if name not in ahead or name in behind)


def _wristband(session: Session, order: Order, scanned: Scanned | None) -> str:
    if scanned is None:
        return "missing"
    item = reading.make_sense(session, order, scanned)
    worn = (
        item.klass == "wristband" and item.whose == "own" and item.piece is not None and item.piece.state == "applied"
    )
    return "right" if worn and not item.differs and trust.of(item.read) is not trust.Trust.NONE else "wrong"


def thaw_ends(order: Order) -> datetime | None:
    """Return when the first of the bags that are thawed and wait has no time left; None where none waits."""
    minutes = protocols.pinned(order.protocol_sha256).limits.get("thaw_to_infusion_min")
    waiting = [bag.thaw_began for bag in order.containers if bag.state in {"thawed", "issued"} and bag.thaw_began]
    if minutes is None or not waiting:
        return None
    return min(waiting) + timedelta(minutes=minutes)
