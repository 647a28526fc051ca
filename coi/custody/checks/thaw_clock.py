"""Is there time left after the thaw?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse when no thaw began or when its time is over: the limit is the protocol's (Abecma: within one hour)."""
    began = asked.order.thaw_began
    if began is None:
        return (Reason("no_thaw", expected="a recorded start of thaw", seen="none"),)
    ends = began + timedelta(minutes=asked.protocol.limits["thaw_to_infusion_min"])
    if asked.at < ends:
        return ()
    return (
        Reason("thaw_over", slot="product", expected=f"before {ends:%H:%M:%S} UTC", seen=f"{asked.at:%H:%M:%S} UTC"),
    )
