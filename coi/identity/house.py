"""Which thing of the house is this? Codes of things that are no patient material, of commands, and of what is no label.

A *specimen* stands on what only looks like a label (a proof, a page of a batch record), a *pack* on the paper for the
hour without a computer: both have codes so that a scan of them is recognised and refused, and never opens a gate.

On the wire: a prefix of three letters, a hyphen, twelve characters (``checked``); every kind has its own prime, so
that a seal with a misread prefix is no shipper. A command is a word of a closed list: ``CMD-CONFIRM``.

>>> HouseCode.parse("CMD-CONFIRM")
HouseCode(kind='command', text='CMD-CONFIRM')
>>> HouseCode.from_random("shipper", bytes(10)).text
'SHP-000000000001'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import checked

if TYPE_CHECKING:
    from coi.identity.checked import Random

COMMAND = "command"
COMMANDS = (
    "CMD-CONFIRM", "CMD-CANCEL", "CMD-SECOND", "CMD-HELP", "CMD-NEXT", "CMD-YES", "CMD-NO",
    "CMD-ONE", "CMD-TWO", "CMD-THREE", "CMD-FOUR", "CMD-FIVE", "CMD-SIX", "CMD-SEVEN", "CMD-EIGHT", "CMD-NINE",
)  # fmt: skip
"""Every command a station knows; no two are one slip apart, which is why numbers are words."""

PRIMES = {
    "shipper": ("SHP-", 761),
    "seal": ("SEA-", 757),
    "location": ("LOC-", 751),
    "equipment": ("EQP-", 743),
    "logger": ("LGR-", 739),
    "kit": ("KIT-", 733),
    "specimen": ("SPE-", 719),
    "pack": ("PAK-", 709),
}
"""Prefix and prime of each kind of thing."""
PREFIXES = ("CMD-", *(prefix for prefix, _ in PRIMES.values()))
"""What house codes begin with."""
KINDS = (*PRIMES, COMMAND)
"""Every kind of house code."""


@dataclass(frozen=True, slots=True, order=True)
class HouseCode:
    """The code of a shipper, seal, location, piece of equipment, logger or kit, of what is no label, or a command."""

    kind: str
    text: str

    def __post_init__(self) -> None:
        if self.kind != _kind_of(self.text):
            raise Malformed(
                f"Expected the code of a {self.kind}, a known prefix and 12 checked characters or a known command, "
                f"saw {len(self.text)} characters that are none."
            )

    @classmethod
    def parse(cls, text: str) -> HouseCode:
        """Return the house code that *text* is, or raise ``Malformed``."""
        return cls(_kind_of(text) or "thing of the house", text)

    @classmethod
    def from_random(cls, kind: str, random: Random) -> HouseCode:
        """Return a new code of *kind* made of ten random bytes; commands are not made but listed."""
        if kind not in PRIMES:
            raise Malformed(f"Expected one of {', '.join(PRIMES)}, saw {kind!r}.")
        prefix, prime = PRIMES[kind]
        return cls(kind, prefix + checked.completed(checked.body_of(random), prime))

    def __str__(self) -> str:
        return self.text

    @property
    def wire(self) -> bytes:
        """The bytes of the symbol."""
        return self.text.encode("ascii")

    @property
    def human(self) -> str:
        """The text for eyes, in groups of four."""
        return self.text if self.kind == COMMAND else self.text[:4] + checked.grouped(self.text[4:])


def _kind_of(text: str) -> str | None:
    """Return the kind of a right house code, None when it is none."""
    if text in COMMANDS:
        return COMMAND
    for kind, (prefix, prime) in PRIMES.items():
        if text.startswith(prefix) and checked.is_complete(text[len(prefix) :], prime):
            return kind
    return None
