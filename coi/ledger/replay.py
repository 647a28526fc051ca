"""Do the tables still show what the ledger says?

``rebuild_check`` replays every chain into a fresh database and compares each projection row by row, value by value;
``rebuild`` puts right what differs. Stores, the ledger itself and its heads are never touched: a head that was set back
would hide what is missing.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.schema import sort_tables

from coi.db import Database
from coi.errors import Malformed, Unavailable
from coi.ledger.entry import instant, read
from coi.ledger.store import Projection, ledger_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Table

BATCH = 1_000
"""Entries that are in memory at a time."""

Key: TypeAlias = "tuple[Any, ...]"
Rows: TypeAlias = "dict[Key, Mapping[str, Any]]"


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of a projection that is not what the ledger says."""

    table: str
    key: str
    what: str


def rebuild_check(database: Database, projections: Sequence[Projection] | None = None) -> list[Difference]:
    """Replay every chain and name each row that differs; an empty list means that all rows are equal."""
    wired = _wired(database, projections)

    def work(session: Session) -> list[Difference]:
        with _replayed(session, wired) as fresh:
            return [
                _told(table, key, expected, seen)
                for table in _tables(wired)
                for key, expected, seen in _compare(table, fresh, session)
            ]

    return database.read(work)


def rebuild(database: Database, projections: Sequence[Projection] | None = None) -> list[Difference]:
    """Make every projection show what the ledger says; return what was put right."""
    wired = _wired(database, projections)

    def work(session: Session) -> list[Difference]:
        with _replayed(session, wired) as fresh:
            found = [(table, *one) for table in _tables(wired) for one in _compare(table, fresh, session)]
        for table, key, expected, _ in reversed(found):
            if expected is None:
                session.execute(delete(table).where(*_is(table, key)))
        for table, key, expected, seen in found:
            if expected is not None and seen is None:
                session.execute(insert(table).values(expected))
            elif expected is not None:
                session.execute(update(table).where(*_is(table, key)).values(expected))
        return [_told(*one) for one in found]

    return database.run(work)


def _wired(database: Database, projections: Sequence[Projection] | None) -> Sequence[Projection]:
    """Return the projections to look at: those given, else those that the database tells of each entry."""
    return cast("Sequence[Projection]", database.projections) if projections is None else projections


def _tables(projections: Sequence[Projection]) -> list[Table]:
    """Return the projections' tables, each after those that it refers to."""
    return sort_tables({table for projection in projections for table in projection.tables})


@contextmanager
def _replayed(session: Session, projections: Sequence[Projection]) -> Iterator[Session]:
    """Give a session of a fresh database in which every chain was told to the projections, one chain at a time.

    Chains come in the order of their random ids, and references between chains are not enforced: what a projection
    shows of one chain may not hang on another chain's rows.
    """
    with tempfile.TemporaryDirectory(prefix="coi-rebuild-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'fresh.db'}")
        try:
            for metadata in {table.metadata for table in _tables(projections)}:
                metadata.create_all(database.engine)
            with Session(database.engine) as fresh:
                fresh.execute(text("PRAGMA defer_foreign_keys=ON"))
                _replay(session, fresh, projections)
                yield fresh
                fresh.rollback()
        finally:
            database.dispose()


def _replay(session: Session, fresh: Session, projections: Sequence[Projection]) -> None:
    """Tell the projections every entry, as read from its bytes."""
    columns = ledger_entry.c
    query = select(columns.chain_id, columns.seq, columns.body).order_by(columns.chain_id, columns.seq)
    with session.execute(query, execution_options={"yield_per": BATCH}) as rows:
        for chain, seq, body in rows:
            try:
                entry = read(body)
            except Malformed as error:
                raise Unavailable(f"Entry {seq} of chain {chain} cannot be read: verify the ledger first.") from error
            for projection in projections:
                projection.apply(fresh, entry)


def _compare(
    table: Table, fresh: Session, session: Session
) -> Iterator[tuple[Key, Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """Yield each key whose rows differ, with what the replay made and what the database holds."""
    wanted, there = _rows(table, fresh), _rows(table, session)
    for key in sorted(wanted.keys() | there.keys(), key=repr):
        expected, seen = wanted.get(key), there.get(key)
        if expected is None or seen is None or _dump(expected) != _dump(seen):
            yield key, expected, seen


def _rows(table: Table, session: Session) -> Rows:
    """Return a table's rows by primary key."""
    keys = [column.name for column in table.primary_key.columns]
    rows: Rows = {}
    for row in session.execute(select(table), execution_options={"yield_per": BATCH}).mappings():
        rows[tuple(row[name] for name in keys)] = dict(row)
    return rows


def _is(table: Table, key: Key) -> list[ColumnElement[bool]]:
    """Return the condition that finds the row of *key*."""
    return [column == value for column, value in zip(table.primary_key.columns, key, strict=True)]


def _told(table: Table, key: Key, expected: Mapping[str, Any] | None, seen: Mapping[str, Any] | None) -> Difference:
    """Say how a row differs."""
    if expected is None:
        what = "this row is there, and no entry made it"
    elif seen is None:
        what = "entries made this row, and it is not there"
    else:
        names = [name for name in expected if _dump(expected[name]) != _dump(seen[name])]
        what = "; ".join(
            f"{name}: expected {_dump(expected[name])[:60]}, seen {_dump(seen[name])[:60]}" for name in names
        )
    return Difference(table.name, ", ".join(str(part) for part in key), what)


def _dump(value: object) -> str:
    """Return one spelling of a row or value, the same on every database."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=_spelled)


def _spelled(value: object) -> str:
    """Spell what JSON does not know."""
    match value:
        case datetime():
            return instant(value)
        case _:
            return f"{type(value).__name__} {value}"
