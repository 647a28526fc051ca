"""Whose badge is this? A random secret of one person, printed on a card, worth a name only in the people's store.

On the wire: ``BDG-`` and twelve characters (``checked``, prime 727). It says who stands here; it is no password.

>>> Badge.parse("BDG-7K3N9XB2CD6U")
Badge(…D6U)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import checked

if TYPE_CHECKING:
    from coi.identity.checked import Random

PREFIX = "BDG-"
PRIME = 727


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Badge:
    """A staff badge; the text is a secret and stands in no log."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not (self.text.startswith(PREFIX) and checked.is_complete(self.text[len(PREFIX) :], PRIME)):
            raise Malformed(f"Expected a badge, {PREFIX} and 12 checked characters, saw {len(self.text)} characters.")

    @classmethod
    def parse(cls, text: str) -> Badge:
        """Return the badge that *text* is, or raise ``Malformed``."""
        return cls(text)

    @classmethod
    def from_random(cls, random: Random) -> Badge:
        """Return a new badge made of ten random bytes, given or asked of a source."""
        return cls(PREFIX + checked.completed(checked.body_of(random), PRIME))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Badge(…{self.text[-3:]})"

    @property
    def wire(self) -> bytes:
        """The bytes of the symbol on the card."""
        return self.text.encode("ascii")
