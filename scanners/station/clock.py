"""How late is it for a station? The server's time as it was last told, carried on by a clock that nobody can set."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

WARN: Final = timedelta(minutes=2)
BLOCK: Final = timedelta(minutes=10)
"""A machine whose clock is so far from the server's is told so, or scans nothing."""


class Clock:
    """The machine's two clocks, *wall* and *steady* (nanoseconds), held against the server's."""

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], int], skew: timedelta = timedelta(0)) -> None:
        """Begin with the *skew* that was known when the station last ran."""
        self._wall = wall
        self._steady = steady
        self._skew = skew
        self._anchor: tuple[datetime, int] | None = None
        self._lock = threading.Lock()

    def heard(self, server_at: datetime, asked_ns: int) -> None:
        """Take the server's time, as of the middle between the question at *asked_ns* and now."""
        answered = self._steady()
        with self._lock:
            self._anchor = (server_at, asked_ns + (answered - asked_ns) // 2)

    def now(self) -> datetime:
        """Return the time at the server, as well as this station knows it."""
        with self._lock:
            if self._anchor is None:
                return self._wall() - self._skew
            at, since = self._anchor
            return at + timedelta(microseconds=(self._steady() - since) // 1000)

    def machine(self) -> datetime:
        """Return the machine's own time, which may be wrong."""
        return self._wall()

    def steady_ns(self) -> int:
        """Return the steady clock's nanoseconds."""
        return self._steady()

    @property
    def skew(self) -> timedelta:
        """Return by how much the machine's clock is ahead of the server's."""
        return self._wall() - self.now()

    @property
    def is_trusted(self) -> bool:
        """Tell whether a scan may be dated by it."""
        return abs(self.skew) <= BLOCK
