"""Take in what a station did alone, and let its gates judge it again.

Each record is one entry, ``custody.provisional``, whatever is then made of it. What does not hold together puts the
container on hold, and is never silently merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from coi import ledger, people
from coi.custody import lease_facts, lease_reader, lease_store, store, trust
from coi.custody.deed import Deed, Done, Outcome
from coi.custody.lease import AIDS, Lease, Used
from coi.custody.lease_actions import at_site, known_thaw, note, said, taken, told
from coi.custody.lease_packet import Sent, sent
from coi.custody.lease_replay import may_reconcile
from coi.custody.reading import Scanned
from coi.custody.reasons import Reason
from coi.errors import Malformed
from coi.people import devices, scanner_checks
from coi.quality import actions as quality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.ledger.entry import Entry

Judge: TypeAlias = "Callable[[Session, Deed, Lease, Sent, tuple[Scanned, ...]], Outcome]"
"""Judges a deed again that a station did alone; *deed* bears the person, the device and the instant of then."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One record that was taken in: where it stands, and what the gate says of it now."""

    number: int
    entry: Entry
    outcome: str
    """accepted, noted for a stop, or held."""
    holds: tuple[str, ...] = ()


OVER_BRIDGE = frozenset({"serial", "evdev", "camera_station"})
"""Sources of a station's program, which a page hears over the bridge."""
VOTED = "station 2/2"
"""How a camera's read of a lease was seen: the station votes before it writes a record, and signs the record."""


def take_in(
    session: Session, deed: Deed, lease_id: str, records: Sequence[tuple[str, bytes]], judge: Judge
) -> tuple[Taken, ...]:
    """Take in what a station did alone: texts with the station's signatures, in whatever order they arrive.

    1. Every text is signed by the lease's station and names the lease; else nothing of the whole is taken.
    2. The records are put in their order and compared with the rules, on what the server has seen done by then.
    3. Each becomes an entry. What does not fit becomes a hold; a GO that fits is judged again by its gate, and a gate
       that does not accept it is a hold too. A record that came before is not taken twice.
    """
    kept = lease_store.find(session, lease_id)
    order = at_site(session, deed, kept.lease.order)
    store.lock(session, frozenset({order.id}))
    order = store.load(session, order.id)
    station = devices.device(session, kept.lease.device)
    parts: dict[str, Sent] = {}
    for text, signature in records:
        one = sent(text)
        if not station.key.verifies(text.encode("utf-8"), signature) or one.lease != lease_id:
            raise Malformed("Expected records of this lease signed by its station, seen another.")
        parts[one.record.digest] = one
    lease = known_thaw(kept.lease, order)
    past = _past(order, lease)
    found = may_reconcile(
        lease,
        [one.record for one in parts.values()],
        before=taken(session, order, lease),
        past=past,
        ended=kept.ended_at,
        recorded_at=deed.at,
    )
    conflicts = {one.number: one.reasons for one in found.conflicts}
    if station.state != "qualified":
        conflicts = {
            one.number: (*conflicts.get(one.number, ()), Reason("no_device", expected="qualified", seen=station.state))
            for one in found.ordered
        }
    return tuple(
        _take(session, deed, lease, parts[one.digest], conflicts.get(one.number, ()), judge) for one in found.ordered
    )


def _read_by(session: Session, lease: Lease, source: str) -> str:
    """Return the device whose scanner read: the bridge's program for what came over it, else the page's station."""
    program = lease_reader.reader(session, lease) if source in OVER_BRIDGE else None
    return program or lease.device


def _past(order: Order, lease: Lease) -> list[tuple[datetime, Used]]:
    """Return what the server itself has seen done with the bag, and when."""
    bag = order.container(lease.container)
    done = () if bag is None else lease_facts.done_with(order, bag)
    found = [(order.did(used.deed), used) for used in done]
    return [(one.at, used) for one, used in found if one is not None]


def _take(session: Session, deed: Deed, lease: Lease, one: Sent, conflicts: tuple[Reason, ...], judge: Judge) -> Taken:
    """Write one record down, and judge it again where it fits."""
    order = store.load(session, lease.order)
    attempt, word = one.record.attempt, one.record.word
    demo = ledger.installation(session).purpose != "production"
    scans = tuple(
        Scanned(
            data,
            read.aim,
            read.source,
            read.at,
            "signed" if demo or read.source not in AIDS else "keyed",
            seen=VOTED if read.source in trust.CAMERAS else "",
            scanner=scanner_checks.state(session, _read_by(session, lease, read.source), read.source, attempt.at),
        )
        for data, read in zip(one.data, attempt.reads, strict=True)
    )
    doer = next(iter(attempt.persons), deed.by.id)
    stmt = {
        "actor": doer,
        "lease": lease.id,
        "number": one.record.number,
        "digest": one.record.digest,
        "prev": one.record.prev,
        "word": word,
        "occurred_at": ledger.instant(attempt.at),
        "checkpoint": attempt.deed,
        "container": lease.container,
        "station": attempt.device,
        "persons": list(attempt.persons),
        "handed_in_by": deed.by.id,
        "items": [told(session, order, scan) for scan in scans],
        "reasons": [said(reason) for reason in conflicts],
    }
    entry = note(session, deed, order, "custody.provisional", stmt)
    if conflicts:
        return Taken(one.record.number, entry, "held", (_hold(session, deed, lease, order, conflicts, entry),))
    if word != "GO":
        return Taken(one.record.number, entry, "noted")
    then = Deed(
        by=people.person(session, doer),
        site=deed.site,
        at=attempt.at,
        via="lease",
        device=lease.device,
        device_site=deed.site,
        device_state="qualified",
    )
    outcome = judge(session, then, lease, one, scans)
    if isinstance(outcome, Done) and outcome.outcome == "accepted":
        return Taken(one.record.number, entry, "accepted", outcome.holds)
    reasons = outcome.reasons if isinstance(outcome, Done) else (Reason("signer_missing", seen="none that counts"),)
    return Taken(one.record.number, entry, "held", (_hold(session, deed, lease, order, reasons, entry),))


def _hold(session: Session, deed: Deed, lease: Lease, order: Order, reasons: tuple[Reason, ...], cause: Entry) -> str:
    return quality.hold(
        session,
        order.chain,
        order.id,
        kind="quality",
        reason=reasons[0].code,
        containers=(lease.container,),
        common=deed.common(),
        cause=cause,
    )
