"""Were both codes of one and the same label scanned?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """At the bedside the square code is required and the bar code of the same piece beside it.

    Never instead (scanners.md 5.4).
    """
    own = [
        item
        for item in asked.facts.items
        if item.klass == "container" and item.whose == "own" and item.piece is not None
    ]
    square = {item.piece.id for item in own if item.piece is not None and not item.linear}
    bar = {item.piece.id for item in own if item.piece is not None and item.linear}
    if len(square) == 1 and square == bar:
        return ()
    return (
        Reason(
            "both_symbols",
            slot="product",
            expected="the square code and the bar code of one label",
            seen=f"{len(square)} square, {len(bar)} bar",
        ),
    )
