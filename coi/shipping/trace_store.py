"""Temperature traces: a view of the orders' entries ``shipping.trace_read``, and the files themselves, a store."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, insert, select

from coi import db
from coi.errors import Unavailable, Unknown
from coi.ledger.entry import moment
from coi.shipping.trace import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry
    from coi.shipping.trace import Word

TRACE_READ: Final = "shipping.trace_read"

trace_table = Table(
    "temperature_trace",
    db.metadata,
    Column("trace", String(40), primary_key=True),
    Column("shipment", String(40), nullable=False, index=True),
    Column("order_id", String(40), nullable=False),
    Column("chain_id", String(26), nullable=False),
    Column("logger", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("dialect", String(40), nullable=False),
    Column("zone", String(40), nullable=False),
    Column("samples", Integer, nullable=False),
    Column("first_at", db.Instant),
    Column("last_at", db.Instant),
    Column("lowest", String(12)),
    Column("highest", String(12)),
    Column("verdict", String(16), nullable=False),
    Column("profile", String(20)),
    Column("sealed_at", db.Instant, nullable=False),
    Column("until_at", db.Instant, nullable=False),
    Column("taken_at", db.Instant, nullable=False),
    Column("reasons", Text, nullable=False),
)

file_table = Table(
    "trace_file",
    db.metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    Column("kept_at", db.Instant, nullable=False),
)
"""A store: the bytes as they came, packed, under the SHA-256 that the entry carries."""


@dataclass(frozen=True, slots=True)
class TakenTrace:
    """One trace that was read and judged."""

    id: str
    shipment: str
    logger: str
    sha256: str
    dialect: str
    zone: str
    samples: int
    first_at: datetime | None
    last_at: datetime | None
    lowest: str | None
    highest: str | None
    verdict: Word
    profile: str | None
    sealed_at: datetime
    until_at: datetime
    """The receipt, or when the file was handed in before it."""
    taken_at: datetime
    reasons: tuple[Reason, ...]


class _Traces:
    """Applies what orders say of traces."""

    name = "traces"
    tables: tuple[Table, ...] = (trace_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Show one trace that was read."""
        if entry.type != TRACE_READ:
            return
        stmt: Mapping[str, Any] = entry.stmt
        session.execute(
            insert(trace_table).values(
                trace=stmt["id"],
                shipment=stmt["shipment"],
                order_id=stmt["order"],
                chain_id=entry.chain,
                logger=stmt["logger"],
                sha256=stmt["sha256"],
                dialect=stmt["dialect"],
                zone=stmt["zone"],
                samples=stmt["samples"],
                first_at=_moment(stmt["from"]),
                last_at=_moment(stmt["to"]),
                lowest=stmt["lowest"],
                highest=stmt["highest"],
                verdict=stmt["verdict"],
                profile=stmt["profile"],
                sealed_at=moment(stmt["sealed"]),
                until_at=moment(stmt["until"]),
                taken_at=moment(stmt["at"]),
                reasons=json.dumps(stmt["reasons"], sort_keys=True, separators=(",", ":")),
            )
        )


PROJECTION = _Traces()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def _taken(row: RowMapping) -> TakenTrace:
    return TakenTrace(
        id=row["trace"],
        shipment=row["shipment"],
        logger=row["logger"],
        sha256=row["sha256"],
        dialect=row["dialect"],
        zone=row["zone"],
        samples=row["samples"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        lowest=row["lowest"],
        highest=row["highest"],
        verdict=cast("Word", row["verdict"]),
        profile=row["profile"],
        sealed_at=row["sealed_at"],
        until_at=row["until_at"],
        taken_at=row["taken_at"],
        reasons=tuple(
            Reason(one["code"], one["expected"], one["seen"], _moment(one["since"]), _moment(one["until"]))
            for one in json.loads(row["reasons"])
        ),
    )


def of_shipment(session: Session, shipment: str) -> tuple[TakenTrace, ...]:
    """Return every trace of a shipment, the newest first."""
    table = trace_table.c
    rows = session.execute(
        select(trace_table).where(table.shipment == shipment).order_by(table.taken_at.desc(), table.trace.desc())
    )
    return tuple(_taken(row) for row in rows.mappings())


def keep_file(session: Session, data: bytes, at: datetime) -> str:
    """Keep a file's bytes and return their SHA-256; the same bytes are kept once."""
    digest = hashlib.sha256(data).hexdigest()
    if session.execute(select(file_table.c.size).where(file_table.c.sha256 == digest)).scalar() is None:
        session.execute(
            insert(file_table).values(sha256=digest, size=len(data), packed=zlib.compress(data), kept_at=at)
        )
    return digest


def file(session: Session, sha256: str) -> bytes:
    """Return a file's bytes, compared with the hash that the entry carries.

    Raises:
        Unknown: No such file is kept.
        Unavailable: What is kept is not what the entry speaks of.
    """
    packed = session.execute(select(file_table.c.packed).where(file_table.c.sha256 == sha256)).scalar()
    if packed is None:
        raise Unknown(f"Expected a kept file of SHA-256 {sha256[:12]}, seen none.")
    try:
        data = zlib.decompress(packed)
    except zlib.error:
        data = b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Unavailable(f"Expected the bytes of SHA-256 {sha256[:12]}, seen others: the file was changed.")
    return data
