"""Where does every table hang, and how is one deed one transaction?

* Work is a function of a session. ``Database.run`` gives it one transaction, commits, and does the whole work again
  when the database says that somebody else was faster; so work has no effect outside its session.
* An acknowledged deed is on the disk: SQLite in WAL with ``synchronous=FULL``, PostgreSQL with ``fsync``,
  ``full_page_writes`` and ``synchronous_commit``. The settings are read back at the start; weaker ones are refused.
* ``Database.read`` sees one moment of the database and cannot write.
* SQLite has one writer at a time: a lock inside the process, then ``BEGIN IMMEDIATE`` against other processes.
* Text of an error never carries a row's values.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import MetaData, String, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

from coi.errors import CoiError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy.engine import URL, Connection, Dialect, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

ATTEMPTS = 6
"""The first try of a work and five more."""
WAIT = 30.0
"""Seconds that a writer waits for the writers before it."""

_DATA_EXCEPTION = "22"
"""PostgreSQL's class of errors whose text quotes the value."""
_AGAIN = frozenset({"40001", "40P01", "55P03", "23505"})
"""PostgreSQL: serialization failure, deadlock, lock time-out, unique violation (somebody was faster)."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room registers its tables here; the names of constraints follow from it, so that migrations can name them."""


class TryAgain(Unavailable):
    """Somebody else was faster: the whole work is to be done again; 503 only when that failed five times."""


class RuleBroken(CoiError):
    """A constraint or trigger of the database refused what no code had refused before: a fault of ours."""

    slug = "rule-broken"


class Instant(TypeDecorator[datetime]):
    """An instant in UTC, kept as RFC 3339 text with exactly six digits and Z: the same bytes on every database."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """Return the text of an instant that knows its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"Expected an instant with its zone, seen {value.isoformat()} without one.")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  same
        """Return the instant that the text says."""
        return None if value is None else datetime.fromisoformat(value)


class Database:
    """One database, its projections, and the only way to work in it.

    *projections* are told of every recorded entry (``coi.ledger``); *node* names this machine in what it records.
    *unsafe_volatile* lets weak durability pass; it is for tests and for copies that may be lost.
    """

    def __init__(
        self, url: str, projections: Sequence[object] = (), *, node: str = "n1", unsafe_volatile: bool = False
    ) -> None:
        """Open the database and read its durability back."""
        self.url = _with_driver(make_url(url))
        self.projections = tuple(projections)
        self.node = node
        self.unsafe_volatile = unsafe_volatile
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._in_memory = self.is_sqlite and self.url.database in {None, "", ":memory:"}
        self._writing = threading.Lock()
        self._inside = threading.local()
        self.engine = _sqlite_engine(self.url, self._in_memory) if self.is_sqlite else _postgresql_engine(self.url)
        self._reader = self.engine.execution_options(
            coi_reads=True,
            **({} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}),
        )
        try:
            self._refuse_weak_durability()
        except Unavailable:
            self.dispose()
            raise

    def run(self, work: Callable[[Session], T]) -> T:
        """Do *work* in one transaction and commit it; do the whole of it again when somebody else was faster."""
        return self._persist(self._write_once, work)

    def read(self, work: Callable[[Session], T]) -> T:
        """Let *work* read one moment of the database; writing fails."""
        return self._persist(self._read_once, work)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _persist(self, once: Callable[[Callable[[Session], T]], T], work: Callable[[Session], T]) -> T:
        """Try up to ``ATTEMPTS`` times, a little later each time."""
        for attempt in range(1, ATTEMPTS):
            try:
                return once(work)
            except (TryAgain, DBAPIError) as error:
                if not _may_repeat(error):
                    raise _told(error) from None
            time.sleep(secrets.randbelow(10_000) * 2**attempt / 1e6)
        try:
            return once(work)
        except DBAPIError as error:
            raise _told(error) from None

    def _write_once(self, work: Callable[[Session], T]) -> T:
        """Do *work* and commit; a connection lost in the commit itself leaves the outcome unknown."""
        with self._alone(), self._session(self.engine) as session:
            result = work(session)
            session.flush()
            try:
                session.commit()
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise Unavailable(
                        "The database went away while it was committing, so it is not known whether the deed is done. "
                        "Send it again with the same idempotency key."
                    ) from None
                raise
            return result

    def _read_once(self, work: Callable[[Session], T]) -> T:
        """Do *work* on a snapshot and roll back."""
        if not self._in_memory:
            with self._session(self._reader) as session:
                return work(session)
        with self._alone(), self._session(self._reader) as session:  # one connection is all that memory has
            return work(session)

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        """Open a session that knows the wired projections and this node."""
        with Session(engine, expire_on_commit=False) as session:
            session.info.update(projections=self.projections, node=self.node)
            yield session

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only writer of this process where the database has only one."""
        if getattr(self._inside, "now", False):
            raise RuntimeError("Expected one transaction a deed, seen run() inside run() on the same thread.")
        if self.is_sqlite and not self._writing.acquire(timeout=WAIT):
            raise Unavailable(f"The writers before this one did not end within {WAIT:.0f} seconds.")
        self._inside.now = True
        try:
            yield
        finally:
            self._inside.now = False
            if self.is_sqlite:
                self._writing.release()

    def _refuse_weak_durability(self) -> None:
        """Read back what the database says about its durability; refuse to start on less than is promised."""
        try:
            with self._reader.connect() as connection:
                weak = _weak_on_sqlite(connection) if self.is_sqlite else _weak_on_postgresql(connection)
        except SQLAlchemyError as error:
            raise _told(error) from None
        if weak and not self.unsafe_volatile:
            raise Unavailable("An acknowledged deed could be lost: " + "; ".join(weak) + ".")


def create_all(engine: Engine) -> None:
    """Create every table that the imported rooms registered, with the ledger's triggers."""
    metadata.create_all(engine)


def upsert(session: Session, table: Table, row: Mapping[str, Any]) -> None:
    """Insert *row*, or overwrite the row of the same primary key; the same words on both databases."""
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table).values(dict(row))
    keys = [column.name for column in table.primary_key.columns]
    rest = {name: insert.excluded[name] for name in row if name not in keys}
    session.execute(
        insert.on_conflict_do_update(index_elements=keys, set_=rest) if rest else insert.on_conflict_do_nothing()
    )


def _with_driver(url: URL) -> URL:
    """Return *url* with the one driver that we test for its database."""
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise Unavailable(f"Expected a database URL of sqlite or postgresql, seen {other}.")


def _postgresql_engine(url: URL) -> Engine:
    """Return an engine whose transactions are READ COMMITTED and never wait for a lock without end."""
    return create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_size=8,
        max_overflow=24,
        pool_timeout=WAIT,
        connect_args={
            "connect_timeout": 5,
            "application_name": "coi",
            "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=120s",
        },
    )


def _sqlite_engine(url: URL, in_memory: bool) -> Engine:  # noqa: FBT001  one place, named by its parameter
    """Return an engine that opens its transactions by itself: IMMEDIATE to write, deferred to read."""
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": WAIT},
        **({"poolclass": StaticPool} if in_memory else {"pool_size": 8, "max_overflow": 24, "pool_timeout": WAIT}),
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _end_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set what holds for every connection; SQLite forgets it with each."""
    connection.isolation_level = None  # the driver must not open transactions of its own
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE deletes a row past the DELETE trigger
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Open the transaction that the engine's options ask for."""
    reads = bool(connection.get_execution_options().get("coi_reads"))
    connection.exec_driver_sql(f"PRAGMA query_only={int(reads)}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _end_sqlite(connection: DBAPIConnection | None, _entry: ConnectionPoolEntry) -> None:
    """End a transaction whose COMMIT was refused: SQLite leaves it open, and SQLAlchemy takes it for ended."""
    if connection is not None and connection.in_transaction:
        connection.rollback()


def _weak_on_sqlite(connection: Connection) -> list[str]:
    """Name the settings that are weaker than WAL with FULL."""
    journal = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()).lower()
    synchronous = int(connection.exec_driver_sql("PRAGMA synchronous").scalar() or 0)
    weak = [] if journal == "wal" else [f"expected SQLite journal_mode wal, seen {journal}"]
    return weak if synchronous >= 2 else [*weak, f"expected SQLite synchronous 2 (FULL), seen {synchronous}"]  # noqa: PLR2004  the message names it


def _weak_on_postgresql(connection: Connection) -> list[str]:
    """Name the settings under which a commit may return before its record is safe."""
    wanted = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply")}
    seen = {name: str(connection.scalar(text("SELECT current_setting(:name)"), {"name": name})) for name in wanted}
    return [
        f"expected PostgreSQL {name} {' or '.join(good)}, seen {seen[name]}"
        for name, good in wanted.items()
        if seen[name] not in good
    ]


def _may_repeat(error: TryAgain | DBAPIError) -> bool:
    """Tell whether doing the whole work again may end otherwise: nothing of the failed try is left."""
    if isinstance(error, TryAgain) or error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    words = str(error.orig)
    return state in _AGAIN or "database is locked" in words or "UNIQUE constraint failed" in words


def _told(error: Exception) -> Exception:
    """Return what the caller is told of it, without the values that PostgreSQL puts into the details of an error."""
    cause = getattr(error, "orig", None) or error
    words = str(cause)
    state, details = getattr(cause, "sqlstate", None), getattr(cause, "diag", None)
    if details is not None and details.message_primary:
        words = "a value was refused" if str(state).startswith(_DATA_EXCEPTION) else details.message_primary
    words = f"{type(cause).__name__}: {words.strip()}"
    if isinstance(error, IntegrityError):
        return RuleBroken(f"A rule of the database forbids it ({words}).")
    return Unavailable(f"The database cannot be used now ({words}).")
