"""When did anybody last look for overdue checks? A store: one row, so that of several servers one looks at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, String, Table, select, update

from coi.db import Instant, metadata, upsert

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

look_table = Table(
    "watch_look",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("looked_at", Instant, nullable=False),
)
_NAME: Final = "overdue"


def looked(session: Session, at: datetime) -> None:
    """Keep that somebody looks now."""
    upsert(session, look_table, {"name": _NAME, "looked_at": at})


def last_look(session: Session) -> datetime | None:
    """Return when somebody last looked, or None."""
    return session.scalar(select(look_table.c.looked_at).where(look_table.c.name == _NAME))


def is_my_turn(session: Session, every: timedelta, at: datetime) -> bool:
    """Tell whether nobody looked for so long; of several who ask at once the database lets one."""
    if last_look(session) is None:
        looked(session, at)
        return True
    stale = (look_table.c.name == _NAME) & (look_table.c.looked_at <= at - every)
    taken = update(look_table).where(stale).values(looked_at=at).returning(look_table.c.name)
    return session.execute(taken).first() is not None
