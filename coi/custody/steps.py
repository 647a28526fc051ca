"""Which steps could come next, and what waits for them? The protocol's data held against the order as it stands.

Whether a step may be done is for ``verdict.decide`` alone; here is only what a work list shows, and what a slot for a
container can be filled with.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from coi.custody.order import ALL_STATES, STATES, TERMINAL
from coi.custody.protocol import KINDS, PATIENT_BOUND, SITE_ROLES, Checkpoint, Signing, Slot
from coi.errors import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coi.custody.order import Container, Order
    from coi.custody.protocol import Protocol


def is_next(checkpoint: Checkpoint, order: Order) -> bool:
    """Say whether the order stands where *checkpoint* happens: state, deeds before it, containers that wait for it."""
    if order.state not in checkpoint.states or any(order.did(need) is None for need in checkpoint.needs):
        return False
    if order.did(checkpoint.id) is not None and not checkpoint.repeat:
        return False
    here = checkpoint.point(order)
    if not here or any(not candidates(checkpoint, slot, order) for slot in checkpoint.slots if not slot.optional):
        return False
    if "preflight" in checkpoint.checks and not order.next_bags():
        return False
    if any(effect["do"] == "write_off" and not gone(effect, order) for effect in checkpoint.effects):
        return False
    if "at_bench" in checkpoint.checks and not order.fact("bench"):
        return False
    if "preflight_green" in checkpoint.checks and not order.fact("preflight"):
        return False
    if checkpoint.takes:
        return any(offer.to == here for offer in order.offers)
    if any(slot.klass == "shipper" for slot in checkpoint.slots) and "fresh_shipment" not in checkpoint.checks:
        moving = [c for s in order.shipments if s.is_open for c in s.containers]
        return any(c.custodian == here and order.offered(c.id) is None for c in order.containers if c.id in moving)
    return True


def gone(effect: Mapping[str, Any], order: Order) -> tuple[Container, ...]:
    """Return what a write-off can be about: what a label is named of, else what was sealed in and never seen again."""
    return order.searchable() if "piece" in effect else order.unseen()


def candidates(checkpoint: Checkpoint, slot: Slot, order: Order) -> tuple[object, ...]:
    """Return what could be scanned in a slot; of what is no container, anything could."""
    if slot.klass not in PATIENT_BOUND:
        return (slot,)
    return waiting(checkpoint, slot, order)


def waiting(checkpoint: Checkpoint, slot: Slot, order: Order) -> tuple[Container, ...]:
    """Return the order's containers that a container slot may be filled with.

    1. Of the slot's kind, and in one of its states.
    2. Held at the point of the checkpoint, or offered to it where it takes; not held out to somebody else already.
       What was given up as lost is in nobody's custody: it may turn up anywhere.
    3. Where one lot is worked on, of that lot.
    4. From the release on, a drug product only if the effective certificate names it.
    5. Of a closed order only what was given up, and turns up.
    """
    here = checkpoint.point(order)
    listed = None if order.certificate is None else order.certificate.containers
    return tuple(
        held
        for held in order.of_kind(slot.kind or "")
        if (held.state in slot.states if slot.states else held.live)
        and not (held.live and order.state in TERMINAL)
        and (listed is None or held.kind != "drug_product" or held.id in listed or not checkpoint.certified)
        and ("this_lot" not in checkpoint.checks or held.key("lot") in {None, order.lot})
        and _is_here(checkpoint, held, order, here)
    )


def _is_here(checkpoint: Checkpoint, held: Container, order: Order, here: str) -> bool:
    if not held.live:
        return True
    offer = order.offered(held.id)
    if checkpoint.takes:
        return offer is not None and offer.to == here
    return held.custodian in {None, here} and ("no_open_offer" not in checkpoint.checks or offer is None)


WHEN: Mapping[str, Callable[[Checkpoint, Order], bool]] = {
    "none_left": lambda checkpoint, order: (
        not any(
            waiting(checkpoint, slot, order)
            for slot in checkpoint.slots
            if slot.klass == "container" and not slot.optional
        )
    ),
    "dose_done": lambda _, order: bool(order.dose()) and not any(held.live for held in order.dose()),
}
"""Conditions on the order as it is after the deed: nothing waits for this step; every bag of the dose has its end."""


def open_for(protocol: Protocol, order: Order) -> tuple[Checkpoint, ...]:
    """Return the checkpoints that could be done next, in road order; whether they may is for ``decide``."""
    return tuple(checkpoint for checkpoint in protocol.checkpoints if is_next(checkpoint, order))


def step_of(protocol: Protocol, order: Order, name: str) -> Checkpoint:
    """Return a checkpoint of the protocol, or the relabelling of one kind of thing, which is lawful in every state."""
    if not name.startswith("relabel_"):
        return protocol.checkpoint(name)
    what = name.removeprefix("relabel_")
    if what not in {"wristband", "cassette", *KINDS}:
        raise Unknown(f"Expected relabel_ and wristband, cassette or one of {KINDS}, seen {name!r}.")
    return _relabelling(order, what)


RELABELLERS = ("collection_operator", "cell_lab", "mfg_operator", "mfg_supervisor", "pharmacist", "ward_nurse")


def _relabelling(order: Order, what: str) -> Checkpoint:
    """Return the gate at which a reprinted label is scanned back onto its thing, where the thing is, by two persons."""
    site, unit = _where(order, what)
    klass, kind = {"wristband": ("wristband", None), "cassette": ("cassette", "drug_product")}.get(
        what, ("container", what)
    )
    slot = Slot("label", klass, "the new label, on its place", kind, "printed")
    return Checkpoint(
        id=f"relabel_{what}",
        handoff="R9",
        title="Put the new label on and scan it back",
        site=site,
        unit=unit,
        roles=RELABELLERS,
        states=ALL_STATES,
        to=None,
        needs=(),
        slots=(slot,),
        values=(),
        checks=("replaces_dead",),
        sign=Signing("verified", (frozenset(RELABELLERS), frozenset(RELABELLERS))),
        effects=({"do": "piece", "slot": "label", "to": "applied"},),
        due_h=Decimal(1),
        repeat=True,
        records_only=True,
    )


def _where(order: Order, what: str) -> tuple[str, str]:
    """Return the order's site role and unit where the thing is now; the collection site before anything is."""
    if what == "wristband":
        return ("treatment" if STATES_INDEX.get(order.state, 0) >= STATES_INDEX["RELEASED"] else "collection"), ""
    kind = "drug_product" if what == "cassette" else what
    held = [c.custodian for c in order.of_kind(kind) if c.live and c.custodian is not None]
    site, _, unit = (held[-1] if held else order.site("collection")).partition("/")
    return next((role for role in SITE_ROLES if order.site(role) == site), "collection"), unit


STATES_INDEX = {state: number for number, state in enumerate(STATES)}
