"""What can one do with a logger's file? Hand it in once; then the verdict stands on the order's chain.

* Reading is done before the deed, so that no deed waits for a large file; the deed keeps the bytes, judges, and
  records one entry, whatever the verdict.
* A file that cannot be read was not judged: nothing is recorded, and the shipment has no data, as before.
* What follows of a verdict (quarantine, a hold) is custody's: it asks ``verdict_of`` when it judges the receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coi import ledger
from coi.errors import NotPermitted
from coi.ledger.entry import instant
from coi.shipping import loggers, trace_store
from coi.shipping.trace import InRange, ceiling, floor, judge, profile, word
from coi.shipping.trace_leg import READERS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry
    from coi.person import Person
    from coi.shipping.trace import Profile, Reason, Trace, Verdict, Word
    from coi.shipping.trace_leg import Leg
    from coi.shipping.trace_store import TakenTrace

MOST_REASONS: Final = 24
"""Reasons that one entry holds; how many more there were stands beside them."""


@dataclass(frozen=True, slots=True)
class LoggerFile:
    """A logger's file that was read."""

    data: bytes
    dialect: str
    zone: str
    """The zone that the person told; empty where the file says it."""
    trace: Trace


@dataclass(frozen=True, slots=True)
class Taken:
    """A trace was judged and stands in the ledger: what custody needs to act on."""

    entry: Entry
    leg: Leg
    verdict: Verdict
    word: Word


def read(data: bytes, dialect: str, zone: str = "") -> LoggerFile:
    """Read a logger's file; no database is needed.

    Raises:
        NotReadable: The file gives no trace.
        Unknown: There is no such dialect.
    """
    return LoggerFile(data, dialect, zone, loggers.read(data, dialect, zone or None))


def take(session: Session, *, leg: Leg, file: LoggerFile, by: Person, at: datetime, device: str = "") -> Taken:
    """Judge a trace and record it: one entry on the order's chain, the bytes in the store.

    Raises:
        NotPermitted: The person holds none of the roles at the receiving site.
    """
    grant = by.grant(READERS, leg.destination, leg.product)
    if grant is None:
        raise NotPermitted(f"Expected one of {', '.join(READERS)} at the receiving site, seen another role or site.")
    until = at if leg.received_at is None else leg.received_at
    verdict = judge(file.trace, _profile(leg), leg.logger, leg.sealed_at, until, read_at=at)
    stmt = {
        "id": ledger.new_id(),
        "actor": by.id,
        "role": grant.role,
        "site": leg.destination,
        "device": device,
        "at": instant(at),
        "outcome": "accepted" if isinstance(verdict, InRange) else "quarantined",
        "order": leg.order,
        "shipment": leg.shipment,
        "verdict": word(verdict),
        "profile": leg.profile,
        "sealed": instant(leg.sealed_at),
        "until": instant(until),
        "received": leg.received_at is not None,
        "sha256": trace_store.keep_file(session, file.data, at),
        "bytes": len(file.data),
        "dialect": file.dialect,
        "zone": file.zone,
        **_measured(file.trace),
        **_reasons(verdict),
    }
    entry = ledger.record(session, leg.chain, trace_store.TRACE_READ, stmt, at=at)
    return Taken(entry, leg, verdict, word(verdict))


def verdict_of(session: Session, shipment: str, at: datetime) -> Word:
    """Return what the traces of a shipment say of its leg up to *at*; no trace says no data.

    1. A trace out of range stands: no later file makes it good.
    2. A trace in range counts while no more time has passed since its last sample than the profile allows without one.
    3. Anything else is no data.
    """
    taken = trace_store.of_shipment(session, shipment)
    if any(one.verdict == "out_of_range" for one in taken):
        return "out_of_range"
    return "in_range" if any(_covers(one, at) for one in taken) else "no_data"


def _covers(taken: TakenTrace, at: datetime) -> bool:
    """Tell whether a trace in range reaches up to *at*."""
    if taken.verdict != "in_range" or taken.profile is None or taken.last_at is None:
        return False
    return at - taken.last_at <= profile(taken.profile).gap


def _profile(leg: Leg) -> Profile | None:
    """Return the range that the leg must keep, if the protocol says one."""
    return None if leg.profile is None else profile(leg.profile)


def _measured(trace: Trace) -> dict[str, Any]:
    """Return what was measured, in short."""
    instants = [one.at for one in trace.samples]
    cels = [one.cel for one in trace.samples]
    return {
        "logger": trace.serial,
        "samples": len(instants),
        "missing": trace.missing,
        "from": instant(min(instants)) if instants else None,
        "to": instant(max(instants)) if instants else None,
        "lowest": floor(min(cels)) if cels else None,
        "highest": ceiling(max(cels)) if cels else None,
    }


def _reasons(verdict: Verdict) -> dict[str, Any]:
    """Return the reasons as plain data, and how many did not find room."""
    if isinstance(verdict, InRange):
        return {"reasons": [], "more": 0}
    return {
        "reasons": [_told(reason) for reason in verdict.reasons[:MOST_REASONS]],
        "more": max(0, len(verdict.reasons) - MOST_REASONS),
    }


def _told(reason: Reason) -> dict[str, str | None]:
    """Return one reason as plain data."""
    return {
        "code": reason.code,
        "expected": reason.expected,
        "seen": reason.seen,
        "since": None if reason.since is None else instant(reason.since),
        "until": None if reason.until is None else instant(reason.until),
    }
