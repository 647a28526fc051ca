"""Who looks for overdue checks when nobody thinks of it? Each server, by itself; of several one at a time.

What is overdue stands on the board and in the ledger; the log names it once, with the numbers of whom to call and never
their names. Names and contacts are for ``coi watch``, whose output is somebody's to send on.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from coi.custody import watch_actions, watch_store
from coi.errors import CoiError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from coi.custody.watch import Overdue
    from coi.db import Database
    from coi.people import ToCall

EVERY: Final = timedelta(seconds=60)
_log = structlog.get_logger()


class Watchman:
    """Looks each minute, as long as the server runs."""

    def __init__(self, database: Database, clock: Callable[[], datetime], every: timedelta = EVERY) -> None:
        """Look at *database* by *clock*; nothing happens before ``start``."""
        self._database, self._clock, self._every = database, clock, every
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to look, on a thread of its own."""
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def look(self) -> bool:
        """Look, if it is this server's turn; tell whether it was. A fault is logged, and the next minute comes."""
        at = self._clock()
        try:
            if not self._database.run(lambda session: watch_store.is_my_turn(session, self._every, at)):
                return False
            watch_actions.sweep(self._database, at, tell)
        except Exception as error:  # noqa: BLE001  whatever it is, the next minute comes
            _log.warning("watch", slug=error.slug if isinstance(error, CoiError) else type(error).__name__)
            return False
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(self._every.total_seconds() / 2)


def tell(one: Overdue, called: tuple[ToCall, ...]) -> None:
    """Log an overdue check."""
    call = [who.person for who in called]
    _log.warning("overdue", level=one.level, kind=one.kind, about=one.about, site=one.site, call=call)
