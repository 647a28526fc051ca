r"""Which protocols are there, which of them counts, and what does each say, byte for byte?

A protocol is proposed, approved by another person's signature, superseded by its next version, retired: entries of the
organisation's chain. Its text stands in the ledger too, in as many entries as it needs::

    protocol.proposed {"sha256":"<64 hex>","protocol":"cryo-car-t","version":1,"product":"CRYO-CAR-T",…}
    protocol.text     {"sha256":"<64 hex>","part":1,"of":3,"text":"{\n  \"id\": …"}

* A protocol is found by the SHA-256 of its bytes, and what is found is hashed again before it is read: a text that
  somebody changed is no protocol.
* What has been read is kept by that hash for the life of the process: another text would have another hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint, insert, select, update

from coi import db
from coi.custody.protocol_reading import pinned
from coi.errors import Unknown
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.protocol import Protocol
    from coi.ledger.entry import Entry

protocol_table = Table(
    "protocol",
    db.metadata,
    Column("sha256", String(64), primary_key=True),
    Column("id", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("product", String(40), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("proposed_by", String(40), nullable=False),
    Column("proposed_at", db.Instant, nullable=False),
    Column("approved_by", String(40)),
    Column("approved_at", db.Instant),
    Column("retired_by", String(40)),
    Column("retired_at", db.Instant),
    UniqueConstraint("id", "version", name="uq_protocol_version"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """One version of one protocol as the installation holds it."""

    sha256: str
    id: str
    version: int
    title: str
    product: str
    state: str
    """proposed, approved, superseded or retired; only an approved one opens orders."""
    body: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    retired_by: str | None
    retired_at: datetime | None

    @property
    def name(self) -> str:
        """Return id and version, as entries spell them."""
        return f"{self.id}/{self.version}"


class _Protocols:
    """Applies what the organisation's chain says of protocols."""

    name = "protocols"
    tables: tuple[Table, ...] = (protocol_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take a protocol that was proposed, a part of its text, its approval or its end."""
        stmt = entry.stmt
        columns = protocol_table.c
        this = update(protocol_table).where(columns.sha256 == stmt.get("sha256"))
        match entry.type:
            case "protocol.proposed":
                row = {key: stmt[key] for key in ("sha256", "version", "title", "product")}
                row |= {"id": stmt["protocol"], "state": "proposed", "body": ""}
                at = moment(str(stmt["at"]))
                session.execute(insert(protocol_table).values(**row, proposed_by=stmt["actor"], proposed_at=at))
            case "protocol.text":
                session.execute(this.values(body=columns.body.concat(stmt["text"])))
            case "protocol.approved":
                older = update(protocol_table).where(columns.id == stmt["protocol"], columns.state == "approved")
                session.execute(older.values(state="superseded"))
                at = moment(str(stmt["at"]))
                session.execute(this.values(state="approved", approved_by=stmt["actor"], approved_at=at))
            case "protocol.retired":
                at = moment(str(stmt["at"]))
                session.execute(this.values(state="retired", retired_by=stmt["actor"], retired_at=at))
            case _:
                return


PROJECTION = _Protocols()

_read: dict[str, Protocol] = {}
"""Protocols by the SHA-256 of their bytes, so that a scan reads none twice."""


def all_(session: Session) -> tuple[Held, ...]:
    """Return every version of every protocol: by id, the newest version first."""
    columns = protocol_table.c
    rows = session.execute(select(protocol_table).order_by(columns.id, columns.version.desc()))
    return tuple(Held(*row) for row in rows)


def held(session: Session, name: str) -> Held:
    """Return a protocol by the SHA-256 of its bytes, or by the first twelve or more characters of it.

    Raises:
        Unknown: There is none, or more than one.
    """
    columns = protocol_table.c
    short = 12
    query = select(protocol_table).where(columns.sha256.startswith(name, autoescape=True))
    rows = session.execute(query).all() if len(name) >= short else ()
    if len(rows) != 1:
        raise Unknown(f"Expected a protocol by 12 or more characters of its SHA-256, seen {name[:12]!r}.")
    return Held(*rows[0])


def by_sha(session: Session, sha256: str) -> Protocol:
    """Return the protocol that an order pinned, whatever has become of it since.

    Raises:
        Unknown: There is none of that hash here, or its text has another one.
    """
    known = _read.get(sha256)
    if known is None:
        known = _read[sha256] = read(held(session, sha256))
    return known


def read(one: Held) -> Protocol:
    """Return what a held text says, or raise Unknown if it is not the text of that hash."""
    data = one.body.encode("utf-8")
    seen = hashlib.sha256(data).hexdigest()
    if seen != one.sha256:
        raise Unknown(f"Expected the text of protocol {one.sha256[:12]}, seen another with SHA-256 {seen[:12]}.")
    return pinned(data)


def effective(session: Session, product: str) -> Protocol | None:
    """Return the approved protocol by which orders of a product are opened; None means that none may be."""
    columns = protocol_table.c
    found = session.execute(
        select(columns.sha256).where(columns.product == product, columns.state == "approved")
    ).scalars()
    shas = found.all()
    return by_sha(session, shas[0]) if len(shas) == 1 else None


def products(session: Session) -> tuple[tuple[str, str], ...]:
    """Return code and name of every product that orders may be opened for, by code."""
    approved = [by_sha(session, one.sha256) for one in all_(session) if one.state == "approved"]
    return tuple(sorted((protocol.product["code"], protocol.product["name"]) for protocol in approved))


def articles(session: Session) -> frozenset[str]:
    """Return the GTINs of every product that orders may be opened for."""
    approved = [by_sha(session, one.sha256) for one in all_(session) if one.state == "approved"]
    return frozenset(protocol.product["gtin"] for protocol in approved)
