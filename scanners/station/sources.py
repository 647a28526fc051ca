"""Which sources does a station read? Each by a short address: ``serial:/dev/serial/by-id/…``, ``camera:0``, ``file:PATH``.

A source that breaks off is opened again: a scanner that was unplugged comes back without a restart of the station.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scanners.scan import Scan, ScanError
from scanners.sources import NoDevice
from scanners.sources.fake import FakeSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from threading import Event

    from scanners.sources import Source

AGAIN = 2.0


class BadSource(ScanError):
    """An address that names no source that there is."""


class Again:
    """A source that is opened again when its device comes back."""

    def __init__(self, source: Source, gone: Callable[[], None], wait: float = AGAIN) -> None:
        """Read *source*; *gone* is told each time its device is not there."""
        self._source, self._gone, self._wait = source, gone, wait
        self.source_class = source.source_class

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield scans until *stop* is set or the source is at its end."""
        while not stop.is_set():
            try:
                yield from self._source.events(stop)
            except NoDevice:
                self._gone()
                stop.wait(self._wait)
            else:
                return


class Lines:
    """A file that somebody appends lines to, ``]d2 <hex>``: a scanner for training and for tests."""

    def __init__(self, path: Path, source_class: str = "serial", pause: float = 0.05) -> None:
        """Read *path* as far as it grows."""
        self._path, self._pause = path, pause
        self.source_class = source_class

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield what each whole line says, until *stop* is set."""
        read = 0
        while not stop.is_set():
            text = self._path.read_text(encoding="ascii") if self._path.exists() else ""
            end = text.rfind("\n") + 1
            for line in text[read:end].splitlines():
                aim, _, data = line.partition(" ")
                yield Scan(bytes.fromhex(data), aim, "file")
            read = end
            time.sleep(self._pause)


__all__ = ["Again", "BadSource", "FakeSource", "Lines"]
