"""Were these codes really scanned, here and now, by something that can be trusted with them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody import trust
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked, Item

EXPECTED = {
    "keyed": "a scan signed by this station",
    "scanner_failed": "a scanner that passed its challenge card",
    "scanner_due": "a scanner checked with its card today",
    "few_frames": f"{trust.FEWEST_FRAMES} frames that agree",
    "symbology": "a square code or a bar code of ours",
}
"""What a read must be that is worth anything, by the code of what it is not."""


def check(asked: Asked) -> tuple[Reason, ...]:
    """Judge how each code came (``trust``).

    1. What is worth nothing is refused: typed, unsigned, by a scanner that failed or is due, in one frame only.
    2. A bar code alone counts at routine handoffs only, and with its AIM identifier; where two persons answer, the
       square code is needed. Where a slot asks for the bar code beside the square one, it is welcome.
    3. What two persons typed counts where it is allowed at all, and never where two persons sign.
    4. The same frame of a camera twice is a replay, and no scan.
    """
    reasons = [_worthless(item) for item in asked.facts.items if trust.fault(item.read)]
    asks_linear = any(slot.symbol == "linear" for slot in asked.checkpoint.slots)
    two = asked.checkpoint.sign is not None and len(asked.checkpoint.sign.by) > 1
    for item in asked.facts.items:
        if item.replayed:
            reasons.append(
                Reason("replayed", slot=item.klass, expected="what the camera sees now", seen="an old picture")
            )
        if item.assurance == trust.ATTESTED:
            if not (two is False and asked.facts.may_type):
                reasons.append(
                    Reason("not_typed_here", slot=item.klass, expected="a scan", seen="typed by two persons")
                )
            continue
        if item.piece is None or not item.linear:
            continue
        if not item.aim.startswith("]C") or (two and not (asks_linear and item.klass == "container")):
            reasons.append(Reason("bar_alone", slot=item.klass, expected="the square code", seen="the bar code alone"))
    return tuple(reasons)


def _worthless(item: Item) -> Reason:
    code = trust.fault(item.read)
    return Reason(code, slot=item.klass, expected=EXPECTED[code], seen=item.source)
