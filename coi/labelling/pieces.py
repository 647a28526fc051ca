"""Is this printed piece alive, what is it stuck on, and what became of it?

Every physical print has its own serial inside its codes. A piece lives as ``intended -> printed -> applied`` and ends
as ``spoiled``, ``destroyed`` or ``returned``. ``voided`` is dead without a fate yet: it may lie about somewhere.
``uncertain`` means that the printer was lost after the first byte, so nobody knows whether it exists.
"""

from __future__ import annotations

from dataclasses import dataclass

STATES = ("intended", "printed", "applied", "voided", "uncertain", "spoiled", "destroyed", "returned")
ALIVE = frozenset({"printed", "applied"})
"""States in which a scan of the piece may count for anything."""
FATES = ("spoiled", "destroyed", "returned")
"""What can become of a piece that is on nothing: unfit, made unusable, or given back to who keeps labels."""
ACCOUNTED = frozenset({"applied", *FATES})
"""States in which the piece's fate is known, so that an order may close."""
DEAD = frozenset({"voided", *FATES})
"""States from which no way leads back: a piece replaced in one of these may have a successor."""
_ENDS = frozenset(FATES)
MOVES = {
    "intended": frozenset({"printed", "uncertain", "voided"}) | _ENDS,
    "printed": frozenset({"applied", "voided"}) | _ENDS,
    "uncertain": frozenset({"intended", "printed", "voided"}) | _ENDS,
    "applied": frozenset({"voided"}) | _ENDS,
    "voided": _ENDS,
    "spoiled": frozenset[str](),
    "destroyed": frozenset[str](),
    "returned": frozenset[str](),
}
"""From each state, the states that may follow; a dead piece never lives again.

One that is being sent may be ended as well, and what the printer says of it later is only noted. An uncertain one is
printed after all where it was found, and intended again where the printer proves that it printed nothing.
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """One printed label, wristband or tag."""

    id: str
    """The piece id: 10 random and 2 check characters, as its codes carry it."""
    order: str
    role: str
    """wristband, container or cassette."""
    container: str | None
    """The container it is for; None for a wristband."""
    design: str
    state: str
    payload_sha256: str
    """SHA-256 of the exact bytes of its main code, so that a scan-back compares bytes."""
    replaces: str | None = None
    sent: bool = True
    """Whether it may exist: its bytes went to a printer. What was never sent is nowhere to be found."""
    template_sha256: str = ""
    """The version of the template that it was intended with."""
    facts_sha256: str = ""
    """SHA-256 of everything that it was intended to say."""
    site: str = ""
    """Where it was printed, or is to be."""

    @property
    def alive(self) -> bool:
        """Whether a scan of it may count."""
        return self.state in ALIVE

    @property
    def accounted(self) -> bool:
        """Whether its fate is known: on its thing, ended on record, or voided before a byte of it was sent."""
        return self.state in ACCOUNTED or (self.state == "voided" and not self.sent)

    @property
    def tail(self) -> str:
        """The last four characters: all that an entry or screen may show of another order's piece."""
        return self.id[-4:]


def may_become(piece: Piece, state: str) -> bool:
    """Say whether *piece* may pass into *state*."""
    return state in MOVES[piece.state]


def unaccounted(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Return the pieces whose fate nobody has recorded: the limit for identity labels is zero."""
    return tuple(piece for piece in pieces if not piece.accounted)
