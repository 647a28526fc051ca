"""Is this printed piece alive, and what is it stuck on?

Every physical print has its own serial inside its codes. A piece lives as ``intended -> printed -> applied`` and
dies as
``voided``, ``spoiled`` or ``uncertain`` (the printer was lost after the first byte, so nobody knows whether it exists).
"""

from __future__ import annotations

from dataclasses import dataclass

STATES = ("intended", "printed", "applied", "voided", "spoiled", "uncertain")
ALIVE = frozenset({"printed", "applied"})
"""States in which a scan of the piece may count for anything."""
ACCOUNTED = frozenset({"applied", "voided", "spoiled"})
"""States in which the piece's fate is known, so that an order may close."""
MOVES = {
    "intended": frozenset({"printed", "uncertain", "voided"}),
    "printed": frozenset({"applied", "voided", "spoiled"}),
    "uncertain": frozenset({"voided", "spoiled"}),
    "applied": frozenset({"voided"}),
    "voided": frozenset[str](),
    "spoiled": frozenset[str](),
}
"""From each state, the states that may follow; a dead piece never lives again."""


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

    @property
    def alive(self) -> bool:
        """Whether a scan of it may count."""
        return self.state in ALIVE

    @property
    def tail(self) -> str:
        """The last four characters: all that an entry or screen may show of another order's piece."""
        return self.id[-4:]


def may_become(piece: Piece, state: str) -> bool:
    """Say whether *piece* may pass into *state*."""
    return state in MOVES[piece.state]


def unaccounted(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Return the pieces whose fate nobody has recorded: the limit for identity labels is zero."""
    return tuple(piece for piece in pieces if piece.state not in ACCOUNTED)
