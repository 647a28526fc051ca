"""Does the temperature record show that the range was kept?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.checks import values
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Anything but "in range" is a fault, and no data never counts as in range.

    1. What is stated is one of the good answers.
    2. Where the logger's trace was read, its verdict counts: nobody can state a better one.
    """
    reasons: list[Reason] = []
    shipment = asked.shipment()
    read = None if shipment is None else asked.facts.conditions.get(shipment.id)
    if read is not None and read != "in_range":
        reasons.append(Reason("condition", slot="trace", expected="in_range", seen=read))
    for value in asked.checkpoint.values:
        said = asked.facts.values.get(value.name, "")
        if value.good and said not in value.good:
            seen = values.shown(value, said) if said else "nothing"
            reasons.append(Reason("condition", slot=value.name, expected=" or ".join(value.good), seen=seen))
    return tuple(reasons)


def trace_read(asked: Asked) -> tuple[Reason, ...]:
    """Demand the logger's own record, in range over the whole leg, before anything is built on what travelled.

    What a person saw on a display lets a shipment in; it does not let a batch begin or a patient be prepared.
    """
    moved = {held.id for held in asked.containers()} or {held.id for held in asked.order.dose()}
    arrived = [s for s in asked.order.shipments if s.state == "received" and moved & set(s.containers)]
    said = {s.id: asked.facts.conditions.get(s.id, "no_data") for s in arrived[-1:]}
    return tuple(
        Reason("condition", slot="trace", expected="in_range", seen=word)
        for word in said.values()
        if word != "in_range"
    )
