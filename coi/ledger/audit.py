"""Is the ledger whole?

``fsck`` reads every stored byte again, hashes it again, and believes no column. It names the first broken entry of each
chain. What it finds without a signed checkpoint, and what it cannot find, stands in ``tests/attacks/test_tamper.py``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from coi.errors import Malformed, Unknown
from coi.ledger.entry import ZERO, Entry, Head, entry_hash, instant, read
from coi.ledger.replay import Difference as Difference
from coi.ledger.replay import rebuild as rebuild
from coi.ledger.replay import rebuild_check as rebuild_check
from coi.ledger.store import entry as one_entry
from coi.ledger.store import installation, ledger_entry, ledger_pending

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

BATCH = 1_000
"""Rows that are in memory at a time."""
OPENED = "chain.opened"
"""The type of every chain's first entry."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first broken entry of a chain and what is wrong with it; seq 0 speaks of the chain as a whole."""

    chain: str
    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What fsck saw."""

    entries: int
    chains: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Nothing is broken."""
        return not self.faults

    @property
    def exit_code(self) -> int:
        """What a command that verifies exits with: 0 whole, 1 broken."""
        return 0 if self.ok else 1

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "chains": self.chains,
            "faults": [asdict(fault) for fault in self.faults],
        }

    def as_text(self) -> str:
        """Return the report for a person: one line, or one more for each broken chain."""
        seen = f"{self.entries} entries in {self.chains} chains read and hashed again"
        if self.ok:
            return f"The ledger is whole: {seen}."
        lines = [f"THE LEDGER IS BROKEN in {len(self.faults)} chains: {seen}."]
        lines += [f"  chain {fault.chain}, entry {fault.seq}: {fault.what}" for fault in self.faults]
        return "\n".join(lines)


@dataclass(slots=True)
class _Chain:
    """How far the reading of one chain has come."""

    id: str
    head: Head | None
    seq: int = 0
    hash: str = ZERO
    rows: int = 0
    torn: bool = False
    """The newest entry read does not name the hash before it; the next one tells which of the two was rewritten."""
    before: str = ""
    fault: Fault | None = None

    def find(self, seq: int, what: str) -> None:
        """Note what is wrong; only the first finding counts, since all after it may follow from it."""
        self.fault = self.fault or Fault(self.id, seq, what)


@dataclass(slots=True)
class _Known:
    """What else in the database vouches for the entries."""

    log: str
    heads: dict[str, Head] = field(default_factory=dict)


def fsck(session: Session) -> Report:
    """Read and hash the whole ledger again, in one moment of the database, and name the first break of each chain.

    Of each entry: 1. its columns have their types; 2. its bytes are canonical and an entry; 3. they hash to
    ``entry_hash``; 4. every column says what the bytes say; 5. it is of this installation's log.
    Of each chain: 6. it begins at 1 with ``chain.opened``; 7. numbers follow without gap or repetition; 8. each entry
    names the hash of the one before it; 9. it has a projected head, and ends where that says.
    Of all: 10. the outbox names only entries that are there; 11. no statement occurs twice; 12. there is an
    installation, and the organisation's chain says the same purpose.
    """
    try:
        return _fsck(session)
    except DatabaseError as error:
        if "malformed" in str(error.orig) or "Could not decode" in str(error.orig):
            return Report(0, 0, (Fault("", 0, f"the database file itself is damaged ({type(error.orig).__name__})"),))
        raise


def _fsck(session: Session) -> Report:
    """Do what ``fsck`` says on a file that can be read."""
    entries = chains = 0
    found: list[Fault] = []
    try:
        log = installation(session).log
    except Unknown:
        log = ""
    known = _Known(log, _heads(session))
    for chain in _chains(session, known):
        entries += chain.rows
        chains += 1
        known.heads.pop(chain.id, None)
        found += [chain.fault] if chain.fault else []
    gone = [
        Fault(head.chain, 1, f"the chain is gone: its head stands at entry {head.seq}") for head in known.heads.values()
    ]
    others = (*gone, *_not_in_ledger(session), *_twice(session), *_founding(session, entries))
    first: dict[str, Fault] = {}
    for fault in sorted((*found, *others), key=lambda one: (one.chain, one.seq)):
        first.setdefault(fault.chain, fault)
    return Report(entries, chains, tuple(first.values()))


_TYPES = "text integer blob blob blob text text"
_COLUMNS = ("chain_id", "seq", "entry_hash", "prev_hash", "body", "stmt_id", "recorded_at")
_SEEN = " || ' ' || ".join(f"typeof({name})" for name in _COLUMNS)
_BYTES = ", ".join(name if name == "seq" else f"CAST({name} AS BLOB)" for name in _COLUMNS)
_ROWS = {
    "sqlite": f"SELECT {_SEEN}, {_BYTES} FROM ledger_entry ORDER BY chain_id, seq",  # noqa: S608  our own names
    "postgresql": f"SELECT '{_TYPES}', {', '.join(_COLUMNS)} FROM ledger_entry ORDER BY chain_id, seq",  # noqa: S608
}
"""SQLite keeps in any column what it was given, also a text that is none: so its columns are read as bytes."""


def _chains(session: Session, known: _Known) -> Iterator[_Chain]:
    """Read the rows as they lie there, without a type's help, and yield each chain when its last row is judged."""
    query = text(_ROWS[session.get_bind().dialect.name])
    chain: _Chain | None = None
    with session.execute(query, execution_options={"yield_per": BATCH}) as rows:
        for row in rows:
            name = _plain(row[1])
            if chain is None or chain.id != name:
                if chain is not None:
                    _end(chain)
                    yield chain
                chain = _Chain(name, known.heads.get(name))
            chain.rows += 1
            if chain.fault is None:
                _follow(chain, row, known.log)
    if chain is not None:
        _end(chain)
        yield chain


def _follow(chain: _Chain, row: Sequence[Any], log: str) -> None:
    """Judge the next row of a chain that was whole so far (1 to 8)."""
    seq, expected = row[2], chain.seq + 1
    counted = type(seq) is int
    if counted and seq < expected:
        chain.find(seq, "this number is there twice")
    elif counted and seq == expected:
        entry = _judge(chain, row, log)
        if entry is None:
            return
        if chain.torn:
            _blame(chain, linked=entry.prev == chain.hash)
        chain.torn, chain.before = entry.prev != chain.hash, chain.hash
        chain.seq, chain.hash = entry.seq, entry.hash
    elif chain.head is None or chain.head.seq < expected:
        chain.find(seq if counted else expected, "an entry beyond the chain's head")
    else:
        chain.find(expected, f"this entry is missing: entry {chain.seq} is followed by {_shown(seq)}")


def _judge(chain: _Chain, row: Sequence[Any], log: str) -> Entry | None:
    """Judge one row by itself (1 to 6) and return the entry that its bytes spell."""
    types, _, seq, digest, prev, body, stmt_id, recorded_at = row
    if types != _TYPES:
        chain.find(seq, "a column has another type than it was written with")
        return None
    try:
        entry = read(body)
    except Malformed as error:
        seen, problem = entry_hash(body).hex(), f"its bytes are no entry: {error}"
        chain.find(seq, problem if seen == digest.hex() else _other_hash(seen, digest))
        return None
    if entry.hash != digest.hex():
        chain.find(seq, _other_hash(entry.hash, digest))
        return None
    for column, told, said in (
        ("chain_id", chain.id, entry.chain),
        ("seq", seq, entry.seq),
        ("prev_hash", prev.hex(), entry.prev),
        ("stmt_id", _plain(stmt_id), entry.id),
        ("recorded_at", _plain(recorded_at), instant(entry.at)),
        ("the installation's log", log, entry.log),
    ):
        if told != said:
            chain.find(seq, f"its bytes say {said}, and {column} is {_shown(told)}")
            return None
    if (seq == 1) != (entry.type == OPENED):
        chain.find(seq, f"a chain begins, and only begins, with {OPENED}; this is {entry.type}")
        return None
    return entry


def _other_hash(seen: str, digest: bytes) -> str:
    """Say that the bytes are not those that were hashed."""
    return f"its bytes hash to {seen}, and its entry_hash is {_shown(digest)}"


def _end(chain: _Chain) -> None:
    """Judge the end of a chain by its projected head (9)."""
    head = chain.head
    if chain.fault is not None:
        return
    if chain.torn:
        _blame(chain, linked=head is not None and head.hash == chain.hash)
    elif head is None:
        chain.find(1, "no projected head vouches for this chain")
    elif head.seq > chain.seq:
        chain.find(chain.seq + 1, f"the tail is cut off: the projected head stands at entry {head.seq}")
    elif head.seq < chain.seq:
        chain.find(max(head.seq + 1, 1), f"an entry beyond the chain's head, which stands at entry {head.seq}")
    elif head.hash != chain.hash:
        chain.find(chain.seq, f"it hashes to {chain.hash}, and the projected head says {head.hash}")


def _blame(chain: _Chain, *, linked: bool) -> None:
    """Name the rewritten one of two entries that do not fit: the later one, unless what follows vouches for it."""
    found = f"entry {chain.seq - 1} hashes to {chain.before}, and entry {chain.seq} was written after another"
    chain.find(chain.seq - 1 if linked else chain.seq, f"rewritten: {found}")


def _heads(session: Session) -> dict[str, Head]:
    """Return every projected head."""
    rows = session.execute(text("SELECT chain_id, seq, entry_hash FROM ledger_head"))
    return {chain: Head(chain, seq, _shown(digest)) for chain, seq, digest in rows}


def _not_in_ledger(session: Session) -> list[Fault]:
    """Return what the outbox holds and the ledger does not, or holds with another hash (10)."""
    queued, there = ledger_pending.c, ledger_entry.c
    joined = ledger_pending.outerjoin(ledger_entry, (there.chain_id == queued.chain_id) & (there.seq == queued.seq))
    query = (
        select(queued.chain_id, func.min(queued.seq))
        .select_from(joined)
        .where(there.entry_hash.is_distinct_from(queued.entry_hash))
        .group_by(queued.chain_id)
    )
    what = "the outbox holds another entry than the ledger in this place"
    return [Fault(chain, seq, what) for chain, seq in session.execute(query)]


def _twice(session: Session) -> list[Fault]:
    """Return the later entries of every statement that is recorded more than once (11)."""
    columns = ledger_entry.c
    again = select(columns.stmt_id).group_by(columns.stmt_id).having(func.count() > 1)
    rows = session.execute(
        select(columns.stmt_id, columns.chain_id, columns.seq)
        .where(columns.stmt_id.in_(again))
        .order_by(columns.stmt_id, columns.recorded_at)
    )
    first: set[str] = set()
    faults = []
    for stmt_id, chain, seq in rows:
        if stmt_id in first:
            faults.append(Fault(_plain(chain), seq, f"the statement {stmt_id} is recorded twice"))
        first.add(stmt_id)
    return faults


def _founding(session: Session, entries: int) -> list[Fault]:
    """Compare the installation with what the organisation's chain says of it (12)."""
    try:
        installed = installation(session)
    except Unknown:
        return [Fault("", 0, "there are entries, and no installation")] if entries else []
    try:
        said = one_entry(session, installed.org_chain, 1).stmt
    except (Unknown, Malformed):
        return [Fault(installed.org_chain, 1, "the organisation's chain does not begin")]
    told = {"kind": "organization", "ref": installed.id, "purpose": installed.purpose}
    if any(said.get(name) != value for name, value in told.items()):
        return [Fault(installed.org_chain, 1, "the installation is another one than the organisation's chain says")]
    return []


def _plain(value: object) -> str:
    """Return a column's text, whatever was put into it."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _shown(value: object) -> str:
    """Return a column's value short enough for a line."""
    return (value.hex() if isinstance(value, bytes) else str(value))[:80]
