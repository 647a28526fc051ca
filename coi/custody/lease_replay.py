"""What was done while the server was away, and does it hold together? The order in which it is judged again.

A station queues what it did by its lease, each record signed and chained to the one before (``lease_packet``).
``may_reconcile`` puts the records in their order and judges them once more by the same rules. Whatever does not fit is
a conflict, which becomes a hold: it is never silently merged, and never left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi.custody.lease import Stop, Used, verdict
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from coi.custody.lease import Attempt, Lease


@dataclass(frozen=True, slots=True)
class Provisional:
    """One record of a station's queue."""

    number: int
    """From 1 on, without a gap."""
    word: str
    """GO or STOP, as the station showed it."""
    attempt: Attempt
    digest: str = ""
    """SHA-256 of the very text that the station signed."""
    prev: str = ""
    """The digest of the record before; empty for the first."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that does not fit what is known, and why."""

    number: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """The records in the order of their doing, each once, and the conflicts."""

    ordered: tuple[Provisional, ...]
    conflicts: tuple[Conflict, ...] = ()


def may_reconcile(
    lease: Lease,
    records: Sequence[Provisional],
    *,
    before: Sequence[Provisional] = (),
    past: Sequence[tuple[datetime, Used]] = (),
    ended: datetime | None = None,
    recorded_at: datetime | None = None,
) -> Replay:
    """Order the records and compare each with the rules.

    *before* is what was taken in earlier, *past* what the server itself has seen done, and when.

    1. The same record sent twice is one; two records under one number are a conflict, and both are kept.
    2. The numbers follow one another, and each record names the one before it.
    3. No instant lies before that of the record before, after the instant of recording, or after the lease had ended.
    4. A GO is one that the rules give, on what had been done by then. A STOP needs nobody's leave.
    """
    known = {one.digest for one in before}
    fresh = {one.digest: one for one in records if one.digest not in known}
    ordered = tuple(sorted(fresh.values(), key=lambda one: (one.number, one.attempt.at, one.digest)))
    last = max(before, key=lambda one: one.number, default=None)
    seen = tuple(used for one in before for used in _used(one))
    conflicts: list[Conflict] = []
    for one in ordered:
        online = tuple(used for at, used in past if at <= one.attempt.at)
        reasons = (
            *_follows(last, one),
            *_when(lease, last, one, ended, recorded_at),
            *_agrees(lease, one, (*online, *seen)),
        )
        if reasons:
            conflicts.append(Conflict(one.number, tuple(dict.fromkeys(reasons))))
        seen = (*seen, *_used(one))
        last = one
    return Replay(ordered, tuple(conflicts))


def _used(one: Provisional) -> tuple[Used, ...]:
    """Return the deed that a record has used up, by whom: only a GO uses one up."""
    if one.word != "GO" or not one.attempt.persons:
        return ()
    return (Used(one.attempt.deed, one.attempt.persons[0]),)


def _follows(last: Provisional | None, one: Provisional) -> tuple[Reason, ...]:
    """Points 1 and 2."""
    number, digest = (0, "") if last is None else (last.number, last.digest)
    if one.number != number + 1 or one.prev != digest:
        return (Reason("lease_sequence", expected=f"record {number + 1}", seen=f"record {one.number}"),)
    return ()


def _when(
    lease: Lease,
    last: Provisional | None,
    one: Provisional,
    ended: datetime | None,
    recorded_at: datetime | None,
) -> tuple[Reason, ...]:
    """Point 3."""
    at = one.attempt.at
    reasons: list[Reason] = []
    if (last is not None and at < last.attempt.at) or (recorded_at is not None and at > recorded_at):
        reasons.append(Reason("lease_clock", expected="instants that follow one another", seen="one out of its place"))
    if ended is not None and at >= ended:
        reasons.append(Reason("lease_ended", expected=f"lease {lease.id}", seen="ended"))
    return tuple(reasons)


def _agrees(lease: Lease, one: Provisional, seen: tuple[Used, ...]) -> tuple[Reason, ...]:
    """Point 4."""
    judged = verdict(lease, one.attempt, seen) if one.word == "GO" else None
    if not isinstance(judged, Stop):
        return ()
    return (Reason("lease_differs", expected="STOP", seen=one.word), *judged.reasons)
