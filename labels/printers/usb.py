"""A printer on a cable: ``/dev/usb/lp*``, both ways.

* The device is opened for one process at a time (an exclusive lock): two labels never mix, and no answer goes astray.
* Nothing waits for ever: writes and reads do not block, and all happens under one deadline.
* What still lay in the line from before is thrown away before a question is asked.
* The device must be readable and writable for the service: a udev rule by serial number gives it a name that stays.
"""

from __future__ import annotations

import fcntl
import os
import select
import stat
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING

from labels.printers import talk
from labels.printers.base import Capabilities, NotSent, Outcome, Sent, Uncertain
from labels.printers.wire import CHUNK, left, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labels.printers.base import Identity, Status

_REST = 0.005
_STALE = 64


class Usb:
    """The printer at *device*."""

    def __init__(self, device: Path, seconds: float = 10.0) -> None:
        """Send to *device*, each label within *seconds*."""
        self._device = device
        self._seconds = seconds

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Send one label; the cable has no place for its *name*. ``Sent``: the printer's memory has taken it."""
        deadline = monotonic() + self._seconds
        done = 0
        try:
            with opened(self._device, deadline) as wire:
                while done < len(zpl):
                    done += wire.write(zpl[done:], deadline)
        except OSError as error:
            if done:
                return Uncertain(f"{name}: {self._device} broke off after {done} of {len(zpl)} bytes: {words(error)}")
            return NotSent(f"{name}: {self._device} takes nothing: {words(error)}")
        return Sent(len(zpl))

    def status(self, seconds: float = 2.0) -> Status:
        """Ask how the printer is."""
        return talk.status(lambda deadline: opened(self._device, deadline), seconds)

    def counter(self, seconds: float = 2.0) -> int | None:
        """Ask how many labels it has printed in its life."""
        return talk.counter(lambda deadline: opened(self._device, deadline), seconds)

    def identity(self, seconds: float = 2.0) -> Identity | None:
        """Ask which printer this is."""
        return talk.identity(lambda deadline: opened(self._device, deadline), seconds)

    def capabilities(self) -> Capabilities:
        """Say that everything can be asked; a model that does not know a question keeps silent."""
        return Capabilities(status=True, counter=True, identity=True, job_id=False)


class UsbWire:
    """An open device."""

    def __init__(self, file: int) -> None:
        """Speak over the descriptor *file*."""
        self._file = file

    def write(self, data: bytes, deadline: float) -> int:
        """Give the device as much of *data* as it takes at once."""
        while True:
            _, ready, _ = select.select([], [self._file], [], left(deadline))
            if ready:
                try:
                    return os.write(self._file, data[:CHUNK])
                except BlockingIOError:
                    sleep(_REST)

    def read(self, deadline: float) -> bytes:
        """Wait for the next bytes; a packet of none is no end, a cable has none."""
        while True:
            ready, _, _ = select.select([self._file], [], [], left(deadline))
            part = self._now() if ready else b""
            if part:
                return part
            sleep(_REST)

    def close_our_side(self) -> None:
        """A cable cannot say it."""

    def forget(self) -> None:
        """Throw away what came before anything was asked; a device that never ends its noise is left as it is."""
        for _ in range(_STALE):
            if not self._now():
                return

    def _now(self) -> bytes:
        try:
            return os.read(self._file, CHUNK)
        except BlockingIOError:
            return b""


@contextmanager
def opened(device: Path, deadline: float) -> Iterator[UsbWire]:
    """Open *device* for us alone; wait for another that has it until *deadline*."""
    file = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISCHR(os.fstat(file).st_mode):
            raise OSError(f"expected a device, found something else at {device}")
        _lock(file, deadline)
        wire = UsbWire(file)
        wire.forget()
        yield wire
    finally:
        os.close(file)


def _lock(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(min(_REST, left(deadline)))
        else:
            return
