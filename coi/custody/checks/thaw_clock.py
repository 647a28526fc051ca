"""Is there time left after the thaw?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse when no thaw began or when its time is over: the limit is the protocol's (Abecma: within one hour).

    Each bag has a clock of its own; another bag's does not stand for it.
    """
    moved = asked.containers()
    if not moved or any(held.thaw_began is None for held in moved):
        return (Reason("no_thaw", expected="a recorded start of thaw", seen="none"),)
    limit = timedelta(minutes=asked.protocol.limits["thaw_to_infusion_min"])
    ends = min(held.thaw_began + limit for held in moved if held.thaw_began is not None)
    if asked.at < ends:
        return ()
    return (
        Reason("thaw_over", slot="product", expected=f"before {ends:%H:%M:%S} UTC", seen=f"{asked.at:%H:%M:%S} UTC"),
    )
