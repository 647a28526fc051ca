"""Is every container finally disposed of and every printed label accounted for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.order import FINAL_CONTAINER
from coi.custody.reasons import Reason
from coi.labelling.pieces import unaccounted

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Let an order close only at zero: containers all final, labels all applied or ended (21 CFR 211.125)."""
    open_containers = [c for c in asked.order.containers if c.state not in FINAL_CONTAINER]
    return (
        *(
            Reason("unaccounted_container", slot=c.kind, expected="a final disposition", seen=c.state)
            for c in open_containers
        ),
        *(
            Reason("unaccounted_piece", slot=p.role, expected="applied, or its fate told", seen=f"{p.state}, …{p.tail}")
            for p in unaccounted(asked.facts.pieces)
        ),
    )


def labels_used(asked: Asked) -> tuple[Reason, ...]:
    """Let the line close only when every label printed for it is on its container, or destroyed (FACT 8, CM7.2.2.1)."""
    waiting = [c for c in asked.order.containers if c.state == "registered" and c.kind != "starting_material"]
    return tuple(
        Reason("unaccounted_container", slot=c.kind, expected="filled, or its label destroyed", seen=c.state)
        for c in waiting
    )
