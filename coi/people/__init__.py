"""Who works where, as what, and how do they prove it?

What other rooms may use: look-ups here, changes in ``people.actions``, stations in ``people.devices``, electronic
signatures in ``people.signatures``, logins in ``people.accounts``; ``security`` wires sign-in into the app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.errors import Unknown
from coi.people import accounts, actions, devices, signatures, store
from coi.people.actions import by_badge, by_token
from coi.people.on_call_actions import ToCall, on_call, who_to_call
from coi.people.rules import CONSOLE, Organization, Site, Token
from coi.people.store import PROJECTION, HeldGrant
from coi.people.wiring import enter, leave, security, signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.person import Person

__all__ = [
    "CONSOLE",
    "PROJECTION",
    "HeldGrant",
    "Organization",
    "Site",
    "ToCall",
    "Token",
    "accounts",
    "actions",
    "at_site",
    "by_badge",
    "by_token",
    "devices",
    "enter",
    "grants",
    "leave",
    "name_of",
    "on_call",
    "person",
    "persons",
    "security",
    "signatures",
    "signed_in",
    "site",
    "sites",
    "sites_with",
    "who_to_call",
]

at_site = store.at_site
grants = store.grants
persons = store.persons
sites = store.sites
sites_with = store.sites_with


def person(session: Session, person_id: str) -> Person:
    """Return a person with the grants that count now.

    Raises:
        Unknown: There is no such person.
    """
    known = store.person(session, person_id)
    if known is None:
        raise Unknown(f"Expected a person of this installation, seen {person_id[:40]!r}.")
    return known


def site(session: Session, site_id: str) -> Site:
    """Return a site.

    Raises:
        Unknown: There is no such site.
    """
    known = store.site(session, site_id)
    if known is None:
        raise Unknown(f"Expected a site of this installation, seen {site_id[:40]!r}.")
    return known


def name_of(session: Session, ref: str) -> str:
    """Return what people call a person, site, organisation or device; its id where no name is kept."""
    return store.name(session, ref) or ref


def names_of(session: Session, *refs: str) -> dict[str, str]:
    """Return what people call each of them, as ``name_of`` does, asked at once."""
    return {ref: ref for ref in refs} | store.names(session, refs)
