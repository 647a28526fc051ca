"""Which statements wait for signatures? The only SQL about them.

Both tables are stores: a signature counts where it stands in an entry; here it only waits for the others.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text, insert, select, update

from coi.db import Instant, metadata
from coi.ledger import decode, encode
from coi.people.signing import Place, Prepared, Signed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json

prepared_table = Table(
    "people_prepared",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("stmt", LargeBinary, nullable=False),
    Column("places", Text, nullable=False),
    Column("distinct_persons", Boolean, nullable=False),
    Column("site", String(40), nullable=False),
    Column("product", String(40), nullable=True),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant, nullable=True),
)

signature_table = Table(
    "people_signature",
    metadata,
    Column("prepared", String(40), ForeignKey("people_prepared.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("person", String(40), nullable=False),
    Column("role", String(40), nullable=False),
    Column("meaning", String(20), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("method", String(20), nullable=False),
    Column("at", Instant, nullable=False),
)


def keep_prepared(session: Session, prepared: Prepared) -> None:
    """Keep a statement that waits."""
    session.execute(
        insert(prepared_table).values(
            id=prepared.id,
            sha256=prepared.sha256,
            stmt=encode(prepared.stmt),
            places=json.dumps([[sorted(place.roles), place.meaning, place.factor] for place in prepared.places]),
            distinct_persons=prepared.distinct,
            site=prepared.site,
            product=prepared.product,
            expires_at=prepared.expires,
        )
    )


def prepared(session: Session, prepared_id: str, *, lock: bool = False) -> Prepared | None:
    """Return a prepared statement, on demand locked until the deed ends."""
    query = select(prepared_table).where(prepared_table.c.id == prepared_id)
    row = session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        return None
    return Prepared(
        row.id,
        row.sha256,
        cast("Mapping[str, Json]", decode(row.stmt)),
        tuple(Place(frozenset(roles), meaning, *factor) for roles, meaning, *factor in json.loads(row.places)),
        row.distinct_persons,
        row.site,
        row.product,
        row.expires_at,
        row.used_at is not None,
    )


def keep_signature(session: Session, prepared_id: str, signed: Signed) -> None:
    """Keep a signature that waits for the others."""
    session.execute(
        insert(signature_table).values(
            prepared=prepared_id,
            place=signed.place,
            person=signed.person,
            role=signed.role,
            meaning=signed.meaning,
            sha256=signed.sha256,
            method=signed.method,
            at=signed.at,
        )
    )


def given(session: Session, prepared_id: str) -> list[Signed]:
    """Return the signatures given so far, by place."""
    columns = signature_table.c
    rows = session.execute(
        select(
            columns.person,
            columns.role,
            columns.meaning,
            columns.sha256,
            columns.method,
            columns.at,
            columns.place,
        )
        .where(columns.prepared == prepared_id)
        .order_by(columns.place)
    )
    return [Signed(*row) for row in rows]


def use(session: Session, prepared_id: str, at: datetime) -> bool:
    """Use a prepared statement up; tell whether it had not been used before."""
    used = session.execute(
        update(prepared_table)
        .where(prepared_table.c.id == prepared_id, prepared_table.c.used_at.is_(None))
        .values(used_at=at)
        .returning(prepared_table.c.id)
    )
    return used.first() is not None
