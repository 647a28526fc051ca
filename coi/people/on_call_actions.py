"""Put somebody on call, take somebody off, and ask whom to call now. Entries on the chain of the site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi import ledger
from coi.errors import NotPermitted, Unknown
from coi.ledger import instant
from coi.people import on_call_rules, on_call_store, rules, store
from coi.people.on_call_rules import HEAD, QUALITY, Duty

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json


@dataclass(frozen=True, slots=True)
class ToCall:
    """Somebody who can be called, and how."""

    person: str
    name: str
    role: str
    contact: str
    """Empty where none is kept: then the site's own switchboard is the way."""
    on_duty: bool
    """Whether the on-call list names this person now; if not, this is who could do it at all."""


def put_on_call(
    session: Session,
    site: str,
    person: str,
    role: str,
    span: tuple[datetime, datetime],
    contact: str,
    *,
    by: str,
    at: datetime,
) -> Duty:
    """Put a person on a site's list for a span of time; the contact is kept beside the ledger.

    Raises:
        NotPermitted: Who does it is no administrator of the site, or the person does not hold the role there.
        Malformed: The span is no duty, or the contact is no line.
    """
    chain = _administered(session, site, by)
    known = store.person(session, person)
    if known is None:
        raise Unknown(f"Expected a person of this installation, seen {person[:40]!r}.")
    begins, ends = span
    on_call_rules.check(known, role, site, begins, ends, at)
    line = on_call_rules.check_contact(contact)
    duty = Duty(store.new_id("R"), site, person, role, begins, ends)
    said: dict[str, Json] = {
        "duty": duty.id,
        "person": person,
        "duty_role": role,
        "begins": instant(begins),
        "ends": instant(ends),
    }
    _record(session, chain, "set", duty, said, by, at)
    on_call_store.keep_contact(session, person, line)
    return duty


def take_off_call(session: Session, duty_id: str, *, by: str, at: datetime) -> None:
    """Take a duty off its list.

    Raises:
        Unknown: There is no such duty, or it was taken off already.
        NotPermitted: Who does it is no administrator of the site.
    """
    known = on_call_store.duty(session, duty_id)
    if known is None:
        raise Unknown(f"Expected a duty that is on the list, seen {duty_id[:40]!r}.")
    chain = _administered(session, known.site, by)
    _record(session, chain, "removed", known, {"duty": known.id, "person": known.person}, by, at)


def on_call(session: Session, site: str, roles: AbstractSet[str], at: datetime) -> tuple[str, ...]:
    """Return who is on call at a site in one of *roles*, and still holds that role: ids, who began last first."""
    running = on_call_rules.on_duty(on_call_store.duties(session, site, at), roles, at)
    able = set(store.at_site(session, site, frozenset(roles)))
    return tuple(duty.person for duty in running if duty.person in able)


def who_to_call(session: Session, site: str, at: datetime, roles: AbstractSet[str] = QUALITY) -> tuple[ToCall, ...]:
    """Return whom to call at a site now: who is on call; if nobody is, everybody who could do it."""
    named = on_call(session, site, roles, at)
    return tuple(
        _to_call(session, site, person, roles, on_duty=bool(named))
        for person in named or store.at_site(session, site, frozenset(roles))
    )


def _to_call(session: Session, site: str, person: str, roles: AbstractSet[str], *, on_duty: bool) -> ToCall:
    """Return one person with name, role and contact; a head of quality is called that."""
    held = {grant.grant.role for grant in store.grants(session, person) if grant.grant.site == site} & roles
    role = next((one for one in sorted(held) if one in HEAD), next(iter(sorted(held)), ""))
    name = store.name(session, person) or person
    return ToCall(person, name, role, on_call_store.contact(session, person), on_duty)


def _administered(session: Session, site: str, by: str) -> str:
    """Lock and return the chain of a site that *by* administers."""
    where, actor = store.site(session, site), store.person(session, by)
    if where is None:
        raise Unknown(f"Expected a site of this installation, seen {site[:40]!r}.")
    if actor is None or not rules.is_admin(actor, site):
        raise NotPermitted(f"Expected an administrator of {site}, seen {by}.")
    ledger.lock(session, where.chain)
    return where.chain


def _record(session: Session, chain: str, what: str, duty: Duty, said: dict[str, Json], by: str, at: datetime) -> None:
    """Append one entry to the site's chain."""
    stmt: dict[str, Json] = {
        "id": ledger.new_id(),
        "actor": by,
        "site": duty.site,
        "at": instant(at),
        "outcome": "accepted",
        **said,
    }
    ledger.record(session, chain, f"people.on_call_{what}", stmt, at=at)
