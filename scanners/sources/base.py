"""What is a source? Something that yields scans until it is told to stop, and says what it dropped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from scanners.scan import ScanError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from scanners.scan import Scan


class NoDevice(ScanError):
    """The device is not there, belongs to another program, or has gone."""


class Why(Enum):
    """Why something that came from a device is no scan."""

    PARTIAL = "The scan broke off before its end: scan again"
    NOT_TEXT = "Bytes that no label holds stood among the data: the scan was dropped"
    NO_AIM = "The scanner sent no AIM identifier: scan its set-up card again"
    GLUED = "Two scans ran into each other: scan one label at a time"
    TOO_LONG = "More data than any label holds: the scan was dropped"
    CONTROL_KEY = "A control key stood among the data: the scan was dropped"
    CAPS_LOCK = "Capitals and small letters are exchanged: scan the set-up card again"
    GONE = "The scanner was unplugged: plug it in and scan the challenge card"
    BACK = "The scanner is there again: scan the challenge card"
    CONFLICT = "Different labels are in view: show one"
    NO_PICTURE = "The camera gave no picture that can be looked at"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped, and how many bytes, keys or frames it was; nothing of its content."""

    why: Why
    size: int = 0


class Source(Protocol):
    """A device, or a file that stands for one.

    ``source_class`` is what a scan event says of it. ``dropped`` is called with what was no scan.
    """

    source_class: str

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield scans until *stop* is set or the source is at its end, or raise ``NoDevice``."""
        ...
