"""The on-call lists: a view of the sites' entries ``people.on_call_set`` and ``people.on_call_removed``.

How somebody is reached is a store (docs/stores.md): a telephone number is personal, and no entry holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, String, Table, select, update
from sqlalchemy import insert as into

from coi.db import Instant, metadata, upsert
from coi.ledger import moment
from coi.people.on_call_rules import Duty

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Entry

on_call_table = Table(
    "people_on_call",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site", String(40), nullable=False, index=True),
    Column("person", String(40), nullable=False),
    Column("role", String(40), nullable=False),
    Column("begins", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("removed_at", Instant, nullable=True),
)

contact_table = Table(
    "people_contact",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("contact", String(80), nullable=False),
)
"""Store: how a person on call is reached."""

_DUTY = (
    on_call_table.c.id,
    on_call_table.c.site,
    on_call_table.c.person,
    on_call_table.c.role,
    on_call_table.c.begins,
    on_call_table.c.ends,
)


def apply(session: Session, entry: Entry) -> None:
    """Take in one entry about an on-call list."""
    stmt = entry.stmt
    match entry.type:
        case "people.on_call_set":
            row = {
                "id": stmt["duty"],
                "site": stmt["site"],
                "person": stmt["person"],
                "role": stmt["duty_role"],
                "begins": moment(str(stmt["begins"])),
                "ends": moment(str(stmt["ends"])),
            }
            session.execute(into(on_call_table).values(row))
        case "people.on_call_removed":
            gone = {"removed_at": moment(str(stmt["at"]))}
            session.execute(update(on_call_table).where(on_call_table.c.id == stmt["duty"]).values(gone))
        case _:
            pass


def duty(session: Session, duty_id: str) -> Duty | None:
    """Return a duty that was not taken off the list."""
    row = session.execute(
        select(*_DUTY).where(on_call_table.c.id == duty_id, on_call_table.c.removed_at.is_(None))
    ).first()
    return None if row is None else Duty(*row)


def duties(session: Session, site: str, since: datetime) -> tuple[Duty, ...]:
    """Return a site's duties that end after *since*, the earliest first."""
    columns = on_call_table.c
    rows = session.execute(
        select(*_DUTY)
        .where(columns.site == site, columns.removed_at.is_(None), columns.ends > since)
        .order_by(columns.begins, columns.id)
    )
    return tuple(Duty(*row) for row in rows)


def keep_contact(session: Session, person: str, contact: str) -> None:
    """Keep how a person is reached, instead of what was kept before."""
    upsert(session, contact_table, {"person": person, "contact": contact})


def contact(session: Session, person: str) -> str:
    """Return how a person is reached; empty where nothing is kept."""
    return session.scalar(select(contact_table.c.contact).where(contact_table.c.person == person)) or ""
