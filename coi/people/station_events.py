"""When does a signed scan event of a station count? Told the device, what came before, and the time.

* An event that is not the next of its device's chain, or that its key did not sign, is refused and not kept.
* An authentic event is kept once, whatever else is wrong with it: with a *flaw* it is never offered to a person.
* Nothing here reads a clock or a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from scanners import events

if TYPE_CHECKING:
    from coi.people.stations import Device
    from scanners.events import ScanEvent

SKEW: Final = timedelta(minutes=10)
FRESH: Final = timedelta(seconds=30)
"""An event may be offered to the bound page for so long after its scan; what comes later is kept, and moves nothing."""
SOURCES: Final = frozenset({"serial", "evdev", "camera_station"})
HEADING: Final = b"coi station request 1\n"


class Flaw(StrEnum):
    """Why an event, or a whole request, does not count."""

    UNKNOWN_DEVICE = "unknown_device"
    NOT_A_PROGRAM = "not_a_program"
    NOT_QUALIFIED = "not_qualified"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    BAD_SIGNATURE = "bad_signature"
    MALFORMED = "malformed_event"
    FOREIGN_DEVICE = "foreign_device"
    FOREIGN_SITE = "foreign_site"
    FOREIGN_SOURCE = "foreign_source"
    REPLAYED_SEQ = "replayed_seq"
    MISSING_SEQ = "missing_seq"
    BROKEN_CHAIN = "broken_chain"
    CLOCK_SKEW = "clock_skew"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of a device that is kept."""

    seq: int = 0
    sha256: str = events.GENESIS


@dataclass(frozen=True, slots=True)
class Sent:
    """One event as it arrived."""

    text: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one event: kept (with a flaw or without), known already, or refused for its flaw."""

    event: ScanEvent | None
    keep: bool
    flaw: Flaw | None = None


def judge_caller(
    device: Device | None, signed: bytes, signature: bytes, asked_at: datetime, at: datetime
) -> Flaw | None:
    """Say why a request of a station is refused, or None.

    1. The device is known and its key is a program's.
    2. It signed this very request.
    3. It is not retired, and was qualified at some time.
    4. Its machine's clock is not more than ten minutes off.
    """
    if device is None:
        return Flaw.UNKNOWN_DEVICE
    if not device.key.is_program:
        return Flaw.NOT_A_PROGRAM
    if not device.key.verifies(signed, signature):
        return Flaw.BAD_SIGNATURE
    if device.state in _NEVER:
        return _NEVER[device.state]
    return Flaw.CLOCK_SKEW if abs(asked_at - at) > SKEW else None


_NEVER: Final = {"retired": Flaw.RETIRED, "proposed": Flaw.NOT_QUALIFIED}


def judge(device: Device, sent: Sent, head: Head, known_sha256: str | None, at: datetime) -> Judged:
    """Say what becomes of one event.

    1. It is an event of this device, signed by its key.
    2. It is the next after *head*; what was taken before is known (*known_sha256* is of the kept event of that number).
    3. Then it is kept. It counts if the device is qualified now, stands at its own site, read with a scanner or camera
       of its own, and was not dated by a clock that is off.
    """
    try:
        event = events.parse(sent.text.encode("utf-8"))
        scanned_at(event)
    except (events.BadEvent, ValueError):  # a 31 November is no day, and half a character no text
        return Judged(None, keep=False, flaw=Flaw.MALFORMED)
    try:
        events.verify(event, sent.signature, device.key.ed25519())
    except events.BadSignature:
        return Judged(event, keep=False, flaw=Flaw.BAD_SIGNATURE)
    if event.device_id != device.id:
        return Judged(event, keep=False, flaw=Flaw.FOREIGN_DEVICE)
    if event.seq <= head.seq:
        return Judged(event, keep=False, flaw=None if event.sha256 == known_sha256 else Flaw.REPLAYED_SEQ)
    if event.seq > head.seq + 1:
        return Judged(event, keep=False, flaw=Flaw.MISSING_SEQ)
    if event.prev_hash != head.sha256:
        return Judged(event, keep=False, flaw=Flaw.BROKEN_CHAIN)
    return Judged(event, keep=True, flaw=_flaw(device, event, at))


def _flaw(device: Device, event: ScanEvent, at: datetime) -> Flaw | None:
    if device.state == "suspended":
        return Flaw.SUSPENDED
    if event.station_id != device.site:
        return Flaw.FOREIGN_SITE
    if event.source_class not in SOURCES:
        return Flaw.FOREIGN_SOURCE
    if abs(timedelta(milliseconds=event.clock_skew_ms)) > SKEW or scanned_at(event) > at + SKEW:
        return Flaw.CLOCK_SKEW
    return None


def scanned_at(event: ScanEvent) -> datetime:
    """Return when the station says it scanned."""
    return datetime.fromisoformat(event.t_device)


def is_fresh(scanned: datetime, at: datetime) -> bool:
    """Tell whether a scan may still be offered to a person."""
    return abs(at - scanned) <= FRESH
