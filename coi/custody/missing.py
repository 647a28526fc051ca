"""What is it that nobody finds? What cannot be scanned is named by its label's number, which the order's page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coi.custody.asked import Asked
    from coi.custody.order import Container


def named(asked: Asked, number: str) -> Container | None:
    """Return what bears the label of this order with a number, if it holds cells and lies somewhere in a house.

    What a station has a lease of does not lie: it is on its way to the patient, and may be given out of our sight.
    """
    piece = next((piece for piece in asked.facts.pieces if piece.id == number and piece.role == "container"), None)
    lies = (held for held in asked.order.searchable() if held.id not in asked.facts.lent)
    return next((held for held in lies if piece is not None and held.id == piece.container), None)
