"""Were these codes really scanned, here and now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked

COUNTS = frozenset({"signed", "token"})
"""How a code may have come; whatever else somebody calls it is typed."""


def check(asked: Asked) -> tuple[Reason, ...]:
    """Judge how each code came (scanners.md 5.4).

    1. A code that was typed, or that no enrolled device signed, is refused: its governed way (R9) is not built yet.
    2. A bar code alone counts at routine handoffs only, and with its AIM identifier; where two persons answer, the
       square code is needed. Where a slot asks for the bar code beside the square one, it is welcome.
    """
    reasons = [
        Reason("keyed", slot=item.klass, expected="a scan signed by this station", seen=item.source)
        for item in asked.facts.items
        if item.assurance not in COUNTS
    ]
    asks_linear = any(slot.symbol == "linear" for slot in asked.checkpoint.slots)
    two = asked.checkpoint.sign is not None and len(asked.checkpoint.sign.by) > 1
    for item in asked.facts.items:
        if item.piece is None or not item.linear:
            continue
        if not item.aim.startswith("]C") or (two and not (asks_linear and item.klass == "container")):
            reasons.append(Reason("bar_alone", slot=item.klass, expected="the square code", seen="the bar code alone"))
    return tuple(reasons)
