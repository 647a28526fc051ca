"""A printer on the network: raw bytes to port 9100.

* One connection is one label. After the last byte our side is closed first (a half-close), then the printer's end is
  awaited: an open connection has hung printers until their power was cut.
* Everything happens under one deadline. TCP tells nothing of paper: ``Sent`` means taken, not printed.
"""

from __future__ import annotations

import socket
from time import monotonic

from labels.printers.base import NotSent, Outcome, Sent, Uncertain

_CHUNK = 8192


class Tcp9100:
    """The printer that listens at *host* and *port*."""

    def __init__(self, host: str, port: int = 9100, seconds: float = 10.0) -> None:
        """Send to *host*:*port*, each label within *seconds*."""
        self._address = (host, port)
        self._seconds = seconds

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Send one label; the protocol has no place for its *name*."""
        deadline = monotonic() + self._seconds
        try:
            line = socket.create_connection(self._address, self._seconds)
        except OSError as error:
            return NotSent(f"{name}: no connection to {self._where}: {_words(error)}")
        with line:
            done = 0
            try:
                while done < len(zpl):
                    line.settimeout(_left(deadline))
                    done += line.send(zpl[done : done + _CHUNK])
                line.shutdown(socket.SHUT_WR)
                return self._await_end(line, deadline, len(zpl))
            except OSError as error:
                reason = f"{name}: {self._where} broke off after {done} of {len(zpl)} bytes: {_words(error)}"
                return Uncertain(reason) if done else NotSent(reason)

    def _await_end(self, line: socket.socket, deadline: float, size: int) -> Outcome:
        while True:
            line.settimeout(_left(deadline))
            if not line.recv(_CHUNK):
                return Sent(size)

    @property
    def _where(self) -> str:
        host, port = self._address
        return f"{host}:{port}"


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("the time was up")
    return left


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
