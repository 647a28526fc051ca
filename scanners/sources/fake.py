"""A source without a device: it yields what it was given. For tests, training and a demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from threading import Event

    from scanners.scan import Scan


class FakeSource:
    """Yields *scans*, one by one, as device class *source_class*."""

    def __init__(self, scans: Iterable[Scan], source_class: str = "serial") -> None:
        """Take what to yield."""
        self._scans = scans
        self.source_class = source_class

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield each scan until *stop* is set."""
        for scan in self._scans:
            if stop.is_set():
                return
            yield scan
