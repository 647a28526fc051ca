"""Allocate identifiers that are never given twice: chain of identity, donation, and their ranges.

A number is taken in the deed's own transaction from a locked counter; ICCBBA's facility number (FIN) is the site's own
and must be configured before anything is issued (domain.md 0.4).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from coi import identity, people
from coi.custody import store
from coi.errors import Conflict

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

DONATIONS_A_YEAR = 999_999


def chain_of_identity(session: Session, site_id: str, at: datetime) -> str:
    """Return a new CoI identifier under the scheme of the collection site: ISBT 128 structure 040, or our plain one."""
    site = people.site(session, site_id)
    if site.scheme != "isbt128":
        return str(identity.CoiId.plain(secrets.token_bytes))
    fin = _fin(site.fin)
    return str(identity.CoiId.isbt(fin=fin, year=at.year % 100, serial=_serial(session, f"coi {fin} {at:%y}")))


def donation(session: Session, site_id: str, at: datetime) -> str:
    """Return a new donation identification number (ISBT 128 structure 001, 13 characters) of the collection site."""
    fin = _fin(people.site(session, site_id).fin)
    return f"{fin}{at:%y}{_serial(session, f'din {fin} {at:%y}')}"


def _fin(fin: str | None) -> str:
    if not fin:
        raise Conflict(
            "Expected a facility identification number at the collection site, seen none: ask the site's administrator."
        )
    return fin


def _serial(session: Session, name: str) -> str:
    number = store.take_number(session, name)
    if number > DONATIONS_A_YEAR:
        raise Conflict(f"Expected a free number in range {name!r}, seen it used up.")
    return f"{number:06d}"
