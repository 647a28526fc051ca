"""Is everything that was scanned of this order, and everything of this order that the step needs scanned?

The heart of the product: wristband, container, label piece and order agree, or the act is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.asked import Asked, Item, fits
from coi.custody.reasons import Reason
from coi.custody.steps import waiting

if TYPE_CHECKING:
    from coi.custody.protocol import Slot

NO_LABEL = frozenset({"specimen", "pack"})
"""What only looks like a label, or stands for none: it never fills a slot (hazards.md R10)."""
WHOSE = frozenset({"coi", "container", "din", "gtin", "serial", "lot"})
"""Fields that tell whose it is: what another's symbol says there is never repeated."""


def check(asked: Asked) -> tuple[Reason, ...]:
    """Compare what was scanned with what the step wants, exactly.

    1. What could not be read, is nobody's, or is no label but a specimen or a pack of paper, is refused.
    2. What belongs to another order is refused, and its owner is not named.
    3. What the step does not want is refused, also when it is ours.
    4. Each slot holds one thing: two different codes for one slot are refused; a slot for many wants every container
       of its kind that waits here.
    5. Each slot is filled: an empty slot is never "checked". One that may be left out is judged where it is not.
    6. What the symbol says beside its piece equals what is registered.
    """
    items, slots = asked.facts.items, asked.checkpoint.slots
    reasons: list[Reason] = []
    for item in items:
        reasons += _of_item(item, slots)
    for slot in slots:
        reasons += _of_slot(slot, asked)
    return tuple(reasons)


def _of_item(item: Item, slots: tuple[Slot, ...]) -> list[Reason]:
    if item.klass == "unreadable":
        return [Reason("unreadable", seen=item.fault)]
    if item.whose == "other":
        wanted = next((slot for slot in slots if slot.klass == item.klass), None)
        return [
            Reason(
                "other_order",
                slot="" if wanted is None else wanted.name,
                expected="this order",
                seen=f"order not disclosed, …{item.tail}",
            )
        ]
    if item.klass in NO_LABEL:
        return [Reason("not_for_use", expected="the label on the thing itself", seen=item.klass)]
    unbound = item.klass == "band" and item.whose == "none" and not any(slot.new for slot in slots)
    if unbound:
        return [Reason("band_unbound", slot="band", expected="the band that was bound to this patient", seen="another")]
    if item.klass == "unknown" or item.whose == "unknown":
        return [Reason("unknown_code", seen=item.fault or item.klass)]
    if not any(fits(slot, item, slots) for slot in slots):
        same_class = next((slot for slot in slots if slot.klass == item.klass == "container"), None)
        if same_class is not None and item.container is not None and item.container.kind != same_class.kind:
            return [
                Reason(
                    "wrong_container", slot=same_class.name, expected=same_class.kind or "", seen=item.container.kind
                )
            ]
        return [Reason("unexpected", expected=" and ".join(slot.say for slot in slots) or "no code", seen=item.klass)]
    return [
        Reason(
            "contents_differ",
            slot=item.klass,
            expected=f"{name} {expected}",
            seen=f"another {name}" if name in WHOSE else seen,
        )
        for name, expected, seen in item.differs
    ]


def _of_slot(slot: Slot, asked: Asked) -> list[Reason]:
    found = asked.filling(slot)
    codes = {(item.whose, item.code or item.tail) for item in found}
    if not found and slot.optional:
        return []
    if slot.many and found:
        return _of_many(slot, asked)
    if len(codes) > 1:
        return [Reason("two_in_view", slot=slot.name, expected="one code", seen=f"{len(codes)} codes")]
    if not found:
        return [Reason("missing", slot=slot.name, expected=slot.say, seen="nothing")]
    containers = asked.order.of_kind(slot.kind) if slot.kind else ()
    item = found[-1]
    if (
        slot.klass == "container"
        and item.whose == "own"
        and (item.container is None or item.container.id not in {c.id for c in containers})
    ):
        return [Reason("wrong_container", slot=slot.name, expected=slot.kind or "", seen="another container")]
    return []


def _of_many(slot: Slot, asked: Asked) -> list[Reason]:
    """Judge a slot that wants every container of its kind: none is missing, and none twice under two labels.

    In a shipper that was rightly opened, what lacks beside what was found is a fault of its contents.
    """
    wanted = {held.id for held in waiting(asked.checkpoint, slot, asked.order)}
    found = asked.items(slot.name)
    there = {item.container.id for item in found if item.container is not None}
    if len(there) != len(found):
        return [Reason("two_in_view", slot=slot.name, expected="one label a container", seen=f"{len(found)} labels")]
    if wanted - there:
        code = "manifest_missing" if asked.checkpoint.quarantine else "missing"
        return [Reason(code, slot=slot.name, expected=f"{len(wanted)} of {len(wanted)}", seen=f"{len(there)}")]
    return []
