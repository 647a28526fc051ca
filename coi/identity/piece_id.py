"""Which printed piece is this? Each label that leaves a printer bears a number that no other piece ever had.

On the wire: twelve characters, ten random and two check characters (``checked``, prime 773), alone in a Code 128 or
inside the label's Data Matrix. Sparse, so that a misread is an unknown label and not another's.

>>> piece = PieceId.parse("7K3N9XB2CD4U")
>>> piece.human, piece.tail
('7K3N 9XB2 CD4U', 'CD4U')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import checked

if TYPE_CHECKING:
    from coi.identity.checked import Random

PRIME = 773


@dataclass(frozen=True, slots=True, order=True)
class PieceId:
    """The number of one printed piece; compared byte for byte."""

    text: str

    def __post_init__(self) -> None:
        if not checked.is_complete(self.text, PRIME):
            raise Malformed(
                f"Expected a piece number of {checked.LENGTH} characters with right check characters, "
                f"saw {len(self.text)} characters that are none."
            )

    @classmethod
    def parse(cls, text: str) -> PieceId:
        """Return the piece number that *text* is, or raise ``Malformed``."""
        return cls(text)

    @classmethod
    def from_random(cls, random: Random) -> PieceId:
        """Return a new piece number made of ten random bytes, given or asked of a source."""
        return cls(checked.completed(checked.body_of(random), PRIME))

    def __str__(self) -> str:
        return self.text

    @property
    def wire(self) -> bytes:
        """The bytes of the symbol that bears nothing else."""
        return self.text.encode("ascii")

    @property
    def human(self) -> str:
        """The text for eyes, in groups of four."""
        return checked.grouped(self.text)

    @property
    def tail(self) -> str:
        """The last four characters: all that may be told of another's piece."""
        return self.text[-4:]
