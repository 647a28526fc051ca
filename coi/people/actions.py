"""What is done about organisations, sites, persons, roles, badges and tokens? One function a verb, one entry each.

* Every entry stands on the organisation's chain and names actor, authority (``basis``) and approver; names, e-mail
  addresses, badges and secrets go to stores.
* ``by`` and ``approved_by`` are ids of persons; who sits at the server's console is ``rules.CONSOLE``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi import ledger, settings
from coi.errors import Conflict, NotAuthenticated, Unknown
from coi.ledger import instant
from coi.people import accounts, hashing, rules, store
from coi.person import Person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.identity.badge import Badge
    from coi.ledger import Json
    from coi.people.rules import Basis, Site, Token


@dataclass(frozen=True, slots=True)
class Minted:
    """A new API token and its secret, which is shown this once."""

    token: Token
    secret: str


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
    basis = _authority(session, None, by, approved_by)
    wanted = rules.check_id(organization, "O") if organization else store.new_id("O")
    if store.organization(session, wanted) is not None:
        raise Conflict(f"Expected an organisation id that is free, seen {wanted}.")
    _record(session, "people.organization_registered", by, at, basis, approved_by, {"organization": wanted})
    store.keep_name(session, wanted, name)
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
    approved_by: str | None = None,
    site: str | None = None,
) -> Site:
    """Register a site and open its chain; its id is ``S-…``, or the one wanted."""
    basis = _authority(session, None, by, approved_by)
    rules.check_site(kind, zone, scheme, fin)
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
        "chain": chain,
    }
    _record(session, "people.site_registered", by, at, basis, approved_by, said)
    store.keep_name(session, wanted, name)
    return rules.Site(wanted, kind, zone, organization, chain, scheme, fin)


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
    basis = _authority(session, None, by, approved_by, any_site=True)
    if organization is not None and store.organization(session, organization) is None:
        raise Unknown(f"Expected an organisation of this installation, seen {organization}.")
    person = store.new_id("U")
    accounts.open_account(session, person, email, login)
    said: dict[str, Json] = {"person": person, "organization": organization}
    _record(session, "people.person_added", by, at, basis, approved_by, said)
    store.keep_name(session, person, name)
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
    basis = _authority(session, site, by, approved_by)
    rules.check_role(role)
    if role == "system_admin":
        basis = _authority(session, None, by, approved_by)
    known = _person(session, person)
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
    _record(session, "people.role_granted", by, at, basis, approved_by, said)
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
        basis = _taking_away(session, held.grant.site, by)
    else:
        basis = _authority(session, held.grant.site, by, approved_by)
    said: dict[str, Json] = {
        "grant": given,
        "person": held.person,
        "site": held.grant.site,
        "trained_until": None if trained_until is None else instant(trained_until),
    }
    _record(session, "people.training_recorded", by, at, basis, approved_by, said)


def revoke(session: Session, given: str, *, by: str, at: datetime) -> None:
    """Take a role away, at once and without waiting for a second person."""
    held = _grant(session, given)
    basis = _taking_away(session, held.grant.site, by)
    said: dict[str, Json] = {
        "grant": given,
        "person": held.person,
        "revoked": held.grant.role,
        "site": held.grant.site,
    }
    _record(session, "people.role_revoked", by, at, basis, None, said)


def deactivate(session: Session, person: str, *, by: str, at: datetime) -> None:
    """Let a person do nothing any more: roles, sessions, badge and tokens end; the id stays for ever."""
    basis = _taking_away(session, None, by)
    if not _person(session, person).active:
        raise Conflict(f"Expected an active person, seen {person}, who is deactivated.")
    _record(session, "people.person_deactivated", by, at, basis, None, {"person": person})
    accounts.close_account(session, person)
    store.drop_badge(session, person)


def set_password(
    session: Session,
    person: str,
    secret: str,
    *,
    by: str,
    at: datetime,
    old: str | None = None,
    approved_by: str | None = None,
) -> None:
    """Give a person another password: the person knowing the *old* one, or two administrators together.

    Raises:
        NotAuthenticated: The old password was wrong; it has been counted.
    """
    _person(session, person)
    basis: Basis
    if by == person and old is not None:
        login = accounts.email_of(session, person) or ""
        if accounts.password_ok(session, login, old, at) is None:
            raise accounts.WrongSecret(accounts.WRONG)
        basis = "self"
    else:
        basis = _authority(session, None, by, approved_by, any_site=True)
    accounts.set_secret(session, person, secret)
    _record(session, "people.password_set", by, at, basis, approved_by, {"person": person})


def unlock(session: Session, person: str, *, by: str, at: datetime) -> None:
    """Open an account that wrong secrets have locked."""
    _person(session, person)
    admins = store.admins(session)
    basis: Basis = "console" if by == rules.CONSOLE else "admin"
    if by != rules.CONSOLE and by not in admins:
        basis = rules.may_take_away(store.person(session, by), None, admins, actor=by)
    if by == person:
        raise Conflict(f"Expected somebody else to unlock {person}, seen the person.")
    accounts.unlock(session, person)
    _record(session, "people.account_unlocked", by, at, basis, None, {"person": person})


def set_badge(
    session: Session, person: str, badge: Badge, *, by: str, at: datetime, approved_by: str | None = None
) -> None:
    """Give a person a badge instead of the one before; only its keyed hash is kept.

    Raises:
        Conflict: It is somebody else's.
    """
    basis = _authority(session, None, by, approved_by, any_site=True)
    _person(session, person)
    hashed = _badge_hash(session, badge)
    holder = store.badge_holder(session, hashed)
    if holder not in {None, person}:
        raise Conflict("Expected a badge that is nobody's yet, seen one in use.")
    store.keep_badge(session, person, hashed)
    _record(session, "people.badge_set", by, at, basis, approved_by, {"person": person})


def remove_badge(session: Session, person: str, *, by: str, at: datetime) -> None:
    """Make a lost badge worthless at once."""
    basis: Basis = "self" if by == person else _taking_away(session, None, by, any_site=True)
    if not store.drop_badge(session, person):
        raise Unknown(f"Expected a badge of {person}, seen none.")
    _record(session, "people.badge_removed", by, at, basis, None, {"person": person})


def by_badge(session: Session, badge: Badge) -> Person | None:
    """Return the active person whose badge it is, or None; a badge tells who, it proves nothing."""
    holder = store.badge_holder(session, _badge_hash(session, badge))
    known = None if holder is None else store.person(session, holder)
    return known if known is not None and known.active else None


def create_token(
    session: Session, person: str, role: str, site: str, *, by: str, at: datetime, expires_at: datetime | None = None
) -> Minted:
    """Make an API token for one role of a person at one site; the secret is in the answer and nowhere else."""
    basis = rules.may_hold_token(
        _person(session, person), role, site, store.person(session, by), store.admins(session), actor=by
    )
    token, secret = store.new_id("T"), "coi_" + secrets.token_urlsafe(32)
    said: dict[str, Json] = {
        "token": token,
        "person": person,
        "granted": role,
        "site": site,
        "expires_at": None if expires_at is None else instant(expires_at),
    }
    _record(session, "people.token_created", by, at, basis, None, said)
    store.keep_token_secret(session, token, _token_hash(session, secret))
    return Minted(rules.Token(token, person, role, site, expires_at), secret)


def revoke_token(session: Session, token: str, *, by: str, at: datetime) -> None:
    """Make an API token worthless at once."""
    known = store.token(session, token)
    if known is None or known.revoked_at is not None:
        raise Unknown(f"Expected a token that is not revoked, seen {token[:40]!r}.")
    basis: Basis = "self" if by == known.person else _taking_away(session, known.site, by)
    said: dict[str, Json] = {"token": token, "person": known.person, "site": known.site}
    _record(session, "people.token_revoked", by, at, basis, None, said)
    store.drop_token_secret(session, token)


def by_token(session: Session, secret: str, *, at: datetime) -> tuple[Person, Token]:
    """Return whose token it is, with no more grants than the token's own role at its site.

    Raises:
        NotAuthenticated: Unknown, revoked or expired, or the person no longer holds the role.
    """
    token = store.token_of_secret(session, _token_hash(session, secret))
    known = None if token is None else store.person(session, token.person)
    if token is None or known is None or not known.active or not token.is_alive(at):
        raise NotAuthenticated("Expected an API token that is alive, seen none that is.")
    held = tuple(one for one in known.grants if one.role == token.role and one.site == token.site)
    if not held:
        raise NotAuthenticated(f"Expected {known.id} to hold {token.role} at {token.site}, seen that it is revoked.")
    return Person(known.id, held, known.active), token


def _authority(
    session: Session, site: str | None, by: str, approved_by: str | None, *, any_site: bool = False
) -> Basis:
    """Lock the organisation's chain and tell on what authority a change is made."""
    ledger.lock(session, ledger.installation(session).org_chain)
    actor = store.person(session, by)
    approver = None if approved_by is None else store.person(session, approved_by)
    where = _own_site(actor) if any_site and site is None else site
    if approved_by is not None and approver is None:
        raise Unknown(f"Expected an approver of this installation, seen {approved_by}.")
    return rules.may_change(actor, approver, where, store.admins(session), actor=by)


def _taking_away(session: Session, site: str | None, by: str, *, any_site: bool = False) -> Basis:
    """Lock the organisation's chain and tell on what authority power is taken away."""
    ledger.lock(session, ledger.installation(session).org_chain)
    actor = store.person(session, by)
    where = _own_site(actor) if any_site and site is None else site
    return rules.may_take_away(actor, where, store.admins(session), actor=by)


def _own_site(actor: Person | None) -> str | None:
    """Return a site that the actor administers: persons and badges belong to no site, so any site's admin will do."""
    if actor is None:
        return None
    return next((held.site for held in actor.grants if held.role == "site_admin"), None)


def _record(
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


def _person(session: Session, person: str) -> Person:
    """Return a person, or say that there is none."""
    known = store.person(session, person)
    if known is None:
        raise Unknown(f"Expected a person of this installation, seen {person[:40]!r}.")
    return known


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


def _badge_hash(session: Session, badge: Badge) -> str:
    """Return under what a badge is kept."""
    return hashing.lookup_hash(settings.of(session).key("badge"), str(badge))


def _token_hash(session: Session, secret: str) -> str:
    """Return under what an API token is kept."""
    return hashing.lookup_hash(settings.of(session).key("token"), secret)
