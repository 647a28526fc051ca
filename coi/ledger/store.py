"""Where do entries lie, and how is one recorded?

* ``ledger_entry`` is only ever inserted into; its columns repeat what ``body`` says and serve look-ups.
* ``ledger_head`` is the projected head: one row a chain with number and hash of its newest entry. It is what a deed
  locks, and what a cut tail is found by.
* ``UNIQUE(chain_id, seq)`` and ``UNIQUE(chain_id, prev_hash)`` are the fence against a fork; who meets it does the
  whole work again (``ChainFork``).
* ``ledger_pending`` is the outbox in the same transaction: entries that wait for their place in the tree. A number is
  given only after the entry before it is visible, so "the smallest ids that are visible" is an order without gaps.
* ``deed`` remembers what an idempotency key did.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from coi.db import Instant, TryAgain, metadata
from coi.errors import Conflict, KeyReused, Malformed, Unknown
from coi.ledger import guards
from coi.ledger.entry import ZERO, Entry, Head, Json, compose, instant, is_log, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

PURPOSES = ("production", "training", "demo")

installation_table = Table(
    "installation",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False),
    Column("log", String(128), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("org_chain", String(26), nullable=False),
    Column("founded_at", Instant, nullable=False),
    CheckConstraint("one = 1", name="one"),
    CheckConstraint("purpose IN ('production', 'training', 'demo')", name="purpose"),
)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("chain_id", String(26), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_hash", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stmt_id", String(36), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("chain_id", "prev_hash"),
    UniqueConstraint("entry_hash"),
    UniqueConstraint("stmt_id"),
    CheckConstraint("seq >= 1", name="seq"),
    CheckConstraint("length(entry_hash) = 32", name="entry_hash"),
    CheckConstraint("length(prev_hash) = 32", name="prev_hash"),
    CheckConstraint("length(body) BETWEEN 2 AND 16384", name="body"),
)

ledger_head = Table(
    "ledger_head",
    metadata,
    Column("chain_id", String(26), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("entry_hash", LargeBinary, nullable=False),
)

ledger_pending = Table(
    "ledger_pending",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("chain_id", String(26), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("entry_hash", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a number that was used is never given again
)

deed = Table(
    "deed",
    metadata,
    Column("once", String(200), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("result", Text, nullable=False),
)

Index("ix_ledger_pending_entry", ledger_pending.c.chain_id, ledger_pending.c.seq)
guards.guard(ledger_entry)
guards.guard(installation_table)


class ChainFork(TryAgain):
    """Somebody recorded on this chain since its head was read; the whole work is done again."""

    slug = "chain-fork"


class AlreadyRecorded(Conflict):
    """A statement with this id stands in the ledger already; one statement is one entry."""

    slug = "already-recorded"
    title = "This statement is recorded already"


class Projection(Protocol):
    """Tables that only show what entries say.

    * A row is owned by one chain: written only from entries of that chain, from what the entry says and from rows of
      the same chain. So chains can be replayed in any order.
    * ``apply`` never appends, never reads a clock, and makes no random value.
    """

    @property
    def name(self) -> str:
        """What the room is called."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that are nothing but a view."""

    def apply(self, session: Session, entry: Entry) -> None:
        """Show in the tables what *entry* says."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What this database is, fixed when it was founded."""

    log: str
    purpose: str
    id: str
    org_chain: str


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562 5.7 and 6.2, method 3): 60 bits of time down to a quarter microsecond, then chance."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)))


def found(session: Session, *, log: str, purpose: str, at: datetime) -> Installation:
    """Found the installation: its log's origin, its purpose, and the organisation's chain, once and for all."""
    if not is_log(log):
        raise Malformed(f"Expected a log origin like coi.example.org/acme-1, seen {log[:80]!r}.")
    if purpose not in PURPOSES:
        raise Malformed(f"Expected a purpose of {', '.join(PURPOSES)}, seen {purpose[:40]!r}.")
    there = session.execute(select(installation_table)).one_or_none()
    if there is not None:
        raise Conflict(f"This database is founded already, as {there.log} for {there.purpose}.")
    installed = Installation(log=log, purpose=purpose, id=new_id(), org_chain=_new_chain_id())
    session.execute(
        insert(installation_table).values(
            one=1, id=installed.id, log=log, purpose=purpose, org_chain=installed.org_chain, founded_at=at
        )
    )
    stmt = {"kind": "organization", "ref": installed.id, "purpose": purpose}
    _open(session, installed.org_chain, stmt, at=at, by="system")
    return installed


def installation(session: Session) -> Installation:
    """Return what this database is; ``Unknown`` before it is founded."""
    kept = session.info.get("installation")
    if isinstance(kept, Installation):
        return kept
    row = session.execute(_INSTALLATION).one_or_none()
    if row is None:
        raise Unknown("This database is not founded yet: it has neither log origin nor purpose.")
    installed = Installation(log=row.log, purpose=row.purpose, id=row.id, org_chain=row.org_chain)
    session.info["installation"] = installed
    return installed


def new_chain(session: Session, kind: str, ref: str, *, at: datetime, by: str) -> str:
    """Open a chain for *ref* and return its id; the first entry says what it is for."""
    chain = _new_chain_id()
    _open(session, chain, {"kind": kind, "ref": ref}, at=at, by=by)
    return chain


def lock(session: Session, chain: str) -> Head:
    """Lock the chain's head until this work ends and return it; deeds over several chains lock in ascending id."""
    row = session.execute(_LOCK, {"chain": chain}).one_or_none()
    if row is None:
        raise Unknown(f"There is no chain {chain[:26]}.")
    held = Head(chain, row.seq, row.entry_hash.hex())
    _held(session)[chain] = held
    return held


def head(session: Session, chain: str) -> Head:
    """Return the chain's projected head without locking it; where this work holds its lock, nobody else can move it."""
    held = _held(session).get(chain)
    if held is not None:
        return held
    row = session.execute(_HEAD, {"chain": chain}).one_or_none()
    if row is None:
        raise Unknown(f"There is no chain {chain[:26]}.")
    return Head(chain, row.seq, row.entry_hash.hex())


def record(
    session: Session,
    chain: str,
    type: str,  # noqa: A002  the entry's own word for it
    stmt: Mapping[str, Json],
    *,
    at: datetime,
    sig: Sequence[Mapping[str, Json]] = (),
) -> Entry:
    """Append one entry to *chain* and show it in every wired projection, in the work's transaction."""
    before = _held(session).get(chain) or lock(session, chain)
    return _append(session, before, type, stmt, at=at, sig=sig)


def entries(session: Session, chain: str, after: int = 0, limit: int | None = None) -> list[Entry]:
    """Return the entries of *chain* after number *after*, oldest first."""
    query = select(ledger_entry.c.body).where(ledger_entry.c.chain_id == chain, ledger_entry.c.seq > after)
    return [read(body) for body in session.scalars(query.order_by(ledger_entry.c.seq).limit(limit))]


def entry(session: Session, chain: str, seq: int) -> Entry:
    """Return one entry, read from its bytes."""
    body = session.scalar(_ENTRY, {"chain": chain, "number": seq})
    if body is None:
        raise Unknown(f"There is no entry {seq} of chain {chain[:26]}.")
    return read(body)


def recent(session: Session, limit: int, before_id: str | None = None) -> list[Entry]:
    """Return the newest entries of all chains, newest first; *before_id* is the last id of the page before."""
    query = select(ledger_entry.c.body).order_by(ledger_entry.c.stmt_id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(ledger_entry.c.stmt_id < before_id)
    return [read(body) for body in session.scalars(query)]


def remembered(session: Session, key: str, person: str, request_sha256: str) -> Mapping[str, Any] | None:
    """Return what the deed of this idempotency key resulted in, or None if it was not done yet."""
    row = session.execute(_DEED, {"key": key}).one_or_none()
    if row is None:
        return None
    if (row.person, row.request_sha256) != (person, request_sha256):
        raise KeyReused("This idempotency key was used for another request or by another person.")
    return cast("Mapping[str, Any]", json.loads(row.result))


def remember(session: Session, key: str, person: str, request_sha256: str, result: Mapping[str, Any]) -> None:
    """Keep the deed's result under its key; if the same key was faster elsewhere, the whole work is done again."""
    row = {"once": key, "person": person, "request_sha256": request_sha256, "result": json.dumps(result)}
    session.execute(_INSERT["deed"], row)


# What every deed says is made once: building a statement costs more than a short one takes.
_HEAD = select(ledger_head).where(ledger_head.c.chain_id == bindparam("chain"))
_LOCK = _HEAD.with_for_update()
_ENTRY = select(ledger_entry.c.body).where(
    ledger_entry.c.chain_id == bindparam("chain"), ledger_entry.c.seq == bindparam("number")
)
_DEED = select(deed).where(deed.c.once == bindparam("key"))
_INSTALLATION = select(installation_table)
_INSERT = {table.name: insert(table) for table in (ledger_entry, ledger_pending, ledger_head, deed)}
_ADVANCE = (
    update(ledger_head)
    .where(ledger_head.c.chain_id == bindparam("chain"))
    .values(seq=bindparam("number"), entry_hash=bindparam("digest"))
)


def _all_in_one() -> Any:  # noqa: ANN401  SQLAlchemy's type of it names internals
    """Return the statement that writes entry, outbox and head in one round trip (PostgreSQL)."""
    written = (
        postgresql.insert(ledger_entry)
        .values({column.name: bindparam(column.name) for column in ledger_entry.columns})
        .returning(ledger_entry.c.chain_id, ledger_entry.c.seq, ledger_entry.c.entry_hash)
        .cte("written")
    )
    columns = ["chain_id", "seq", "entry_hash"]
    rows = select(written.c.chain_id, written.c.seq, written.c.entry_hash)
    queued = postgresql.insert(ledger_pending).from_select(columns, rows).cte("queued")
    moved = postgresql.insert(ledger_head).from_select(columns, rows).add_cte(queued)
    return moved.on_conflict_do_update(
        index_elements=["chain_id"], set_={"seq": moved.excluded.seq, "entry_hash": moved.excluded.entry_hash}
    )


_ALL_IN_ONE = _all_in_one()


def _held(session: Session) -> dict[str, Head]:
    """Return the heads that this work has locked or written; they end with the session."""
    return cast("dict[str, Head]", session.info.setdefault("heads", {}))


def _new_chain_id() -> str:
    """Return 128 random bits in base32: 26 characters a-z and 2-7."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def _open(session: Session, chain: str, stmt: Mapping[str, Json], *, at: datetime, by: str) -> None:
    """Append the first entry of a chain."""
    said = {"id": new_id(), "actor": by, "at": instant(at), "outcome": "noted", **stmt}
    _append(session, Head(chain, 0, ZERO), "chain.opened", said, at=at)


def _append(
    session: Session,
    before: Head,
    kind: str,
    stmt: Mapping[str, Json],
    *,
    at: datetime,
    sig: Sequence[Mapping[str, Json]] = (),
) -> Entry:
    """Write the entry that follows *before*, its outbox row and the new head; then tell the projections."""
    if session.info.get("applying"):
        raise RuntimeError(f"Expected apply() only to show an entry, seen it record {kind}.")
    node = str(session.info.get("node", "n1"))
    written = compose(installation(session).log, before, kind, stmt, sig, at, node)
    row = {
        "chain_id": written.chain,
        "seq": written.seq,
        "entry_hash": bytes.fromhex(written.hash),
        "prev_hash": bytes.fromhex(written.prev),
        "body": written.body,
        "stmt_id": written.id,
        "recorded_at": written.at,
    }
    try:
        _write(session, row)
    except IntegrityError as error:
        if "stmt_id" in str(error.orig):
            raise AlreadyRecorded(f"The statement {written.id} is recorded already.") from error
        raise ChainFork(f"Somebody recorded entry {written.seq} of chain {written.chain} first.") from error
    _held(session)[written.chain] = written.head
    session.info["applying"] = True
    for projection in cast("Sequence[Projection]", session.info.get("projections", ())):
        projection.apply(session, written)
    session.info["applying"] = False
    return written


def _write(session: Session, row: dict[str, Any]) -> None:
    """Insert the entry and its outbox row and move the head: one round trip where the database can."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_ALL_IN_ONE, row)
        return
    session.execute(_INSERT["ledger_entry"], row)
    place = {name: row[name] for name in ("chain_id", "seq", "entry_hash")}
    session.execute(_INSERT["ledger_pending"], place)
    if row["seq"] == 1:
        session.execute(_INSERT["ledger_head"], place)
    else:
        session.execute(_ADVANCE, {"chain": row["chain_id"], "number": row["seq"], "digest": row["entry_hash"]})


def count(session: Session) -> int:
    """Return how many entries there are."""
    return session.scalar(select(func.count()).select_from(ledger_entry)) or 0
