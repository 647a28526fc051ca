"""A keyboard-wedge scanner taken away from the desktop (Linux evdev): its keys never reach a focus or a layout.

The device is grabbed; its key codes are places on the keyboard, and ``wedge`` reads them as on a US one. Where the
kernel has no such device, records may be injected: 24 bytes each, ``struct input_event`` as the kernel writes it.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanners.scan import Scan
from scanners.sources.base import Dropped, NoDevice, Why
from scanners.wedge import Key, Profile, Reason, Refused, Wedge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from threading import Event

RECORD = struct.Struct("llHHi")
"""``struct input_event`` of a 64-bit Linux: seconds, microseconds, type, code, value."""

_EV_KEY = 1
_EVIOCGRAB = 0x40044590  # linux/input.h: _IOW('E', 0x90, int)
_UP, _DOWN = 0, 1
_POLL_SECONDS = 0.05
_ROWS = (
    (2, ("Digit1", "Digit2", "Digit3", "Digit4", "Digit5", "Digit6", "Digit7", "Digit8", "Digit9", "Digit0")),
    (12, ("Minus", "Equal")),
    (16, tuple(f"Key{letter}" for letter in "QWERTYUIOP")),
    (26, ("BracketLeft", "BracketRight", "Enter", "ControlLeft")),
    (30, tuple(f"Key{letter}" for letter in "ASDFGHJKL")),
    (39, ("Semicolon", "Quote", "Backquote", "ShiftLeft", "Backslash")),
    (44, tuple(f"Key{letter}" for letter in "ZXCVBNM")),
    (51, ("Comma", "Period", "Slash", "ShiftRight", "NumpadMultiply", "AltLeft", "Space", "CapsLock")),
    (71, ("Numpad7", "Numpad8", "Numpad9", "NumpadSubtract", "Numpad4", "Numpad5", "Numpad6", "NumpadAdd")),
    (79, ("Numpad1", "Numpad2", "Numpad3", "Numpad0", "NumpadDecimal")),
    (96, ("NumpadEnter", "ControlRight", "NumpadDivide")),
    (100, ("AltRight",)),
    (125, ("MetaLeft", "MetaRight")),
)
CODES = {first + at: name for first, names in _ROWS for at, name in enumerate(names)}
"""The kernel's key codes and the places they mean (``KeyboardEvent.code``)."""

_HELD = {
    "ShiftLeft": "shift", "ShiftRight": "shift", "ControlLeft": "ctrl", "ControlRight": "ctrl",
    "AltLeft": "alt", "AltRight": "alt", "MetaLeft": "meta", "MetaRight": "meta",
}  # fmt: skip
_WHY = {
    Reason.NO_AIM: Why.NO_AIM,
    Reason.CAPS_LOCK: Why.CAPS_LOCK,
    Reason.CONTROL_KEY: Why.CONTROL_KEY,
    Reason.GLUED: Why.GLUED,
    Reason.INCOMPLETE: Why.PARTIAL,
    Reason.TOO_LONG: Why.TOO_LONG,
}


@dataclass(frozen=True, slots=True)
class Record:
    """One event of the kernel: when (milliseconds), of which type, which code, which value."""

    at: float
    kind: int
    code: int
    value: int


def records(data: bytes) -> Iterator[Record]:
    """Return the records that *data*, a whole number of them, are."""
    for seconds, micros, kind, code, value in RECORD.iter_unpack(data):
        yield Record(seconds * 1000 + micros / 1000, kind, code, value)


class Keys:
    """Turns the kernel's records into scans."""

    def __init__(self, profile: Profile | None = None) -> None:
        """Listen to a scanner set up as *profile*."""
        self._wedge = Wedge(profile)
        self._held: set[str] = set()

    def feed(self, record: Record) -> list[Scan | Dropped]:
        """Take one record; return what has become clear with it."""
        if record.kind != _EV_KEY:
            return []
        name = CODES.get(record.code, f"Unknown{record.code}")
        if record.value == _UP:
            self._held.discard(name)
            return []
        if record.value != _DOWN:
            return []  # the kernel's own repeat of a key held down: no scanner does that
        held = {_HELD[one] for one in self._held}
        if name in _HELD:
            self._held.add(name)
        down = {one: one in held for one in ("shift", "ctrl", "alt", "meta")}
        return [one for outcome in self._wedge.press(Key(name, record.at, **down)) for one in _told(outcome)]

    def idle(self, at: float) -> list[Scan | Dropped]:
        """Tell that nothing was pressed up to *at* (milliseconds)."""
        return [one for outcome in self._wedge.idle(at) for one in _told(outcome)]


class EvdevSource:
    """A scanner whose records are read by a function: those of a grabbed device, or injected ones."""

    source_class = "evdev"

    def __init__(
        self,
        read: Callable[[float], Iterable[Record] | None],
        *,
        profile: Profile | None = None,
        dropped: Callable[[Dropped], None] = lambda _one: None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask *read* for the records of the next seconds; None from it says that the device has gone."""
        self._read = read
        self._keys = Keys(profile)
        self._dropped = dropped
        self._close = close

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield scans until *stop* is set or the device has gone."""
        last = 0.0
        try:
            while not stop.is_set():
                came = self._read(_POLL_SECONDS)
                if came is None:
                    yield from self._sorted(self._keys.idle(float("inf")))
                    self._dropped(Dropped(Why.GONE))
                    return
                empty = True
                for record in came:
                    empty, last = False, record.at
                    yield from self._sorted(self._keys.feed(record))
                if empty:
                    last += _POLL_SECONDS * 1000
                    yield from self._sorted(self._keys.idle(last))
        finally:
            self._close()

    def _sorted(self, found: list[Scan | Dropped]) -> Iterator[Scan]:
        for one in found:
            if isinstance(one, Scan):
                yield one
            else:
                self._dropped(one)


def piped(file: int, seconds: float) -> Iterable[Record] | None:
    """Return the records that have come on the descriptor *file*: an evdev device's own, or a pipe that plays one."""
    ready, _, _ = select.select([file], [], [], seconds)
    if not ready:
        return []
    data = b""
    while len(data) % RECORD.size or not data:
        part = _read(file, RECORD.size * 64 - len(data))
        if not part:
            return None
        data += part
    return records(data)


def grabbed(
    path: str, *, dropped: Callable[[Dropped], None] = lambda _one: None, profile: Profile | None = None
) -> EvdevSource:
    """Return the scanner at *path*, taken for us alone, or raise ``NoDevice``."""
    file = -1
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.ioctl(file, _EVIOCGRAB, 1)
    except OSError as error:
        if file >= 0:
            os.close(file)
        raise NoDevice(f"expected an input device of our own at {path}, seen none: {error}") from error
    return EvdevSource(
        lambda seconds: piped(file, seconds), profile=profile, dropped=dropped, close=lambda: os.close(file)
    )


def _told(outcome: Scan | Refused | object) -> list[Scan | Dropped]:
    if isinstance(outcome, Scan):
        return [Scan(outcome.data, outcome.aim, "evdev")]
    if isinstance(outcome, Refused):
        return [Dropped(_WHY[outcome.reason], outcome.keys)]
    return []  # a person's typing


def _read(file: int, most: int) -> bytes:
    try:
        return os.read(file, most)
    except OSError:
        return b""
