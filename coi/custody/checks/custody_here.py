"""Is the material in the custody of who hands it over or works on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse work on a container that another custodian holds; a receiver takes only what was offered.

    Receivers are judged by ``offered_to_us``. Before the collection there is no custodian, and nothing to hold; nor is
    there one after the end: what was given up as lost is nobody's, wherever it turns up.
    """
    step = asked.checkpoint
    touches = any(slot.klass in {"container", "cassette", "shipper"} for slot in step.slots)
    if step.takes or not touches:
        return ()
    elsewhere = {held.custodian for held in asked.containers() if held.live} - {None, asked.expected_point}
    return tuple(
        Reason("not_here", expected=asked.expected_point, seen=str(point)) for point in sorted(elsewhere, key=str)
    )
