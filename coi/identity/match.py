"""Do the codes that were scanned belong to this patient's chain?

A mismatch is an answer, not an exception: the ledger records it either way.
Nothing here reads a clock, a database or a request, and nothing is trimmed, folded or found similar.

>>> from coi.identity.piece_id import PieceId
>>> one, other = PieceId.from_random(bytes(10)), PieceId.from_random(bytes(9) + b"1")
>>> compare({one}, {other})
Refused(reasons=(Foreign(code=PieceId(text='P100000000GB')), Missing(code=PieceId(text='000000000001'))))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from coi.identity.badge import Badge
    from coi.identity.coi_id import CoiId
    from coi.identity.house import HouseCode
    from coi.identity.isbt128 import DonationNumber, ProductCode
    from coi.identity.piece_id import PieceId

    Code: TypeAlias = CoiId | PieceId | HouseCode | Badge | DonationNumber | ProductCode


@dataclass(frozen=True, slots=True, order=True)
class Unreadable:
    """A read that means nothing we accept; it is a reason like any other and holds nothing of what was read."""

    reason: str
    """What was expected and what was seen, without the characters: they may be a person's."""
    length: int = 0
    """How many bytes there were."""
    aim: str = ""
    """The symbology identifier the reader gave, empty if none."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A code was scanned that does not belong here."""

    code: Code


@dataclass(frozen=True, slots=True)
class Missing:
    """A code that belongs here was not scanned."""

    code: Code


@dataclass(frozen=True, slots=True)
class NothingExpected:
    """There was nothing to compare with, and nothing to check is never "checked"."""


Reason: TypeAlias = Unreadable | Foreign | Missing | NothingExpected


@dataclass(frozen=True, slots=True)
class Accepted:
    """Exactly the expected codes were scanned."""

    codes: frozenset[Code]

    def __post_init__(self) -> None:
        if not self.codes:
            raise ValueError("Expected at least one code to accept, saw none.")


@dataclass(frozen=True, slots=True)
class Refused:
    """The act must not go on; *reasons* says why."""

    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError("Expected at least one reason to refuse, saw none.")


Verdict: TypeAlias = Accepted | Refused


def compare(expected: AbstractSet[Code], scanned: AbstractSet[Code | Unreadable]) -> Verdict:
    """Accept only when the scanned codes are exactly the expected ones.

    An empty expectation is refused: "nothing to check" must never read as "checked".
    """
    if not expected:
        return Refused((NothingExpected(),))
    codes = {scan for scan in scanned if not isinstance(scan, Unreadable)}
    reasons: tuple[Reason, ...] = (
        *sorted(scan for scan in scanned if isinstance(scan, Unreadable)),
        *(Foreign(code) for code in sorted(codes - expected, key=_place)),
        *(Missing(code) for code in sorted(expected - codes, key=_place)),
    )
    return Refused(reasons) if reasons else Accepted(frozenset(expected))


def _place(code: Code) -> tuple[str, str]:
    """Return where a code stands among reasons: the same order whatever order they were scanned in."""
    return (type(code).__name__, str(code))
