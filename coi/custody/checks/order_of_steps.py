"""Does the order stand where this step happens?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a step out of order, and a step that was done.

    1. The order's state is one the step starts from.
    2. Every deed before it was done.
    3. It was not done already, unless the protocol lets it repeat.
    """
    step, order = asked.checkpoint, asked.order
    if order.did(step.id) is not None and not step.repeat:
        return (Reason("already_done", expected=step.id, seen=order.state),)
    reasons = []
    if order.state not in step.states:
        reasons.append(Reason("not_now", expected=" or ".join(step.states), seen=order.state))
    reasons += [Reason("not_now", expected=need, seen="not done") for need in step.needs if order.did(need) is None]
    return tuple(reasons)
