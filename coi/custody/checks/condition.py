"""Does the temperature record show that the range was kept?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.checks import values
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Anything but "in range" is a fault, and no data never counts as in range."""
    reasons = []
    for value in asked.checkpoint.values:
        said = asked.facts.values.get(value.name, "")
        if value.good and said not in value.good:
            seen = values.shown(value, said) if said else "nothing"
            reasons.append(Reason("condition", slot=value.name, expected=" or ".join(value.good), seen=seen))
    return tuple(reasons)
