"""Which patient's therapy is this? The chain-of-identity identifier: one for each therapy event, many donations to one.

Two schemes, one value; both stand for the order and neither tells anything of the patient:

* ISBT 128 (ST-001 2.4.40), as text ``CHAppppyynnnnnn``: CH, facility number (5), year (2), 6 of ``A-Z0-9``; in a
  symbol ``&/CHAppppyynnnnnn``. Typed by hand it comes with its check character K (ST-001 7.5), never stored.
* plain, ``COI-`` and twelve characters (``checked``, prime 769; a piece number has another and no prefix).

>>> coi = CoiId.isbt(fin="A9999", year=26, serial="000001")
>>> coi.text, coi.wire, coi.human, coi.check
('CHA999926000001', b'&/CHA999926000001', 'CHA9999 26 000001', '*')
>>> CoiId.keyed("CHA999926000001*") == coi
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import checked, mod37

if TYPE_CHECKING:
    from coi.identity.checked import Random

PREFIX = "COI-"
PRIME = 769
FIN = "[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}"
"""Facility identification number: one of A-N, P-Z, 1-9, two of A-N, P-Z, 0-9, two digits (ST-001 2.4.1)."""

_ISBT = re.compile(rf"CH{FIN}[0-9]{{2}}[A-Z0-9]{{6}}")
_KEYED = 16


@dataclass(frozen=True, slots=True, order=True)
class CoiId:
    """A chain-of-identity identifier of either scheme; equal only when every character is."""

    text: str

    def __post_init__(self) -> None:
        plain = self.text.startswith(PREFIX) and checked.is_complete(self.text[len(PREFIX) :], PRIME)
        if not plain and not _ISBT.fullmatch(self.text):
            raise Malformed(
                "Expected a chain-of-identity identifier, CH and 13 characters (ISBT 128 structure 040) or "
                f"{PREFIX} and 12 checked characters, saw {len(self.text)} characters that are neither."
            )

    @classmethod
    def parse(cls, text: str) -> CoiId:
        """Return the identifier that *text* is in its canonical form, or raise ``Malformed``."""
        return cls(text)

    @classmethod
    def plain(cls, random: Random) -> CoiId:
        """Return a new plain identifier made of ten random bytes, given or asked of a source."""
        return cls(PREFIX + checked.completed(checked.body_of(random), PRIME))

    @classmethod
    def isbt(cls, *, fin: str, year: int, serial: str) -> CoiId:
        """Return the ISBT 128 identifier of facility *fin*, *year* (0 to 99) and *serial* (six of A-Z, 0-9)."""
        return cls(f"CH{fin}{year:02d}{serial}")

    @classmethod
    def keyed(cls, text: str) -> CoiId:
        """Return what a person typed: an ISBT 128 identifier only with its check character K, which is not kept."""
        if text.startswith(PREFIX):
            return cls(text)
        if len(text) != _KEYED or not mod37.is_complete(text):
            raise Malformed(
                f"Expected the 15 characters of the identifier and its check character K, saw {len(text)} characters "
                "whose check character is missing or wrong."
            )
        return cls(text[:-1])

    def __str__(self) -> str:
        return self.text

    @property
    def scheme(self) -> str:
        """``plain`` or ``isbt128``."""
        return "plain" if self.text.startswith(PREFIX) else "isbt128"

    @property
    def check(self) -> str:
        """The check character K that is printed beside an ISBT 128 identifier; a plain one has its own inside."""
        return "" if self.scheme == "plain" else mod37.check_character(self.text)

    @property
    def wire(self) -> bytes:
        """The bytes of a symbol that bears nothing else."""
        return (self.text if self.scheme == "plain" else f"&/{self.text}").encode("ascii")

    @property
    def human(self) -> str:
        """The text for eyes, grouped."""
        if self.scheme == "plain":
            return PREFIX + checked.grouped(self.text[len(PREFIX) :])
        return f"{self.text[:7]} {self.text[7:9]} {self.text[9:]}"

    @property
    def tail(self) -> str:
        """The last four characters."""
        return self.text[-4:]
