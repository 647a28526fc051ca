"""On whose authority is something about people done, and how is it recorded? What every action of the room shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger
from coi.errors import Unknown
from coi.ledger import instant
from coi.people import rules, store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json
    from coi.people.rules import Basis
    from coi.person import Person


def authority(session: Session, site: str | None, by: str, approved_by: str | None, *, any_site: bool = False) -> Basis:
    """Lock the organisation's chain and tell on what authority a change is made."""
    ledger.lock(session, ledger.installation(session).org_chain)
    actor = store.person(session, by)
    approver = None if approved_by is None else store.person(session, approved_by)
    where = _own_site(actor) if any_site and site is None else site
    if approved_by is not None and approver is None:
        raise Unknown(f"Expected an approver of this installation, seen {approved_by}.")
    return rules.may_change(
        actor, approver, where, store.admins(session), actor=by, ever=store.ever_administered(session)
    )


def taking_away(session: Session, site: str | None, by: str, *, any_site: bool = False) -> Basis:
    """Lock the organisation's chain and tell on what authority power is taken away."""
    ledger.lock(session, ledger.installation(session).org_chain)
    actor = store.person(session, by)
    where = _own_site(actor) if any_site and site is None else site
    return rules.may_take_away(actor, where, store.admins(session), actor=by)


def ending(
    session: Session, site: str | None, by: str, *, grant: str | None = None, person: str | None = None
) -> Basis:
    """Lock the organisation's chain and tell on what authority a *grant*, or all that a *person* may do, is ended.

    Raises:
        Conflict: Nobody would be left who administers.
    """
    ledger.lock(session, ledger.installation(session).org_chain)
    admins, ever = store.admins(session), store.ever_administered(session)
    basis = rules.may_end(store.person(session, by), site, admins, actor=by, ever=ever)
    held = store.admin_grants(session)
    left = {one.grant.role for one in held if one.id != grant and one.person != person}
    rules.check_left({one.grant.role for one in held}, left)
    return basis


def _own_site(actor: Person | None) -> str | None:
    """Return a site that the actor administers: persons and badges belong to no site, so any site's admin will do."""
    if actor is None:
        return None
    return next((held.site for held in actor.grants if held.role == "site_admin"), None)


def record(
    session: Session,
    kind: str,
    by: str,
    at: datetime,
    basis: Basis,
    approved_by: str | None,
    said: Mapping[str, Json],
) -> None:
    """Append one entry to the organisation's chain."""
    stmt: dict[str, Json] = {
        "id": ledger.new_id(),
        "actor": by,
        "at": instant(at),
        "basis": basis,
        "approved_by": approved_by,
        "outcome": "accepted",
        **said,
    }
    ledger.record(session, ledger.installation(session).org_chain, kind, stmt, at=at)


def known_person(session: Session, person: str) -> Person:
    """Return a person, or say that there is none."""
    known = store.person(session, person)
    if known is None:
        raise Unknown(f"Expected a person of this installation, seen {person[:40]!r}.")
    return known
