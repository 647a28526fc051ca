"""Look for overdue checks, write each down once, and tell somebody.

Who is told is the caller's business: ``tell`` is called after the commit, once for each entry, with whom to call.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from coi import ledger, people
from coi.custody import protocol_register as protocols
from coi.custody import store, watch, watch_store
from coi.people import station_watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.watch import Overdue
    from coi.db import Database
    from coi.people import ToCall

WATCH = "watch"
"""The actor of these entries: nobody did anything, and that is what they say."""
CALLED = {
    "not_verified": frozenset({"ward_nurse", "coordinator"}),
    "not_accepted": frozenset({"coordinator"}),
    "station_silent": frozenset({"site_admin"}),
    "outbox_waits": frozenset({"site_admin"}),
}
"""Roles that are called at the site; an alarm calls whoever is on call for quality as well."""


def overdue(session: Session, at: datetime) -> tuple[Overdue, ...]:
    """Return every check of this installation that is overdue now."""
    everywhere = tuple(site.id for site in people.sites(session))
    orders = store.at_sites(session, everywhere, open_only=True)
    of_orders = [one for order in orders for one in watch.of_order(order, protocols.pinned(order.protocol_sha256), at)]
    return (*of_orders, *watch.of_stations(station_watch.heard(session), at))


def sweep(database: Database, at: datetime, tell: Callable[[Overdue, tuple[ToCall, ...]], None]) -> int:
    """Write down what is newly overdue, or newly an alarm, and tell; return how many there were."""
    fresh = database.run(lambda session: _raise(session, at))
    for one, called in fresh:
        tell(one, called)
    return len(fresh)


def _raise(session: Session, at: datetime) -> list[tuple[Overdue, tuple[ToCall, ...]]]:
    found = []
    watch_store.looked(session, at)
    for one in overdue(session, at):
        key = hashlib.sha256(one.key.encode()).hexdigest()
        if ledger.remembered(session, key, WATCH, key) is not None:
            continue
        _record(session, one, at)
        ledger.remember(session, key, WATCH, key, {"raised": True})
        found.append((one, _called(session, one, at)))
    return found


def _record(session: Session, one: Overdue, at: datetime) -> None:
    """Append one entry to the order's chain, or to that of the station's site."""
    of_station = one.kind in watch.OF_STATIONS
    chain = people.site(session, one.site).chain if of_station else store.load(session, one.about).chain
    ledger.lock(session, chain)
    stmt: dict[str, Any] = {
        "id": ledger.new_id(),
        "actor": WATCH,
        "at": ledger.instant(at),
        "site": one.site,
        "concerns" if of_station else "order": one.about,
        "outcome": "noted",
        "kind": one.kind,
        "since": ledger.instant(one.since),
    }
    ledger.record(session, chain, "watch.raised" if one.level == "warning" else "watch.escalated", stmt, at=at)


def _called(session: Session, one: Overdue, at: datetime) -> tuple[ToCall, ...]:
    near = people.who_to_call(session, one.site, at, CALLED[one.kind])
    return near if one.level == "warning" else (*near, *people.who_to_call(session, one.site, at))
