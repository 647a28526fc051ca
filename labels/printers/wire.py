"""What is between us and a printer that answers? A line that takes bytes and gives some back, each under a deadline."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 8192
BROKEN = (OSError, UnicodeError, OverflowError)
"""What a line can raise: it broke or its time was up; or the name of the host is none, or its port."""


class Wire(Protocol):
    """An open line to a printer."""

    def write(self, data: bytes, deadline: float) -> int:
        """Give some of *data*; return how many bytes were taken."""

    def read(self, deadline: float) -> bytes:
        """Return what has come, at least a byte; nothing when the printer has closed; ``TimeoutError`` when late."""

    def close_our_side(self) -> None:
        """Say that we send no more, where the line can say so."""


def left(deadline: float) -> float:
    """Return the seconds until *deadline*, or raise ``TimeoutError``."""
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError("the time was up")
    return seconds


def words(error: Exception) -> str:
    """Return what *error* says, in as many words as it has."""
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__


class TcpWire:
    """A line over the network."""

    def __init__(self, line: socket.socket) -> None:
        """Speak over *line*."""
        self._line = line

    def write(self, data: bytes, deadline: float) -> int:
        """Give the network as much of *data* as it takes at once."""
        self._line.settimeout(left(deadline))
        return self._line.send(data[:CHUNK])

    def read(self, deadline: float) -> bytes:
        """Wait for the next bytes."""
        self._line.settimeout(left(deadline))
        return self._line.recv(CHUNK)

    def close_our_side(self) -> None:
        """Half-close: the printer sees the end, and its own last bytes still come."""
        self._line.shutdown(socket.SHUT_WR)


@contextmanager
def connected(address: tuple[str, int], deadline: float) -> Iterator[TcpWire]:
    """Open a connection to *address* that is closed at the end."""
    with socket.create_connection(address, left(deadline)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield TcpWire(line)
