"""Which sources does a station read? Each by an address: ``serial:/dev/serial/by-id/…``, ``camera:0``, ``file:PATH``.

A source whose device goes is opened again: a scanner that was unplugged comes back without a restart of the station.
That it was gone is told, also when it was while this process did not run: what comes back may be another scanner.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanners.scan import Scan, ScanError
from scanners.sources import Dropped, NoDevice
from scanners.sources.base import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from scanners.sources import Source

AGAIN = 2.0
PAUSE = 0.05


class BadSource(ScanError):
    """An address that names no source that there is."""


def _silent(*_what: str) -> None:
    """Drop what was dropped."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what becomes of a source: what was dropped, that its device is there, that it was pulled out."""

    dropped: Callable[[str], None] = _silent
    plugged: Callable[[str, str, str], None] = _silent
    """Told address, source class and the mark of the very device node, each time it is opened."""
    pulled: Callable[[str], None] = _silent
    """Told the source class."""


class Again:
    """A source that is opened when it is read, and opened again when its device comes back."""

    def __init__(
        self,
        source_class: str,
        make: Callable[[], Source],
        ears: Ears,
        wait: float = AGAIN,
        address: str = "",
    ) -> None:
        """Read what *make* opens; *ears* are told each time its device is not there."""
        self._make, self._ears, self._wait, self._address = make, ears, wait, address
        self.source_class = source_class

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield scans until *stop* is set; a source that ends by itself has lost its device, which may come back."""
        there = True
        while not stop.is_set():
            try:
                source = self._make()
                there = True
                self._ears.plugged(self._address, self.source_class, mark(self._address))
                yield from source.events(stop)
            except NoDevice as gone:
                self._ears.dropped(str(gone))
            if there and not stop.is_set():
                self._ears.pulled(self.source_class)
            there = False
            stop.wait(self._wait)


def mark(address: str) -> str:
    """Return what tells one plugging in from the next: the device's node is made anew each time."""
    kind, _, place = address.partition(":")
    path = Path(f"/dev/video{place}") if kind == "camera" and place.isdigit() else Path(place)
    if kind == "file" or not path.exists():
        return kind
    found = path.stat()
    return f"{found.st_rdev}.{found.st_ino}.{found.st_ctime_ns}"


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


def opened(address: str, ears: Ears | None = None) -> Source:
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
    hears = ears or Ears()

    def told(one: Dropped) -> None:
        hears.dropped(one.why.value)
        if one.why in {Why.GONE, Why.BACK}:
            hears.pulled(source_class)
        if one.why is Why.BACK:
            hears.plugged(address, source_class, mark(address))

    return Again(source_class, lambda: make(place, told), hears, address=address)


def _serial(place: str, told: Callable[[Dropped], None]) -> Source:
    from scanners.sources.serial_ import SerialSource  # noqa: PLC0415 - only who has one needs it

    return SerialSource(place, dropped=told)


def _evdev(place: str, told: Callable[[Dropped], None]) -> Source:
    from scanners.sources.evdev_ import grabbed  # noqa: PLC0415 - same

    return grabbed(place, dropped=told)


def _camera(place: str, told: Callable[[Dropped], None]) -> Source:
    from scanners.sources.camera import CameraSource, V4l2  # noqa: PLC0415 - OpenCV is slow to load
    from scanners.station.one_label import OneLabel  # noqa: PLC0415 - same

    return CameraSource(V4l2(int(place) if place.isdigit() else place), reader=OneLabel(), dropped=told)


_KINDS: dict[str, tuple[str, Callable[[str, Callable[[Dropped], None]], Source]]] = {
    "serial": ("serial", _serial),
    "evdev": ("evdev", _evdev),
    "camera": ("camera_station", _camera),
    "file": ("serial", lambda place, _told: Lines(Path(place))),
}
