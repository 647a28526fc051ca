"""Give a lease and end it. One function a verb.

Asked for and refused, given, ended: each is an entry on the order's chain (``custody.lease_refused``, ``…_issued``,
``…_ended``), noted, for it moves no cells.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.custody import lease_facts, lease_store, reading, store
from coi.custody.lease import Attempt, Lease, thawed
from coi.custody.lease_packet import to_json
from coi.custody.lease_preflight import Line, checklist, grant, window_end
from coi.custody.lease_replay import Provisional
from coi.errors import Conflict, NotPermitted
from coi.people import accounts, factors, station_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.lease_preflight import Able
    from coi.custody.order import Order
    from coi.custody.reading import Scanned
    from coi.custody.reasons import Reason
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth

RETURNED, LOST, REPLACED, OVER = "returned", "station_lost", "replaced", "over"
"""Why a lease ended."""
NEEDED_TO_LOSE = 2


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a preflight found; with every line green and persons there, the lease."""

    order: Order
    container: str
    lines: tuple[Line, ...]
    until: datetime
    lease: Lease | None = None
    entry: Entry | None = None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return what stands against the lease."""
        return tuple(dict.fromkeys(reason for line in self.lines for reason in line.reasons))


def look(session: Session, deed: Deed, order_name: str, container: str = "") -> Preflight:
    """Return the checklist as it stands before anybody has signed in."""
    order = at_site(session, deed, order_name)
    bag = lease_facts.container_of(order, container)
    facts = lease_facts.gather(session, deed, order, bag, (), None)
    return Preflight(order, bag.id, checklist(facts, deed.at), window_end(facts, deed.at))


def issue(
    session: Session, deed: Deed, order_name: str, container: str, auths: Sequence[Auth], wristband: Scanned | None
) -> Preflight:
    """Give this very station the lease of a container, if everything is green for the whole window.

    Raises:
        WrongSecret: Somebody's login and secret do not belong together; nothing is written.
        NotPermitted: The deed is not of the treating site, or came by a token.
    """
    order = at_site(session, deed, order_name)
    store.lock(session, frozenset({order.id}))
    order = store.load(session, order.id)
    bag = lease_facts.container_of(order, container)
    persons = [_authenticated(session, order, auth, deed.at) for auth in auths]
    facts = lease_facts.gather(session, deed, order, bag, persons, wristband)
    found = Preflight(order, bag.id, checklist(facts, deed.at), window_end(facts, deed.at))
    words = {
        "container": bag.id,
        "persons": [one.person for one in persons],
        "items": [] if wristband is None else [told(session, order, wristband)],
        "reasons": [said(reason) for reason in found.reasons],
    }
    if found.reasons:
        return replace(found, entry=note(session, deed, order, "custody.lease_refused", words))
    lease = grant(facts, f"LS-{secrets.token_hex(6)}", deed.at)
    before = lease_store.not_ended(session, (bag.id,)).get(bag.id)
    if before is not None:
        _end(session, deed, order, before, OVER if facts.live is None else REPLACED, ())
    lease_store.keep(session, lease)
    words |= {"lease": lease.id, "station": lease.device, "until": ledger.instant(lease.expires_at)}
    words["deeds"] = [one.deed for one in lease.deeds]
    words["packet_sha256"] = ledger.statement_hash(to_json(lease))
    return replace(found, lease=lease, entry=note(session, deed, order, "custody.lease_issued", words))


def held_by(session: Session, deed: Deed, lease_id: str) -> tuple[Lease, Order]:
    """Return a lease that this very station holds, with thaw clock and deeds as the server knows them, and its order.

    Raises:
        NotPermitted: Another station holds it.
        Conflict: It has ended.
    """
    kept = lease_store.find(session, lease_id)
    if kept.lease.device != deed.device:
        raise NotPermitted("Expected the station that holds the lease, seen another.")
    if kept.ended_at is not None:
        raise Conflict("Expected a lease that has not ended, seen one that has.")
    order = store.load(session, kept.lease.order)
    bag = order.container(kept.lease.container)
    done = kept.lease.done if bag is None else lease_facts.done_with(order, bag)
    return replace(known_thaw(kept.lease, order), done=done), order


def give_back(session: Session, deed: Deed, lease_id: str, sent_so_far: int) -> Entry:
    """End a lease that its station needs no more, when all that was done by it has come in.

    Raises:
        NotPermitted: Another station holds it.
        Conflict: It has ended, or records are missing.
    """
    lease, _ = held_by(session, deed, lease_id)
    order = at_site(session, deed, lease.order)
    store.lock(session, frozenset({order.id}))
    here = len(taken(session, order, lease))
    if sent_so_far != here:
        raise Conflict(f"Expected all records before the lease ends, seen {here} of {sent_so_far}.")
    return _end(session, deed, order, lease, RETURNED, ())


def declare_lost(session: Session, deed: Deed, lease_id: str, auths: Sequence[Auth]) -> Entry:
    """End the lease of a station that is out of use, on the word of two who signed in at its preflight.

    Only those two could make it say GO once more, and they declare that they will not.

    Raises:
        WrongSecret: A secret is wrong.
        NotPermitted: They are not two different persons of the lease.
        Conflict: The lease has ended.
    """
    kept = lease_store.find(session, lease_id)
    order = at_site(session, deed, kept.lease.order)
    store.lock(session, frozenset({order.id}))
    who = {_authenticated(session, order, auth, deed.at).person for auth in auths}
    if len(who) < NEEDED_TO_LOSE or not who <= set(kept.lease.persons):
        raise NotPermitted("Expected two different persons who signed in at the preflight of this lease, seen others.")
    if lease_store.find(session, lease_id).ended_at is not None:
        raise Conflict("Expected a lease that has not ended, seen one that has.")
    return _end(session, deed, order, kept.lease, LOST, tuple(sorted(who)))


def taken(session: Session, order: Order, lease: Lease) -> tuple[Provisional, ...]:
    """Return what was taken in of a lease before."""
    statements: list[Mapping[str, Any]] = [
        one.stmt
        for one in ledger.entries(session, order.chain)
        if one.type == "custody.provisional" and one.stmt["lease"] == lease.id
    ]
    return tuple(
        Provisional(
            one["number"],
            one["word"],
            Attempt(one["checkpoint"], one["station"], tuple(one["persons"]), (), ledger.moment(one["occurred_at"])),
            one["digest"],
            one["prev"],
        )
        for one in statements
    )


def known_thaw(lease: Lease, order: Order) -> Lease:
    """Return the lease with the thaw that the order has seen."""
    bag = order.container(lease.container)
    if bag is None or bag.thaw_began is None:
        return lease
    return thawed(lease, bag.thaw_began.replace(microsecond=0))


def _end(session: Session, deed: Deed, order: Order, lease: Lease, why: str, persons: tuple[str, ...]) -> Entry:
    lease_store.end(session, lease.id, deed.at)
    station_store.unlend(session, lease.id)
    words = {"lease": lease.id, "container": lease.container, "station": lease.device, "why": why}
    return note(session, deed, order, "custody.lease_ended", {**words, "persons": list(persons)})


def at_site(session: Session, deed: Deed, name: str) -> Order:
    """Return the order, for who works at the site that treats."""
    order = store.load(session, name)
    if deed.via == "token" or deed.site != order.site("treatment"):
        raise NotPermitted("Expected a session at the site that treats, seen another.")
    return order


def _authenticated(session: Session, order: Order, auth: Auth, at: datetime) -> Able:
    """Return what a person may do whose secret, and code if one was given, are right.

    Raises:
        WrongSecret: One of them is not.
    """
    login, secret, *code = auth
    person = accounts.password_ok(session, login, secret, at)
    if person is None:
        raise accounts.WrongSecret(accounts.WRONG)
    proven = bool("".join(code)) and factors.is_enrolled(session, person.id)
    if proven and not factors.code_ok(session, person.id, "".join(code), at):
        raise accounts.WrongSecret(accounts.WRONG_OR_CODE)
    return replace(lease_facts.able(person, order.site("treatment"), order.product), proven=proven)


def note(session: Session, deed: Deed, order: Order, kind: str, words: Mapping[str, Any]) -> Entry:
    """Record an entry on the order's chain that moves nothing."""
    stmt = {**deed.common(), "id": ledger.new_id(), "order": order.id, "outcome": "noted", **words}
    return ledger.record(session, order.chain, kind, stmt, at=deed.at)


def told(session: Session, order: Order, scanned: Scanned) -> dict[str, Any]:
    """Return what an entry says of a scan; what may not stand there goes into the vault."""
    item = reading.make_sense(session, order, scanned)
    return reading.told(session, item, scanned, order.patient)


def said(reason: Reason) -> dict[str, str]:
    """Return a reason as an entry writes it."""
    return {"code": reason.code, "slot": reason.slot, "expected": reason.expected, "seen": reason.seen}
