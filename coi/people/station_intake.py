"""What is done with the events of a station's program? Taken in, once and in order; offered to the one bound page.

* Each request that brings something new is one entry of the site's chain (``station.scans_taken``): first and last
  number, and the hash of the newest event, which by its chain names every one before it.
* What is refused is an entry too (``station.scan_refused``); the same again within a minute is the same attempt.
* What a program says beside its events goes no further than its own row, save that a scanner was pulled out: its
  check is void, before anything that it read after.
* The bytes lie in the vault. They are opened for the one person who takes the scan, and the opening is logged. A
  patient's own band lies there under the patient: an erasure takes the bytes, and the hash stays.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from coi import ledger, vault
from coi.errors import Conflict, NotPermitted, Unknown
from coi.ledger import instant
from coi.people import device_store, scanner_checks, station_events, station_store, store
from coi.people.station_events import Flaw, Head, Sent
from coi.people.station_store import Kept
from scanners import events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json
    from coi.people.stations import Device
    from scanners.events import ScanEvent

MOST = 50
SEEN_EVERY = timedelta(seconds=20)
SAME_ATTEMPT = timedelta(minutes=1)
SAME_TRIGGER = timedelta(seconds=2)
PRESENT = timedelta(minutes=2)
"""A program that was not heard for so long stands on no list to choose from."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one request: how far the server has everything, and what stopped it, if anything did."""

    head: Head
    flaw: Flaw | None = None
    seq: int = 0
    known: Device | None = None


@dataclass(frozen=True, slots=True)
class Says:
    """What a program says beside its events."""

    door: str = ""
    """Where the bound page may ask while this server is away."""
    page: str = ""
    """The name of the binding that the door is meant for."""
    newest: int = 0
    """The number of the newest event that it has."""
    oldest_at: datetime | None = None
    """When the oldest event was scanned that it has and this server had not."""
    holds: tuple[str, ...] = ()
    """The leases that it has on its disk."""


NOTHING: Final = Says()


def caller(
    session: Session, device_id: str, signed: bytes, signature: bytes, asked_at: datetime, *, at: datetime
) -> tuple[Device | None, Flaw | None]:
    """Return the program that signed a request and why it is refused, if it is; a refusal is written down."""
    known = device_store.device(session, device_id)
    flaw = station_events.judge_caller(known, signed, signature, asked_at, at)
    if known is not None and flaw is not None:
        _refuse(session, known, flaw, 0, at)
    return known, flaw


def take_in(session: Session, device: Device, sent: Sequence[Sent], says: Says = NOTHING, *, at: datetime) -> Taken:
    """Keep each event that is the next of its device's chain, and stop at the first that is not.

    What the program *says* of its door is told to the bound page, if it is meant for it.
    """
    taken = _take_in(session, device, sent, at)
    _seen(session, device, says, taken.head, at)
    return taken


def _take_in(session: Session, device: Device, sent: Sequence[Sent], at: datetime) -> Taken:
    if not sent:
        return Taken(station_store.head(session, device.id), known=device)
    where = store.site(session, device.site)
    if where is None:
        raise Unknown(f"Expected a site of this installation, seen {device.site[:40]!r}.")
    ledger.lock(session, where.chain)
    first = head = station_store.head(session, device.id)
    flawed: list[Json] = []
    for one in sent[:MOST]:
        judged = station_events.judge(device, one, head, _known(session, device.id, one), at)
        if judged.event is not None and judged.keep:
            head = _keep(session, device, one, judged.event, judged.flaw, at)
            flawed += [] if judged.flaw is None else [{"seq": head.seq, "flaw": judged.flaw.value}]
        elif judged.flaw is not None:
            _taken(session, device, where.chain, first, head, flawed, at)
            seq = 0 if judged.event is None else judged.event.seq
            _refuse(session, device, judged.flaw, seq, at)
            return Taken(head, judged.flaw, seq, device)
    _taken(session, device, where.chain, first, head, flawed, at)
    return Taken(head, known=device)


def bind(session: Session, device_id: str, site: str, *, by: str, at: datetime) -> str:
    """Bind a page to a station's program; a page that was bound before is bound no more. Return the page's mark."""
    known = _usable(session, device_id, site)
    mark = secrets.token_urlsafe(24)
    where = store.site(session, site)
    if where is None:
        raise Unknown(f"Expected a site of this installation, seen {site[:40]!r}.")
    ledger.lock(session, where.chain)
    station_store.bind(session, known.id, mark, at)
    stmt = {"id": ledger.new_id(), "actor": by, "at": instant(at), "site": site, "concerns": known.id}
    ledger.record(session, where.chain, "station.bound", {**stmt, "outcome": "accepted"}, at=at)
    return mark


def leases_of(session: Session, device_id: str) -> list[str]:
    """Return the leases that a program reads for."""
    return sorted((station_store.program(session, device_id).leases or "").split())


def held_by(session: Session, device_id: str) -> list[str]:
    """Return the leases that a program reads for and has on its disk."""
    program = station_store.program(session, device_id)
    return sorted(set((program.leases or "").split()) & set((program.holds or "").split()))


def is_bound(session: Session, device_id: str, mark: str, site: str) -> bool:
    """Tell whether the page of *mark* is the one that a qualified program of the site is bound to."""
    known = device_store.device(session, device_id)
    bound_to = station_store.program(session, device_id).bound_to
    of_site = known is not None and known.site == site and known.state == "qualified"
    return of_site and bool(mark) and secrets.compare_digest(bound_to, mark)


def unplugged(session: Session, device: Device, sources: Sequence[str], *, at: datetime) -> list[str]:
    """Hear that scanners were pulled out: a check that stood is void. Return what was heard."""
    for source in sources:
        scanner_checks.pulled_out(session, device.id, source, at=at)
    return list(sources)


def page_of(session: Session, device_id: str) -> str:
    """Return the name of a program's binding, which tells nothing of the page's mark; empty without one."""
    return _name_of(station_store.program(session, device_id).bound_to)


def _name_of(mark: str) -> str:
    return hashlib.sha256(mark.encode("ascii")).hexdigest()[:16] if mark else ""


def present(session: Session, site: str, at: datetime) -> list[Device]:
    """Return the site's qualified programs that were heard just now."""
    found = [one for one in device_store.devices(session, site) if one.key.is_program and one.state == "qualified"]
    heard = {one.id: station_store.program(session, one.id).seen_at for one in found}
    return [one for one in found if (seen := heard[one.id]) is not None and at - seen <= PRESENT]


def offered(session: Session, device_id: str, mark: str, after: int, at: datetime) -> tuple[list[Kept], str] | None:
    """Return what the bound page may take now, in order, and its door; None when it is bound no more."""
    program = station_store.program(session, device_id)
    if not mark or not secrets.compare_digest(program.bound_to, mark) or program.bound_at is None:
        return None
    found = station_store.untaken(session, device_id, after, max(at - station_events.FRESH, program.bound_at))
    return [one for one in found if _may_be_taken(one, program.bound_at, at)], program.door


def take(session: Session, device_id: str, mark: str, seq: int, site: str, *, by: str, at: datetime) -> ScanEvent:
    """Give one event to the person at the bound page, once.

    Raises:
        NotPermitted: The page is not bound to the station, or the station is not qualified at this site now.
        Conflict: The scan was taken, is too old, has a flaw, or was made before the page was bound.
    """
    known = _usable(session, device_id, site)
    program = station_store.program(session, known.id)
    if not mark or not secrets.compare_digest(program.bound_to, mark) or program.bound_at is None:
        raise NotPermitted("Expected the page that is bound to this scanner station, seen another.")
    kept = station_store.find(session, known.id, seq)
    if kept is None or not _may_be_taken(kept, program.bound_at, at):
        raise Conflict("Expected a scan of the last half minute, seen an older one or none: scan again.")
    if not station_store.take(session, known.id, seq, by):
        raise Conflict("Expected a scan that nobody took, seen one that was taken.")
    return opened(session, kept, by=by, why="station.inbox", at=at)


def is_again(session: Session, event: ScanEvent, *, by: str, at: datetime) -> bool:
    """Tell whether an event repeats the one before it, which the same person took: both are one deed."""
    before = station_store.find(session, event.device_id, event.seq - 1)
    since = None if before is None else abs(station_events.scanned_at(event) - before.scanned_at)
    if before is None or since is None or before.taken_by != by or since > SAME_TRIGGER:
        return False
    other = opened(session, before, by=by, why="station.inbox", at=at)
    return (other.data, other.aim, other.source_class) == (event.data, event.aim, event.source_class)


def opened(session: Session, kept: Kept, *, by: str, why: str, at: datetime) -> ScanEvent:
    """Return a kept event from the vault; the opening is logged."""
    return events.parse(_sent(session, kept, by=by, why=why, at=at).text.encode("utf-8"))


def claim(session: Session, subject: str, data: bytes, scanned_at: datetime) -> None:
    """Seal the taken events that are this scan, by either clock, under the patient whose it turned out to be."""
    clocks = station_events.FRESH
    for kept in station_store.taken_between(session, scanned_at - clocks, scanned_at + clocks):
        by = kept.taken_by or kept.device
        found: Any = vault.open_(session, kept.sealed, by=by, why="station.claim", at=kept.received_at)
        whole = base64.b64decode(found["base64"])
        if events.parse(json.loads(whole)["event"].encode("utf-8")).data == data:
            sealed = vault.put_bytes(session, subject, "scan", whole, at=kept.received_at)
            station_store.reseal(session, kept, sealed)
            vault.forget(session, kept.sealed)


def verified(session: Session, device: Device, *, by: str, at: datetime) -> int:
    """Open every kept event of a device and prove signature and chain; return how many there are.

    Of an event whose patient was erased only the hash is there: the next one must name it.

    Raises:
        BadEvent, BadSignature, BrokenChain: One was changed, put in or left out.
    """
    previous, count = None, 0
    erased: Kept | None = None
    for kept in station_store.after(session, device.id, 0, 1_000_000):
        try:
            sent = _sent(session, kept, by=by, why="station.verify", at=at)
        except Unknown:
            previous, erased = None, kept
            continue
        event = events.parse(sent.text.encode("utf-8"))
        events.verify(event, sent.signature, device.key.ed25519())
        if erased is None:
            events.check_chain([event], previous)
        elif (event.seq, event.prev_hash) != (erased.seq + 1, erased.sha256):
            raise events.BrokenChain(f"expected event {erased.seq + 1} to name {erased.sha256}, seen another")
        previous, erased, count = event, None, count + 1
    return count


def _usable(session: Session, device_id: str, site: str) -> Device:
    known = device_store.device(session, device_id)
    if known is None or known.site != site or known.state != "qualified" or not known.key.is_program:
        raise NotPermitted("Expected a qualified scanner station of your site, seen another.")
    return known


def _may_be_taken(kept: Kept, bound_at: datetime, at: datetime) -> bool:
    free = not kept.flaw and kept.taken_by is None
    of_this_page = min(kept.scanned_at, kept.received_at) >= bound_at
    return free and of_this_page and station_events.is_fresh(kept.scanned_at, at)


def _known(session: Session, device: str, sent: Sent) -> str | None:
    try:
        seq = int(json.loads(sent.text)["seq"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    kept = station_store.find(session, device, seq) if 0 < seq < 2**31 else None
    return None if kept is None else kept.sha256


def _keep(session: Session, device: Device, sent: Sent, event: ScanEvent, flaw: Flaw | None, at: datetime) -> Head:
    whole = json.dumps({"event": sent.text, "signature": sent.signature.hex()}).encode("utf-8")
    sealed = vault.put_bytes(session, vault.resolve(session, vault.band(event.data)), "scan", whole, at=at)
    scanned = station_events.scanned_at(event)
    kept = Kept(device.id, event.seq, event.sha256, sealed, (flaw or "") and str(flaw), scanned, at, None)
    station_store.keep(session, kept)
    return Head(event.seq, event.sha256)


def _sent(session: Session, kept: Kept, *, by: str, why: str, at: datetime) -> Sent:
    found: Any = vault.open_(session, kept.sealed, by=by, why=why, at=at)
    said = json.loads(base64.b64decode(found["base64"]))
    return Sent(said["event"], bytes.fromhex(said["signature"]))


def _seen(session: Session, device: Device, says: Says, head: Head, at: datetime) -> None:
    """Keep that a program was heard, what it still holds, and its door where it is the bound page's."""
    program = station_store.program(session, device.id)
    waits = says.oldest_at if says.newest > head.seq else None
    if waits is not None and program.waits_since is not None:
        waits = min(waits, program.waits_since)
    seen, holds = program.seen_at, " ".join(says.holds)
    if seen is None or at - seen > SEEN_EVERY or (waits, holds) != (program.waits_since, program.holds):
        station_store.heard(session, device.id, at, waits, holds)
    # a token that another page was given before is not this page's
    door = says.door if says.page and says.page == _name_of(program.bound_to) else ""
    if program.door != door:
        station_store.open_door(session, device.id, program.bound_to, door)


def _taken(
    session: Session, device: Device, chain: str, first: Head, head: Head, flawed: list[Json], at: datetime
) -> None:
    if head.seq == first.seq:
        return
    words: dict[str, Json] = {"first": first.seq + 1, "last": head.seq, "head": head.sha256, "flawed": flawed}
    ledger.record(session, chain, "station.scans_taken", {**_stmt(device, at), "outcome": "accepted", **words}, at=at)


def _refuse(session: Session, device: Device, flaw: Flaw, seq: int, at: datetime) -> None:
    program = station_store.program(session, device.id)
    again = program.refused_at is not None and at - program.refused_at < SAME_ATTEMPT
    if program.refused == flaw.value and again:
        return
    where = store.site(session, device.site)
    if where is None:
        raise Unknown(f"Expected a site of this installation, seen {device.site[:40]!r}.")
    words: Mapping[str, Json] = {"outcome": "refused", "reason": flaw.value, "seq": seq}
    ledger.record(session, where.chain, "station.scan_refused", {**_stmt(device, at), **words}, at=at)
    station_store.refused(session, device.id, flaw.value, at)


def _stmt(device: Device, at: datetime) -> dict[str, Json]:
    return {"id": ledger.new_id(), "actor": device.id, "at": instant(at), "site": device.site, "concerns": device.id}
