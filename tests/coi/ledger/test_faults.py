"""What is wrong with an entry is said in its own words and in its own place, without help of the outbox."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from coi import ledger
from coi.ledger import audit
from coi.ledger.audit import Fault, Report
from coi.ledger.entry import entry_hash
from tests.attacks.vandal import Vandal
from tests.ledgers import fill, stmt

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from coi.db import Database

NOISE = "ab" * 32


def wrong_hash(v: Vandal, chain: str) -> tuple[int, str]:
    """The bytes are an entry, and entry_hash is another's."""
    row = v.chains[chain][2]
    v.set(row.place, "entry_hash", bytes.fromhex(NOISE))
    return 3, f"its bytes hash to {row.entry_hash.hex()}, and its entry_hash is {NOISE}"


def wrong_hash_and_no_entry(v: Vandal, chain: str) -> tuple[int, str]:
    """The bytes are no entry, and were never hashed."""
    row = v.chains[chain][2]
    v.set(row.place, "body", b"{}")
    return 3, f"its bytes hash to {entry_hash(b'{}').hex()}, and its entry_hash is {row.entry_hash.hex()}"


def no_entry(v: Vandal, chain: str) -> tuple[int, str]:
    """The bytes were hashed, and are no entry."""
    row = v.chains[chain][2]
    v.set(row.place, "body", b"[]")
    v.set(row.place, "entry_hash", entry_hash(b"[]"))
    fields = "chain, log, prev, rec, seq, sig, stmt, type, v"
    return 3, f"its bytes are no entry: Expected the fields {fields}, seen list."


def other_chain(v: Vandal, chain: str) -> tuple[int, str]:
    """The entry says that it is of another chain."""
    row = v.chains[chain][4]
    other = "abcdefghijklmnopqrstuvwx44"
    row.say(chain=other)
    row.chain_id = chain
    v.put(row)
    return 5, f"its bytes say {other}, and chain_id is {chain}"


def other_number(v: Vandal, chain: str) -> tuple[int, str]:
    """The entry says that it has another number."""
    row = v.chains[chain][4]
    row.say(seq=9)
    row.seq = 5
    v.put(row)
    return 5, "its bytes say 9, and seq is 5"


def other_column(column: str, value: object, shown: str) -> Callable[[Vandal, str], tuple[int, str]]:
    """Return what changes one column of the third entry."""

    def spoil(v: Vandal, chain: str) -> tuple[int, str]:
        row = v.chains[chain][2]
        said = getattr(row, column)
        v.set(row.place, column, value)
        return 3, f"its bytes say {said.hex() if isinstance(said, bytes) else said}, and {column} is {shown}"

    return spoil


def twice_opened(v: Vandal, chain: str) -> tuple[int, str]:
    """An entry inside the chain says that the chain begins."""
    rows = v.chains[chain]
    rows[4].say(type="chain.opened")
    v.rewrite(rows[4:])
    return 5, "a chain begins, and only begins, with chain.opened; this is chain.opened"


def rewritten_first(v: Vandal, chain: str) -> tuple[int, str]:
    """The first entry is another; the second still names the one that was."""
    return _rewritten(v, chain, 0)


def rewritten_inside(v: Vandal, chain: str) -> tuple[int, str]:
    """An inner entry is another; the next one, for which a third vouches, still names the one that was."""
    return _rewritten(v, chain, 2)


def rewritten_last_but_one(v: Vandal, chain: str) -> tuple[int, str]:
    """The last but one is another; the last, for which the head vouches, still names the one that was."""
    return _rewritten(v, chain, 3)


def _rewritten(v: Vandal, chain: str, at: int) -> tuple[int, str]:
    """Rewrite one entry so that it is right in itself."""
    row = v.chains[chain][at]
    row.lie()
    v.put(row)
    now = row.entry_hash.hex()
    return at + 1, f"rewritten: entry {at + 1} hashes to {now}, and entry {at + 2} was written after another"


def rewritten_last(v: Vandal, chain: str) -> tuple[int, str]:
    """The last entry is another than the head says."""
    row = v.chains[chain][4]
    before = row.entry_hash.hex()
    row.lie()
    v.put(row)
    return 5, f"it hashes to {row.entry_hash.hex()}, and the projected head says {before}"


def misplaced_inside(v: Vandal, chain: str) -> tuple[int, str]:
    """An inner entry names neither what was before it, nor is it what the next one names."""
    return _misplaced(v, chain, 2)


def misplaced_last(v: Vandal, chain: str) -> tuple[int, str]:
    """The last entry names something else than what was before it, and the head does not vouch for it."""
    return _misplaced(v, chain, 4)


def _misplaced(v: Vandal, chain: str, at: int) -> tuple[int, str]:
    """Write an entry that hangs on nothing."""
    before, row = v.chains[chain][at - 1 : at + 1]
    row.say(prev=NOISE)
    v.put(row)
    kept = before.entry_hash.hex()
    return at + 1, f"rewritten: entry {at} hashes to {kept}, and entry {at + 1} was written after another"


def misplaced_without_a_head(v: Vandal, chain: str) -> tuple[int, str]:
    """The same, and the head is gone."""
    v.do("DELETE FROM ledger_head WHERE chain_id = :c", c=chain)
    return _misplaced(v, chain, 4)


def missing_first(v: Vandal, chain: str) -> tuple[int, str]:
    """The first entry is gone."""
    v.drop((chain, 1))
    return 1, "this entry is missing: entry 0 is followed by 2"


def missing_inside(v: Vandal, chain: str) -> tuple[int, str]:
    """Two inner entries are gone."""
    v.drop((chain, 3))
    v.drop((chain, 4))
    return 3, "this entry is missing: entry 2 is followed by 5"


def last_has_another_number(v: Vandal, chain: str) -> tuple[int, str]:
    """The last entry lies further on, so that its own place is empty."""
    v.set((chain, 5), "seq", 8)
    return 5, "this entry is missing: entry 4 is followed by 8"


def missing_last(v: Vandal, chain: str) -> tuple[int, str]:
    """The last entry is gone."""
    v.drop((chain, 5))
    return 5, "the tail is cut off: the projected head stands at entry 5"


def one_too_many(v: Vandal, chain: str) -> tuple[int, str]:
    """An entry follows the one that the head names."""
    v.do("UPDATE ledger_head SET seq = 4 WHERE chain_id = :c", c=chain)
    return 5, "an entry beyond the chain's head, which stands at entry 4"


def head_at_nothing(v: Vandal, chain: str) -> tuple[int, str]:
    """The head says that the chain has not begun."""
    v.do("UPDATE ledger_head SET seq = 0 WHERE chain_id = :c", c=chain)
    return 1, "an entry beyond the chain's head, which stands at entry 0"


def far_behind(v: Vandal, chain: str) -> tuple[int, str]:
    """An entry lies further on than anything that was recorded."""
    row = v.chains[chain][4]
    row.say(
        seq=9,
        prev=row.entry_hash.hex(),
        stmt={"id": ledger.new_id(), "actor": "P-1", "at": "2026-11-21T01:31:08.004211Z"},
    )
    v.put(row)
    return 9, "an entry beyond the chain's head"


def number_twice(v: Vandal, chain: str) -> tuple[int, str]:
    """A number is there twice, in a table without rules."""
    v.do("CREATE TABLE copied AS SELECT * FROM ledger_entry")
    v.do("DROP TABLE ledger_entry")
    v.do("ALTER TABLE copied RENAME TO ledger_entry")
    v.do("INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE chain_id = :c AND seq = 2", c=chain)
    return 2, "this number is there twice"


def said_twice(v: Vandal, chain: str) -> tuple[int, str]:
    """A statement is recorded a second time further on, by somebody who keeps chain, head and columns right."""
    v.do("CREATE TABLE copied AS SELECT * FROM ledger_entry")
    v.do("DROP TABLE ledger_entry")
    v.do("ALTER TABLE copied RENAME TO ledger_entry")
    rows = v.chains[chain]
    said = rows[1].stmt_id
    rows[3].say(stmt=stmt(id=said))
    v.rewrite(rows[3:])
    return 4, f"the statement {said} is recorded twice"


def other_outbox(v: Vandal, chain: str) -> tuple[int, str]:
    """The outbox waits with two entries that are not those of the ledger."""
    v.do(
        "INSERT INTO ledger_pending (chain_id, seq, entry_hash) SELECT chain_id, seq, prev_hash FROM ledger_entry "
        "WHERE chain_id = :c AND seq IN (2, 4)",
        c=chain,
    )
    return 2, "the outbox holds another entry than the ledger in this place"


EVERYWHERE = {
    "wrong hash": wrong_hash,
    "wrong hash, no entry": wrong_hash_and_no_entry,
    "no entry": no_entry,
    "other chain": other_chain,
    "other number": other_number,
    "other prev_hash": other_column("prev_hash", bytes.fromhex(NOISE), NOISE),
    "other stmt_id": other_column("stmt_id", "x", "x"),
    "other recorded_at": other_column("recorded_at", "2026", "2026"),
    "twice opened": twice_opened,
    "rewritten first": rewritten_first,
    "rewritten inside": rewritten_inside,
    "rewritten last but one": rewritten_last_but_one,
    "rewritten last": rewritten_last,
    "misplaced inside": misplaced_inside,
    "misplaced last": misplaced_last,
    "misplaced last, no head": misplaced_without_a_head,
    "missing first": missing_first,
    "missing inside": missing_inside,
    "missing last": missing_last,
    "another number last": last_has_another_number,
    "one too many": one_too_many,
    "head at nothing": head_at_nothing,
    "far behind": far_behind,
    "number twice": number_twice,
    "said twice": said_twice,
    "other outbox": other_outbox,
}
TYPE = "a column has another type than it was written with"


def _judged(database: Database, spoil: Callable[[Vandal, str], tuple[int, str]]) -> tuple[Fault, Report]:
    """Return the fault that is expected, and the report."""
    chain = fill(database, chains=3, deeds=4)[1]

    def work(session: Session) -> tuple[int, str]:
        vandal = Vandal(session, Random(1))
        vandal.do("DELETE FROM ledger_pending")
        return spoil(vandal, chain)

    seq, what = database.run(work)
    return Fault(chain, seq, what), database.read(audit.fsck)


@pytest.mark.parametrize("spoil", EVERYWHERE.values(), ids=EVERYWHERE)
def test_what_is_wrong_and_where(database: Database, spoil: Callable[[Vandal, str], tuple[int, str]]) -> None:
    """The one fault of the ledger is named with its chain, its number and what does not fit."""
    expected, report = _judged(database, spoil)

    assert (expected,) == report.faults
    assert 4 == report.chains


def number_as_text(v: Vandal, chain: str) -> tuple[int, str]:
    """An inner number is a text."""
    v.set((chain, 3), "seq", "three")
    return 3, "this entry is missing: entry 2 is followed by 4"


def number_beyond_as_text(v: Vandal, chain: str) -> tuple[int, str]:
    """Beyond the last entry lies one whose number is a text."""
    row = v.chains[chain][4]
    row.stmt_id, row.entry_hash, row.prev_hash = ledger.new_id(), v.noise(32), v.noise(32)
    row.seq = 6
    v.put(row)
    v.set((chain, 6), "seq", "six")
    return 6, "an entry beyond the chain's head"


def hash_as_text(v: Vandal, chain: str) -> tuple[int, str]:
    """A hash is a text of the same bytes, which is no UTF-8."""
    v.do("UPDATE ledger_entry SET entry_hash = CAST(x'ff00' AS TEXT) WHERE chain_id = :c AND seq = 3", c=chain)
    return 3, TYPE


def time_as_bytes(v: Vandal, chain: str) -> tuple[int, str]:
    """A time is the bytes of its text."""
    v.do("UPDATE ledger_entry SET recorded_at = CAST(recorded_at AS BLOB) WHERE chain_id = :c AND seq = 3", c=chain)
    return 3, TYPE


ON_SQLITE = {
    "number as text": number_as_text,
    "number beyond as text": number_beyond_as_text,
    "hash as text": hash_as_text,
    "time as bytes": time_as_bytes,
}


@pytest.mark.parametrize(
    ("database_kind", "spoil"),
    [("sqlite", spoil) for spoil in ON_SQLITE.values()],
    ids=ON_SQLITE,
    indirect=["database_kind"],
)
def test_other_types(database: Database, spoil: Callable[[Vandal, str], tuple[int, str]]) -> None:
    """A value of another type, which only SQLite lets into a column, is named in its place."""
    expected, report = _judged(database, spoil)

    assert (expected,) == report.faults


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_chain_whose_name_is_no_text(database: Database) -> None:
    """A chain id of bytes that no text can hold is shown as such, beside the entry that lost its place."""
    chain = fill(database, chains=1, deeds=4)[0]

    def work(session: Session) -> None:
        Vandal(session, Random(1)).do("UPDATE ledger_entry SET chain_id = CAST(x'ff41' AS TEXT) WHERE seq = 3")

    database.run(work)

    gone = "this entry is missing: entry 2 is followed by 4"
    faults = {(fault.chain, fault.seq): fault.what for fault in database.read(audit.fsck).faults}
    assert {("\\xffA", 3): "an entry beyond the chain's head", (chain, 3): gone} == faults


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_text_that_is_none(database: Database) -> None:
    """A head of a chain whose name cannot be read is a damaged file, and not a failure of the check."""
    fill(database, chains=1, deeds=1)

    def work(session: Session) -> None:
        Vandal(session, Random(1)).do("UPDATE ledger_head SET chain_id = CAST(x'ff41' AS TEXT) WHERE seq = 2")

    database.run(work)

    what = "the database file itself is damaged (OperationalError)"
    assert Report(0, 0, (Fault("", 0, what),)) == database.read(audit.fsck)
