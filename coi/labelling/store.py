"""The pieces: a view of the orders' entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    insert,
    select,
    text,
    update,
)

from coi import db
from coi.labelling.pieces import Piece, may_become
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

piece_table = Table(
    "label_piece",
    db.metadata,
    Column("piece", String(12), primary_key=True),
    Column("order_id", String(40), nullable=False, index=True),
    Column("chain_id", String(26), nullable=False),
    Column("role", String(16), nullable=False),
    Column("container", String(40)),
    Column("design", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("payload_sha256", String(64), nullable=False),
    Column("replaces", String(12)),
    Column("sent", Boolean, nullable=False),
    Column("site", String(40), nullable=False, index=True),
    Column("printer", String(80), nullable=False),
    Column("printed_at", db.Instant),
    Column("template", String(60), nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("template_sha256", String(64), nullable=False),
    Column("facts_sha256", String(64), nullable=False),
    ForeignKeyConstraint(
        ["container", "order_id"], ["container.container", "container.order_id"], name="fk_label_piece_same_order"
    ),
    Index(
        "uq_label_piece_applied",
        "container",
        "role",
        unique=True,
        sqlite_where=text("state = 'applied'"),
        postgresql_where=text("state = 'applied'"),
    ),
)
"""A piece names container *and* order together, so the schema itself refuses a piece of one order on another's bag;
one container wears one applied label, and one on its cassette."""


PIECE_LENGTH = 12
LONGEST = 500
"""More serials than could stand in what any symbol says."""


class _Labelling:
    """Applies what orders say of pieces."""

    name = "labelling"
    tables: tuple[Table, ...] = (piece_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take intents and fates of pieces, and the ``piece`` effects of custody's entries."""
        stmt: Mapping[str, Any] = entry.stmt
        match entry.type:
            case "label.intended":
                session.execute(
                    insert(piece_table).values(
                        piece=stmt["piece"],
                        order_id=stmt["order"],
                        chain_id=entry.chain,
                        role=stmt["role"],
                        container=stmt.get("container"),
                        design=stmt["design"],
                        state="intended",
                        payload_sha256=stmt["payload_sha256"],
                        replaces=stmt.get("replaces"),
                        sent=False,
                        site=stmt["site"],
                        printer="",
                        template=stmt.get("template", ""),
                        template_version=stmt.get("template_version", 0),
                        template_sha256=stmt.get("template_sha256", ""),
                        facts_sha256=stmt.get("facts_sha256", ""),
                    )
                )
            case "label.printed" | "label.uncertain" as kind:
                _become(session, stmt["piece"], kind.removeprefix("label."))
                _left_the_printer(session, entry)
            case "label.sending":
                _left_the_printer(session, entry)
            case "label.not_sent":
                _left_the_printer(session, entry, sent=False)
            case "label.not_printed":
                _become(session, stmt["piece"], "intended")
                _left_the_printer(session, entry, sent=False)
            case "label.voided" | "label.spoiled" | "label.destroyed" | "label.returned" as kind:
                _become(session, stmt["piece"], kind.removeprefix("label."))
            case "label.too_late" if stmt.get("told") in {"printed", "uncertain"}:
                _left_the_printer(session, entry)
            case _:
                for effect in stmt.get("effects", ()):
                    if effect["do"] == "piece":
                        _become(session, effect["piece"], effect["to"])


PROJECTION = _Labelling()


def _become(session: Session, piece_id: str, state: str) -> None:
    piece = find(session, piece_id)
    if piece is None or not may_become(piece, state):
        raise ValueError(
            f"Expected a piece that may become {state}, seen {piece_id} {'unknown' if piece is None else piece.state}."
        )
    session.execute(update(piece_table).where(piece_table.c.piece == piece_id).values(state=state))


def _left_the_printer(session: Session, entry: Entry, *, sent: bool = True) -> None:
    """Remember that a piece may exist, with where and when it came out; or that the printer proved the opposite."""
    stmt: Mapping[str, Any] = entry.stmt
    values: dict[str, Any] = {"printed_at": moment(stmt["at"]) if sent else None}
    if not sent or stmt.get("printer"):
        values["printer"] = stmt["printer"] if sent else ""
    session.execute(update(piece_table).where(piece_table.c.piece == stmt["piece"]).values(sent=sent, **values))


def piece(row: RowMapping) -> Piece:
    """Return a row as a value."""
    return Piece(
        id=row["piece"],
        order=row["order_id"],
        role=row["role"],
        container=row["container"],
        design=row["design"],
        state=row["state"],
        payload_sha256=row["payload_sha256"],
        replaces=row["replaces"],
        sent=row["sent"],
        template_sha256=row["template_sha256"],
        facts_sha256=row["facts_sha256"],
        site=row["site"],
    )


def find(session: Session, piece_id: str) -> Piece | None:
    """Return a piece by its id, or None."""
    row = session.execute(select(piece_table).where(piece_table.c.piece == piece_id)).mappings().first()
    return None if row is None else piece(row)


def of_order(session: Session, order: str) -> tuple[Piece, ...]:
    """Return every piece ever intended for an order, by piece id."""
    rows = session.execute(
        select(piece_table).where(piece_table.c.order_id == order).order_by(piece_table.c.piece)
    ).mappings()
    return tuple(piece(row) for row in rows)


def said_in(session: Session, text: str) -> tuple[Piece, ...]:
    """Return the pieces whose serial stands in a text: what a symbol says holds its piece's twelve characters."""
    words = {text[at : at + PIECE_LENGTH] for at in range(max(len(text) - PIECE_LENGTH + 1, 0))}
    if not words or len(words) > LONGEST:
        return ()
    rows = session.execute(select(piece_table).where(piece_table.c.piece.in_(words))).mappings()
    return tuple(piece(row) for row in rows)


def chain_of(session: Session, piece: str) -> str:
    """Return the chain of the order that a piece belongs to."""
    return str(session.execute(select(piece_table.c.chain_id).where(piece_table.c.piece == piece)).scalar_one())
