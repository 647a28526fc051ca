"""Who is there, where, and as what? The only SQL about organisations, sites, persons, grants and tokens.

* Five tables are projections of the organisation's chain; devices, scanners and duties are of their sites' chains
  (``device_store``, ``scanner_store``, ``on_call_store``).
* Names, badge hashes, token hashes and the security log are stores (docs/stores.md): no entry holds them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Column, Integer, String, Table, delete, insert, select, update

from coi.db import Instant, metadata, upsert
from coi.ledger import moment
from coi.people import device_store, on_call_store, scanner_store
from coi.people.rules import ADMINS, ALPHABET, Organization, Site, Token
from coi.person import Grant, Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Entry

organization_table = Table("people_organization", metadata, Column("id", String(40), primary_key=True))

site_table = Table(
    "people_site",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("organization", String(40), nullable=False),
    Column("chain", String(26), nullable=False, unique=True),
    Column("scheme", String(10), nullable=False),
    Column("fin", String(5), nullable=True),
    Column("gtin", String(14), nullable=True),
)

person_table = Table(
    "people_person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("organization", String(40), nullable=True),
    Column("active", Boolean, nullable=False),
)

grant_table = Table(
    "people_grant",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", String(40), nullable=False, index=True),
    Column("role", String(40), nullable=False),
    Column("site", String(40), nullable=False),
    Column("product", String(40), nullable=True),
    Column("trained_until", Instant, nullable=True),
    Column("turn", Integer, nullable=False),
    Column("revoked_at", Instant, nullable=True),
)
"""*turn* is the entry's number in its chain: grants are read in the order they were given."""

token_table = Table(
    "people_token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", String(40), nullable=False, index=True),
    Column("role", String(40), nullable=False),
    Column("site", String(40), nullable=False),
    Column("expires_at", Instant, nullable=True),
    Column("revoked_at", Instant, nullable=True),
)

name_table = Table(
    "people_name",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
)
"""Store: what people call the person, site, organisation or device of that id."""

badge_table = Table(
    "people_badge",
    metadata,
    Column("badge", String(64), primary_key=True),
    Column("person", String(40), nullable=False, unique=True),
)
"""Store: keyed hash of a badge."""

token_secret_table = Table(
    "people_token_secret",
    metadata,
    Column("secret", String(64), primary_key=True),
    Column("token", String(40), nullable=False, unique=True),
)
"""Store: keyed hash of an API token's secret."""

security_log_table = Table(
    "people_security_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("what", String(40), nullable=False),
    Column("person", String(40), nullable=True),
    Column("detail", String(80), nullable=True),
)
"""Store: signing in and failing to. Never what was typed: people type passwords into the wrong field."""


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant with its id, so that it can be revoked."""

    id: str
    person: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class SecurityNote:
    """One line of the security log."""

    at: datetime
    what: str
    person: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class _Projection:
    """Organisations, sites, persons, grants, tokens and devices as the ledger tells them."""

    name: str = "people"
    tables: tuple[Table, ...] = (
        organization_table,
        site_table,
        person_table,
        grant_table,
        token_table,
        device_store.device_table,
        scanner_store.scanner_table,
        on_call_store.on_call_table,
    )

    def apply(self, session: Session, entry: Entry) -> None:
        """Take in one entry; types of other rooms are none of ours."""
        stmt, at = entry.stmt, moment(str(entry.stmt["at"]))
        match entry.type:
            case "people.organization_registered":
                session.execute(insert(organization_table).values(id=stmt["organization"]))
            case "people.site_registered" | "people.site_labels_changed":
                _apply_site(session, entry)
            case "people.person_added":
                row = {"id": stmt["person"], "organization": stmt["organization"], "active": True}
                session.execute(insert(person_table).values(row))
            case "people.person_deactivated":
                session.execute(update(person_table).where(person_table.c.id == stmt["person"]).values(active=False))
            case "people.role_granted":
                given: dict[str, object] = {
                    "id": stmt["grant"],
                    "person": stmt["person"],
                    "role": stmt["granted"],
                    "site": stmt["site"],
                    "product": stmt["product"],
                    "trained_until": _moment(stmt["trained_until"]),
                    "turn": entry.seq,
                }
                session.execute(insert(grant_table).values(given))
            case "people.training_recorded":
                until = {"trained_until": _moment(stmt["trained_until"])}
                session.execute(update(grant_table).where(grant_table.c.id == stmt["grant"]).values(until))
            case "people.role_revoked":
                session.execute(update(grant_table).where(grant_table.c.id == stmt["grant"]).values(revoked_at=at))
            case "people.token_created":
                minted: dict[str, object] = {
                    "id": stmt["token"],
                    "person": stmt["person"],
                    "role": stmt["granted"],
                    "site": stmt["site"],
                    "expires_at": _moment(stmt["expires_at"]),
                }
                session.execute(insert(token_table).values(minted))
            case "people.token_revoked":
                session.execute(update(token_table).where(token_table.c.id == stmt["token"]).values(revoked_at=at))
            case _:
                device_store.apply(session, entry)
                scanner_store.apply(session, entry)
                on_call_store.apply(session, entry)


PROJECTION = _Projection()


def _apply_site(session: Session, entry: Entry) -> None:
    stmt = entry.stmt
    if entry.type == "people.site_labels_changed":
        labels = {key: stmt[key] for key in ("scheme", "fin", "gtin")}
        session.execute(update(site_table).where(site_table.c.id == stmt["changed"]).values(labels))
        return
    keys = ("kind", "zone", "organization", "scheme", "fin")
    row = {key: stmt[key] for key in keys} | {"id": stmt["opened"], "chain": stmt["chain"], "gtin": stmt.get("gtin")}
    session.execute(insert(site_table).values(row))


def new_id(letter: str) -> str:
    """Return a fresh random id of that family: it tells nothing about whom it names."""
    return f"{letter}-" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def organization(session: Session, organization_id: str) -> Organization | None:
    """Return an organisation."""
    found = session.scalar(select(organization_table.c.id).where(organization_table.c.id == organization_id))
    return None if found is None else Organization(found)


_SITE = (
    site_table.c.id,
    site_table.c.kind,
    site_table.c.zone,
    site_table.c.organization,
    site_table.c.chain,
    site_table.c.scheme,
    site_table.c.fin,
    site_table.c.gtin,
)


def site(session: Session, site_id: str) -> Site | None:
    """Return a site."""
    row = session.execute(select(*_SITE).where(site_table.c.id == site_id)).first()
    return None if row is None else Site(*row)


def sites(session: Session) -> list[Site]:
    """Return all sites by id."""
    return [Site(*row) for row in session.execute(select(*_SITE).order_by(site_table.c.id))]


def sites_with(session: Session, roles: Collection[str]) -> frozenset[str]:
    """Return the sites where somebody active holds one of *roles*."""
    found = session.execute(
        select(grant_table.c.site)
        .join(person_table, person_table.c.id == grant_table.c.person)
        .where(grant_table.c.role.in_(sorted(roles)), grant_table.c.revoked_at.is_(None), person_table.c.active)
        .distinct()
    )
    return frozenset(found.scalars())


def person(session: Session, person_id: str) -> Person | None:
    """Return a person with the grants that have not been revoked, in the order they were given."""
    active = session.scalar(select(person_table.c.active).where(person_table.c.id == person_id))
    if active is None:
        return None
    return Person(person_id, tuple(held.grant for held in grants(session, person_id)), active)


def persons(session: Session) -> list[Person]:
    """Return all persons by id, deactivated ones too."""
    ids = session.scalars(select(person_table.c.id).order_by(person_table.c.id)).all()
    return [known for known in (person(session, one) for one in ids) if known is not None]


def grants(session: Session, person_id: str) -> list[HeldGrant]:
    """Return the grants of a person that have not been revoked, in the order they were given."""
    columns = grant_table.c
    rows = session.execute(
        select(columns.id, columns.role, columns.site, columns.product, columns.trained_until)
        .where(columns.person == person_id, columns.revoked_at.is_(None))
        .order_by(columns.turn, columns.id)
    )
    return [HeldGrant(row.id, person_id, Grant(*row[1:])) for row in rows]


def held_grant(session: Session, grant_id: str) -> HeldGrant | None:
    """Return a grant that has not been revoked."""
    columns = grant_table.c
    row = session.execute(
        select(columns.person, columns.role, columns.site, columns.product, columns.trained_until).where(
            columns.id == grant_id, columns.revoked_at.is_(None)
        )
    ).first()
    return None if row is None else HeldGrant(grant_id, row.person, Grant(*row[1:]))


def admins(session: Session) -> frozenset[str]:
    """Return all active administrators, of sites and of the installation."""
    rows = session.scalars(
        select(grant_table.c.person)
        .join(person_table, person_table.c.id == grant_table.c.person)
        .where(grant_table.c.role.in_(ADMINS), grant_table.c.revoked_at.is_(None), person_table.c.active)
    )
    return frozenset(rows)


def admin_grants(session: Session) -> list[HeldGrant]:
    """Return the grants by which active persons administer, sites and the installation."""
    columns = grant_table.c
    rows = session.execute(
        select(columns.id, columns.person, columns.role, columns.site)
        .join(person_table, person_table.c.id == columns.person)
        .where(columns.role.in_(ADMINS), columns.revoked_at.is_(None), person_table.c.active)
        .order_by(columns.turn, columns.id)
    )
    return [HeldGrant(row.id, row.person, Grant(row.role, row.site)) for row in rows]


def ever_administered(session: Session) -> bool:
    """Tell whether anybody was ever granted administration, even if it ended."""
    return session.scalar(select(grant_table.c.id).where(grant_table.c.role.in_(ADMINS)).limit(1)) is not None


def at_site(session: Session, site_id: str, roles: frozenset[str]) -> list[str]:
    """Return the active persons who hold one of *roles* at a site, by id."""
    rows = session.scalars(
        select(grant_table.c.person)
        .distinct()
        .join(person_table, person_table.c.id == grant_table.c.person)
        .where(
            grant_table.c.role.in_(roles),
            grant_table.c.site == site_id,
            grant_table.c.revoked_at.is_(None),
            person_table.c.active,
        )
        .order_by(grant_table.c.person)
    )
    return list(rows)


def token(session: Session, token_id: str) -> Token | None:
    """Return a token."""
    columns = token_table.c
    row = session.execute(select(token_table).where(columns.id == token_id)).first()
    return None if row is None else Token(*row)


def token_of_secret(session: Session, hashed: str) -> Token | None:
    """Return the token whose secret has that keyed hash."""
    columns = token_secret_table.c
    found = session.scalar(select(columns.token).where(columns.secret == hashed))
    return None if found is None else token(session, found)


def keep_token_secret(session: Session, token_id: str, hashed: str) -> None:
    """Keep the keyed hash of a token's secret."""
    session.execute(insert(token_secret_table).values(secret=hashed, token=token_id))


def drop_token_secret(session: Session, token_id: str) -> None:
    """Forget a token's secret."""
    session.execute(delete(token_secret_table).where(token_secret_table.c.token == token_id))


def keep_badge(session: Session, person_id: str, hashed: str) -> None:
    """Keep the keyed hash of a person's badge instead of the one before."""
    drop_badge(session, person_id)
    session.execute(insert(badge_table).values(badge=hashed, person=person_id))


def drop_badge(session: Session, person_id: str) -> bool:
    """Forget a person's badge; tell whether there was one."""
    columns = badge_table.c
    gone = session.execute(delete(badge_table).where(columns.person == person_id).returning(columns.person))
    return gone.first() is not None


def badge_holder(session: Session, hashed: str) -> str | None:
    """Return the id of the person whose badge has that keyed hash."""
    return session.scalar(select(badge_table.c.person).where(badge_table.c.badge == hashed))


def keep_name(session: Session, ref: str, name: str) -> None:
    """Keep what people call the one of that id."""
    upsert(session, name_table, {"id": ref, "name": name})


def name(session: Session, ref: str) -> str | None:
    """Return what people call the one of that id."""
    return session.scalar(select(name_table.c.name).where(name_table.c.id == ref))


def names(session: Session, refs: Iterable[str]) -> dict[str, str]:
    """Return what people call each of *refs* that has a name."""
    rows = session.execute(select(name_table.c.id, name_table.c.name).where(name_table.c.id.in_(set(refs))))
    return {ref: name for ref, name in rows}  # noqa: C416 - rows are not pairs to mypy


def note(session: Session, what: str, person_id: str | None, detail: str | None, at: datetime) -> None:
    """Write one line of the security log."""
    session.execute(insert(security_log_table).values(at=at, what=what, person=person_id, detail=detail))


def security_log(session: Session, limit: int = 100) -> list[SecurityNote]:
    """Return the newest lines of the security log, newest first."""
    columns = security_log_table.c
    rows = session.execute(
        select(columns.at, columns.what, columns.person, columns.detail).order_by(columns.id.desc()).limit(limit)
    )
    return [SecurityNote(*row) for row in rows]


def _moment(text: object) -> datetime | None:
    """Return the instant of an entry's text, or None for null."""
    return None if text is None else moment(str(text))
