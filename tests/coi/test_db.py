"""One deed is one transaction, is on the disk when it is acknowledged, and is done again when somebody was faster."""

from __future__ import annotations

import threading
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, create_engine, insert, select, text

from coi import db
from coi.db import ATTEMPTS, Database, Instant, RuleBroken, TryAgain, upsert
from coi.errors import CoiError, Unavailable
from tests import postgres

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

own = MetaData()
Table(
    "toy_tag",
    own,
    Column("n", Integer, ForeignKey("toy_shelf.n", deferrable=True, initially="DEFERRED"), primary_key=True),
)
Table("toy_name", own, Column("name", String(20), primary_key=True), Column("n", Integer, nullable=False))
shelf = Table(
    "toy_shelf", own, Column("n", Integer, primary_key=True), Column("what", String(20)), Column("at", Instant)
)
AT = datetime(2026, 11, 21, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def shelves(database: Database) -> Database:
    """A database with one more table to play with."""
    own.create_all(database.engine)
    return database


def _put(session: Session, n: int, what: str = "bag") -> None:
    session.execute(insert(shelf).values(n=n, what=what, at=AT))


def _count(database: Database) -> int:
    return len(database.read(lambda session: session.execute(select(shelf)).all()))


def test_work_is_kept_or_leaves_nothing(shelves: Database) -> None:
    """What work did is there after it; of work that failed nothing is."""

    def fails(session: Session) -> None:
        _put(session, 2)
        raise LookupError

    shelves.run(lambda session: _put(session, 1))
    with pytest.raises(LookupError):
        shelves.run(fails)

    assert 1 == _count(shelves)
    assert [(1, "bag", AT)] == shelves.read(lambda session: [tuple(row) for row in session.execute(select(shelf))])


def test_instants_are_text(shelves: Database) -> None:
    """An instant lies in the table as RFC 3339 text of 27 characters; one without a zone is refused, none is none."""
    shelves.run(lambda session: _put(session, 1))
    shelves.run(lambda session: session.execute(insert(shelf).values(n=2, at=None)))

    texts = shelves.read(lambda session: session.scalars(text("SELECT at FROM toy_shelf ORDER BY n")).all())
    assert ["2026-11-21T01:02:03.000004Z", None] == texts
    assert [AT, None] == shelves.read(lambda session: session.scalars(select(shelf.c.at).order_by(shelf.c.n)).all())
    with pytest.raises(Exception, match="Expected an instant with its zone, seen 2026-11-21T01:02:03"):
        shelves.run(lambda session: session.execute(insert(shelf).values(n=3, at=AT.replace(tzinfo=None))))


def test_reading_cannot_write(shelves: Database) -> None:
    """Work that reads can change nothing, and writing works again afterwards."""
    with pytest.raises(Unavailable, match=r"^The database cannot be used now "):
        shelves.read(lambda session: _put(session, 1))
    shelves.run(lambda session: _put(session, 1))

    assert 1 == _count(shelves)


def test_reading_sees_one_moment(shelves: Database) -> None:
    """What is committed meanwhile is not seen by work that reads: head and rows are of one moment."""

    def work(session: Session) -> tuple[int, int]:
        before = len(session.execute(select(shelf)).all())
        other = threading.Thread(target=lambda: shelves.run(lambda inner: _put(inner, 1)))
        other.start()
        other.join()
        return before, len(session.execute(select(shelf)).all())

    assert (0, 0) == shelves.read(work)
    assert 1 == _count(shelves)


def test_who_was_slower_does_it_again(shelves: Database) -> None:
    """Work that was told "try again", or met a row that was not there before, is done again as a whole."""
    tries: list[int] = []

    def work(session: Session) -> int:
        tries.append(len(tries))
        _put(session, 100 + len(tries))
        if len(tries) == 1:
            raise TryAgain("somebody was faster")
        if len(tries) == 2:
            _put(session, 102)
        return len(tries)

    assert 3 == shelves.run(work)
    assert [103] == shelves.read(lambda session: list(session.scalars(select(shelf.c.n))))


def test_a_rule_that_is_judged_at_the_end(shelves: Database) -> None:
    """A reference that holds nothing when the work ends undoes the work, and is told as a broken rule."""

    def hangs(session: Session) -> None:
        _put(session, 1)
        session.execute(text("INSERT INTO toy_tag VALUES (7)"))

    with pytest.raises(RuleBroken, match=r"^A rule of the database forbids it \("):
        shelves.run(hangs)

    assert 0 == _count(shelves)


def test_the_database_goes_away_in_the_commit() -> None:
    """When the connection is lost while it commits, the caller is told that the outcome is not known."""
    url = postgres.new_database()
    database = Database(url)
    own.create_all(database.engine)
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        _put(session, 1)
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        other = create_engine(url)
        with other.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        other.dispose()

    with pytest.raises(Unavailable, match=r"it is not known whether the deed is done\. Send it again"):
        database.run(work)

    assert [1] == tries
    assert 0 == _count(database)
    database.dispose()
    postgres.drop(url)


def test_a_writer_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one writer at a time, the next one is told when the one before does not end."""
    database = Database(f"sqlite:///{tmp_path / 'coi.db'}")
    monkeypatch.setattr(db, "WAIT", 0.01)
    begun, end = threading.Event(), threading.Event()

    def slow(_session: Session) -> None:
        begun.set()
        end.wait()

    thread = threading.Thread(target=database.run, args=(slow,))
    thread.start()
    begun.wait()
    with pytest.raises(Unavailable, match=r"^The writers before this one did not end within 0 seconds\.$"):
        database.run(lambda _: None)
    end.set()
    thread.join()

    database.run(lambda _: None)
    database.dispose()


def test_it_is_not_tried_for_ever(shelves: Database) -> None:
    """After the sixth try the caller is told what stood in the way."""
    tries: list[int] = []

    def always(_session: Session) -> None:
        tries.append(1)
        raise TryAgain("somebody was faster")

    def taken(session: Session) -> None:
        tries.append(1)
        _put(session, 1)
        _put(session, 1)

    with pytest.raises(TryAgain, match=r"^somebody was faster$"):
        shelves.run(always)
    assert ATTEMPTS == len(tries)
    tries.clear()
    with pytest.raises(RuleBroken, match=r"^A rule of the database forbids it \("):
        shelves.run(taken)
    assert ATTEMPTS == len(tries)


AWAY = "The database cannot be used now"
RULE = "A rule of the database forbids it"
WRONG = {
    "an unknown column": ("INSERT INTO toy_shelf (n, nowhere) VALUES (9, :what)", AWAY, 1),
    "a text as number": (
        "INSERT INTO toy_shelf (n) VALUES (CAST(:what AS INTEGER))",
        "The database cannot be used now",
        1,
    ),
    "no number": ("INSERT INTO toy_name VALUES (:what, NULL)", RULE, 1),
    "a name twice": (
        "INSERT INTO toy_name VALUES (:what, 1), (:what, 1)",
        RULE,
        ATTEMPTS,
    ),
}


@pytest.mark.parametrize(("sql", "words", "times"), WRONG.values(), ids=WRONG)
def test_errors_hold_no_values(shelves: Database, sql: str, words: str, times: int) -> None:
    """What the database says of an error reaches the caller without a value of the row, however it is printed."""
    tries: list[int] = []

    def wrong(session: Session) -> None:
        tries.append(1)
        session.execute(text(sql), {"what": "Ada Canary"})
        raise Unavailable("The database cannot be used now.")  # SQLite reads a text as 0

    with pytest.raises(CoiError) as refusal:
        shelves.run(wrong)

    assert times == len(tries)
    assert str(refusal.value).startswith(words)
    assert "Canary" not in "".join(traceback.format_exception(refusal.value))


def test_no_run_inside_run(shelves: Database) -> None:
    """A deed inside a deed would be two transactions; it is refused before it can wait for itself."""
    with pytest.raises(RuntimeError, match=r"seen run\(\) inside run\(\)"):
        shelves.run(lambda _: shelves.run(lambda _: None))

    shelves.run(lambda session: _put(session, 1))


def test_many_at_once(shelves: Database) -> None:
    """Sixteen threads that count one row up lose no step."""
    shelves.run(lambda session: _put(session, 0, "0"))

    def up(session: Session) -> None:
        seen = session.scalar(select(shelf.c.what).where(shelf.c.n == 0).with_for_update())
        session.execute(shelf.update().where(shelf.c.n == 0).values(what=str(int(seen or 0) + 1)))

    threads = [threading.Thread(target=lambda: [shelves.run(up) for _ in range(5)]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "80" == shelves.read(lambda session: session.scalar(select(shelf.c.what)))


def test_upsert(shelves: Database) -> None:
    """A row is inserted, or overwrites the one of the same key, and only in what it names."""
    shelves.run(lambda session: _put(session, 1, "bag"))
    for row in ({"n": 1, "what": "box"}, {"n": 2, "what": "cup"}, {"n": 2}):
        shelves.run(lambda session, row=row: upsert(session, shelf, row))  # type: ignore[misc]  # bound now

    rows = shelves.read(lambda session: [tuple(row) for row in session.execute(select(shelf).order_by(shelf.c.n))])
    assert [(1, "box", AT), (2, "cup", None)] == rows


def test_memory_is_for_copies_only() -> None:
    """A database in memory is refused, as is another engine; a copy that may be lost can be asked for by name."""
    with pytest.raises(Unavailable, match=r"^An acknowledged deed could be lost: expected .* wal, seen memory\.$"):
        Database("sqlite://")
    with pytest.raises(Unavailable, match=r"^Expected a database URL of sqlite or postgresql, seen mysql\.$"):
        Database("mysql+pymysql://localhost/x")
    volatile = Database("sqlite://", unsafe_volatile=True)
    own.create_all(volatile.engine)
    threads = [threading.Thread(target=lambda n=n: volatile.run(lambda s: _put(s, n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 8 == _count(volatile)
    volatile.dispose()


def test_the_database_is_away(tmp_path: Path) -> None:
    """A database that cannot be opened is "cannot judge now"."""
    with pytest.raises(
        Unavailable, match=r"^The database cannot be used now \(OperationalError: unable to open database file\)\.$"
    ):
        Database(f"sqlite:///{tmp_path / 'nowhere' / 'coi.db'}")


@pytest.mark.parametrize("setting", ["synchronous_commit=off", "synchronous_commit=local"])
def test_weak_postgresql_is_refused(setting: str) -> None:
    """PostgreSQL that acknowledges before the record is safe is refused, and the setting named."""
    url = postgres.new_database()
    name = url.rsplit("/", 1)[-1].split("?")[0]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET {setting.replace('=', ' TO ')}"))
    engine.dispose()

    with pytest.raises(Unavailable) as refusal:
        Database(url)
    Database(url, unsafe_volatile=True).dispose()

    expected = f"expected PostgreSQL synchronous_commit on or remote_apply, seen {setting.split('=')[1]}"
    assert f"An acknowledged deed could be lost: {expected}." == str(refusal.value)
    postgres.drop(url)


def test_settings_of_sqlite(tmp_path: Path) -> None:
    """Each connection to SQLite is WAL and FULL, holds foreign keys, and fires triggers on a replaced row."""
    database = Database(f"sqlite:///{tmp_path / 'coi.db'}")
    names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")

    seen = database.read(lambda session: [session.scalar(text(f"PRAGMA {name}")) for name in names])

    assert ["wal", 2, 1, 1] == seen
    database.dispose()


def test_a_lost_connection_is_opened_again() -> None:
    """When PostgreSQL ends the connections, the next work is done on a new one."""
    url = postgres.new_database()
    database = Database(url)
    own.create_all(database.engine)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> {}"
    ends = create_engine(url)
    with ends.begin() as connection:
        connection.execute(text(others.format("pg_backend_pid()")))
    ends.dispose()

    database.run(lambda session: _put(session, 1))

    assert 1 == _count(database)
    database.dispose()
    postgres.drop(url)
