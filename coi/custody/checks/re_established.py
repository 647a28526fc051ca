"""Was the identity of an unreadable label established again from two sources?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Judge two blind keyings of one label against the order's live labels (hazards.md R9).

    1. Both persons keyed the same, whole piece id.
    2. It is a live label of this order, on a container that is here.
    """
    first, second = asked.facts.values.get("piece_first", ""), asked.facts.values.get("piece_second", "")
    pieces = {piece.id: piece for piece in asked.facts.pieces if piece.alive and piece.container is not None}
    held = None if first not in pieces else asked.order.container(str(pieces[first].container))
    if first != second or held is None or held.custodian != asked.expected_point:
        return (Reason("not_re_established", slot="piece", expected="one live label here, keyed twice", seen="other"),)
    return ()
