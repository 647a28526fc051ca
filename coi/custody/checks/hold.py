"""Does an open hold stop any container that this act moves?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason
from coi.quality.holds import blocking

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse every forward move under a hold; recording what lawfully began, and taking off the road, goes on.

    What is on its way is carried on: it is received into quarantine, and custody is not left with a courier.

    A hold on a bag holds everything that was made from it (domain.md 5, 17).
    """
    step = asked.checkpoint
    if step.records_only or step.stops or step.carries:
        return ()
    moved = asked.order.lineage(container.id for container in asked.containers())
    return tuple(
        Reason("held", expected="no open hold", seen=f"{hold.kind} hold {hold.id}")
        for hold in blocking(asked.facts.holds, moved)
    )
