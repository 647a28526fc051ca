"""Which pictures stand behind reads, and until when? A store; the bytes lie sealed in the vault.

* Every frame that a camera's read came from is kept for some days, and marked, so that the same one is known again.
* What a refusal, a typed code or an infusion rests on is kept for years.
* What is over is destroyed with its key; the commitment in the entry then says only that there was one.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, String, Table, delete, insert, select, update

from coi import vault
from coi.db import Instant, metadata

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

picture_table = Table(
    "scan_picture",
    metadata,
    Column("mark", String(24), primary_key=True),
    Column("commitment", String(64), nullable=False, index=True),
    Column("keep_until", Instant, nullable=False, index=True),
)
"""The keyed mark of a picture, by which the same one is known, and where its bytes are promised."""

DAYS: Final = timedelta(days=30)
"""How long every picture is kept, and how far back a replay is known."""
YEARS: Final = timedelta(days=15 * 365)
"""How long a picture is kept that a verdict rests on."""
SWEPT: Final = 5
"""So many old pictures go with each new one, so that no sweep is long."""


def keep(session: Session, picture: bytes, at: datetime, of: bytes = b"") -> tuple[str, bool]:
    """Keep a picture behind the read *of* a code; return its commitment, and whether the very same one came before.

    One frame that shows both codes of a label stands behind two reads, and is no replay.
    """
    _sweep(session, at)
    mark = vault.tag(session, b"picture\x00" + hashlib.sha256(of).digest() + picture)
    known = session.scalar(select(picture_table.c.commitment).where(picture_table.c.mark == mark))
    if known is not None:
        return str(known), True
    commitment = vault.put_bytes(session, None, "picture", picture, at=at)
    row = {"mark": mark, "commitment": commitment, "keep_until": at + DAYS}
    session.execute(insert(picture_table).values(row))
    return commitment, False


def keep_for_years(session: Session, commitments: Collection[str], at: datetime) -> None:
    """Keep pictures as long as what rests on them."""
    rests = picture_table.c.commitment.in_(sorted(commitments))
    session.execute(update(picture_table).where(rests).values(keep_until=at + YEARS))


def _sweep(session: Session, at: datetime) -> None:
    columns = picture_table.c
    old = session.execute(select(columns.mark, columns.commitment).where(columns.keep_until < at).limit(SWEPT)).all()
    for mark, commitment in old:
        vault.forget(session, commitment)
        session.execute(delete(picture_table).where(columns.mark == mark))
