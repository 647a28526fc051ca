"""Do the labels add up? Printed = applied + spoiled + destroyed + returned + unaccounted (21 CFR 211.125).

The limit for labels with an identity is zero, not a percentage: an order and a site's day close only where nothing is
left unaccounted and nothing waits to be printed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from coi.labelling.pieces import ACCOUNTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coi.labelling.pieces import Piece


@dataclass(frozen=True, slots=True)
class Count:
    """How many labels, by what became of them."""

    printed: int = 0
    """Whatever may exist: its bytes went to a printer."""
    applied: int = 0
    spoiled: int = 0
    destroyed: int = 0
    returned: int = 0
    unaccounted: int = 0
    unverified: int = 0
    """Of the unaccounted: printed, and not yet scanned back on its thing."""
    uncertain: int = 0
    """Of the unaccounted: nobody knows whether the printer put it out."""
    voided: int = 0
    """Of the unaccounted: dead, and nobody has said what became of the paper."""
    waiting: int = 0
    """Not printed yet: still to come."""

    @property
    def balanced(self) -> bool:
        """Whether the identity holds; it does, always."""
        ends = self.applied + self.spoiled + self.destroyed + self.returned
        return self.printed == ends + self.unaccounted

    @property
    def may_close(self) -> bool:
        """Whether the books may be closed: zero unaccounted, nothing unverified, nothing still to come."""
        return self.balanced and not self.unaccounted and not self.waiting

    def __add__(self, other: Count) -> Count:
        """Return both together."""
        return Count(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Count)))


def count(pieces: Iterable[Piece]) -> Count:
    """Count pieces by what became of them.

    1. What was never sent to a printer is not printed: it waits, or it was voided before and is nowhere.
    2. What was sent is applied, ended, or unaccounted; nothing is counted twice and nothing falls out.
    """
    total = Count()
    for piece in pieces:
        total += _one(piece)
    return total


def _one(piece: Piece) -> Count:
    state = piece.state
    if not piece.sent:
        return Count(waiting=0 if state == "voided" or state in ACCOUNTED else 1)
    if state in ACCOUNTED:
        return Count(printed=1, **{state: 1})
    kind = {"printed": "unverified", "uncertain": "uncertain", "voided": "voided"}.get(state)
    if kind is None:  # intended again, after the printer had proved that nothing came out of it
        return Count(waiting=1)
    return Count(printed=1, unaccounted=1, **{kind: 1})


def nth_copy(piece: Piece | None, known: Iterable[Piece]) -> int:
    """Return which copy of a label replaces *piece*: 1 for the first reprint, 2 for a reprint of that; 0 for none."""
    by_id = {one.id: one for one in known}
    number, seen = 0, set[str]()
    while piece is not None and piece.id not in seen:
        seen.add(piece.id)
        number, piece = number + 1, by_id.get(piece.replaces or "")
    return number
