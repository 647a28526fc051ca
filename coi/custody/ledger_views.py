"""What does a person see of the ledger: an entry as a line, and an entry whole?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One entry as a line of a list."""

    chain: str
    seq: int
    type: str
    title: str
    """The type in words."""
    at: datetime
    by: str
    site: str
    outcome: Literal["accepted", "blocked", "noted"]
    hash: str
    prev: str
    reasons: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry whole, with the bytes that were hashed."""

    line: LedgerLine
    recorded_at: datetime
    node: str
    log: str
    facts: tuple[tuple[str, str], ...]
    signatures: tuple[tuple[str, ...], ...]
    """Person, role, meaning, time of each."""
    body: str
    """The canonical JSON text, byte for byte."""
    next_seq: int | None = None
