"""A scanner on a serial line (USB CDC or RS-232): the way to be preferred, with no keyboard layout and no focus.

The line is opened for us alone: a second opener is refused. Unplugged, it is waited for, and what had come of a scan is
dropped; when it is back that is said, since another scanner may hang there now.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import serial

from scanners.sources.base import Dropped, NoDevice, Why
from scanners.sources.framing import Framing, sorted_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from scanners.scan import Scan

_POLL_SECONDS = 0.05
_AGAIN_SECONDS = 0.5


class SerialSource:
    """The scanner at *path*, best one of ``/dev/serial/by-id``, which names the very device."""

    source_class = "serial"

    def __init__(
        self,
        path: str,
        *,
        speed: int = 115_200,
        dropped: Callable[[Dropped], None] = lambda _one: None,
        again: float = _AGAIN_SECONDS,
    ) -> None:
        """Open *path* at *speed*, or raise ``NoDevice``; *dropped* hears what was no scan."""
        self._path = path
        self._speed = speed
        self._dropped = dropped
        self._again = again
        self._line: serial.Serial | None = self._opened()

    def close(self) -> None:
        """Let go of the line."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield scans until *stop* is set."""
        framing = Framing()
        while not stop.is_set():
            if self._line is None:
                self._wait_for_it(stop)
                continue
            try:
                data = self._line.read(self._line.in_waiting or 1)
            except (serial.SerialException, OSError):
                self.close()
                sorted_out(framing.broken(), self._dropped)
                self._dropped(Dropped(Why.GONE))
                continue
            now = time.monotonic()
            yield from sorted_out(framing.feed(data, now) if data else framing.idle(now), self._dropped)
        self.close()

    def _wait_for_it(self, stop: Event) -> None:
        try:
            self._line = self._opened()
        except NoDevice:
            stop.wait(self._again)
        else:
            self._dropped(Dropped(Why.BACK))

    def _opened(self) -> serial.Serial:
        try:
            return serial.Serial(self._path, self._speed, timeout=_POLL_SECONDS, exclusive=True)
        except (serial.SerialException, OSError) as error:
            raise NoDevice(f"expected a serial line of our own at {self._path}, seen none: {error}") from error
