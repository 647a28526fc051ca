"""Is the material in the custody of who hands it over or works on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse work on material that another custodian holds; a receiver takes only what was offered.

    Receivers are judged by ``offered_to_us``. Before the collection there is no custodian, and nothing to hold.
    """
    custodian, step = asked.order.custodian, asked.checkpoint
    taking = "offered_to_us" in step.checks
    touches = any(slot.klass in {"container", "shipper"} for slot in step.slots)
    if custodian is None or taking or not touches:
        return ()
    if custodian == asked.expected_point:
        return ()
    return (Reason("not_here", expected=asked.expected_point, seen=custodian),)
