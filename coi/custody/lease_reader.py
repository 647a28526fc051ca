"""Which scanner station reads for a lease while the server is away? The one that the page is bound to, and no other.

A lease is the page's: it judges, signs and uses up. The program of its scanner station takes over the reading: it gets
the leased bag's codes, signed by this server, and shows them to the paired page as long as the lease may be worked by.

* One program a lease. Another page's station, or none, takes it from the one before.
* It ends with the lease, by whatever way that ends; of one that nobody gave back, when its records are over as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from coi import ledger
from coi.custody import lease_actions, lease_store, store
from coi.errors import Unknown
from coi.people import station_intake, station_store
from scanners.events import instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.lease import Lease

LENT: Final = "custody.lease_lent"
RECORDS: Final = timedelta(hours=12)
"""So long after its time is over the codes are still shown: how what lawfully began came to its end is recorded."""


def lend(session: Session, deed: Deed, lease: Lease, bound: tuple[str, str] | None) -> None:
    """Let the program read for a lease that the page is *bound* to (device and the page's mark); else let none."""
    program = None
    if bound is not None and station_intake.is_bound(session, *bound, deed.site):
        program = bound[0]
    before = station_store.reads_for(session, lease.id)
    if program == before:
        return
    if program is not None:
        take_back(session, program, deed.at)
    order = store.load(session, lease.order)
    store.lock(session, frozenset({order.id}))
    if program is None:
        station_store.unlend(session, lease.id)
    else:
        station_store.lend(session, program, lease.id)
    words = {"lease": lease.id, "container": lease.container, "station": lease.device, "reader": program or ""}
    lease_actions.note(session, deed, order, LENT, words)


def take_back(session: Session, device: str, at: datetime) -> None:
    """Let a program read no more for the leases that are over, given back or not."""
    lent = station_intake.leases_of(session, device)
    going = {lease.id for lease in _lent(session, device, at)}
    for name in lent:
        if name not in going:
            station_store.unlend(session, name)


def reader(session: Session, lease: Lease) -> str | None:
    """Return the program that read for a lease last, also when the lease is long over."""
    chain = store.load(session, lease.order).chain
    lent = [one.stmt for one in ledger.entries(session, chain) if one.type == LENT and one.stmt["lease"] == lease.id]
    return str(lent[-1]["reader"]) or None if lent else None


def codes(session: Session, device: str, at: datetime) -> Iterator[dict[str, Any]]:
    """Yield, as the manifest has it, each lease that a program reads for and that is not over."""
    for lease in _lent(session, device, at):
        yield {
            "id": lease.id,
            "expires_at": instant(_over_at(lease)),
            "accept": [
                {
                    "sha256": digest,
                    "role": role,
                    "steps": [one.deed for one in lease.deeds if role in one.wants],
                }
                for role, digests in lease.sha256s
                for digest in digests
            ],
            "void": list(lease.dead),
        }


def _lent(session: Session, device: str, at: datetime) -> Iterator[Lease]:
    """Yield each lease that a program reads for, that nobody has ended, and whose records are not over."""
    for name in station_intake.leases_of(session, device):
        try:
            kept = lease_store.find(session, name)
        except Unknown:
            continue
        if kept.ended_at is None and at < _over_at(kept.lease):
            yield kept.lease


def _over_at(lease: Lease) -> datetime:
    return max(lease.expires_at, lease.thaw_ends_at or lease.expires_at) + RECORDS
