"""What is done about passwords, badges and API tokens? One function a verb, one entry each.

* The entry says whose and on what authority; the secret goes to a store as a keyed hash, and nowhere else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi import settings
from coi.errors import Conflict, NotAuthenticated, Unknown
from coi.ledger import instant
from coi.people import accounts, hashing, rules, store
from coi.people.authority import authority, known_person, record, taking_away
from coi.person import Person

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.identity.badge import Badge
    from coi.ledger import Json
    from coi.people.rules import Basis, Token


@dataclass(frozen=True, slots=True)
class Minted:
    """A new API token and its secret, which is shown this once."""

    token: Token
    secret: str


def set_password(
    session: Session,
    person: str,
    secret: str,
    *,
    by: str,
    at: datetime,
    old: str | None = None,
    approved_by: str | None = None,
    at_console: bool = False,
) -> None:
    """Give a person another password: the person knowing the *old* one, or two administrators together.

    At the server's console nobody proves to be *by* or *approved_by*: the entry says that it came from there.

    Raises:
        NotAuthenticated: The old password was wrong; it has been counted.
    """
    known_person(session, person)
    basis: Basis
    if by == person and old is not None:
        login = accounts.email_of(session, person) or ""
        if accounts.password_ok(session, login, old, at) is None:
            raise accounts.WrongSecret(accounts.WRONG)
        basis = "self"
    else:
        basis = authority(session, None, by, approved_by, any_site=True)
    accounts.set_secret(session, person, secret)
    said: dict[str, Json] = {"person": person, **({"through": rules.CONSOLE} if at_console else {})}
    record(session, "people.password_set", by, at, basis, approved_by, said)


def unlock(session: Session, person: str, *, by: str, at: datetime) -> None:
    """Open an account that wrong secrets have locked."""
    known_person(session, person)
    admins = store.admins(session)
    basis: Basis = "console" if by == rules.CONSOLE else "admin"
    if by != rules.CONSOLE and by not in admins:
        basis = rules.may_take_away(store.person(session, by), None, admins, actor=by)
    if by == person:
        raise Conflict(f"Expected somebody else to unlock {person}, seen the person.")
    accounts.unlock(session, person)
    record(session, "people.account_unlocked", by, at, basis, None, {"person": person})


def set_badge(
    session: Session, person: str, badge: Badge, *, by: str, at: datetime, approved_by: str | None = None
) -> None:
    """Give a person a badge instead of the one before; only its keyed hash is kept.

    Raises:
        Conflict: It is somebody else's.
    """
    basis = authority(session, None, by, approved_by, any_site=True)
    known_person(session, person)
    hashed = _badge_hash(session, badge)
    holder = store.badge_holder(session, hashed)
    if holder not in {None, person}:
        raise Conflict("Expected a badge that is nobody's yet, seen one in use.")
    store.keep_badge(session, person, hashed)
    record(session, "people.badge_set", by, at, basis, approved_by, {"person": person})


def remove_badge(session: Session, person: str, *, by: str, at: datetime) -> None:
    """Make a lost badge worthless at once."""
    basis: Basis = "self" if by == person else taking_away(session, None, by, any_site=True)
    if not store.drop_badge(session, person):
        raise Unknown(f"Expected a badge of {person}, seen none.")
    record(session, "people.badge_removed", by, at, basis, None, {"person": person})


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
        known_person(session, person), role, site, store.person(session, by), store.admins(session), actor=by
    )
    token, secret = store.new_id("T"), "coi_" + secrets.token_urlsafe(32)
    said: dict[str, Json] = {
        "token": token,
        "person": person,
        "granted": role,
        "site": site,
        "expires_at": None if expires_at is None else instant(expires_at),
    }
    record(session, "people.token_created", by, at, basis, None, said)
    store.keep_token_secret(session, token, _token_hash(session, secret))
    return Minted(rules.Token(token, person, role, site, expires_at), secret)


def revoke_token(session: Session, token: str, *, by: str, at: datetime) -> None:
    """Make an API token worthless at once."""
    known = store.token(session, token)
    if known is None or known.revoked_at is not None:
        raise Unknown(f"Expected a token that is not revoked, seen {token[:40]!r}.")
    basis: Basis = "self" if by == known.person else taking_away(session, known.site, by)
    said: dict[str, Json] = {"token": token, "person": known.person, "site": known.site}
    record(session, "people.token_revoked", by, at, basis, None, said)
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


def _badge_hash(session: Session, badge: Badge) -> str:
    """Return under what a badge is kept."""
    return hashing.lookup_hash(settings.of(session).key("badge"), str(badge))


def _token_hash(session: Session, secret: str) -> str:
    """Return under what an API token is kept."""
    return hashing.lookup_hash(settings.of(session).key("token"), secret)
