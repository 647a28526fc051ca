"""Who may change people, roles and sites, and what does a well-formed one look like?

* A change is made by an administrator. As soon as there are two, a second one approves it: nobody makes himself, or
  anybody else, powerful alone.
* Until an administrator was granted for the first time the console builds; such entries say ``bootstrap``.
* Taking power away (revoke, deactivate) never waits for a second person, but the last administrator stays.
* Nothing here reads a clock, a database or a request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from coi.errors import Conflict, Malformed, NotPermitted
from coi.people import schemes
from coi.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from coi.person import Person

CONSOLE: Final = "console"
"""The actor of a deed done at the server's own console; whoever sits there holds the data folder anyway."""

SITE_KINDS: Final = ("collection", "manufacturing", "depot", "treatment")
ADMINS: Final = frozenset({"site_admin", "system_admin"})
ALPHABET: Final = "0123456789BCDEFGHJKLNPRSTUVX"
"""The alphabet of piece ids: no vowels, so that no id spells a word."""

MOST_NAME = 100
_ID = re.compile(r"[A-Z]-[A-Z0-9]{2,24}")
_LOGIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")

Basis = Literal["bootstrap", "console", "single_admin", "approved", "admin", "self"]
"""On what authority a change was made; every entry about people says it."""


@dataclass(frozen=True, slots=True)
class Organization:
    """A hospital, a manufacturer, a courier firm, a sponsor; its name is a store."""

    id: str


@dataclass(frozen=True, slots=True)
class Site:
    """A place with a chain of its own; its name is a store."""

    id: str
    kind: str
    zone: str
    """IANA zone: date-only expiries end by its clock."""
    organization: str
    chain: str
    scheme: str
    """Identifier scheme of what is labelled here: isbt128, gs1 or plain."""
    fin: str | None = None
    """Facility identification number of ISBT 128."""
    gtin: str | None = None
    """GS1: the article number of the bags that are collected here."""


@dataclass(frozen=True, slots=True)
class Token:
    """An API token without its secret: one role of one person at one site."""

    id: str
    person: str
    role: str
    site: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_alive(self, at: datetime) -> bool:
        """Tell whether the token still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def is_admin(person: Person, site: str | None) -> bool:
    """Tell whether *person* administers *site*; None asks for the whole installation."""
    if not person.active:
        return False
    return any(
        held.role == "system_admin" or (held.role == "site_admin" and held.site == site) for held in person.grants
    )


def may_change(
    by: Person | None, approver: Person | None, site: str | None, admins: AbstractSet[str], *, actor: str, ever: bool
) -> Basis:
    """Return on what authority *actor* changes people at *site* (None: the installation), or refuse.

    1. Nobody ever administered: the console builds, and nobody else.
    2. The actor is an active administrator of what is changed.
    3. One administrator alone may change; with two or more, another one approves.

    *by* and *approver* are the persons as known, None when unknown; *admins* are all active administrators;
    *ever* tells whether anybody was granted administration before, even if it ended.
    """
    if actor == CONSOLE and not admins and not ever:
        return "bootstrap"
    if by is None or not is_admin(by, site):
        raise NotPermitted(f"Expected an administrator of {site or 'the installation'}, seen {actor}.")
    if approver is None:
        if len(admins) > 1:
            raise NotPermitted("Expected the approval of a second administrator, seen none.")
        return "single_admin"
    if approver.id == by.id:
        raise NotPermitted(f"Expected the approval of another administrator, seen {by.id} approving the own change.")
    if approver.id not in admins:
        raise NotPermitted(f"Expected the approval of an administrator, seen {approver.id}, who is none.")
    return "approved"


def may_take_away(by: Person | None, site: str | None, admins: AbstractSet[str], *, actor: str) -> Basis:
    """Return on what authority *actor* takes power away: one administrator, or the console, never has to wait."""
    if actor == CONSOLE:
        return "console" if admins else "bootstrap"
    if by is None or not is_admin(by, site):
        raise NotPermitted(f"Expected an administrator of {site or 'the installation'}, seen {actor}.")
    return "admin"


def may_end(by: Person | None, site: str | None, admins: AbstractSet[str], *, actor: str, ever: bool) -> Basis:
    """Return on what authority *actor* ends a role or an account: the console only before anybody administered."""
    if actor == CONSOLE and (admins or ever):
        raise NotPermitted(
            f"Expected an administrator of {site or 'the installation'}, seen {actor}. Say who does it: --by U-…"
        )
    return may_take_away(by, site, admins, actor=actor)


def check_left(before: AbstractSet[str], after: AbstractSet[str]) -> None:
    """Refuse to end the last administration: of the roles that administer, those held *before* and *after*."""
    for role, of in (("system_admin", " of the installation"), ("site_admin", "")):
        if role in before and not after & {role, "system_admin"}:
            raise Conflict(
                f"Expected an active administrator{of} to be left, seen that this is the last one. Make another first: "
                f"coi setup role --role {role}"
            )


def may_enrol(person: Person, approver: Person | None, admins: AbstractSet[str], *, by_old_code: bool) -> Basis:
    """Return on what authority *person* enrols an own telephone: a password alone is never enough.

    1. A right code of the telephone that counts until now vouches for the next one.
    2. Nobody administers yet, or the person is the only one who does: nobody else can be asked.
    3. Another administrator, of the installation or of one of the person's sites, was there.
    """
    if not person.active:
        raise NotPermitted(f"Expected an active person, seen {person.id}, who is deactivated.")
    if by_old_code:
        return "self"
    if not admins:
        return "bootstrap"
    if approver is None and admins == {person.id}:
        return "single_admin"
    if approver is None or approver.id == person.id:
        raise NotPermitted("Expected another person, an administrator, to confirm the telephone, seen none.")
    if not any(is_admin(approver, site) for site in (None, *person.sites())):
        raise NotPermitted(f"Expected an administrator of a site of {person.id}, seen {approver.id}, who is none.")
    return "approved"


def may_hold_token(
    person: Person, role: str, site: str, by: Person | None, admins: AbstractSet[str], *, actor: str
) -> Basis:
    """Return on what authority *actor* makes a token; it can never do more than the person whose token it is."""
    if not person.active or person.grant((role,), site, None) is None:
        raise NotPermitted(f"Expected {person.id} to hold the role {role} at {site}, seen no such grant.")
    return "self" if actor == person.id else may_take_away(by, site, admins, actor=actor)


def check_id(text: str, letter: str) -> str:
    """Return *text* if it is an id such as ``S-NORTH`` of the wanted family."""
    if not _ID.fullmatch(text) or text[0] != letter:
        raise Malformed(f"Expected an id {letter}- and 2 to 24 characters A-Z 0-9, seen {text[:40]!r}.")
    return text


def check_name(name: str) -> str:
    """Return what people call somebody or something, if it can be read on a screen and stands on a label."""
    if not name.strip() or len(name) > MOST_NAME or not name.isprintable():
        raise Malformed(f"Expected a name of 1 to {MOST_NAME} printable characters, seen {len(name)}.")
    return name.strip()


def check_role(role: str) -> str:
    """Return *role* if a person can hold it."""
    if role not in ROLES or role == "device":
        raise Malformed(f"Expected a role of {', '.join(ROLES[:-1])}, seen {role[:40]!r}.")
    return role


def check_site(kind: str, zone: str, scheme: str, fin: str | None, gtin: str | None = None) -> None:
    """Refuse a site of unknown kind or zone, or whose scheme cannot label what is collected there."""
    if kind not in SITE_KINDS:
        raise Malformed(f"Expected a site kind of {', '.join(SITE_KINDS)}, seen {kind[:40]!r}.")
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, LookupError) as unknown:
        raise Malformed(f"Expected an IANA zone such as Europe/Berlin, seen {zone[:40]!r}.") from unknown
    schemes.check(kind, scheme, fin, gtin)


def check_login_name(name: str) -> str:
    """Return a short login name as it is kept; it never looks like an e-mail address."""
    text = name.strip().lower()
    if not _LOGIN_NAME.fullmatch(text):
        raise Malformed("Expected a login name of 2 to 40 characters a-z 0-9 . _ - , seen something else.")
    return text


def check_login(email: str) -> str:
    """Return the e-mail address as it is kept: a login means one person whatever its letter case."""
    text = email.strip().lower()
    name, at, domain = text.partition("@")
    if not (name and at and domain) or "@" in domain or len(text) > 254 or any(c.isspace() for c in text):  # noqa: PLR2004  RFC 5321
        raise Malformed("Expected an e-mail address name@domain of at most 254 characters, seen something else.")
    return text
