"""Which scanner at which station sent the challenge card right, and when? Entries on the chain of the station's site.

* A check is whole or it is none: five codes of one card, signed by the station. Fewer, and nothing is written yet.
* The first code that comes wrong fails the scanner: what it types counts for nothing until it passes.
* A scanner that was unplugged and came back may be another one, or set up anew: its last check is void.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from coi import ledger, settings
from coi.errors import Malformed, NotPermitted, Unknown
from coi.people import challenge, devices, scanner_store, store
from coi.people.challenge import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json
    from coi.people.scanner_store import Scanner

SOURCES: Final = frozenset({"wedge", "web_serial", "serial", "evdev"})
"""Ways in which a scanner of its own sends: all that can twist bytes before we see them. A camera is read by us."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What the station's key says over the codes of a check, joined by line feeds."""

    device: str
    nonce: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check stands: the fault, or how many codes came right; passed when all did."""

    right: int
    fault: Fault | None = None

    @property
    def passed(self) -> bool:
        """Tell whether every code of the card came right."""
        return self.fault is None and self.right == len(challenge.PAYLOADS)


def check(
    session: Session, source: str, raws: Sequence[str], signed: Signed, *, by: str, site: str, at: datetime
) -> Outcome:
    """Judge the codes of a card as they came; a fault, or a whole card, is an entry.

    Raises:
        Malformed: No such kind of scanner, or more codes than a card has.
        NotPermitted: The station's own key did not sign them: nobody could say which scanner it was.
    """
    _known(source)
    if not 1 <= len(raws) <= len(challenge.PAYLOADS):
        raise Malformed(f"Expected 1 to {len(challenge.PAYLOADS)} codes of a card, seen {len(raws)}.")
    said = "\n".join(raws).encode("utf-8")
    worth = devices.verify(session, signed.device, signed.nonce, said, "", source, signed.signature, site=site, at=at)
    if not worth.signed:
        raise NotPermitted(f"Expected the codes signed by a qualified station of {site}, seen {worth.doubt}.")
    outcome = judged(raws)
    if outcome.fault is not None or outcome.passed:
        _record(session, signed.device, source, outcome, by, at)
    return outcome


def by_station(session: Session, device: str, source: str, raws: Sequence[str], *, by: str, at: datetime) -> Outcome:
    """Judge the codes of a card that a station's program signed one by one; a fault, or a whole card, is an entry."""
    _known(source)
    outcome = judged(raws)
    if outcome.fault is not None or outcome.passed:
        _record(session, device, source, outcome, by, at)
    return outcome


def judged(raws: Sequence[str]) -> Outcome:
    """Judge the codes of one card in their order; the first fault ends it."""
    card = ""
    for number, raw in enumerate(raws):
        told = challenge.judge(number, raw)
        if isinstance(told, Fault):
            return Outcome(number, told)
        if card and told != card:
            return Outcome(number, Fault.ANOTHER_CARD)
        card = told
    return Outcome(len(raws))


def reconnected(session: Session, device: str, source: str, *, by: str, site: str, at: datetime) -> None:
    """Note that a scanner came back after it was unplugged: its last check counts no more."""
    _known(source)
    if devices.device(session, device).site != site:
        raise Unknown("Expected a station of your site, seen another.")
    _entry(session, device, source, "reconnected", by, at, {})


def pulled_out(session: Session, device: str, source: str, *, at: datetime) -> None:
    """Hear of a station's program that its scanner was pulled out: a check that stood is void, by an entry."""
    _known(source)
    known = scanner_store.scanner(session, device, source)
    if known is not None and known.state == "passed":
        _entry(session, device, source, "reconnected", device, at, {})


def state(session: Session, device: str | None, source: str, at: datetime) -> str:
    """Say what stands against a scanner: "failed" always, "due" where this installation asks for checks; else nothing.

    A source that is read by us needs none.
    """
    if source not in SOURCES or device is None:
        return ""
    known = scanner_store.scanner(session, device, source)
    if known is not None and known.state == "failed":
        return "failed"
    life = life_of(session)
    fresh = known is not None and known.state == "passed" and at - known.at <= life
    return "" if fresh or not life else "due"


def life_of(session: Session) -> timedelta:
    """Return for how long a check stands; nothing where none is asked for.

    A day in production. A demo and a training ask only if they are told to (``COI_SCANNER_CHECK_HOURS``), since nobody
    there holds a scanner in the hand that could be wrong.
    """
    hours = settings.of(session).scanner_check_hours
    if hours is None:
        hours = 24 if ledger.installation(session).purpose == "production" else 0
    return timedelta(hours=hours)


def scanners(session: Session, device: str) -> tuple[Scanner, ...]:
    """Return every scanner of a station that was ever checked."""
    return scanner_store.scanners(session, device)


def _known(source: str) -> None:
    if source not in SOURCES:
        raise Malformed(f"Expected a scanner of {', '.join(sorted(SOURCES))}, seen {source[:20]!r}.")


def _record(session: Session, device: str, source: str, outcome: Outcome, by: str, at: datetime) -> None:
    if outcome.passed:
        _entry(session, device, source, "passed", by, at, {})
    else:
        _entry(session, device, source, "failed", by, at, {"code": outcome.right + 1, "fault": str(outcome.fault)})


def _entry(session: Session, device: str, source: str, what: str, by: str, at: datetime, said: dict[str, Json]) -> None:
    known = devices.device(session, device)
    site = store.site(session, known.site)
    if site is None:  # a device's site is one of ours, or the ledger is broken
        raise Unknown(f"Expected a site of this installation, seen {known.site}.")
    ledger.lock(session, site.chain)
    stmt: dict[str, Json] = {
        "id": ledger.new_id(),
        "actor": by,
        "at": ledger.instant(at),
        "site": known.site,
        "concerns": known.id,
        "source": source,
        "outcome": "blocked" if what == "failed" else "accepted",
        **said,
    }
    ledger.record(session, site.chain, f"people.scanner_{what}", stmt, at=at)


def unbase64(texts: Sequence[str]) -> tuple[str, ...]:
    """Return codes as they came, from base64, one character a byte."""
    try:
        return tuple(base64.b64decode(text, validate=True).decode("latin-1") for text in texts)
    except ValueError:
        raise Malformed("Expected codes as base64, seen something else.") from None
