"""Someone with every right on the database changes the ledger behind the service's back.

Each way to do it is a function of a ``Vandal`` and returns the places, (chain, seq), that ``fsck`` must then name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import text

from coi import ledger
from coi.ledger import guards
from coi.ledger.entry import encode, entry_hash

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sqlalchemy.orm import Session

Place: TypeAlias = tuple[str, int]
NAMES = ("chain_id", "seq", "entry_hash", "prev_hash", "body", "stmt_id", "recorded_at")


@dataclass(slots=True)
class Row:
    """One row of ledger_entry, free to be changed."""

    chain_id: str
    seq: int
    entry_hash: bytes
    prev_hash: bytes
    body: bytes
    stmt_id: str
    recorded_at: str

    @property
    def place(self) -> Place:
        """Where the row lies."""
        return self.chain_id, self.seq

    def say(self, **said: Any) -> None:  # noqa: ANN401  any field of the body
        """Change fields of the body and make every column agree with it, as somebody who knows the format would."""
        value = json.loads(self.body) | said
        self.body = encode(value)
        self.chain_id, self.seq = value["chain"], value["seq"]
        self.prev_hash, self.entry_hash = bytes.fromhex(value["prev"]), entry_hash(self.body)
        self.stmt_id, self.recorded_at = value["stmt"]["id"], value["rec"]["at"]

    def lie(self) -> None:
        """Change what was said, with every column agreeing."""
        self.say(stmt=json.loads(self.body)["stmt"] | {"to": "elsewhere", "ref": "COI-9"})


class Vandal:
    """All rights, the triggers out of the way, and a seeded mind."""

    def __init__(self, session: Session, mind: Random) -> None:
        """Take the triggers away and look at what is there."""
        self.session = session
        self.mind = mind
        self.is_sqlite = session.get_bind().dialect.name == "sqlite"
        if self.is_sqlite:
            self.do("PRAGMA ignore_check_constraints=ON")
            for name in guards.NAMES["sqlite"]:
                self.do(f"DROP TRIGGER {name}")
        else:
            self.do("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        rows = session.execute(text(f"SELECT {', '.join(NAMES)} FROM ledger_entry ORDER BY chain_id, seq"))
        self.chains: dict[str, list[Row]] = {}
        for row in rows:
            self.chains.setdefault(row.chain_id, []).append(Row(*row))

    def do(self, sql: str, **values: object) -> None:
        """Run one statement."""
        self.session.execute(text(sql), values)

    def chain(self) -> list[Row]:
        """Choose a chain of more than one entry."""
        return self.mind.choice([chain for chain in self.chains.values() if len(chain) > 1])

    def row(self, first: int = 0, last: int = 0) -> Row:
        """Choose a row; leave out *first* rows at the chain's beginning and *last* at its end."""
        chain = self.chain()
        return self.mind.choice(chain[first : len(chain) - last])

    def two(self) -> tuple[Row, Row]:
        """Choose two different rows."""
        one, other = self.mind.sample([row for chain in self.chains.values() for row in chain], 2)
        return one, other

    def set(self, place: Place, column: str, value: object) -> None:
        """Write one column of one row."""
        chain, seq = place
        self.do(f"UPDATE ledger_entry SET {column} = :v WHERE chain_id = :c AND seq = :s", v=value, c=chain, s=seq)

    def put(self, row: Row) -> None:
        """Write a row, in the place of the one that lies there."""
        self.drop(row.place)
        self.do(
            f"INSERT INTO ledger_entry ({', '.join(NAMES)}) VALUES ({', '.join(f':{name}' for name in NAMES)})",
            **{name: getattr(row, name) for name in NAMES},
        )

    def drop(self, place: Place) -> None:
        """Remove one row."""
        self.do("DELETE FROM ledger_entry WHERE chain_id = :c AND seq = :s", c=place[0], s=place[1])

    def forget_outbox(self, chain: str) -> None:
        """Remove what the outbox knows of a chain; the sequencer will do that with every entry."""
        self.do("DELETE FROM ledger_pending WHERE chain_id = :c", c=chain)

    def rewrite(self, rows: list[Row]) -> None:
        """Write the rows anew, each behind the one before it, and make head and outbox agree."""
        for before, row in zip([None, *rows], rows, strict=False):
            if before is not None:
                row.say(prev=before.entry_hash.hex())
            self.put(row)
        self.set_head(rows[-1])

    def set_head(self, row: Row) -> None:
        """Make *row* the newest of its chain for the head and the outbox."""
        values = {"c": row.chain_id, "s": row.seq, "h": row.entry_hash}
        self.do("UPDATE ledger_head SET seq = :s, entry_hash = :h WHERE chain_id = :c", **values)
        self.forget_outbox(row.chain_id)

    def noise(self, length: int) -> bytes:
        """Return random bytes."""
        return self.mind.randbytes(length)


def _first(*places: Place) -> set[Place]:
    """Return the first place of each chain: what fsck names."""
    return {min(place for place in places if place[0] == chain) for chain, _ in places}


def _flip(v: Vandal, value: bytes) -> bytes:
    """Return *value* with one bit turned."""
    at = v.mind.randrange(len(value))
    return value[:at] + bytes([value[at] ^ 1 << v.mind.randrange(8)]) + value[at + 1 :]


def flip_a_bit_of_the_body(v: Vandal) -> set[Place]:
    """Flip one bit, as a failing disk does."""
    row = v.row()
    v.set(row.place, "body", _flip(v, row.body))
    return {row.place}


def edit_the_body(v: Vandal) -> set[Place]:
    """Change what was said and leave the hashes."""
    row = v.row()
    place = row.place
    row.lie()
    v.set(place, "body", row.body)
    return {place}


def respell_the_body(v: Vandal) -> set[Place]:
    """Spell the same content with a space and hash that."""
    row = v.row()
    body = json.dumps(json.loads(row.body)).encode()
    v.set(row.place, "body", body)
    v.set(row.place, "entry_hash", entry_hash(body))
    return {row.place}


def change_entry_hash(v: Vandal) -> set[Place]:
    """Change the column entry_hash."""
    row = v.row()
    v.set(row.place, "entry_hash", v.noise(v.mind.choice([0, 31, 32]) if v.is_sqlite else 32))
    return {row.place}


def change_prev_hash(v: Vandal) -> set[Place]:
    """Change the column prev_hash."""
    row = v.row()
    v.set(row.place, "prev_hash", v.mind.choice([_flip(v, row.prev_hash), v.noise(32)]))
    return {row.place}


def change_stmt_id(v: Vandal) -> set[Place]:
    """Change the column stmt_id."""
    row = v.row()
    v.set(row.place, "stmt_id", v.mind.choice([ledger.new_id(), "", row.stmt_id.upper()]))
    return {row.place}


def change_recorded_at(v: Vandal) -> set[Place]:
    """Change the column recorded_at."""
    row = v.row()
    v.set(row.place, "recorded_at", v.mind.choice(["2026-11-20T01:31:08.004211Z", row.recorded_at[:-1], ""]))
    return {row.place}


def change_seq(v: Vandal) -> set[Place]:
    """Change the column seq."""
    row = v.row()
    v.set(row.place, "seq", row.seq + v.mind.choice([100, 1_000_000]))
    return {row.place}


def change_chain(v: Vandal) -> set[Place]:
    """Give a row to another chain, known or unknown."""
    row = v.row()
    lasts = {chain: len(rows) for chain, rows in v.chains.items() if len(rows) < row.seq}
    other = v.mind.choice([*lasts, "abcdefghijklmnopqrstuvwx22", "X"])
    v.set(row.place, "chain_id", other)
    return {row.place, (other, row.seq)}


def rewrite_one(v: Vandal) -> set[Place]:
    """Change what was said and make every column of the row agree, with or without the outbox."""
    row = v.row()
    row.lie()
    v.put(row)
    if v.mind.random() < 0.5:
        v.forget_outbox(row.chain_id)
    return {row.place}


def rewrite_one_behind_another(v: Vandal) -> set[Place]:
    """Write another entry into the place that does not follow the one before it."""
    row = v.row(first=1)
    row.say(prev=v.noise(32).hex())
    v.put(row)
    v.forget_outbox(row.chain_id)
    return {row.place}


def swap_bodies(v: Vandal) -> set[Place]:
    """Exchange the bodies of two rows."""
    one, other = v.two()
    v.set(one.place, "body", other.body)
    v.set(other.place, "body", one.body)
    return _first(one.place, other.place)


def swap_rows(v: Vandal) -> set[Place]:
    """Exchange all that two rows hold but their places."""
    one, other = v.two()
    places = one.place, other.place
    for place in places:
        v.set(place, "stmt_id", ledger.new_id())
        v.set(place, "entry_hash", v.noise(32))
    for place, row in zip(places, (other, one), strict=True):
        for column in ("entry_hash", "body", "stmt_id", "recorded_at"):
            v.set(place, column, getattr(row, column))
    return _first(*places)


def delete_inside(v: Vandal) -> set[Place]:
    """Delete one or some entries that are not the newest."""
    row = v.row(last=1)
    chain = v.chains[row.chain_id]
    for one in chain[row.seq - 1 : min(row.seq - 1 + v.mind.randrange(1, 4), len(chain) - 1)]:
        v.drop(one.place)
    if v.mind.random() < 0.5:
        v.forget_outbox(row.chain_id)
    return {row.place}


def insert_a_next_one(v: Vandal) -> set[Place]:
    """Append an entry that is right in every byte, but that the service never recorded."""
    last = v.chain()[-1]
    stmt = json.loads(last.body)["stmt"] | {"id": ledger.new_id()}
    last.say(seq=last.seq + 1, prev=last.entry_hash.hex(), stmt=stmt, type="bag.moved")
    v.put(last)
    return {last.place}


def insert_far_behind(v: Vandal) -> set[Place]:
    """Insert an entry with a number further on."""
    last = v.chain()[-1]
    stmt = json.loads(last.body)["stmt"] | {"id": ledger.new_id()}
    last.say(seq=last.seq + 1 + v.mind.randrange(1, 9), prev=last.entry_hash.hex(), stmt=stmt, type="bag.moved")
    v.put(last)
    return {last.place}


def insert_a_chain(v: Vandal) -> set[Place]:
    """Insert a chain that the service never opened."""
    first = v.chain()[0]
    stmt = json.loads(first.body)["stmt"] | {"id": ledger.new_id()}
    first.say(chain="abcdefghijklmnopqrstuvwx33", stmt=stmt)
    v.put(first)
    return {first.place}


def copy_to_another_chain(v: Vandal) -> set[Place]:
    """Copy an entry to the end of another chain, with the columns that make it fit."""
    row, end = v.row(), v.chain()[-1]
    row.chain_id, row.seq, row.prev_hash = end.chain_id, end.seq + 1, end.entry_hash
    row.stmt_id, row.entry_hash = ledger.new_id(), v.noise(32)
    v.put(row)
    return {row.place}


def say_it_twice(v: Vandal) -> set[Place]:
    """Copy the table to one without rules and put a row into it twice."""
    row = v.row()
    v.do("CREATE TABLE copied AS SELECT * FROM ledger_entry")
    v.do("DROP TABLE ledger_entry")
    v.do("ALTER TABLE copied RENAME TO ledger_entry")
    names = ", ".join(NAMES)
    v.do(
        f"INSERT INTO ledger_entry ({names}) SELECT {names} FROM ledger_entry WHERE chain_id = :c AND seq = :s",
        c=row.chain_id,
        s=row.seq,
    )
    return {row.place}


def cut_the_tail(v: Vandal) -> set[Place]:
    """Delete the newest entries of a chain."""
    chain = v.chain()
    cut = v.mind.randrange(1, len(chain))
    for row in chain[-cut:]:
        v.drop(row.place)
    if v.mind.random() < 0.5:
        v.forget_outbox(chain[0].chain_id)
    return {chain[-cut].place}


def delete_a_chain(v: Vandal) -> set[Place]:
    """Delete every entry of a chain."""
    chain = v.chain()
    for row in chain:
        v.drop(row.place)
    return {chain[0].place}


def change_a_type(v: Vandal) -> set[Place]:
    """Keep the characters of a column and change their type, which only SQLite lets happen."""
    row = v.row()
    column, into = v.mind.choice(
        [("body", "TEXT"), ("entry_hash", "TEXT"), ("stmt_id", "BLOB"), ("recorded_at", "BLOB")]
    )
    chain, seq = row.place
    v.do(
        f"UPDATE ledger_entry SET {column} = CAST({column} AS {into}) WHERE chain_id = :c AND seq = :s", c=chain, s=seq
    )
    return {row.place}


EVERYWHERE: tuple[Callable[[Vandal], set[Place]], ...] = (
    flip_a_bit_of_the_body,
    edit_the_body,
    respell_the_body,
    change_entry_hash,
    change_prev_hash,
    change_stmt_id,
    change_recorded_at,
    change_seq,
    change_chain,
    rewrite_one,
    rewrite_one_behind_another,
    swap_bodies,
    swap_rows,
    delete_inside,
    insert_a_next_one,
    insert_far_behind,
    insert_a_chain,
    copy_to_another_chain,
    say_it_twice,
    cut_the_tail,
    delete_a_chain,
)
ON_SQLITE = (*EVERYWHERE, change_a_type)
