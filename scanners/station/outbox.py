"""What has this station read, and how much of it has the server? On the disk before anybody hears "read".

One SQLite file, WAL, synchronous FULL: when ``append`` returns, the event is fsynced. Events stay after the server has
them, so that one that was set back to a backup can be given them again.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scanners import events
from scanners.scan import ScanError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scanners.events import ScanEvent

KEPT: Final = 20_000
"""So many events that the server has are kept."""
_FULL: Final = 2


class BadOutbox(ScanError):
    """The outbox does not hold what the server has, or keeps its promises too weakly."""


@dataclass(frozen=True, slots=True)
class Written:
    """One event as it lies in the outbox and goes to the server."""

    seq: int
    sha256: str
    text: str
    signature: bytes

    @property
    def event(self) -> ScanEvent:
        """Return the event."""
        return events.parse(self.text.encode("utf-8"))


class Outbox:
    """The station's own chain of events; safe between threads, and between crashes."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, and refuse one that would keep less than it says."""
        self._lock = threading.RLock()
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        path.chmod(0o600)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        (mode,), (level,) = (
            self._base.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")
        )
        if mode != "wal" or level != _FULL:
            raise BadOutbox(f"expected WAL and synchronous FULL, seen {mode} and {level}")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS event"
            " (seq INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, text TEXT NOT NULL, signature BLOB NOT NULL)"
        )
        self._base.execute("CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def append(self, make: Callable[[ScanEvent | None], ScanEvent], sign: Callable[[ScanEvent], bytes]) -> Written:
        """Make the event that follows the newest one, sign it, and have it on the disk when this returns."""
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                newest = self.newest()
                event = make(None if newest is None else newest.event)
                one = Written(event.seq, event.sha256, event.canonical().decode("utf-8"), sign(event))
                self._base.execute(
                    "INSERT INTO event VALUES (?, ?, ?, ?)", (one.seq, one.sha256, one.text, one.signature)
                )
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:  # a full disk ends it by itself
                    self._base.execute("ROLLBACK")
                raise
            return one

    def newest(self) -> Written | None:
        """Return the newest event, or None."""
        with self._lock:
            row = self._base.execute("SELECT * FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        return None if row is None else Written(*row)

    def newest_seq(self) -> int:
        """Return the number of the newest event; 0 without one."""
        newest = self.newest()
        return 0 if newest is None else newest.seq

    def oldest(self) -> Written | None:
        """Return the oldest event that the server does not have, or None."""
        return next(iter(self.after(self.confirmed, 1)), None)

    def after(self, seq: int, limit: int = 50) -> list[Written]:
        """Return the events after *seq*, in order."""
        with self._lock:
            rows = self._base.execute("SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)).fetchall()
        return [Written(*row) for row in rows]

    def waiting(self) -> list[Written]:
        """Return what the server does not have yet, the oldest first, as many as one request takes."""
        return self.after(self.confirmed)

    @property
    def confirmed(self) -> int:
        """Return the number up to which the server has everything."""
        return int(self.note("confirmed") or 0)

    def confirm(self, seq: int, sha256: str) -> None:
        """Take the server's word for what it has: it may have less than before, never what was not sent.

        Raises:
            BadOutbox: The server has events that are not ours, or more than we know of.
        """
        with self._lock:
            row = self._base.execute("SELECT sha256 FROM event WHERE seq = ?", (seq,)).fetchone()
            if seq and row is None and (newest := self.newest()) and seq < newest.seq:
                raise BadOutbox(f"expected the server to have more than event {seq}, which is no longer kept here")
            if seq and (row is None or row[0] != sha256):
                raise BadOutbox(f"expected event {seq} of the server to be ours, seen another: enrol this station anew")
            self.write("confirmed", str(seq))
            self._base.execute("DELETE FROM event WHERE seq <= ?", (seq - KEPT,))

    def note(self, name: str) -> str | None:
        """Return what was noted under a name."""
        with self._lock:
            row = self._base.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def write(self, name: str, value: str) -> None:
        """Note something for the next start."""
        with self._lock:
            self._base.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()
