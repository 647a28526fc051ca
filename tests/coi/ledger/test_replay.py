"""The tables show what the ledger says, and nothing else; what differs is named, and can be put right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, ForeignKey, LargeBinary, MetaData, String, Table, insert, text

from coi import ledger
from coi.errors import Unavailable
from coi.ledger import audit
from coi.ledger.audit import Difference
from tests.ledgers import Bags, deed, fill, found, open_chain, toy

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.ledger import Entry
    from tests.conftest import MakeDatabase


@pytest.fixture
def shown(make_database: MakeDatabase) -> tuple[Database, str]:
    """A ledger with one order whose bags are shown, and the order's chain."""
    database = make_database(Bags())
    toy.create_all(database.engine)
    return database, fill(database, chains=1, deeds=4)[0]


def _do(database: Database, sql: str) -> None:
    """Change a table behind the service's back."""
    database.run(lambda session: session.execute(text(sql)))


def test_equal(shown: tuple[Database, str]) -> None:
    """Tables that only the ledger wrote are equal to its replay, row by row."""
    database, chain = shown

    assert [] == audit.rebuild_check(database)
    deed(database, chain, bag="B-1", to="far")
    assert [] == audit.rebuild_check(database)
    assert [] == audit.rebuild(database)


CHANGES = {
    "a value": (
        "UPDATE toy_bag SET place = 'lost', moves = 9 WHERE bag = 'B-0'",
        ", B-0",
        'place: expected "site 3", seen "lost"; moves: expected 2, seen 9',
    ),
    "a missing value": (
        "UPDATE toy_bag SET place = NULL WHERE bag = 'B-1'",
        ", B-1",
        'place: expected "site 1", seen null',
    ),
    "a time": (
        "UPDATE toy_bag SET moved_at = '2020-01-01T00:00:00.000000Z' WHERE bag = 'B-2'",
        ", B-2",
        'moved_at: expected "2026-11-21T01:31:10.004211Z", seen "2020-01-01T00:00:00.000000Z"',
    ),
    "a row gone": ("DELETE FROM toy_bag WHERE bag = 'B-2'", ", B-2", "entries made this row, and it is not there"),
    "a row more": (
        "INSERT INTO toy_bag SELECT chain, 'B-7', place, moves, moved_at FROM toy_bag WHERE bag = 'B-1'",
        ", B-7",
        "this row is there, and no entry made it",
    ),
}


@pytest.mark.parametrize(("sql", "key", "what"), CHANGES.values(), ids=CHANGES)
def test_differences_are_named_and_put_right(shown: tuple[Database, str], sql: str, key: str, what: str) -> None:
    """A changed, missing or additional row is named with table, key and column; after the rebuild nothing differs."""
    database, chain = shown
    _do(database, sql)
    expected = [Difference("toy_bag", chain + key, what)]

    assert expected == audit.rebuild_check(database)
    assert expected == audit.rebuild(database)
    assert [] == audit.rebuild_check(database)
    assert database.read(audit.fsck).ok


def test_a_rebuild_sets_no_head_back(shown: tuple[Database, str]) -> None:
    """The projected head is not rebuilt: what a cut tail is found by stays."""
    database, chain = shown
    _do(database, "UPDATE ledger_head SET seq = 9 WHERE seq = 5")

    audit.rebuild(database)

    (fault,) = database.read(audit.fsck).faults
    assert (chain, 6) == (fault.chain, fault.seq)


def test_a_broken_entry_is_not_replayed(shown: tuple[Database, str], database_kind: str) -> None:
    """Where bytes are no entry, nothing is rebuilt from them; the place is named."""
    database, chain = shown
    with database.engine.begin() as connection:
        off = "DROP TRIGGER ledger_entry_no_update"
        connection.execute(text(off if database_kind == "sqlite" else "ALTER TABLE ledger_entry DISABLE TRIGGER USER"))
        value = "x'7b7d'" if database_kind == "sqlite" else "'\\x7b7d'"
        connection.exec_driver_sql(f"UPDATE ledger_entry SET body = {value} WHERE seq = 3")

    for replay in (audit.rebuild_check, audit.rebuild):
        with pytest.raises(Unavailable, match=f"^Entry 3 of chain {chain} cannot be read: verify the ledger first\\.$"):
            replay(database)


linked = MetaData()
shelf = Table("toy_shelf_of", linked, Column("chain", String(26), primary_key=True), Column("seal", LargeBinary))
item = Table(
    "toy_item_of",
    linked,
    Column("chain", String(26), ForeignKey("toy_shelf_of.chain"), primary_key=True),
    Column("id", String(40), primary_key=True),
)


class Shelves:
    """A shelf for each chain, and items on it that refer to it."""

    name = "shelves"
    tables = (item, shelf)

    def apply(self, session: Session, entry: Entry) -> None:
        """Show a chain as a shelf, and each entry after the first as an item."""
        if entry.seq == 1:
            session.execute(insert(shelf).values(chain=entry.chain, seal=bytes.fromhex(entry.hash)))
        else:
            session.execute(insert(item).values(chain=entry.chain, id=entry.id))


def test_tables_that_refer_to_each_other(make_database: MakeDatabase) -> None:
    """Rows that hang on other rows are removed before them and put back after them."""
    database = make_database(Shelves())
    linked.create_all(database.engine)
    found(database)
    chain = open_chain(database)
    deed(database, chain)
    assert [] == audit.rebuild_check(database)
    _do(database, "DELETE FROM toy_item_of")
    _do(database, "DELETE FROM toy_shelf_of")
    _do(database, "INSERT INTO toy_shelf_of (chain) VALUES ('other')")
    _do(database, "INSERT INTO toy_item_of (chain, id) VALUES ('other', 'x')")

    assert ["toy_shelf_of"] * 3 + ["toy_item_of"] * 2 == [one.table for one in audit.rebuild_check(database)]
    audit.rebuild(database)

    assert [] == audit.rebuild_check(database)


def test_only_what_is_asked_for(shown: tuple[Database, str]) -> None:
    """A check of other projections than the wired ones looks at those only."""
    database, _ = shown
    _do(database, "DELETE FROM toy_bag")

    assert [] == audit.rebuild_check(database, [])
    assert 3 == len(audit.rebuild_check(database, [Bags()]))
    assert [] == audit.rebuild(database, [])


def test_a_projection_that_cheats_is_found_out(make_database: MakeDatabase) -> None:
    """What a projection took from elsewhere than its chain's entries differs at the next check."""

    class Cheats(Bags):
        """Shows a random place."""

        def apply(self, session: Session, entry: Entry) -> None:
            """Show the bag, at a place that no entry names."""
            stmt = {**entry.stmt, "to": ledger.new_id()}
            super().apply(session, _saying(entry, stmt))

    database = make_database(Cheats())
    toy.create_all(database.engine)
    found(database)
    deed(database, open_chain(database), bag="B-1", to="here")

    (difference,) = audit.rebuild_check(database)
    assert difference.what.startswith("place: expected ")


def _saying(entry: Entry, stmt: dict[str, ledger.Json]) -> Entry:
    """Return the entry with another statement."""
    make: Callable[..., Entry] = type(entry)
    return make(**{name: getattr(entry, name) for name in type(entry).__slots__} | {"stmt": stmt})
