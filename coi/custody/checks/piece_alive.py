"""Is each label piece alive, and in the state that this step wants?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse dead pieces, and pieces that were never scanned back onto what they label.

    1. A voided, spoiled, uncertain or unprinted piece counts for nothing.
    2. Where the step wants an applied piece, a printed one is refused; where it proves the application, an
       applied one is.
    """
    reasons: list[Reason] = []
    for item in asked.facts.items:
        if item.piece is None or item.whose != "own":
            continue
        if not item.piece.alive:
            reasons.append(
                Reason(
                    "dead_piece",
                    slot=item.klass,
                    expected="a live label",
                    seen=f"{item.piece.state}, …{item.piece.tail}",
                )
            )
    for slot in asked.checkpoint.slots:
        for item in asked.filling(slot):
            piece = item.piece
            if piece is None or item.whose != "own" or not piece.alive or piece.state == slot.piece:
                continue
            code = "not_applied" if slot.piece == "applied" else "already_applied"
            reasons.append(Reason(code, slot=slot.name, expected=slot.piece, seen=piece.state))
    return tuple(reasons)
