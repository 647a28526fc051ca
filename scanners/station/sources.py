"""Which sources does a station read? Each by an address: ``serial:/dev/serial/by-id/…``, ``camera:0``, ``file:PATH``.

A source whose device goes is opened again: a scanner that was unplugged comes back without a restart of the station.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scanners.scan import Scan, ScanError
from scanners.sources import Dropped, NoDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from scanners.sources import Source

AGAIN = 2.0
PAUSE = 0.05


class BadSource(ScanError):
    """An address that names no source that there is."""


class Again:
    """A source that is opened when it is read, and opened again when its device comes back."""

    def __init__(
        self, source_class: str, make: Callable[[], Source], dropped: Callable[[str], None], wait: float = AGAIN
    ) -> None:
        """Read what *make* opens; *dropped* is told each time its device is not there."""
        self._make, self._dropped, self._wait = make, dropped, wait
        self.source_class = source_class

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield scans until *stop* is set; a source that ends by itself has lost its device, which may come back."""
        while not stop.is_set():
            try:
                yield from self._make().events(stop)
            except NoDevice as gone:
                self._dropped(str(gone))
            stop.wait(self._wait)


class Lines:
    """A file that somebody appends lines to, ``]d2 <hex>``: a scanner for training and for tests."""

    def __init__(self, path: Path, source_class: str = "serial") -> None:
        """Read *path* as far as it grows."""
        self._path = path
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
            stop.wait(PAUSE)


def _silent(_why: str) -> None:
    """Drop what was dropped."""


def opened(address: str, dropped: Callable[[str], None] = _silent) -> Source:
    """Return the source of an address; its device is opened when it is read.

    Raises:
        BadSource: There is no such kind, or no place was named.
    """
    kind, _, place = address.partition(":")
    if not place or kind not in _KINDS:
        raise BadSource(
            f"expected one of {', '.join(sorted(_KINDS))} with its place (KIND:PLACE), seen {address[:80]!r}"
        )
    source_class, make = _KINDS[kind]
    return Again(source_class, lambda: make(place, lambda one: dropped(one.why.value)), dropped)


def _serial(place: str, told: Callable[[Dropped], None]) -> Source:
    from scanners.sources.serial_ import SerialSource  # noqa: PLC0415 - only who has one needs it

    return SerialSource(place, dropped=told)


def _evdev(place: str, told: Callable[[Dropped], None]) -> Source:
    from scanners.sources.evdev_ import grabbed  # noqa: PLC0415 - same

    return grabbed(place, dropped=told)


def _camera(place: str, told: Callable[[Dropped], None]) -> Source:
    from scanners.sources.camera import CameraSource, V4l2  # noqa: PLC0415 - OpenCV is slow to load

    return CameraSource(V4l2(int(place) if place.isdigit() else place), dropped=told)


_KINDS: dict[str, tuple[str, Callable[[str, Callable[[Dropped], None]], Source]]] = {
    "serial": ("serial", _serial),
    "evdev": ("evdev", _evdev),
    "camera": ("camera_station", _camera),
    "file": ("serial", lambda place, _told: Lines(Path(place))),
}
