"""What if no scanner reads a label? Two persons type its number, blind, with a photo: an exception, counted as one.

* Only where the installation lets them, step by step, and never where two persons sign or a patient is given anything.
* One types the number twice without seeing it, the other once more, with an own login; its check characters are right.
* The photo shows the label. What a reader does read on it must be this very number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.errors import Conflict
from coi.identity import PieceId

if TYPE_CHECKING:
    from collections.abc import Collection

    from coi.custody.protocol import Checkpoint

LEAST_SIGNERS = 2
"""Where so many sign, identity is read and never typed."""


def may_type(step: Checkpoint, allowed: Collection[str]) -> bool:
    """Say whether a code may be typed at a step: it is allowed there, and fewer than two persons sign it."""
    signers = 0 if step.sign is None else len(step.sign.by)
    return step.id in allowed and signers < LEAST_SIGNERS and "window" not in step.checks


def agreed(first: str, again: str, second: str, on_photo: Collection[str]) -> PieceId:
    """Return the number that all three entries say; *on_photo* are the numbers of labels that a reader found on it.

    Raises:
        Conflict: They differ, or the photo shows another label.
        Malformed: It is no number of a label.
    """
    said = {"".join(text.split()).upper() for text in (first, again, second)}
    if len(said) != 1:
        raise Conflict("Expected the same number three times, seen different ones: read the label again, each alone.")
    piece = PieceId.parse(said.pop())
    if set(on_photo) - {str(piece)}:
        raise Conflict("Expected the photo of this label, seen another label on it.")
    return piece
