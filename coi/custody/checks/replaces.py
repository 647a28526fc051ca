"""Does the new label stand for one that is dead?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason
from coi.labelling.pieces import DEAD

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a relabelling with a piece that no reprint made, or whose predecessor still lives.

    Two labels would be true.
    """
    pieces = {piece.id: piece for piece in asked.facts.pieces}
    reasons: list[Reason] = []
    for item in asked.facts.items:
        if item.whose != "own" or item.piece is None:
            continue
        before = pieces.get(item.piece.replaces or "")
        if before is None or before.state not in DEAD:
            reasons.append(
                Reason("not_a_reprint", slot=item.klass, expected="a label that replaces a dead one", seen="another")
            )
    return tuple(reasons)
