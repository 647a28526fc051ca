"""The deviations: a view of the entries ``deviation.opened``, ``.taken``, ``.noted`` and ``.closed``.

They stand on the chain of the order that they are about, or of the site where nothing of an order was in the act. What
people write lies in the vault; here stands the commitment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, insert, or_, select, update

from coi import db
from coi.errors import Unknown
from coi.ledger.entry import moment
from coi.quality.deviations import Deviation, Note, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

deviation_table = Table(
    "deviation",
    db.metadata,
    Column("deviation", String(40), primary_key=True),
    Column("chain_id", String(26), nullable=False),
    Column("order_id", String(40), nullable=True, index=True),
    Column("product", String(40), nullable=True),
    Column("site", String(40), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("cause_chain", String(26), nullable=True),
    Column("cause_seq", BigInteger, nullable=True),
    Column("concerns", Text, nullable=False),
    Column("opened_at", db.Instant, nullable=False),
    Column("taken_by", String(40), nullable=True),
    Column("taken_at", db.Instant, nullable=True),
    Column("findings", Integer, nullable=False),
    Column("root_cause", String(40), nullable=True),
    Column("impact", String(40), nullable=True),
    Column("closed_by", String(40), nullable=True),
    Column("closed_at", db.Instant, nullable=True),
)

note_table = Table(
    "deviation_note",
    db.metadata,
    Column("chain_id", String(26), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("deviation", String(40), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("person", String(40), nullable=False),
    Column("at", db.Instant, nullable=False),
    Column("text", String(64), nullable=False),
)
"""One row a text: its commitment, never its words."""


def apply(session: Session, entry: Entry) -> None:
    """Take in one entry about a deviation."""
    stmt: Mapping[str, Any] = entry.stmt
    row: dict[str, Any]
    match entry.type:
        case "deviation.opened":
            cause = stmt["cause"] or {"chain": None, "seq": None}
            row = {key: stmt[key] for key in ("deviation", "product", "site", "owner", "severity", "reason")}
            row |= {"chain_id": entry.chain, "order_id": stmt["order"], "opened_at": moment(stmt["at"]), "findings": 0}
            row |= {"cause_chain": cause["chain"], "cause_seq": cause["seq"], "concerns": " ".join(stmt["concerns"])}
            session.execute(insert(deviation_table).values(row))
            _note(session, entry, "told")
        case "deviation.taken":
            _change(session, stmt, {"taken_by": stmt["actor"], "taken_at": moment(stmt["at"])})
        case "deviation.noted":
            _change(session, stmt, {"findings": deviation_table.c.findings + 1})
            _note(session, entry, "finding")
        case "deviation.closed":
            row = {"closed_by": stmt["actor"], "closed_at": moment(stmt["at"])}
            _change(session, stmt, row | {key: stmt[key] for key in ("root_cause", "impact")})
            _note(session, entry, "conclusion")
        case _:
            pass


def _change(session: Session, stmt: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Change one deviation's row."""
    session.execute(update(deviation_table).where(deviation_table.c.deviation == stmt["deviation"]).values(dict(row)))


def _note(session: Session, entry: Entry, kind: str) -> None:
    """Keep where the text of an entry lies, if it has one."""
    stmt: Mapping[str, Any] = entry.stmt
    if stmt["text"] is None:
        return
    row = {"chain_id": entry.chain, "seq": entry.seq, "deviation": stmt["deviation"], "kind": kind}
    row |= {"person": stmt["actor"], "at": moment(stmt["at"]), "text": stmt["text"]}
    session.execute(insert(note_table).values(row))


def _deviation(data: RowMapping) -> Deviation:
    return Deviation(
        id=data["deviation"],
        chain=data["chain_id"],
        order=data["order_id"],
        product=data["product"],
        site=data["site"],
        owner=data["owner"],
        severity=Severity(data["severity"]),
        reason=data["reason"],
        cause=None if data["cause_chain"] is None else (data["cause_chain"], data["cause_seq"]),
        concerns=tuple(data["concerns"].split()),
        opened_at=data["opened_at"],
        taken_by=data["taken_by"],
        taken_at=data["taken_at"],
        findings=data["findings"],
        root_cause=data["root_cause"],
        impact=data["impact"],
        closed_by=data["closed_by"],
        closed_at=data["closed_at"],
    )


def deviation(session: Session, deviation_id: str) -> Deviation:
    """Return one deviation, or raise Unknown."""
    row = session.execute(select(deviation_table).where(deviation_table.c.deviation == deviation_id)).mappings().first()
    if row is None:
        raise Unknown(f"Expected a deviation, seen {deviation_id[:40]!r}.")
    return _deviation(row)


def of_order(session: Session, order: str) -> tuple[Deviation, ...]:
    """Return the deviations of an order, the oldest first."""
    columns = deviation_table.c
    rows = session.execute(
        select(deviation_table).where(columns.order_id == order).order_by(columns.opened_at, columns.deviation)
    )
    return tuple(_deviation(row) for row in rows.mappings())


def at_sites(session: Session, sites: tuple[str, ...]) -> tuple[Deviation, ...]:
    """Return the deviations that happened at, or are owned by, one of *sites*: the newest first."""
    columns = deviation_table.c
    rows = session.execute(
        select(deviation_table)
        .where(or_(columns.site.in_(sites), columns.owner.in_(sites)))
        .order_by(columns.opened_at.desc(), columns.deviation)
    )
    return tuple(_deviation(row) for row in rows.mappings())


def untaken(session: Session, order: str | None, site: str, reason: str) -> Deviation | None:
    """Return the deviation of the same kind that nobody has taken on yet, or None."""
    columns = deviation_table.c
    same_order = columns.order_id.is_(None) if order is None else columns.order_id == order
    row = (
        session.execute(
            select(deviation_table)
            .where(same_order, columns.site == site, columns.reason == reason)
            .where(columns.taken_at.is_(None), columns.closed_at.is_(None))
            .order_by(columns.opened_at)
            .limit(1)
        )
        .mappings()
        .first()
    )
    return None if row is None else _deviation(row)


def notes(session: Session, deviation_id: str) -> tuple[Note, ...]:
    """Return the texts about a deviation, the oldest first."""
    columns = note_table.c
    rows = session.execute(
        select(columns.kind, columns.person, columns.at, columns.seq, columns.text)
        .where(columns.deviation == deviation_id)
        .order_by(columns.seq)
    )
    return tuple(Note(*row) for row in rows)
