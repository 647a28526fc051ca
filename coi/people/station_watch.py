"""When was each station's program last heard? A program that is not heard may hold scans in its outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from coi.people.device_store import device_table
from coi.people.station_store import program_table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def heard(session: Session) -> dict[str, tuple[str, datetime]]:
    """Return site and last sign of life of every qualified station whose program was ever heard."""
    query = (
        select(program_table.c.device, device_table.c.site, program_table.c.seen_at)
        .join(device_table, device_table.c.id == program_table.c.device)
        .where(device_table.c.state == "qualified", program_table.c.seen_at.is_not(None))
    )
    return {device: (site, at) for device, site, at in session.execute(query)}
