"""Whether a network printer's silence is told from its word."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np

from labels import render, zpl
from labels.printers import NotSent, Sent, Tcp9100, Uncertain
from tests.labels.examples import BAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LABEL = render(BAG)


@contextmanager
def listening(then: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a printer that does *then* with its first connection; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                then(line)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def everything(line: socket.socket) -> bytes:
    """Read until the other side has closed."""
    parts = []
    while part := line.recv(4096):
        parts.append(part)
    return b"".join(parts)


def test_a_label_arrives_whole_and_the_line_is_closed_first() -> None:
    """The printer gets every byte and then our half-close, without which it would wait for more."""
    got: list[bytes] = []
    with listening(lambda line: got.append(everything(line))) as port:
        outcome = Tcp9100("127.0.0.1", port, 5).send(LABEL.zpl(), "bag")

    assert Sent(len(LABEL.zpl())) == outcome
    assert np.array_equal(LABEL.sent, zpl.read(got[0]))


def test_nobody_there_is_not_sent() -> None:
    """A refused connection has sent nothing: it is safe to try again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    outcome = Tcp9100("127.0.0.1", port, 5).send(LABEL.zpl(), "bag")
    assert isinstance(outcome, NotSent)
    assert f"bag: no connection to 127.0.0.1:{port}" in outcome.reason


def test_a_line_that_breaks_is_uncertain() -> None:
    """A printer that resets in the middle may have printed: nobody knows, and that is what is said."""

    def reset(line: socket.socket) -> None:
        line.recv(100)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with listening(reset) as port:
        outcome = Tcp9100("127.0.0.1", port, 5).send(LABEL.zpl(), "bag")

    assert isinstance(outcome, Uncertain)
    assert f"bag: 127.0.0.1:{port} broke off after" in outcome.reason


def test_a_printer_that_never_ends_is_uncertain_by_the_deadline() -> None:
    """Bytes taken and no end of the line within the time: uncertain, and the sender is free again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = Tcp9100("127.0.0.1", server.getsockname()[1], 0.3).send(LABEL.zpl(), "bag")

    assert isinstance(outcome, Uncertain)
