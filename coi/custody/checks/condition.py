"""Does the temperature record show that the range was kept?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Anything but "in range" is a fault, and no data never counts as in range."""
    return tuple(
        Reason(
            "condition",
            slot=value.name,
            expected=" or ".join(value.good),
            seen=asked.facts.values.get(value.name, "nothing"),
        )
        for value in asked.checkpoint.values
        if value.good and asked.facts.values.get(value.name) not in value.good
    )
