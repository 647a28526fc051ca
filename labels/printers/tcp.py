"""A printer on the network: raw bytes to port 9100.

* One connection is one label. After the last byte our side is closed first (a half-close), then the printer's end is
  awaited: an open connection has hung printers until their power was cut.
* Everything happens under one deadline. TCP tells nothing of paper: ``Sent`` means taken, not printed.
* A question has a connection of its own, so that no answer is ever mixed with a label.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from labels.printers import talk
from labels.printers.base import Capabilities, NotSent, Outcome, Sent, Uncertain
from labels.printers.wire import BROKEN, connected, words

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from labels.printers.base import Identity, Status
    from labels.printers.wire import TcpWire


class Tcp9100:
    """The printer that listens at *host* and *port*."""

    def __init__(self, host: str, port: int = 9100, seconds: float = 10.0) -> None:
        """Send to *host*:*port*, each label within *seconds*."""
        self._address = (host, port)
        self._seconds = seconds

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Send one label; the protocol has no place for its *name*."""
        deadline = monotonic() + self._seconds
        done = 0
        try:
            with connected(self._address, deadline) as wire:
                try:
                    while done < len(zpl):
                        done += wire.write(zpl[done:], deadline)
                    wire.close_our_side()
                    while wire.read(deadline):
                        pass
                except OSError as error:
                    reason = f"{name}: {self._where} broke off after {done} of {len(zpl)} bytes: {words(error)}"
                    return Uncertain(reason) if done else NotSent(reason)
        except BROKEN as error:
            return NotSent(f"{name}: no connection to {self._where}: {words(error)}")
        return Sent(len(zpl))

    def status(self, seconds: float = 2.0) -> Status:
        """Ask how the printer is."""
        return talk.status(self._opened, seconds)

    def counter(self, seconds: float = 2.0) -> int | None:
        """Ask how many labels it has printed in its life."""
        return talk.counter(self._opened, seconds)

    def identity(self, seconds: float = 2.0) -> Identity | None:
        """Ask which printer this is."""
        return talk.identity(self._opened, seconds)

    def capabilities(self) -> Capabilities:
        """Say that everything can be asked; a model that does not know a question keeps silent."""
        return Capabilities(status=True, counter=True, identity=True, job_id=False)

    def _opened(self, deadline: float) -> AbstractContextManager[TcpWire]:
        return connected(self._address, deadline)

    @property
    def _where(self) -> str:
        host, port = self._address
        return f"{host}:{port}"
