"""Is there an approved template for every label that this step prints?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a step that prints a label for which no template is approved and in force (21 CFR 211.122, 211.125)."""
    return tuple(
        Reason("no_template", slot=design, expected="an approved template in force", seen="none")
        for design in asked.facts.unprintable
    )
