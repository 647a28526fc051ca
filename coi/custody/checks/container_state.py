"""Does each container stand where this step takes it up?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a container in another state than the slot wants: a bag that is not thawed is not given, nor one twice."""
    return tuple(
        Reason("wrong_state", slot=slot.name, expected=" or ".join(slot.states), seen=item.container.state)
        for slot in asked.checkpoint.slots
        if slot.states
        for item in asked.items(slot.name)
        if item.container is not None and item.container.state not in slot.states
    )
