"""Which container and piece of which patient's therapy is this, where no standard has a place for it? A label of ours.

For what bears a plain chain of identity and no GS1 element string: the wristband, and every label of a site with
neither a facility number of ICCBBA nor a prefix of GS1 (ADR 0021). One Data Matrix tells all of it.

On the wire ``LBL-`` and then, all in the alphabet of ``checked``, without separators: the chain of identity without
its ``COI-`` (12), the piece (12), the container without its ``C-`` (12, a wristband has none), and two check
characters. Each number keeps its own check; the last two bind them: everything after the prefix, read as a number in
base 28, leaves 1 when divided by 701. Half of one label and half of another are no label.

>>> one = PlainLabel(CoiId("COI-7K3N9XB2CDL2"), PieceId("P100000000GB"), "C-7K3N9XB2CD4U")
>>> one.wire
b'LBL-7K3N9XB2CDL2P100000000GB7K3N9XB2CD4U14'
>>> one.human
'COI-7K3N 9XB2 CDL2 · C-7K3N9XB2CD4U · P100 0000 00GB'
>>> PlainLabel.parse(one.wire.decode()) == one
True
"""

from __future__ import annotations

from dataclasses import dataclass

from coi.errors import Malformed
from coi.identity import checked, coi_id, piece_id
from coi.identity.coi_id import CoiId
from coi.identity.piece_id import PieceId

PREFIX = "LBL-"
PRIME = 701
CONTAINER = "C-"
"""What a container's name begins with; twelve characters follow, checked as a piece's are."""


@dataclass(frozen=True, slots=True, order=True)
class PlainLabel:
    """A chain of identity, a piece, and the container it is for, bound to each other."""

    coi: CoiId
    piece: PieceId
    container: str = ""
    """``C-`` and 12 characters; empty on a wristband."""

    def __post_init__(self) -> None:
        if self.coi.scheme != "plain":
            raise Malformed(f"Expected a chain of identity {coi_id.PREFIX}…, saw one of {self.coi.scheme}.")
        if self.container and not _is_container(self.container):
            raise Malformed(
                f"Expected a container, {CONTAINER} and 12 checked characters, saw {len(self.container)} characters "
                "that are none."
            )

    @classmethod
    def parse(cls, text: str) -> PlainLabel:
        """Return the label that *text* is, or raise ``Malformed``."""
        body = text.removeprefix(PREFIX)
        numbers = [body[at : at + checked.LENGTH] for at in range(0, len(body) - 2, checked.LENGTH)]
        if text == body or len(body) not in {2 * checked.LENGTH + 2, 3 * checked.LENGTH + 2} or not _is_bound(body):
            raise Malformed(
                f"Expected a label of ours, {PREFIX} with two or three checked numbers and right check characters, "
                f"saw {len(text)} characters that are none."
            )
        coi, piece, *held = numbers
        return cls(CoiId(coi_id.PREFIX + coi), PieceId(piece), CONTAINER + held[0] if held else "")

    @property
    def wire(self) -> bytes:
        """The bytes of the symbol."""
        body = self.coi.text.removeprefix(coi_id.PREFIX) + self.piece.text + self.container.removeprefix(CONTAINER)
        return (PREFIX + checked.completed(body, PRIME)).encode("ascii")

    @property
    def human(self) -> str:
        """The text for eyes: the chain of identity, the container, the piece."""
        return " · ".join(part for part in (self.coi.human, self.container, self.piece.human) if part)


def _is_bound(body: str) -> bool:
    """Tell whether the last two characters are the check of what stands before them."""
    return set(body) <= set(checked.ALPHABET) and checked.completed(body[:-2], PRIME) == body


def _is_container(text: str) -> bool:
    return text.startswith(CONTAINER) and checked.is_complete(text[len(CONTAINER) :], piece_id.PRIME)
