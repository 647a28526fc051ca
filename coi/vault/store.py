"""Where does the vault keep what it keeps? The only SQL of the room.

``vault_subject`` is a projection of the ledger; every other table is a store (docs/stores.md): its rows may be
destroyed by an erasure, which no rebuild may undo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, delete, func, insert, select, update

from coi.db import Instant, metadata
from coi.ledger import moment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Entry

SUBJECT_CREATED = "vault.subject_created"
ERASED = "vault.erased"
HOLD_PLACED = "vault.legal_hold_placed"
HOLD_LIFTED = "vault.legal_hold_lifted"

subject_table = Table(
    "vault_subject",
    metadata,
    Column("subject", String(20), primary_key=True),
    Column("created_at", Instant, nullable=False),
)

erased_table = Table(
    "vault_erased",
    metadata,
    Column("subject", String(20), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("chain_id", String(26), nullable=False),
    Column("seq", Integer, nullable=False),
)
"""Whose data the ledger says were destroyed, and by which entry; a restored vault is held against it."""

legal_hold_table = Table(
    "vault_legal_hold",
    metadata,
    Column("hold", String(40), primary_key=True),
    Column("subject", String(20), nullable=False, index=True),
    Column("basis", String(40), nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("placed_by", String(40), nullable=False),
    Column("lifted_at", Instant, nullable=True),
)

key_table = Table(
    "vault_key",
    metadata,
    Column("owner", String(80), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""One wrapped key a subject, or a value without subject. Destroying the row erases what it opened."""

value_table = Table(
    "vault_value",
    metadata,
    Column("commitment", String(64), primary_key=True),
    Column("owner", String(80), ForeignKey("vault_key.owner"), nullable=False, index=True),
    Column("subject", String(20), nullable=True),
    Column("field", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Column("turn", Integer, nullable=False),
)
"""*turn* counts the values of one owner, so that of two equal times the later value is known."""

index_table = Table(
    "vault_index",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("subject", String(20), nullable=False, index=True),
    Column("at", Instant, nullable=False),
)

opening_table = Table(
    "vault_opening",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("opened_by", String(40), nullable=False),
    Column("why", String(64), nullable=False),
    Column("subject", String(20), nullable=True),
    Column("field", String(40), nullable=False),
    Column("commitment", String(64), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Opening:
    """One logged opening: who, when, why, which field; never the value."""

    at: datetime
    by: str
    why: str
    subject: str | None
    field: str
    commitment: str


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Somebody may still need a patient's data before a court or an authority: they are kept until it is lifted."""

    id: str
    basis: str
    placed_at: datetime
    placed_by: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """One value as it lies in the vault."""

    commitment: str
    owner: str
    subject: str | None
    field: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class _Projection:
    """Which pseudonyms are there, whose data are gone, and whose must be kept? Told by the organisation's chain."""

    name: str = "vault"
    tables: tuple[Table, ...] = (subject_table, erased_table, legal_hold_table)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take in one entry."""
        stmt = entry.stmt
        if entry.type == SUBJECT_CREATED:
            row = {"subject": stmt["subject"], "created_at": moment(str(stmt["at"]))}
            session.execute(insert(subject_table).values(row))
        elif entry.type == ERASED:  # a second time after a restore: the newest entry says where it stands
            session.execute(delete(erased_table).where(erased_table.c.subject == stmt["subject"]))
            said = {"at": moment(str(stmt["at"])), "chain_id": entry.chain, "seq": entry.seq}
            session.execute(insert(erased_table).values(subject=stmt["subject"], **said))
        elif entry.type == HOLD_PLACED:
            session.execute(
                insert(legal_hold_table).values(
                    hold=stmt["hold"],
                    subject=stmt["subject"],
                    basis=stmt["basis"],
                    placed_at=moment(str(stmt["at"])),
                    placed_by=stmt["actor"],
                )
            )
        elif entry.type == HOLD_LIFTED:
            held = legal_hold_table.c.hold == stmt["hold"]
            session.execute(update(legal_hold_table).where(held).values(lifted_at=moment(str(stmt["at"]))))


PROJECTION = _Projection()


def drop(session: Session, kept: Sealed) -> None:
    """Destroy a value and the key of its own."""
    session.execute(delete(value_table).where(value_table.c.commitment == kept.commitment))
    session.execute(delete(key_table).where(key_table.c.owner == kept.owner))


def destroy(session: Session, subject: str) -> int:
    """Destroy all that is kept of a subject, its key last; return how many values there were."""
    session.execute(delete(index_table).where(index_table.c.subject == subject))
    gone = session.execute(delete(value_table).where(value_table.c.owner == subject).returning(value_table.c.turn))
    count = len(gone.all())
    session.execute(delete(key_table).where(key_table.c.owner == subject))
    return count


def legal_holds(session: Session, subject: str) -> tuple[LegalHold, ...]:
    """Return the legal holds that stand on a patient's data, the oldest first."""
    columns = legal_hold_table.c
    query = select(columns.hold, columns.basis, columns.placed_at, columns.placed_by).where(
        columns.subject == subject, columns.lifted_at.is_(None)
    )
    return tuple(LegalHold(*row) for row in session.execute(query.order_by(columns.placed_at, columns.hold)))


def erasures(session: Session) -> dict[str, tuple[str, int]]:
    """Return the pseudonyms whose data the ledger says were destroyed, each with its newest entry."""
    columns = erased_table.c
    query = select(columns.subject, columns.chain_id, columns.seq).order_by(columns.seq)
    return {subject: (chain, seq) for subject, chain, seq in session.execute(query)}


def is_subject(session: Session, subject: str) -> bool:
    """Tell whether the ledger knows the pseudonym."""
    found = session.scalar(select(subject_table.c.subject).where(subject_table.c.subject == subject))
    return found is not None


def wrapped_key(session: Session, owner: str) -> bytes | None:
    """Return the wrapped key of *owner*, or None when there is none or it was destroyed."""
    return session.scalar(select(key_table.c.wrapped).where(key_table.c.owner == owner))


def keep_key(session: Session, owner: str, wrapped: bytes, at: datetime) -> None:
    """Keep the wrapped key of a new owner."""
    session.execute(insert(key_table).values(owner=owner, wrapped=wrapped, created_at=at))


def keep(session: Session, value: Sealed, at: datetime) -> None:
    """Keep one sealed value."""
    turn = session.scalar(select(func.count()).where(value_table.c.owner == value.owner))
    session.execute(
        insert(value_table).values(
            commitment=value.commitment,
            owner=value.owner,
            subject=value.subject,
            field=value.field,
            sealed=value.sealed,
            at=at,
            turn=turn,
        )
    )


def find(session: Session, commitment: str) -> Sealed | None:
    """Return the sealed value of a commitment."""
    columns = value_table.c
    row = session.execute(
        select(columns.commitment, columns.owner, columns.subject, columns.field, columns.sealed).where(
            columns.commitment == commitment
        )
    ).first()
    return None if row is None else Sealed(*row)


def newest(session: Session, subject: str) -> dict[str, str]:
    """Return the newest commitment of each field of *subject*, fields in the order of first keeping."""
    columns = value_table.c
    rows = session.execute(
        select(columns.field, columns.commitment).where(columns.owner == subject).order_by(columns.turn, columns.at)
    )
    return {field: commitment for field, commitment in rows}  # noqa: C416  # a Row is no pair for the type checker


def look_up(session: Session, code: str) -> str | None:
    """Return the pseudonym that a blinded code leads to."""
    return session.scalar(select(index_table.c.subject).where(index_table.c.code == code))


def put_code(session: Session, code: str, subject: str, at: datetime) -> None:
    """Let a blinded code lead to *subject*."""
    session.execute(insert(index_table).values(code=code, subject=subject, at=at))


def drop_code(session: Session, code: str, subject: str) -> bool:
    """Let a blinded code lead nowhere; tell whether it led to *subject*."""
    columns = index_table.c
    gone = session.execute(
        delete(index_table).where(columns.code == code, columns.subject == subject).returning(columns.code)
    )
    return gone.first() is not None


def log_opening(session: Session, opening: Opening) -> None:
    """Write down one opening."""
    session.execute(
        insert(opening_table).values(
            at=opening.at,
            opened_by=opening.by,
            why=opening.why,
            subject=opening.subject,
            field=opening.field,
            commitment=opening.commitment,
        )
    )


def openings(session: Session, subject: str | None = None) -> list[Opening]:
    """Return the logged openings, oldest first, of one subject or of all."""
    columns = opening_table.c
    query = select(
        columns.at, columns.opened_by, columns.why, columns.subject, columns.field, columns.commitment
    ).order_by(columns.id)
    if subject is not None:
        query = query.where(columns.subject == subject)
    return [Opening(*row) for row in session.execute(query)]
