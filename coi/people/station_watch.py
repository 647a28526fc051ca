"""When was each station's program last heard, and does it hold scans that this server has not?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from coi.people.device_store import device_table
from coi.people.station_store import program_table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Sign:
    """The last sign of life of a station's program."""

    device: str
    site: str
    at: datetime
    waits_since: datetime | None = None
    """Since when the oldest scan waits that it says it has; None where it says none does."""


def heard(session: Session) -> tuple[Sign, ...]:
    """Return the last sign of life of every qualified station whose program was ever heard."""
    columns = program_table.c
    query = (
        select(columns.device, device_table.c.site, columns.seen_at, columns.waits_since)
        .join(device_table, device_table.c.id == columns.device)
        .where(device_table.c.state == "qualified", columns.seen_at.is_not(None))
        .order_by(columns.device)
    )
    return tuple(Sign(*row) for row in session.execute(query))
