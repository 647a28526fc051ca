"""Which stations are enrolled, and which nonces are out? The only SQL about devices.

A device's row is a projection of its site's chain; nonces are a store, dead after two minutes.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import Column, String, Table, delete, insert, select, update

from coi.db import Instant, metadata
from coi.people.stations import Device, Doubt, PublicKey

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Entry

device_table = Table(
    "people_device",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site", String(40), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("x", String(43), nullable=False),
    Column("y", String(43), nullable=False),
    Column("thumbprint", String(43), nullable=False, index=True),
    Column("proposed_by", String(40), nullable=False),
)

nonce_table = Table(
    "people_nonce",
    metadata,
    Column("nonce", String(43), primary_key=True),
    Column("device", String(40), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant, nullable=True),
)
"""Store: nonces given to stations; a used one is kept until it would have expired, to tell a replay from an unknown."""

_DEVICE = (
    device_table.c.id,
    device_table.c.site,
    device_table.c.state,
    device_table.c.x,
    device_table.c.y,
    device_table.c.proposed_by,
)


def apply(session: Session, entry: Entry) -> None:
    """Take in one entry about a device."""
    stmt = entry.stmt
    match entry.type:
        case "people.device_proposed":
            key = PublicKey(str(stmt["x"]), str(stmt["y"]))
            row = {
                "id": stmt["concerns"],
                "site": stmt["site"],
                "state": "proposed",
                "x": key.x,
                "y": key.y,
                "thumbprint": key.thumbprint,
                "proposed_by": stmt["actor"],
            }
            session.execute(insert(device_table).values(row))
        case "people.device_qualified" | "people.device_suspended" | "people.device_retired":
            state = entry.type.removeprefix("people.device_")
            session.execute(update(device_table).where(device_table.c.id == stmt["concerns"]).values(state=state))
        case _:
            pass


def device(session: Session, device_id: str) -> Device | None:
    """Return a device."""
    row = session.execute(select(*_DEVICE).where(device_table.c.id == device_id)).first()
    return None if row is None else _device(*row)


def by_thumbprint(session: Session, thumbprint: str) -> Device | None:
    """Return the device with that key."""
    row = session.execute(select(*_DEVICE).where(device_table.c.thumbprint == thumbprint)).first()
    return None if row is None else _device(*row)


def devices(session: Session, site: str | None = None) -> list[Device]:
    """Return the devices of one site or of all, by site and id."""
    query = select(*_DEVICE).order_by(device_table.c.site, device_table.c.id)
    if site is not None:
        query = query.where(device_table.c.site == site)
    return [_device(*row) for row in session.execute(query)]


def new_nonce(session: Session, device_id: str, at: datetime, expires_at: datetime) -> str:
    """Give out a nonce, and forget those that are dead."""
    session.execute(delete(nonce_table).where(nonce_table.c.expires_at < at))
    nonce = secrets.token_urlsafe(32)
    session.execute(insert(nonce_table).values(nonce=nonce, device=device_id, expires_at=expires_at))
    return nonce


def use_nonce(session: Session, device_id: str, nonce: str, at: datetime) -> Doubt | None:
    """Use a nonce up; say what is wrong with it, or None. Of two uses at once, the database lets one through."""
    columns = nonce_table.c
    used = session.execute(
        update(nonce_table)
        .where(columns.nonce == nonce, columns.device == device_id, columns.used_at.is_(None))
        .values(used_at=at)
        .returning(columns.expires_at)
    ).first()
    if used is None:
        known = session.scalar(select(columns.nonce).where(columns.nonce == nonce, columns.device == device_id))
        return Doubt.UNKNOWN_NONCE if known is None else Doubt.REPLAYED_NONCE
    return Doubt.EXPIRED_NONCE if at >= used.expires_at else None


def _device(device_id: str, site: str, state: str, x: str, y: str, proposed_by: str) -> Device:
    """Return a row as a value."""
    return Device(device_id, site, state, PublicKey(x, y), proposed_by)
