"""What is done about organisations, sites, persons and roles? One function a verb, one entry each.

* Every entry stands on the organisation's chain and names actor, authority (``basis``) and approver; names and e-mail
  addresses go to stores.
* ``by`` and ``approved_by`` are ids of persons; who sits at the server's console is ``rules.CONSOLE``.
* Passwords, badges and tokens are in ``credentials``; all verbs of the room can be had from here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coi import ledger
from coi.errors import Conflict, Unknown
from coi.ledger import instant
from coi.people import accounts, rules, schemes, store
from coi.people.authority import authority, ending, known_person, record, taking_away
from coi.people.credentials import (
    Minted,
    by_badge,
    by_token,
    create_token,
    remove_badge,
    revoke_token,
    set_badge,
    set_password,
    unlock,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json
    from coi.people.rules import Site

__all__ = [
    "Minted",
    "add_person",
    "by_badge",
    "by_token",
    "change_labels",
    "create_token",
    "deactivate",
    "grant",
    "record_training",
    "register_organization",
    "register_site",
    "remove_badge",
    "revoke",
    "revoke_token",
    "set_badge",
    "set_password",
    "unlock",
]


def register_organization(
    session: Session,
    *,
    name: str,
    by: str,
    at: datetime,
    approved_by: str | None = None,
    organization: str | None = None,
) -> str:
    """Register a hospital, firm or sponsor; return its id (``O-…``, or the one wanted)."""
    basis = authority(session, None, by, approved_by)
    wanted = rules.check_id(organization, "O") if organization else store.new_id("O")
    if store.organization(session, wanted) is not None:
        raise Conflict(f"Expected an organisation id that is free, seen {wanted}.")
    record(session, "people.organization_registered", by, at, basis, approved_by, {"organization": wanted})
    store.keep_name(session, wanted, rules.check_name(name))
    return wanted


def register_site(  # noqa: PLR0913  a site is that many facts
    session: Session,
    *,
    name: str,
    kind: str,
    zone: str,
    organization: str,
    by: str,
    at: datetime,
    scheme: str = "plain",
    fin: str | None = None,
    gtin: str | None = None,
    approved_by: str | None = None,
    site: str | None = None,
) -> Site:
    """Register a site and open its chain; its id is ``S-…``, or the one wanted."""
    basis = authority(session, None, by, approved_by)
    rules.check_site(kind, zone, scheme, fin, gtin)
    wanted = rules.check_id(site, "S") if site else store.new_id("S")
    if store.site(session, wanted) is not None:
        raise Conflict(f"Expected a site id that is free, seen {wanted}.")
    if store.organization(session, organization) is None:
        raise Unknown(f"Expected an organisation of this installation, seen {organization}.")
    chain = ledger.new_chain(session, "site", wanted, at=at, by=by)
    said: dict[str, Json] = {
        "opened": wanted,
        "kind": kind,
        "zone": zone,
        "organization": organization,
        "scheme": scheme,
        "fin": fin,
        **({} if gtin is None else {"gtin": gtin}),
        "chain": chain,
    }
    record(session, "people.site_registered", by, at, basis, approved_by, said)
    store.keep_name(session, wanted, rules.check_name(name))
    return rules.Site(wanted, kind, zone, organization, chain, scheme, fin, gtin)


def change_labels(
    session: Session,
    site: str,
    *,
    scheme: str,
    by: str,
    at: datetime,
    fin: str | None = None,
    gtin: str | None = None,
    approved_by: str | None = None,
) -> Site:
    """Let a site label by another scheme from now on; what was issued and printed before stays what it is."""
    basis = authority(session, site, by, approved_by)
    known = store.site(session, site)
    if known is None:
        raise Unknown(f"Expected a site of this installation, seen {site[:40]!r}.")
    schemes.check(known.kind, scheme, fin, gtin)
    said: dict[str, Json] = {"changed": site, "scheme": scheme, "fin": fin, "gtin": gtin}
    record(session, "people.site_labels_changed", by, at, basis, approved_by, said)
    return replace(known, scheme=scheme, fin=fin, gtin=gtin)


def add_person(
    session: Session,
    *,
    name: str,
    email: str,
    by: str,
    at: datetime,
    login: str | None = None,
    organization: str | None = None,
    approved_by: str | None = None,
) -> str:
    """Add a person with a login but neither password nor role yet; return the id (``U-…``, always random)."""
    basis = authority(session, None, by, approved_by, any_site=True)
    if organization is not None and store.organization(session, organization) is None:
        raise Unknown(f"Expected an organisation of this installation, seen {organization}.")
    person = store.new_id("U")
    accounts.open_account(session, person, email, login)
    said: dict[str, Json] = {"person": person, "organization": organization}
    record(session, "people.person_added", by, at, basis, approved_by, said)
    store.keep_name(session, person, rules.check_name(name))
    return person


def grant(  # noqa: PLR0913  a grant is that many facts
    session: Session,
    person: str,
    role: str,
    site: str,
    *,
    by: str,
    at: datetime,
    product: str | None = None,
    trained_until: datetime | None = None,
    approved_by: str | None = None,
) -> str:
    """Grant a role at a site, for one product or all; return the grant's id. Without training no gate accepts it."""
    basis = authority(session, site, by, approved_by)
    rules.check_role(role)
    if role == "system_admin":
        basis = authority(session, None, by, approved_by)
    known = known_person(session, person)
    if not known.active:
        raise Conflict(f"Expected an active person, seen {person}, who is deactivated.")
    _site(session, site)
    if any((held.role, held.site, held.product) == (role, site, product) for held in known.grants):
        raise Conflict(f"Expected a role that {person} does not hold yet, seen {role} at {site}.")
    given = store.new_id("G")
    said: dict[str, Json] = {
        "grant": given,
        "person": person,
        "granted": role,
        "site": site,
        "product": product,
        "trained_until": None if trained_until is None else instant(trained_until),
    }
    record(session, "people.role_granted", by, at, basis, approved_by, said)
    return given


def record_training(
    session: Session,
    given: str,
    trained_until: datetime | None,
    *,
    by: str,
    at: datetime,
    approved_by: str | None = None,
) -> None:
    """Say until when the training for a grant counts; None says that it counts no more."""
    held = _grant(session, given)
    if trained_until is None:
        basis = taking_away(session, held.grant.site, by)
    else:
        basis = authority(session, held.grant.site, by, approved_by)
    said: dict[str, Json] = {
        "grant": given,
        "person": held.person,
        "site": held.grant.site,
        "trained_until": None if trained_until is None else instant(trained_until),
    }
    record(session, "people.training_recorded", by, at, basis, approved_by, said)


def revoke(session: Session, given: str, *, by: str, at: datetime) -> None:
    """Take a role away, at once and without waiting for a second person; never the last administrator's.

    Raises:
        Conflict: Nobody would be left who administers.
    """
    held = _grant(session, given)
    basis = ending(session, held.grant.site, by, grant=given)
    said: dict[str, Json] = {
        "grant": given,
        "person": held.person,
        "revoked": held.grant.role,
        "site": held.grant.site,
    }
    record(session, "people.role_revoked", by, at, basis, None, said)


def deactivate(session: Session, person: str, *, by: str, at: datetime) -> None:
    """Let a person do nothing any more: roles, sessions, badge and tokens end; the id stays for ever.

    Raises:
        Conflict: Nobody would be left who administers, or the person is deactivated already.
    """
    basis = ending(session, None, by, person=person)
    if not known_person(session, person).active:
        raise Conflict(f"Expected an active person, seen {person}, who is deactivated.")
    record(session, "people.person_deactivated", by, at, basis, None, {"person": person})
    accounts.close_account(session, person)
    store.drop_badge(session, person)


def _site(session: Session, site: str) -> Site:
    """Return a site, or say that there is none."""
    known = store.site(session, site)
    if known is None:
        raise Unknown(f"Expected a site of this installation, seen {site[:40]!r}.")
    return known


def _grant(session: Session, given: str) -> store.HeldGrant:
    """Return a grant that has not been revoked, or say that there is none."""
    held = store.held_grant(session, given)
    if held is None:
        raise Unknown(f"Expected a grant that is not revoked, seen {given[:40]!r}.")
    return held
